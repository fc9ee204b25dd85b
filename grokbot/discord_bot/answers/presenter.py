"""Shows every answer, and deals with those that cannot be shown.

Not here: which waits for which (`display_order`, pure), how one answer is shown (`live_answer`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.text import speak
from grokbot.discord_bot.answers.display_order import Given, Succession
from grokbot.discord_bot.answers.layout import Layout
from grokbot.discord_bot.answers.live_answer import LiveAnswer
from grokbot.discord_bot.answers.lost_sends import found_again
from grokbot.discord_bot.answers.message_slot import Slot
from grokbot.discord_bot.answers.old_rows import OldRow
from grokbot.discord_bot.answers.relay import Relay
from grokbot.discord_bot.answers.retry_state import WHY, BarredError, Setbacks
from grokbot.discord_bot.members import may_attach
from grokbot.discord_bot.notices import readers_of, tell_asker, try_to_say
from grokbot.discord_bot.notices.texts.answer_text import UNEXPECTED
from grokbot.discord_bot.rate_limits import Fate
from grokbot.process.traces import TRACES
from grokbot.process.turn_id import of_turn

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from contextlib import AbstractAsyncContextManager

    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.notices import FirstUseNotice
    from grokbot.display import Shown
    from grokbot.engine.turns import RunningAnswer

log = logging.getLogger(__name__)

MOST_BARRED = 1_000
"""Channels to remember for a later repair; the next start knows all of them."""


class Presenter:
    """Shows every answer that begins, whoever asked for it.

    Args:
        bot: The connection to Discord.
        first_use: Knows which answers are somebody's first.
    """

    def __init__(self, bot: Client, first_use: FirstUseNotice) -> None:
        self._bot = bot
        self._engine = bot.engine
        self._traffic = bot.traffic
        self._first_use_notice = first_use
        self.relay = Relay(bot)
        self._successions: dict[int | str | None, Succession] = {}
        self._tasks: dict[Given, asyncio.Task[None]] = {}
        self._live: dict[str, LiveAnswer] = {}
        self._unshown: dict[int, dict[str, str]] = {}
        """By channel: ids of answers that could not be shown to their end, with the ids of their conversations."""
        self._left: set[str] = set()
        self._tidying: set[asyncio.Task[None]] = set()
        """Answers that stand there whole, below a row of buttons that still has to go."""

    def show_left(self, running: RunningAnswer, shown: Shown) -> None:
        """Shows an answer that the last stop interrupted: more of it may have been sent than was noted."""
        self._left.add(running.id)
        self.show(running, shown)

    def show(self, running: RunningAnswer, shown: Shown) -> None:
        """Starts to show an answer, once the one before it in its channel is complete.

        One that has ended may come at any time: it is written into its given messages.
        """
        given = Given.of(running, shown)
        channel_id = running.conversation.channel_id
        if channel_id is None:
            task = self._begin(given, self._pass_over(running))
            task.add_done_callback(lambda _: self._tasks.pop(given))
            return
        succession = self._successions.setdefault(given.order, Succession())
        before = [self._tasks[earlier] for earlier in succession.add(given)]
        task = self._begin(given, self._show(given, succession, channel_id, before))
        task.add_done_callback(lambda _: self._forget(given))

    def look(self) -> None:
        """Brings the metrics of answers that are being shown up to date."""
        for given in self._tasks:
            given.freshness.look()

    def abandon(self, response_id: str) -> None:
        """Nobody wants to see an answer any more: what is not shown of it stays so."""
        for given in self._tasks:
            given.abandoned |= given.running.id == response_id

    async def written(self, response_id: str) -> None:
        """Waits until the message being sent is also noted: its button may be pressed before that."""
        if (live := self._live.get(response_id)) is not None:
            async with live.slot.writing:
                pass

    async def came_back(self, message: discord.Message) -> None:
        """The gateway reports a message that we sent, perhaps part of an answer that is being shown."""
        for live in tuple(self._live.values()):
            if live.slot.channel.id == message.channel.id:
                await live.slot.came_back(message.id, str(message.nonce))

    async def deleted(self, message_id: int) -> None:
        """Somebody deleted a message, perhaps part of an answer that is being shown."""
        await asyncio.gather(*(live.deleted(message_id) for live in tuple(self._live.values())))

    async def settle(self, seconds: float) -> None:
        """Waits until all ended answers are in Discord, and gives up after `seconds`.

        Call it once nothing more will be shown.
        """
        unfinished = {*self._tasks.values(), *self._tidying}
        late = (await asyncio.wait(unfinished, timeout=seconds))[1] if unfinished else set()
        if late:
            log.warning("presenter.unsettled answers=%d", len(late))
            for task in late:
                task.cancel()
            await asyncio.wait(late)

    async def _show(
        self, given: Given, succession: Succession, channel_id: int, before: Sequence[asyncio.Task[None]]
    ) -> None:
        speak(await self._bot.language_at(given.running.conversation.guild_id, channel_id))
        if before:
            await asyncio.wait(before)
        if not given.running.has_ended:
            await self._mend(given, succession, channel_id)
        await self._show_one(given, succession, channel_id)

    async def _show_one(self, given: Given, succession: Succession, channel_id: int) -> None:
        running = given.running
        shown = await self._engine.places.shown_now(running, given.shown)
        if shown is None:
            return  # its messages now show another answer
        given.shown = shown
        old_row = OldRow(self._bot, given, channel_id, left=running.id in self._left)
        whole = running.has_ended and succession.outdated(given)
        try:
            whole = whole or await self._bring(given, succession, channel_id, old_row)
        finally:
            if not whole:
                old_row.cancel()
        if whole:
            await self._shown_whole(running.id, old_row)
            return
        self._engine.places.not_shown(running.id)
        self._unshown.setdefault(channel_id, {})[running.id] = running.conversation.id
        if len(self._unshown) > MOST_BARRED:
            del self._unshown[next(iter(self._unshown))]

    async def _shown_whole(self, response_id: str, old_row: OldRow) -> None:
        """Notes it, once the row above is gone: not if a stop gave that up, for the next start goes on."""

        async def note() -> None:
            await old_row.gone()
            await self._engine.places.shown_whole(response_id)

        if not old_row.going:
            await note()
            return
        task = asyncio.create_task(note(), name=f"tidy {response_id}")
        self._tidying.add(task)
        task.add_done_callback(self._tidying.discard)

    async def _mend(self, new: Given, succession: Succession, channel_id: int) -> None:
        """Before a new answer in a channel, shows the earlier ones that failed there, in their order.

        If the first of them still fails, the others keep waiting.
        """
        by_conversation: defaultdict[str, list[str]] = defaultdict(list)
        for response_id, conversation_id in sorted(self._unshown.pop(channel_id, {}).items()):
            by_conversation[conversation_id].append(response_id)
        for conversation_id, response_ids in by_conversation.items():
            for again in await self._engine.recovery.again(conversation_id, response_ids):
                given = Given.of(again.running, again.shown)
                if channel_id in self._unshown:
                    self._engine.places.not_shown(again.running.id)
                    self._unshown[channel_id][again.running.id] = conversation_id
                    continue
                succession.given.insert(succession.given.index(new), given)
                self._tasks[given] = self._tasks[new]
                try:
                    await self._show_one(given, succession, channel_id)
                finally:
                    del self._tasks[given]
                    succession.given.remove(given)

    async def _bring(self, given: Given, succession: Succession, channel_id: int, old_row: OldRow) -> bool:
        """Shows an answer to its end, and deals with failures. True if nothing of it is left to show."""
        running, clock = given.running, asyncio.get_running_loop().time
        channel = self._bot.get_partial_messageable(channel_id, guild_id=running.conversation.guild_id)
        begun, was_running = clock(), not running.has_ended
        try:
            await self._post(given, succession, channel)
            if running.id in self._left and not given.beside and not await self._goes_on(given, channel):
                return True
            async with self._small_print(given) as small_print:
                live = self._live[running.id] = self._live_answer(given, succession, channel, small_print)
                live.stands = old_row.may_go
                await live.run()
            late = 0 < self._bot.settings.notice_after_seconds <= clock() - begun
            if was_running and late and not succession.outdated(given):
                await tell_asker(self._traffic, running, given.shown, channel)
        except BarredError as barred:
            log.warning("answer.barred turn=%s fate=%s", running.id, barred.fate.name)
            self._engine.places.hindered(running.id, WHY[barred.fate])
            await self._engine.answers.stop(running.id)  # nobody can be told: we may not write there
            return barred.fate in (Fate.MESSAGE_GONE, Fate.REFUSED)  # deleted on purpose, or never acceptable
        except Exception:
            log.exception("presenter.failed turn=%s", running.id)
            if not given.beside:
                await try_to_say(self._traffic, channel, UNEXPECTED, nonce=f"{running.id[-20:]}-say")
            return True
        finally:
            self._live.pop(running.id, None)
        return not live.leaves_behind

    async def _post(self, given: Given, succession: Succession, channel: discord.PartialMessageable) -> None:
        """Posts the question first, if it was asked elsewhere."""
        running = given.running
        if given.beside or not given.shown.said:
            return
        await self.relay.post(
            given,
            channel,
            Setbacks(running.id, lambda: self._reopen(channel.id), self._traffic.channel(channel.id)),
            may_attach=may_attach(self._bot, running.conversation.guild_id, channel.id),
            left=running.id in self._left,
            needless=lambda: running.has_ended and succession.outdated(given),
        )

    def _small_print(self, given: Given) -> AbstractAsyncContextManager[str]:
        """The line below an answer's own end; none for a hidden answer."""
        if given.beside or given.shown.aside is not None:
            return nullcontext("")

        def shows(line: str) -> bool:
            return (live := self._live.get(given.running.id)) is not None and live.slot.says(line)

        return self._first_use_notice.under(readers_of(given.running, given.shown), shows)

    def _live_answer(
        self, given: Given, succession: Succession, channel: discord.PartialMessageable, small_print: str
    ) -> LiveAnswer:
        return LiveAnswer(
            given,
            Slot.of(given, channel, self._engine),
            self._layout(given, channel, small_print),
            lambda: self._reopen(channel.id),
            self._traffic.channel(channel.id),
            lambda: succession.outdated(given),
        )

    def _layout(self, given: Given, channel: discord.PartialMessageable, small_print: str = "") -> Layout:
        running = given.running
        return Layout(
            running.response.created_at,
            self._bot.settings.answer_messages,
            may_attach=may_attach(self._bot, running.conversation.guild_id, channel.id),
            variant=given.shown.variant,
            last=given.shown.last,
            small_print=small_print,
        )

    async def _goes_on(self, given: Given, channel: discord.PartialMessageable) -> bool:
        """Whether to show an answer that the last stop interrupted, once its sent messages are found."""
        self._left.discard(given.running.id)
        return await found_again(self._bot, channel, given, self._layout(given, channel))

    async def _pass_over(self, running: RunningAnswer) -> None:
        """Ends an answer of a conversation without a place in Discord: there is nothing to show."""
        await running.end()
        await self._engine.places.shown_whole(running.id)

    async def _reopen(self, channel_id: int) -> None:
        channel = await self._bot.fetch_channel(channel_id)
        if isinstance(channel, discord.Thread):
            await channel.edit(archived=False)

    def _begin(self, given: Given, showing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        with of_turn(given.running.id):
            task = self._tasks[given] = asyncio.create_task(showing, name=f"show {given.running.id}")
        TRACES.held(given.running.id, task)
        return task

    def _forget(self, given: Given) -> None:
        del self._tasks[given]
        succession = self._successions[given.order]
        succession.given.remove(given)
        if not succession.given:
            del self._successions[given.order]
