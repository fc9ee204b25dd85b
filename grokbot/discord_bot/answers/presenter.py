"""Shows every answer that is given, and sees to it where one cannot be shown.

Not here: which waits for which (`display_order`, pure), how one answer is shown (`live_answer`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import MessageRef, State
from grokbot.discord_bot.answers.buttons import put_away
from grokbot.discord_bot.answers.display_order import Given, Succession
from grokbot.discord_bot.answers.layout import Layout
from grokbot.discord_bot.answers.live_answer import LiveAnswer
from grokbot.discord_bot.answers.lost_sends import is_strange, parts_among, unknown_since
from grokbot.discord_bot.answers.message_slot import Slot
from grokbot.discord_bot.answers.relay import Relay
from grokbot.discord_bot.answers.retry_state import BarredError, Setbacks
from grokbot.discord_bot.notices import try_to_say
from grokbot.discord_bot.notices.texts.answer_text import UNEXPECTED, answer_broke_off, answer_is_there
from grokbot.discord_bot.rate_limits import PATIENCE, SEND_ERRORS, Fate, Rank, in_short, retry_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence

    from grokbot.discord_bot.notices import FirstUseNotice
    from grokbot.discord_bot.rate_limits import Traffic
    from grokbot.engine.engine import Engine
    from grokbot.engine.turns import RunningAnswer
    from grokbot.settings import DiscordSettings

log = logging.getLogger(__name__)

TOLD: Mapping[State, Callable[[int], str]] = {State.DONE: answer_is_there, State.FAILED: answer_broke_off}
"""What the asker is told at the end of an answer that took long; the other ends are not told."""

MOST_BARRED = 1_000
"""Channels of which it is remembered that something is to be mended there; of all the next start knows."""


class Presenter:
    """Shows every answer that begins, whoever asked for it.

    Args:
        client: The connection to Discord.
        engine: Whose answers they are.
        settings: How long an answer may become, and how long people wait before they are told of its end.
        traffic: What may be sent, and when.
        noticing: Knows whose first answer it is.
    """

    def __init__(
        self,
        client: discord.Client,
        engine: Engine,
        settings: DiscordSettings,
        traffic: Traffic,
        first_use: FirstUseNotice,
    ) -> None:
        self._client = client
        self._engine = engine
        self._settings = settings
        self._traffic = traffic
        self._first_use_notice = first_use
        self.relay = Relay(client, engine, traffic)
        self._successions: dict[int, Succession] = {}
        self._tasks: dict[Given, asyncio.Task[None]] = {}
        self._live: dict[str, LiveAnswer] = {}
        self._unshown: dict[int, dict[str, str]] = {}
        """By channel: answers that could not be shown there to their end, and their conversations, by their ids."""
        self._left: set[str] = set()

    def show_left(self, running: RunningAnswer) -> None:
        """The same for an answer that the last stop left: more of it may have been sent than could be noted."""
        self._left.add(running.id)
        self.show(running)

    def show(self, running: RunningAnswer) -> None:
        """Begins to show an answer, once the one before it in its channel stands there to its end.

        One that has ended may come at any time: it is written into the messages that it is given with.
        """
        given = Given.of(running)
        channel_id = running.conversation.channel_id
        if channel_id is None:
            task = self._begin(given, self._pass_over(running))
            task.add_done_callback(lambda _: self._tasks.pop(given))
            return
        succession = self._successions.setdefault(channel_id, Succession())
        before = [self._tasks[earlier] for earlier in succession.add(given)]
        task = self._begin(given, self._show(given, succession, channel_id, before))
        task.add_done_callback(lambda _: self._forget(channel_id, given))

    async def written(self, response_id: str) -> None:
        """Waits until what is being sent of an answer is also noted: a button may be pressed before that."""
        live = self._live.get(response_id)
        if live is not None:
            async with live.slot.writing:
                pass

    async def came_back(self, message: discord.Message) -> None:
        """The connection tells of a message that we sent, which may be one of an answer that is being shown."""
        for live in tuple(self._live.values()):
            if live.slot.channel.id == message.channel.id:
                await live.slot.came_back(message.id, str(message.nonce))

    async def deleted(self, message_id: int) -> None:
        """Somebody deleted a message, which may be one of an answer that is being shown."""
        await asyncio.gather(*(live.deleted(message_id) for live in tuple(self._live.values())))

    async def settle(self, seconds: float) -> None:
        """Waits until everything that has ended stands in Discord.

        To be called when nothing more will be shown: what takes longer is given up.
        """
        if not self._tasks:
            return
        _, late = await asyncio.wait(set(self._tasks.values()), timeout=seconds)
        if late:
            log.warning("presenter.unsettled answers=%d", len(late))
            for task in late:
                task.cancel()
            await asyncio.wait(late)

    async def _show(
        self, given: Given, succession: Succession, channel_id: int, before: Sequence[asyncio.Task[None]]
    ) -> None:
        if before:
            await asyncio.wait(before)
        if not given.running.has_ended:
            await self._mend(given, succession, channel_id)
        await self._show_one(given, succession, channel_id)

    async def _show_one(self, given: Given, succession: Succession, channel_id: int) -> None:
        running = given.running
        if not await self._engine.places.placed_anew(running):
            return  # another one stands in its messages by now
        async with self._putting_away(running, channel_id):
            outdated = running.has_ended and succession.outdated(given)
            whole = outdated or await self._bring(given, succession, channel_id)
        if whole:
            await self._engine.places.shown_whole(running.id)  # not where a stop gave it up: the next start goes on
            return
        self._engine.places.not_shown(running.id)
        self._unshown.setdefault(channel_id, {})[running.id] = running.conversation.id
        if len(self._unshown) > MOST_BARRED:
            del self._unshown[next(iter(self._unshown))]

    async def _mend(self, new: Given, succession: Succession, channel_id: int) -> None:
        """Before a new answer in a channel: those that could not be shown there to their end, in their order.

        Where the first of them still cannot be, the others wait on.
        """
        by_conversation: defaultdict[str, list[str]] = defaultdict(list)
        for response_id, conversation_id in sorted(self._unshown.pop(channel_id, {}).items()):
            by_conversation[conversation_id].append(response_id)
        for conversation_id, response_ids in by_conversation.items():
            for running in await self._engine.recovery.again(conversation_id, response_ids):
                given = Given.of(running)
                if channel_id in self._unshown:
                    self._engine.places.not_shown(running.id)
                    self._unshown[channel_id][running.id] = conversation_id
                    continue
                succession.given.insert(succession.given.index(new), given)
                self._tasks[given] = self._tasks[new]
                try:
                    await self._show_one(given, succession, channel_id)
                finally:
                    del self._tasks[given]
                    succession.given.remove(given)

    async def _bring(self, given: Given, succession: Succession, channel_id: int) -> bool:
        """Shows it to its end, and sees to it where that cannot be. Whether nothing of it is left to be shown."""
        running, clock = given.running, asyncio.get_running_loop().time
        channel = self._client.get_partial_messageable(channel_id, guild_id=running.conversation.guild_id)
        begun, was_running = clock(), not running.has_ended
        try:
            await self._post(given, succession, channel)
            if running.id in self._left and not given.beside and not await self._found_left(given, channel):
                return True
            async with self._small_print(given) as small_print:
                live = self._live_answer(given, succession, channel, small_print)
                self._live[running.id] = live
                await live.run()
            late = 0 < self._settings.notice_after_seconds <= clock() - begun
            if was_running and late and not succession.outdated(given):
                await self._tell_asker(running, channel)
        except BarredError as barred:
            log.warning("answer.barred response=%s fate=%s", running.id, barred.fate.name)
            await self._engine.answers.stop(running.id)  # nobody can be told: where it stands we may not write
            return barred.fate in (Fate.MESSAGE_GONE, Fate.REFUSED)  # somebody means it, or it never will be taken
        except Exception:
            log.exception("presenter.failed response=%s", running.id)
            if not given.beside:
                await self._say(channel, UNEXPECTED, running.id)
            return True
        finally:
            self._live.pop(running.id, None)
        return not live.leaves_behind

    async def _post(self, given: Given, succession: Succession, channel: discord.PartialMessageable) -> None:
        """First of all what it answers, where that was said elsewhere."""
        running = given.running
        if given.beside or not running.said:
            return
        await self.relay.post(
            running,
            channel,
            Setbacks(running.id, lambda: self._reopen(channel.id), self._traffic.channel(channel.id)),
            may_attach=self._may_attach(running.conversation.guild_id, channel.id),
            left=running.id in self._left,
            needless=lambda: running.has_ended and succession.outdated(given),
        )

    @asynccontextmanager
    async def _putting_away(self, running: RunningAnswer, channel_id: int) -> AsyncIterator[None]:
        """Beside what is done inside, and over with it: the used buttons of an answer that this one goes on with."""
        if running.continues is None:
            yield
            return
        beside = asyncio.create_task(self._put_away(running.continues, running, channel_id))
        try:
            yield
            await asyncio.wait([beside])
        finally:
            beside.cancel()

    async def _put_away(self, continued_id: str, running: RunningAnswer, channel_id: int) -> None:
        channel = self._client.get_partial_messageable(channel_id, guild_id=running.conversation.guild_id)
        try:
            await put_away(channel, self._engine, self._traffic.channel(channel_id), continued_id)
        except Exception:  # the answer is to be shown all the same
            log.exception("presenter.buttons_stay response=%s", continued_id)

    @asynccontextmanager
    async def _small_print(self, given: Given) -> AsyncIterator[str]:
        """What stands under the answer beside its own end; those whose first one it is count as told if it was seen."""
        running = given.running
        set_aside = given.beside or running.aside is not None
        due = (
            await self._first_use_notice.due(_readers(running)) if self._first_use_notice.line and not set_aside else ()
        )
        try:
            yield self._first_use_notice.line if due else ""
        finally:
            live = self._live.get(running.id)
            if due:
                await self._first_use_notice.over(
                    due, told=live is not None and live.slot.says(self._first_use_notice.line)
                )

    def _live_answer(
        self, given: Given, succession: Succession, channel: discord.PartialMessageable, small_print: str
    ) -> LiveAnswer:
        running = given.running
        return LiveAnswer(
            running,
            Slot(running.id, channel, self._engine, [ref.message_id for ref in running.shown_in]),
            self._layout(running, channel, small_print),
            lambda: self._reopen(channel.id),
            self._traffic.channel(channel.id),
            beside=given.beside,
            given_up=lambda: succession.outdated(given),
        )

    def _layout(self, running: RunningAnswer, channel: discord.PartialMessageable, small_print: str = "") -> Layout:
        return Layout(
            running.response.created_at,
            self._settings.answer_messages,
            may_attach=self._may_attach(running.conversation.guild_id, channel.id),
            variant=running.place,
            last=running.may_grow,
            branches=running.conversation.guild_id is not None,
            small_print=small_print,
        )

    async def _found_left(self, given: Given, channel: discord.PartialMessageable) -> bool:
        """Messages of it that were sent just before the last stop, and are not known, are taken for its own.

        Returns:
            Whether it is to be shown: not where the conversation has gone on with a database that was lost.
        """
        running = given.running
        self._left.discard(running.id)
        known = [ref.message_id for ref in (*running.shown_in, *running.answers) if ref.channel_id == channel.id]
        since = max(known) if known else running.response.created_at
        own_id = self._client.user.id if self._client.user is not None else 0
        try:
            found = await retry_request(
                lambda: unknown_since(self._engine, self._traffic, channel, own_id, since), "history", seconds=PATIENCE
            )
        except (*SEND_ERRORS, StoreError) as error:  # then what was sent may be there twice
            log.warning("answer.left_unread response=%s error=%s", running.id, in_short(error))
            return True
        if any([await is_strange(self._engine, message) for message in found]):
            log.warning("answer.left_alone response=%s", running.id)
            return False
        there = len(running.shown_in)
        contents = [part.content for part in self._layout(running, channel).of(running.snapshot())][there:]
        parts = parts_among(found, running.id, contents)
        refs = [MessageRef(each, channel.id, running.id, part) for part, each in enumerate(parts, there)]
        for ref in refs:
            log.info("answer.found response=%s message=%d", running.id, ref.message_id)
            await self._engine.places.shown(ref)
        running.shown_in = (*running.shown_in, *refs)
        return True

    async def _pass_over(self, running: RunningAnswer) -> None:
        """An answer of a conversation that stands nowhere in Discord: there is nothing to be shown of it."""
        await running.end()
        await self._engine.places.shown_whole(running.id)

    async def _tell_asker(self, running: RunningAnswer, channel: discord.PartialMessageable) -> None:
        """One small reply to whoever waited long, and to nobody else. Who stopped the answer need not be told.

        Of an answer that a restart interrupted nobody is told: then all are, and at once.
        """
        words, asker_id = TOLD.get((await running.end()).state), _asker_in_discord(running)
        if asker_id is None or words is None:
            return
        asker = discord.Object(asker_id)
        only = discord.AllowedMentions(everyone=False, roles=False, users=[asker], replied_user=False)
        question = next((ref for ref in reversed(running.answers) if ref.channel_id == channel.id), None)
        under: dict[str, Any] = {}
        if question is not None:
            message = channel.get_partial_message(question.message_id)
            under["reference"] = message.to_reference(fail_if_not_exists=False)
        await try_to_say(
            self._traffic,
            channel,
            words(asker.id),
            nonce=f"{running.id[-20:]}-told",
            rank=Rank.OTHER,
            allowed_mentions=only,
            **under,
        )

    def _may_attach(self, guild_id: int | None, channel_id: int) -> bool:
        """As far as is known: of a thread that was archived when we came, nothing is. An edit may not tell us."""
        guild = self._client.get_guild(guild_id) if guild_id is not None else None
        channel = guild.get_channel_or_thread(channel_id) if guild is not None else None
        if guild is None or channel is None or (isinstance(channel, discord.Thread) and channel.parent is None):
            return True
        return channel.permissions_for(guild.me).attach_files

    async def _reopen(self, channel_id: int) -> None:
        channel = await self._client.fetch_channel(channel_id)
        if isinstance(channel, discord.Thread):
            await channel.edit(archived=False)

    async def _say(self, channel: discord.PartialMessageable, text: str, response_id: str) -> None:
        await try_to_say(self._traffic, channel, text, nonce=f"{response_id[-20:]}-say")

    def _begin(self, given: Given, showing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(showing, name=f"show {given.running.id}")
        self._tasks[given] = task
        return task

    def _forget(self, channel_id: int, given: Given) -> None:
        del self._tasks[given]
        succession = self._successions[channel_id]
        succession.given.remove(given)
        if not succession.given:
            del self._successions[channel_id]


def _readers(running: RunningAnswer) -> Collection[int]:
    """Who wrote in Discord what it answers. People of an import, whose ids are below zero, did not."""
    asker_id = _asker_in_discord(running)
    return running.writer_ids or ([asker_id] if asker_id is not None and asker_id > 0 else ())


def _asker_in_discord(running: RunningAnswer) -> int | None:
    """Who waits for it in Discord. Who asked through the API hears of its end there, and need not be in Discord."""
    return None if running.said else running.asker_id or None
