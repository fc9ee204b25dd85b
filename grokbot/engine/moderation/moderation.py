"""What the moderators of a server do: block, say where Grok may be used, pause, lock, stop, look at what happened.

Every act is checked here for the right to it, and is written down with its line of the audit log, in one transaction.
Not here: filters (`filters`), choices (`guild_settings`), taking away (`purge`), what follows for an answer
(`admission.admission`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

from grokbot.conversation.errors import NotFoundError, UserError
from grokbot.conversation.records import EVERYTHING, Pause
from grokbot.conversation.response import State
from grokbot.conversation.titles import one_line, shortened
from grokbot.engine.admission import GONE, PLACES, text_of
from grokbot.engine.moderation.filters import Filters
from grokbot.engine.moderation.guild_settings import GuildSettings
from grokbot.engine.moderation.purge import Purge
from grokbot.engine.turns import LONGEST_REASON, AnswerEnded
from grokbot.policy.blocks import LONGEST_REASON as LONGEST_OF_BLOCK
from grokbot.policy.blocks import Block, Blocked, HeldBlock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Coroutine, Sequence
    from datetime import datetime

    from grokbot.conversation.records import AuditEntry, AuditFilter, AuditPage, By, Used
    from grokbot.conversation.response import Conversation
    from grokbot.engine.moderation.actions import Tools
    from grokbot.engine.turns import RunningAnswer
    from grokbot.policy.actor import Actor
    from grokbot.policy.places import Rules

T = TypeVar("T")
log = logging.getLogger(__name__)

OVER_ALREADY = "That moment is over already. Name one that is still to come, or none."


class Moderation(Filters, GuildSettings, Purge):
    """One for the process. Wherever `who` is asked for, it is who acts, in the server where they act.

    Every such method raises `NotAllowedError` where they may not moderate there, and `StoreError` where it could not
    be written down; then nothing has changed. The operator may act in every server, and outside of any in all of them.
    """

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._changes: set[asyncio.Task[Any]] = set()
        tools.context.events.subscribe(AnswerEnded, self._report)

    async def block(self, who: Actor, kind: Blocked, subject_id: int, *, until: datetime | None, reason: str) -> Block:
        """Blocks a user, role or channel, in place of a block of the same that holds.

        Args:
            who: Who does it.
            kind: What `subject_id` is of.
            subject_id: Discord's id.
            until: UTC, up to and without; None: for good.
            reason: What the blocked person is told too; on one line, at most 200 characters of it.

        Raises:
            UserError: `until` is over.
        """
        guild_id = self._may(who)
        if until is not None and until <= self._now():
            raise UserError(OVER_ALREADY)
        why = shortened(one_line(reason), LONGEST_OF_BLOCK)
        block = Block(guild_id=guild_id, kind=kind, subject_id=subject_id, until=until, reason=why)
        ends = None if until is None else until.isoformat()
        entry = self._entry(who, guild_id, "block", f"{kind.value}:{subject_id}", why, until=ends)
        held = HeldBlock(id=self._tools.context.new_id(), block=block, by=who.id, at=entry.at)
        await self._store.blocks.add(held, entry)
        self._acted(entry)
        return block

    async def unblock(self, who: Actor, kind: Blocked, subject_id: int, *, reason: str = "") -> bool:
        """Lifts a block. Returns whether one held."""
        guild_id = self._may(who)
        entry = self._entry(who, guild_id, "unblock", f"{kind.value}:{subject_id}", reason)
        lifted = await self._store.blocks.lift(guild_id, kind, subject_id, entry.at, entry)
        if lifted:
            self._acted(entry)
        return lifted

    async def blocks(self, who: Actor) -> Sequence[HeldBlock]:
        """Those that hold there now, newest first."""
        return await self._store.blocks.of(self._may(who), self._now())

    async def places(self, who: Actor) -> Rules:
        """Where in the server Grok may be used, and by whom."""
        return (await self._rules.of(self._may_in_server(who))).places

    async def set_places(self, who: Actor, rules: Rules) -> None:
        """Sets that anew."""
        guild_id = self._may_in_server(who)
        kept = text_of(rules)
        told = {name: len(value) if isinstance(value, list) else value for name, value in kept.items()}
        entry = self._entry(who, guild_id, "channels", **told)
        await self._store.guild_settings.set(guild_id, None, PLACES, kept, who.id, entry.at, entry)
        self._acted(entry)

    async def pause(self, who: Actor, reason: str = "") -> Pause:
        """Begins a pause of the server, or gives the one that holds another reason. What runs there ends.

        What was received stays. What waits is answered when the pause is over.
        """
        guild_id = self._may_in_server(who)
        return await self._whole(self._paused(who, guild_id, shortened(one_line(reason), LONGEST_REASON)))

    async def unpause(self, who: Actor) -> bool:
        """Ends it, and begins to answer what waits. Returns whether one held."""
        return await self._whole(self._unpaused(who, self._may_in_server(who)))

    async def lock(self, who: Actor, conversation_id: str, reason: str = "") -> bool:
        """Lets nobody go on in a conversation. Returns whether that is new.

        Raises:
            NotFoundError: The server has no such conversation.
        """
        return await self._locked(who, conversation_id, reason, locked=True)

    async def unlock(self, who: Actor, conversation_id: str, reason: str = "") -> bool:
        """Lets people go on in it again. Returns whether that is new. Raises as `lock`."""
        return await self._locked(who, conversation_id, reason, locked=False)

    async def stop(self, who: Actor, channel_id: int | None, reason: str = "", *, threads: Collection[int] = ()) -> int:
        """Ends what is being answered in a channel or thread; None: in the whole server. Returns how many ended.

        Args:
            who: Who does it.
            channel_id: Where.
            reason: For the audit log.
            threads: Those of the channel: what hangs under which is Discord's to know.
        """
        guild_id = self._may_in_server(who)
        stopped = self._running_in(guild_id, channel_id, threads)
        if stopped:
            target = "" if channel_id is None else f"channel:{channel_id}"
            entry = self._entry(who, guild_id, "stop", target, reason, answers=len(stopped))
            await self._store.audit.add(entry)
            await self._end(stopped)
            self._acted(entry)
        return len(stopped)

    async def audit(
        self, who: Actor, wanted: AuditFilter = EVERYTHING, *, offset: int = 0, limit: int = 10
    ) -> AuditPage:
        """A page of the server's audit log, newest first."""
        return await self._store.audit.page(self._may(who) or None, wanted, offset=offset, limit=limit)

    async def audit_all(self, who: Actor, wanted: AuditFilter = EVERYTHING) -> AsyncIterator[tuple[AuditEntry, ...]]:
        """All of it, oldest first, in batches."""
        async for batch in self._store.audit.export(self._may(who) or None, wanted):
            yield batch

    async def usage(
        self, who: Actor, by: By, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Used]:
        """What answers took in the server that ended from `since` on and before `until`, and what was refused then."""
        return await self._store.ledger.used(self._may_in_server(who), by, since, until)

    async def _paused(self, who: Actor, guild_id: int, reason: str) -> Pause:
        earlier = (await self._rules.of(guild_id)).pause
        entry = self._entry(who, guild_id, "pause", "", reason)
        pause = Pause(since=earlier.since if earlier is not None else entry.at, by=who.id, reason=reason)
        await self._store.guild_settings.set_pause(pause, guild_id, entry)
        self._acted(entry)
        log.warning("server.paused guild=%d by=%d", guild_id, who.id)
        while True:  # also what somebody had decided to begin just before
            await self._end(self._running_in(guild_id, None))
            await self._tools.runner.locks.decided()
            if not self._running_in(guild_id, None):
                return pause

    async def _unpaused(self, who: Actor, guild_id: int) -> bool:
        if (await self._rules.of(guild_id)).pause is None:
            return False
        entry = self._entry(who, guild_id, "unpause")
        await self._store.guild_settings.set_pause(None, guild_id, entry)
        self._acted(entry)
        log.warning("server.unpaused guild=%d by=%d", guild_id, who.id)
        await self._tools.answer_waiting()
        return True

    async def _locked(self, who: Actor, conversation_id: str, reason: str, *, locked: bool) -> bool:
        conversation = await self._conversation(who, conversation_id)
        guild_id = conversation.guild_id or 0
        action = "lock" if locked else "unlock"
        entry = self._entry(who, guild_id, action, f"conversation:{conversation_id}", reason)
        changed = await self._store.conversations.set_locked(conversation_id, entry, locked=locked)
        if changed:
            self._acted(entry)
        return changed

    async def _conversation(self, who: Actor, conversation_id: str) -> Conversation:
        """One of the server where somebody moderates. Others' are not there."""
        guild_id = self._may(who)
        conversation = await self._store.conversations.get(conversation_id)
        if conversation is None or (conversation.guild_id != guild_id and not who.operator):
            raise NotFoundError(GONE)
        return conversation

    def _running_in(
        self, guild_id: int, channel_id: int | None, threads: Collection[int] = ()
    ) -> Sequence[RunningAnswer]:
        return [
            running
            for running in self._tools.runner.running
            if running.conversation.guild_id == guild_id
            and (channel_id is None or running.conversation.channel_id in (channel_id, *threads))
        ]

    async def _end(self, answers: Sequence[RunningAnswer]) -> None:
        for running in answers:
            self._tools.runner.end_early(running, State.STOPPED)
        for running in answers:
            await running.end()

    async def _whole(self, change: Coroutine[Any, Any, T]) -> T:
        """To its end, even if whoever waits for it goes away."""
        task = asyncio.create_task(change, name="moderation")
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)
        return await asyncio.shield(task)
