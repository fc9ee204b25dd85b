"""Posts what people said through the API into their conversation's channel, before it is answered.

Posted messages are noted as parts of the person's message, counted from 1: part 0 is what they wrote in Discord
themselves. A stop in between loses and doubles nothing: what is not noted is handed out again with its answer, and what
was sent anyway is found by its text. Not here: its layout (`relay_text`, pure), its order (`presenter`).
"""

from __future__ import annotations

import asyncio
import io
import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import MessageRef, Sender
from grokbot.discord_bot.answers.lost_sends import unknown_since
from grokbot.discord_bot.answers.message_slot import nonce_of
from grokbot.discord_bot.answers.relay_text import FILE_NAME, Words, laid_out, not_taken
from grokbot.discord_bot.answers.retry_state import BarredError
from grokbot.discord_bot.notices import NOBODY
from grokbot.discord_bot.rate_limits import SEND_ERRORS, Fate, Kind, Rank, in_short

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from grokbot.conversation.response import Response
    from grokbot.discord_bot.answers.display_order import Given
    from grokbot.discord_bot.answers.retry_state import Setbacks
    from grokbot.discord_bot.client import Client

log = logging.getLogger(__name__)

FIRST_PART = 1


class Relay:
    """Posts messages for people.

    Args:
        bot: The connection to Discord.
    """

    def __init__(self, bot: Client) -> None:
        self._bot = bot
        self._engine = bot.engine
        self._traffic = bot.traffic
        self._noting: dict[int, asyncio.Lock] = {}

    async def post(
        self,
        given: Given,
        channel: discord.PartialMessageable,
        setbacks: Setbacks,
        *,
        may_attach: bool,
        left: bool,
        needless: Callable[[], bool],
    ) -> None:
        """Posts the messages that an answer replies to and that are not in the channel yet.

        Args:
            given: The answer.
            channel: Where it will be shown.
            setbacks: Handles failed requests.
            may_attach: Whether files are allowed.
            left: Whether the last process may have posted some of it.
            needless: Whether a newer answer will do it instead.

        Raises:
            BarredError: It can never be posted.
        """
        for said in given.shown.said:
            if not needless() and not await self._stands(said):
                async with self._held(channel.id):
                    refs = await self._sent(said, channel, setbacks, may_attach=may_attach, left=left)
                    for ref in refs:
                        await self._engine.places.shown(ref)
                asked = given.running.asked
                given.running.asked = replace(asked, messages=(*asked.messages, *refs))

    async def rest_of(self, channel_id: int, message_id: int) -> Sequence[MessageRef]:
        """The other messages of a post for a person, if this one is a part of it.

        Waits until the current post is noted: somebody may delete it before that.

        Raises:
            StoreError: They could not be read.
        """
        if channel_id in self._noting:
            async with self._noting[channel_id]:
                pass
        said = await self._engine.places.response_at(message_id)
        if said is None or said.sender is not Sender.HUMAN or said.erased:
            return ()
        places = await self._engine.places.places_of(said.id)
        return [ref for ref in places if ref.part >= FIRST_PART and ref.message_id != message_id]

    async def remove(self, refs: Sequence[MessageRef]) -> None:
        """Deletes the rest of a post of which somebody deleted a part. Failures are only logged."""
        for ref in refs:
            await self._traffic.channel(ref.channel_id).turn(Kind.OTHER, rank=lambda: Rank.OTHER)
            place = self._bot.get_partial_messageable(ref.channel_id)
            try:
                await place.get_partial_message(ref.message_id).delete()
            except SEND_ERRORS as error:
                log.warning("discord.words_stay message=%d error=%s", ref.message_id, in_short(error))

    async def _stands(self, said: Response) -> bool:
        """Whether it is posted already, or that is unknown: it is never said twice."""
        try:
            return bool(await self._engine.places.places_of(said.id))
        except StoreError:
            log.exception("discord.place_unknown response=%s", said.id)
            return True

    async def _sent(
        self, said: Response, channel: discord.PartialMessageable, setbacks: Setbacks, *, may_attach: bool, left: bool
    ) -> Sequence[MessageRef]:
        """Ids of all the messages, once they are sent. Only the end of the process interrupts it."""
        name = said.author.name if said.author is not None else ""
        words = [*laid_out(name, said.message, may_attach=may_attach)]
        before = await self._sent_before(said, words, channel, setbacks) if left else {}
        ids: list[int] = []
        while len(ids) < len(words):
            number = len(ids)
            try:
                ids.append(before.get(number) or await self._send(words[number], channel, nonce_of(said.id, number)))
            except SEND_ERRORS as error:
                fate = await setbacks.after(error)
                if fate in (Fate.BARRED, Fate.REFUSED) and words[number].file is not None:
                    words = [*laid_out(name, said.message, may_attach=False)]
                elif fate is Fate.REFUSED and words[number] != not_taken(name):
                    words[number] = not_taken(name)
                elif fate not in (Fate.AGAIN, Fate.ARCHIVED):
                    raise BarredError(fate) from error
            else:
                setbacks.over()
        return [MessageRef(each, channel.id, said.id, part) for part, each in enumerate(ids, FIRST_PART)]

    async def _send(self, words: Words, channel: discord.PartialMessageable, nonce: str) -> int:
        """Sends one message; within minutes Discord drops a repeat, by the nonce."""
        traffic = self._traffic.channel(channel.id)
        sent_at = await traffic.turn(Kind.SEND, rank=lambda: Rank.FIRST)
        message = await channel.send(
            words.content,
            nonce=nonce,
            allowed_mentions=NOBODY,
            suppress_embeds=True,
            files=[] if words.file is None else [discord.File(io.BytesIO(words.file.encode()), FILE_NAME)],
        )
        traffic.returned(Kind.SEND, sent_at)
        return message.id

    async def _sent_before(
        self, said: Response, words: Sequence[Words], channel: discord.PartialMessageable, setbacks: Setbacks
    ) -> Mapping[int, int]:
        """The messages that the last process sent but could not note.

        If the channel cannot be read, nothing is found, and they may be sent twice.
        """
        unknown: Sequence[discord.Message] | None = None
        while unknown is None:
            try:
                unknown = await unknown_since(self._bot, channel, said.created_at)
            except SEND_ERRORS as error:
                if await setbacks.after(error) is not Fate.AGAIN:
                    return {}
        found: dict[int, int] = {}
        for message in unknown:
            if len(found) < len(words) and message.content == words[len(found)].content.strip():
                found[len(found)] = message.id
        return found

    @asynccontextmanager
    async def _held(self, channel_id: int) -> AsyncIterator[None]:
        """Notes the messages sent in the body at its end. One at a time per channel: answers are shown in order."""
        lock = self._noting[channel_id] = asyncio.Lock()
        async with lock:
            try:
                yield
            finally:
                del self._noting[channel_id]
