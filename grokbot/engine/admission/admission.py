"""Whether an answer may begin for a person in a place, by the rules of a server's moderators.

Every start of an answer asks it, new or repeated. The turn's own transaction checks the budget, and the lock of a
conversation is checked where it is read. Not here: the settings (`rules_cache`), the rules themselves (`policy`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokbotError, LimitReachedError, NotAllowedError, StoreError
from grokbot.conversation.records import Refused
from grokbot.conversation.response import Conversation
from grokbot.engine.admission.answer_filter import found_by
from grokbot.engine.admission.filter_deadline import SECONDS_ASKED, light, within
from grokbot.engine.admission.refusals import BlockedError, why_of
from grokbot.policy.actor import Actor, ActorKind, somebody
from grokbot.policy.admission import LOCKED, LockedError, check_open_here, check_unlocked
from grokbot.policy.blocks import block_of
from grokbot.policy.filters import FilteredError, check_brought, check_prompt
from grokbot.policy.rights import check_place
from grokbot.process import metrics
from grokbot.store import RowRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from grokbot.conversation.response import Overheard, Response
    from grokbot.engine.admission.opt_out import OptOuts
    from grokbot.engine.admission.rules_cache import RulesCache
    from grokbot.engine.admission.terms import TurnTerms
    from grokbot.engine.context import Context
    from grokbot.policy.filters import Filter, Hit

log = logging.getLogger(__name__)

LIGHT_TEXT = 2_000
"""Characters of a text that light filters check on the event loop, at most."""


class Admission:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        rules: The servers' rules.
        terms: Learns where somebody is.
        check_open: Raises if everything is paused.
        opt_outs: Who does not want to be read.
    """

    def __init__(
        self,
        context: Context,
        rules: RulesCache,
        terms: TurnTerms,
        check_open: Callable[[], None],
        opt_outs: OptOuts,
    ) -> None:
        self._store = context.store
        self._rules = rules
        self._terms = terms
        self._check_open = check_open
        self._events = context.events
        self._opt_outs = opt_outs
        self._now = context.now
        self._new_id = context.new_id

    async def admitted(
        self,
        actor: Actor,
        *,
        guild_id: int | None,
        begins: bool,
        text: str | None,
        locked: bool = False,
        held_in: int | None = None,
        ahead: bool = False,
    ) -> None:
        """Allows a start or raises the reason, and notes a refusal.

        Args:
            actor: Who wants it.
            guild_id: The conversation's server; None: in direct messages, or outside of Discord.
            begins: Whether a conversation would begin; else one continues.
            text: The new text; None if there is none.
            locked: Whether the conversation is.
            held_in: The conversation's channel: the place of somebody who comes from outside of Discord.
            ahead: True for a dry run: nothing that passes is reported, the real check follows when the turn begins.

        Raises:
            BlockedError: The actor, a role of theirs or the place is.
            PausedError: Answers are, everywhere or there.
            LockedError: The conversation is.
            NotHereError: Not in this channel.
            NotYoursError: Not with these roles.
            FilteredError: A filter does not let the text through.
            StoreError: The rules could not be read; nothing begins then.
        """
        try:
            if text is not None:
                await self._opt_outs.check(actor.id)
            await self._check(actor, guild_id, begins=begins, locked=locked, held_in=held_in)
            if guild_id is not None and text is not None:
                await self._check_filters(text, actor, guild_id, ahead=ahead)
        except GrokbotError as error:
            await self._refused(actor.id, guild_id, actor.channel_id, error)
            raise

    async def asks(
        self,
        actor: Actor,
        where: Conversation | int | None,
        text: str | None,
        *,
        ahead: bool = False,
        begins: bool = False,
    ) -> None:
        """The same for an action in a conversation, or a start of one from it or from elsewhere.

        Args:
            actor: Who wants it.
            where: The conversation; or the server in which one begins.
            text: The new text; None if there is none.
            ahead: As in `admitted`.
            begins: Whether another conversation begins with the contents of this one.

        Raises:
            NotAllowedError, UserError, StoreError: As `admitted`.
        """
        held = where if isinstance(where, Conversation) else None
        guild_id = where.guild_id if isinstance(where, Conversation) else where
        await self.admitted(
            actor,
            guild_id=guild_id,
            begins=begins or held is None,
            text=text,
            locked=held is not None and held.locked,
            held_in=held.channel_id if held is not None else None,
            ahead=ahead,
        )

    async def brings(self, actor: Actor, guild_id: int | None, text: str, *, ahead: bool = False) -> None:
        """The check for somebody who imports a whole conversation.

        Args:
            actor: Who imports it.
            guild_id: The server; None outside servers.
            text: All that is said in it.
            ahead: As in `admitted`.
        """
        await self._opt_outs.check(actor.id)
        await self.admitted(actor, guild_id=guild_id, begins=True, text=None)
        try:
            if guild_id is not None:
                await self._check_filters(text, actor, guild_id, ahead=ahead, brought=True)
        except FilteredError as error:
            await self._refused(actor.id, guild_id, actor.channel_id, error)
            raise

    @asynccontextmanager
    async def noting(
        self, actor: Actor | None, asker_id: int | None, conversation: Conversation
    ) -> AsyncIterator[None]:
        """Wraps the reservation of a turn's budget: a refusal is noted for `/mod usage`.

        Args:
            actor: Who wants the turn, if more than an id is known.
            asker_id: Who asked; None: the owner of the conversation.
            conversation: Where.
        """
        actor_id = actor.id if actor is not None else asker_id or conversation.owner_id
        async with self.noting_of(actor_id, conversation.guild_id, conversation.channel_id):
            yield

    @asynccontextmanager
    async def noting_of(self, actor_id: int, guild_id: int | None, channel_id: int | None) -> AsyncIterator[None]:
        """As `noting`, for a conversation that does not exist yet.

        Args:
            actor_id: Whose limit it is, unless the error names somebody else.
            guild_id: The server; None outside servers.
            channel_id: The channel; None outside Discord.
        """
        try:
            yield
        except (LimitReachedError, NotAllowedError) as error:
            whose = actor_id if error.user_id is None else error.user_id
            await self._note("limit", whose, guild_id, channel_id)
            raise

    async def shows(self, actor: Actor, where: Conversation, text: str | None = None) -> None:
        """Checks blocks and filters for something shown that begins no answer: a title, a share page.

        Args:
            actor: Who wants it shown.
            where: The conversation that it belongs to.
            text: The text to show, for the filters; None: nothing new.

        Raises:
            Blocked, Filtered, StoreError: As `admitted`.
        """
        await self._free(actor, where, text, ahead=False)

    async def readable(self, said: Sequence[Overheard], guild_id: int | None) -> tuple[Overheard, ...]:
        """What the model may see of others' messages: nothing of people who opted out, or that a filter refuses.

        Raises:
            StoreError: It could not be looked up.
        """
        read = [each for each in said if not await self._opt_outs.opted_out(each.author.id, each.at)]
        rules = await self._rules.of(guild_id)
        if not rules.filters:
            return tuple(read)

        def passing() -> Iterator[Overheard]:
            watch = within(SECONDS_ASKED)
            for each in read:
                with suppress(FilteredError):
                    check_prompt(rules.filters, each.text, watch)
                    yield each

        return await asyncio.to_thread(lambda: tuple(passing()))

    async def waited(self, human: Response, where: Conversation, role_ids: frozenset[int]) -> GrokbotError | None:
        """What now forbids a message that waited for its turn: an opt-out, a lock, a filter or a block; None: nothing.

        Args:
            human: The message.
            where: Its conversation.
            role_ids: The writer's last known roles.
        """
        if human.author is None:
            return None
        actor = replace(somebody(human.author, where.guild_id), channel_id=where.channel_id, role_ids=role_ids)
        try:
            await self._free(actor, where, human.message, ahead=True)
            check_unlocked(where)
        except LockedError as error:
            await self._refused(actor.id, where.guild_id, where.channel_id, error)
            return error
        except (NotAllowedError, FilteredError) as error:
            return error
        return None

    async def _free(self, actor: Actor, where: Conversation, text: str | None, *, ahead: bool) -> None:
        try:
            if text is not None:
                await self._opt_outs.check(actor.id)
            await self._check_blocks(actor, where.guild_id, where.channel_id)
            if where.guild_id is not None and text is not None:
                await self._check_filters(text, actor, where.guild_id, ahead=ahead)
        except (BlockedError, FilteredError) as error:
            await self._refused(actor.id, where.guild_id, where.channel_id, error)
            raise

    async def _refused(self, actor_id: int, guild_id: int | None, channel_id: int | None, error: GrokbotError) -> None:
        """Notes a refusal, if the error comes from one of the rules."""
        why = why_of(error)
        if why is not None:
            await self._note(why, actor_id, guild_id, channel_id)

    async def _note(self, why: str, actor_id: int, guild_id: int | None, channel_id: int | None) -> None:
        """An error here is only logged: the refusal stands anyway."""
        metrics.REFUSALS.labels(why).inc()
        log.info("turn.refused why=%s guild=%s", why, guild_id)
        self._events.publish(Refused(guild_id=guild_id, person_id=actor_id, why=why, channel_id=channel_id))
        try:
            await self._store.ledger.add_refused(
                self._new_id(), actor_id, self._now(), guild_id=guild_id, channel_id=channel_id
            )
        except (StoreError, RowRefusedError):
            log.exception("turn.refusal_unsaved guild=%s", guild_id)

    async def _check(
        self, actor: Actor, guild_id: int | None, *, begins: bool, locked: bool, held_in: int | None
    ) -> None:
        if actor.guild_id is not None and actor.guild_id == guild_id:
            self._terms.note_place(actor.channel_ids)
        await self._check_blocks(actor, guild_id, held_in)
        rules = await self._rules.of(guild_id)
        self._check_open()
        check_open_here(rules.pause)
        if locked:
            raise LockedError(LOCKED)
        if guild_id is not None:
            check_place(rules.places, actor.in_guild(guild_id), self._terms.place_of(held_in), begins=begins)

    async def _check_blocks(self, actor: Actor, guild_id: int | None, held_in: int | None) -> None:
        everywhere, rules = await self._rules.of(None), await self._rules.of(guild_id)
        if actor.operator or not (everywhere.blocks or rules.blocks):
            return
        held = {each.block: each.id for each in (*everywhere.blocks, *rules.blocks)}
        presence = actor.in_guild(guild_id).presence
        if held_in is not None:
            presence = replace(presence, channel_ids=presence.channel_ids | {held_in, *self._terms.lies_in(held_in)})
        block = block_of(held, presence, self._now())
        if block is None:
            return
        # Outside Discord a person gets the sentence each time; that does not count as their first time in Discord.
        told_in_discord = actor.kind is ActorKind.MEMBER and actor.channel_id is not None
        tells = told_in_discord and await self._first_told(held[block], actor.id)
        raise BlockedError(block, first=tells)

    async def _first_told(self, block_id: str, actor_id: int) -> bool:
        try:
            return await self._store.blocks.note_told(block_id, actor_id)
        except StoreError:
            log.exception("block.told_unsaved block=%s", block_id)
            return False

    async def _check_filters(
        self, text: str, actor: Actor, guild_id: int, *, ahead: bool, brought: bool = False
    ) -> None:
        rules = await self._rules.of(guild_id)
        if not rules.filters:
            return
        try:
            check = check_brought if brought else check_prompt
            if light(rules.filters, len(text), LIGHT_TEXT):  # so most messages keep their order without waiting
                hits = check(rules.filters, text, within(SECONDS_ASKED))
            else:
                hits = await asyncio.to_thread(lambda: check(rules.filters, text, within(SECONDS_ASKED)))
            if not ahead:
                self._tell_hits(hits, actor, guild_id)
        except FilteredError as error:
            self._tell_hits(error.hits, actor, guild_id, error.slow)
            raise

    def _tell_hits(self, hits: Sequence[Hit], actor: Actor, guild_id: int, slow: Filter | None = None) -> None:
        for event in found_by({hit.filter.id: hit.filter for hit in hits}.values(), slow):
            self._events.publish(replace(event, guild_id=guild_id, channel_id=actor.channel_id))
