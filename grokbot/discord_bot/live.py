"""One answer on its way into its channel: the only writer of its messages, one request in flight.

At every moment that a request may be sent it takes the newest text, so nothing stale is ever shown and nothing is sent
twice. Not here: when something may be sent (`pacing`, pure), how an answer is laid out (`layout`, pure), which answers
there are and what becomes of one that cannot be shown (`presenter`).
"""

from __future__ import annotations

import asyncio
import io
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.response import MessageRef
from grokbot.discord_bot.buttons import view_of
from grokbot.discord_bot.controls import Control
from grokbot.discord_bot.layout import Layout, Part
from grokbot.discord_bot.pacing import Kind, Rank
from grokbot.discord_bot.replies import NOT_TAKEN
from grokbot.discord_bot.trouble import SEND_ERRORS, TOO_MANY, Fate, fate_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from grokbot.discord_bot.traffic import ChannelTraffic
    from grokbot.engine.engine import Engine
    from grokbot.engine.running import RunningAnswer

log = logging.getLogger(__name__)

TYPING_SECONDS = 0.15
"""If no text has come after this time, it is typing. A text that comes at once needs no request to announce it."""

PLACEHOLDER_SECONDS = 1.5
"""If no text has come after this time, a line says what the model is doing."""

GIVE_UP_SECONDS = 900.0
"""For how long requests may fail one after the other before an answer is no longer shown."""

FILE_NAME = "answer.md"

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
    """The answer cannot be shown to its end. `fate` says why."""

    def __init__(self, fate: Fate) -> None:
        super().__init__(fate.name)
        self.fate = fate


class LiveAnswer:
    """Brings one running answer into its channel and keeps it up to date until its end is there.

    Args:
        running: The answer.
        channel: Where its messages stand.
        reopen: Opens the thread again, if it was archived.
        traffic: What may be sent there, and when.
        engine: Told where the messages stand.
        most: How many messages an answer may take.
        may_attach: Whether Discord lets us attach files there, as far as is known.
    """

    def __init__(
        self,
        running: RunningAnswer,
        channel: discord.PartialMessageable,
        reopen: Callable[[], Awaitable[None]],
        traffic: ChannelTraffic,
        engine: Engine,
        most: int,
        *,
        may_attach: bool,
    ) -> None:
        self._running = running
        self._channel = channel
        self._reopen = reopen
        self._traffic = traffic
        self._engine = engine
        self._layout = Layout(running.response.created_at, most, may_attach=may_attach)
        self._seen_at = asyncio.get_running_loop().time()
        self._text_is_there = False
        self._shown = [_Shown(ref.message_id, None) for ref in running.shown_in]
        self._sent = len(self._shown)
        self._failures = 0
        self._failing_since = 0.0
        self._deletions = 0
        self._refused: set[str] = set()

    async def run(self) -> None:
        """Returns when the whole answer stands in the channel.

        Raises:
            Barred: That will never be.
        """
        await self._begin()
        await self._follow()
        await self._remove_surplus()

    async def _begin(self) -> None:
        """A moment in which the text may come before there is anything to show; typing, if it does not come at once."""
        if self._shown or self._running.has_ended:
            return
        typing = asyncio.create_task(self._type())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(PLACEHOLDER_SECONDS):
                    await self._first_text()
        finally:
            typing.cancel()  # an indicator that is late would come after what it announces
            await asyncio.wait([typing])

    async def _type(self) -> None:
        """The typing indicator. It is the least of all requests: whatever goes wrong with it is not told."""
        await asyncio.sleep(TYPING_SECONDS)
        try:
            if self._traffic.spare(Kind.OTHER):
                await self._channel.typing()
        except SEND_ERRORS as error:
            log.debug("discord.typing_failed channel=%d error=%s", self._channel.id, type(error).__name__)

    async def _first_text(self) -> None:
        snapshot = self._running.snapshot()
        while snapshot.ended is None and self._layout.of(snapshot) and not self._layout.shows_text:
            await self._running.news(snapshot.revision)
            snapshot = self._running.snapshot()

    async def _follow(self) -> None:
        while True:
            snapshot = self._running.snapshot()
            index = self._first_difference()
            if index is not None:
                await self._bring(index)
            elif snapshot.ended is not None:
                return
            else:
                await self._running.news(snapshot.revision)

    def _wanted(self) -> Sequence[Part]:
        """What is to stand in the channel now, with a sentence in place of what Discord does not take."""
        parts = self._layout.of(self._running.snapshot())
        if not self._refused:
            return parts
        return [Part(NOT_TAKEN, part.controls) if part.content in self._refused else part for part in parts]

    def _first_difference(self) -> int | None:
        """The first message that is not as it should be."""
        for index, part in enumerate(self._wanted()):
            if index >= len(self._shown) or self._shown[index].part != part:
                return index
        return None

    async def _bring(self, index: int) -> None:
        """Sends or edits one message once that is allowed, with what is newest then. Never cancelled.

        A request that fails is not repeated here: the next round finds the same difference and takes the newest text.
        """
        kind = Kind.EDIT if index < len(self._shown) else Kind.SEND
        sent_at = await self._traffic.turn(kind, rank=self._rank, since=self._seen_at, sooner=self._running.end)
        wanted, looked_at = self._wanted(), asyncio.get_running_loop().time()
        has_text = self._layout.shows_text
        if index >= len(wanted) or (index < len(self._shown) and self._shown[index].part == wanted[index]):
            return
        try:
            await self._write(index, wanted[index])
        except SEND_ERRORS as error:
            await self._after(error, index, wanted[index])
        else:
            self._failures = 0
            self._seen_at, self._text_is_there = looked_at, has_text
            self._traffic.returned(kind, sent_at)

    def _rank(self) -> Rank:
        """How much the next request matters to whoever reads."""
        if self._running.has_ended:
            return Rank.END
        return Rank.TEXT if self._text_is_there else Rank.FIRST

    async def _write(self, index: int, part: Part) -> None:
        none = discord.AllowedMentions.none()
        if index < len(self._shown):
            shown = self._shown[index]
            view = view_of(part.controls, self._running.id)
            await self._channel.get_partial_message(shown.message_id).edit(
                content=part.content, view=view, allowed_mentions=none, attachments=_files(part)
            )
            shown.part = part
            return
        nonce = nonce_of(self._running.id, self._sent)
        # Retry and Continue come with an edit: who presses one writes over the messages of this answer, or under them,
        # so by then their places must be noted. Stop does no such thing and is there from the first message on.
        sent = Part(part.content, part.controls if part.controls == (Control.STOP,) else ())
        view = view_of(sent.controls, self._running.id) or discord.utils.MISSING
        message = await self._channel.send(
            sent.content, nonce=nonce, allowed_mentions=none, suppress_embeds=True, view=view
        )
        # A repeated nonce brings back what was sent the first time, which by now may be old, its button too.
        as_sent = message.content == sent.content.strip() and bool(message.components) == bool(sent.controls)
        self._shown.append(_Shown(message.id, sent if as_sent else None))
        self._sent += 1
        await self._engine.shown(MessageRef(message.id, self._channel.id, self._running.id, index))

    async def _after(self, error: BaseException, index: int, part: Part) -> None:
        """What is done about a failed request, so that the next round can do better."""
        fate = fate_of(error)
        now = asyncio.get_running_loop().time()
        self._failing_since = self._failing_since if self._failures else now
        self._failures += 1
        log.warning(
            "discord.write_failed response=%s fate=%s attempt=%d error=%s",
            self._running.id,
            fate.name,
            self._failures,
            error if isinstance(error, discord.HTTPException) else type(error).__name__,
        )
        if now - self._failing_since > GIVE_UP_SECONDS:
            raise Barred(fate) from error
        match fate:
            case Fate.AGAIN:
                await self._pause(error)
            case Fate.ARCHIVED:
                await self._open_again(error)
            case Fate.MESSAGE_GONE if index < len(self._shown):
                await self._forget(index)
            case Fate.BARRED | Fate.REFUSED if part.file is not None:
                self._layout.give_up_files()
            case Fate.REFUSED if part.content != NOT_TAKEN:
                self._refused.add(part.content)
            case _:
                raise Barred(fate) from error

    async def _pause(self, error: BaseException) -> None:
        """The next try waits, longer each time. A limit that says how long is believed, and slows the channel down."""
        if isinstance(error, discord.RateLimited):
            self._traffic.stalled(error.retry_after)
        elif isinstance(error, discord.HTTPException) and error.status == TOO_MANY:
            self._traffic.stalled(FIRST_PAUSE)
        await asyncio.sleep(min(FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10), LONGEST_PAUSE))

    async def _open_again(self, error: BaseException) -> None:
        try:
            await self._reopen()
        except SEND_ERRORS as why:
            if fate_of(why) is not Fate.AGAIN:
                raise Barred(Fate.ARCHIVED) from why
        if self._failures > 1:
            await self._pause(error)

    async def _forget(self, index: int) -> None:
        """Somebody deleted a message: the answer goes on in a new one. Who does it twice in one answer means it."""
        gone = self._shown.pop(index)
        await self._engine.hidden(gone.message_id)
        self._deletions += gone.part is not None
        if self._deletions > 1:
            raise Barred(Fate.MESSAGE_GONE)

    async def _remove_surplus(self) -> None:
        """An answer that is written over may need fewer messages than the one before it."""
        for extra in self._shown[len(self._wanted()) :]:
            await self._traffic.turn(Kind.OTHER, rank=lambda: Rank.OTHER)
            try:
                await self._channel.get_partial_message(extra.message_id).delete()
            except SEND_ERRORS as error:
                if fate_of(error) is not Fate.MESSAGE_GONE:
                    log.warning("discord.surplus_stays response=%s error=%s", self._running.id, type(error).__name__)
                    continue
            await self._engine.hidden(extra.message_id)


def _files(part: Part) -> list[discord.File]:
    """What is attached to a part. Made anew for each try: sending reads it to its end."""
    return [] if part.file is None else [discord.File(io.BytesIO(part.file.encode()), FILE_NAME)]


def nonce_of(response_id: str, number: int) -> str:
    """The same for every try of one message, so that Discord drops a repeat. The end of an id tells it from others.

    Args:
        response_id: Of the answer.
        number: How many messages of it were sent before.
    """
    suffix = f"-{number}"
    return response_id[-(NONCE_LENGTH - len(suffix)) :] + suffix
