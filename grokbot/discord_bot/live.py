"""One answer on its way into its channel: the only writer of its messages, one request in flight.

At every moment that a request may be sent it takes the newest text, so nothing stale is ever shown and nothing is sent
twice. Not here: when something may be sent (`pacing`, pure), how an answer is laid out (`layout`, pure), which answers
there are (`presenter`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.response import MessageRef
from grokbot.discord_bot.layout import Layout, Part
from grokbot.discord_bot.pacing import Kind
from grokbot.discord_bot.retry import retry_view
from grokbot.discord_bot.trouble import SEND_ERRORS, Fate, fate_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from grokbot.discord_bot.traffic import ChannelTraffic
    from grokbot.engine.engine import Engine
    from grokbot.engine.running import RunningAnswer

log = logging.getLogger(__name__)

PLACEHOLDER_SECONDS = 1.5
"""If no text has come after this time, a line says what the model is doing."""

TRIES = 8
"""How often one request is sent again before the answer's end is given up: with the pauses about two minutes."""

NONCE_LENGTH = 25
"""The longest nonce that Discord takes."""

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


@dataclass(slots=True)
class _Shown:
    """A message as it stands in Discord. `part` is None where that is not known."""

    message_id: int
    part: Part | None


class Barred(Exception):
    """The channel or the message is no longer there for us; the answer cannot be shown to its end."""


class LiveAnswer:
    """Brings one running answer into its channel and keeps it up to date until its end is there.

    Args:
        running: The answer.
        channel: Where its messages stand.
        reopen: Opens the thread again, if it was archived.
        traffic: What may be sent there, and when.
        engine: Told where the messages stand, and told to stop when nobody can see the answer any more.
    """

    def __init__(
        self,
        running: RunningAnswer,
        channel: discord.PartialMessageable,
        reopen: Callable[[], Awaitable[None]],
        traffic: ChannelTraffic,
        engine: Engine,
    ) -> None:
        self._running = running
        self._channel = channel
        self._reopen = reopen
        self._traffic = traffic
        self._engine = engine
        self._layout = Layout()
        self._shown = [_Shown(ref.message_id, None) for ref in running.shown_in]

    async def run(self) -> None:
        """Returns when the whole answer stands in the channel, or cannot."""
        try:
            await self._begin()
            await self._follow()
            await self._remove_surplus()
        except Barred as barred:
            log.info("answer.barred response=%s why=%s", self._running.id, barred)
            await self._engine.stop(self._running.id)

    async def _begin(self) -> None:
        """Typing at once, then a moment in which the text may come before there is anything to show."""
        if self._shown or self._running.has_ended:
            return
        typing = asyncio.create_task(self._type())
        first_text = asyncio.create_task(self._first_text())
        await asyncio.wait([first_text], timeout=PLACEHOLDER_SECONDS)
        first_text.cancel()
        await asyncio.wait([typing, first_text])

    async def _type(self) -> None:
        """The typing indicator. It is the least of all requests: whatever goes wrong with it is not told."""
        try:
            await self._traffic.turn(Kind.OTHER, final=lambda: False)
            await self._channel.typing()
        except SEND_ERRORS as error:
            log.debug("discord.typing_failed channel=%d error=%s", self._channel.id, type(error).__name__)

    async def _first_text(self) -> None:
        snapshot = self._running.snapshot()
        while not snapshot.text and snapshot.ended is None:
            await self._running.news(snapshot.revision)
            snapshot = self._running.snapshot()

    async def _follow(self) -> None:
        while True:
            snapshot = self._running.snapshot()
            index = self._first_difference(self._layout.of(snapshot))
            if index is not None:
                await self._bring(index)
            elif snapshot.ended is not None:
                return
            else:
                await self._running.news(snapshot.revision)

    def _first_difference(self, wanted: Sequence[Part]) -> int | None:
        """The first message that is not as it should be."""
        for index, part in enumerate(wanted):
            if index >= len(self._shown) or self._shown[index].part != part:
                return index
        return None

    async def _bring(self, index: int) -> None:
        """Sends or edits one message once that is allowed, with what is newest then."""
        kind = Kind.EDIT if index < len(self._shown) else Kind.SEND
        await self._traffic.turn(kind, final=lambda: self._running.has_ended, sooner=self._running.end)
        wanted = self._layout.of(self._running.snapshot())
        if index >= len(wanted) or (index < len(self._shown) and self._shown[index].part == wanted[index]):
            return
        await self._insist(index, wanted[index])

    async def _insist(self, index: int, part: Part) -> None:
        """One request, sent again while what hinders it passes by itself. Never cancelled."""
        for attempt in range(TRIES):
            try:
                return await self._write(index, part)
            except SEND_ERRORS as error:
                await self._after(error, attempt)
            newest = self._layout.of(self._running.snapshot())
            part = newest[index] if index < len(newest) else part
        raise Barred("Discord did not take the message in many tries")

    async def _write(self, index: int, part: Part) -> None:
        view = retry_view(self._running.id) if part.retry else None
        if index < len(self._shown):
            shown = self._shown[index]
            await self._channel.get_partial_message(shown.message_id).edit(
                content=part.content, view=view, allowed_mentions=discord.AllowedMentions.none()
            )
            shown.part = part
            return
        send = self._channel.send
        nonce = nonce_of(self._running.id, index)
        none = discord.AllowedMentions.none()
        if view is None:
            message = await send(part.content, nonce=nonce, allowed_mentions=none, suppress_embeds=True)
        else:
            message = await send(part.content, nonce=nonce, allowed_mentions=none, suppress_embeds=True, view=view)
        self._shown.append(_Shown(message.id, part))
        await self._engine.shown(MessageRef(message.id, self._channel.id, self._running.id, index))

    async def _after(self, error: BaseException, attempt: int) -> None:
        """What is done about a failed request before it is sent again."""
        fate = fate_of(error)
        log.warning(
            "discord.write_failed response=%s fate=%s attempt=%d error=%s",
            self._running.id,
            fate.name,
            attempt + 1,
            error if isinstance(error, discord.HTTPException) else type(error).__name__,
        )
        if fate is Fate.ARCHIVED and attempt == 0:
            await self._open_again()
        elif fate is Fate.AGAIN:
            pause = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
            self._traffic.stalled(pause)
            await asyncio.sleep(pause)
        else:
            raise Barred(fate.name) from error

    async def _open_again(self) -> None:
        try:
            await self._reopen()
        except SEND_ERRORS as error:
            raise Barred("the thread is archived and cannot be opened again") from error

    async def _remove_surplus(self) -> None:
        """An answer that is written over may need fewer messages than the one before it."""
        wanted = len(self._layout.of(self._running.snapshot()))
        for extra in self._shown[wanted:]:
            await self._traffic.turn(Kind.OTHER, final=lambda: True)
            try:
                await self._channel.get_partial_message(extra.message_id).delete()
            except SEND_ERRORS as error:
                if fate_of(error) is not Fate.MESSAGE_GONE:
                    log.warning("discord.surplus_stays response=%s error=%s", self._running.id, type(error).__name__)
                    continue
            await self._engine.hidden(extra.message_id)


def nonce_of(response_id: str, part: int) -> str:
    """The same for every try of one message, so that Discord drops a repeat. The end of an id tells it from others."""
    suffix = f"-{part}"
    return response_id[-(NONCE_LENGTH - len(suffix)) :] + suffix
