"""Posts events to the log channels that moderators chose: one line per event, a flood summed up, nobody pinged.

Nobody waits for it, and nothing else waits because of it: it is sent when Discord's limits leave room. Not here: the
lines (`log_text`, pure), the events themselves (`engine`).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.conversation.records import FilterHit, SafetyRefused
from grokbot.conversation.text import in_language
from grokbot.discord_bot.notices.say import post
from grokbot.discord_bot.notices.texts.log_text import MOST_LINES, batch, line
from grokbot.discord_bot.rate_limits import SEND_ERRORS, Kind, Rank, in_short, retry_request
from grokbot.process.turn_id import of_turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.records import Happened
    from grokbot.discord_bot.client import Client

log = logging.getLogger(__name__)

LOG_CHANNEL = "log_channel"
"""The setting of a server that names the channel."""
MOST_WAITING = 1_000
"""Events of one server that wait to be posted; further ones are only counted."""
GATHER_SECONDS = 1.0
"""Seconds that a message waits for further lines, so that a flood takes few messages; and for the answer of its only
line, which is shown only now.
"""


class LogChannels:
    """Posts to the log channels of all servers; one per bot.

    Args:
        bot: The connection.
    """

    def __init__(self, bot: Client) -> None:
        self._bot = bot
        self._waiting: dict[int, deque[Happened]] = {}
        self._passed_over: dict[int, int] = {}
        self._posting: dict[int, asyncio.Task[None]] = {}
        self._closed = False

    def happened(self, event: Happened) -> None:
        """Queues an event for posting. Events without a server go only to the program's log."""
        guild_id = event.guild_id
        if not guild_id or self._closed:
            return
        waiting = self._waiting.setdefault(guild_id, deque())
        if len(waiting) < MOST_WAITING:
            waiting.append(event)
        else:
            self._passed_over[guild_id] = self._passed_over.get(guild_id, 0) + 1
        if guild_id not in self._posting:
            with of_turn(""):  # it posts what others did, too
                self._posting[guild_id] = asyncio.create_task(self._post_all(guild_id), name=f"log {guild_id}")

    async def settle(self, seconds: float) -> None:
        """Waits until everything is posted, at most for `seconds`."""
        if self._posting:
            await asyncio.wait(set(self._posting.values()), timeout=seconds)

    async def close(self) -> None:
        """Stops posting."""
        self._closed = True
        tasks = set(self._posting.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _post_all(self, guild_id: int) -> None:
        try:
            while self._waiting.get(guild_id):
                await self._post_some(guild_id)
        except SEND_ERRORS as error:
            log.warning("discord.log_unposted guild=%d error=%s", guild_id, in_short(error))
        except StoreError:
            log.warning("discord.log_unposted guild=%d", guild_id, exc_info=True)
        finally:
            self._waiting.pop(guild_id, None)
            self._passed_over.pop(guild_id, None)
            del self._posting[guild_id]

    async def _post_some(self, guild_id: int) -> None:
        """Posts one message, with the lines that are there when it may be sent."""
        channel_id = (await self._bot.engine.moderation.settings.chosen(guild_id)).get(LOG_CHANNEL)
        if not channel_id:
            self._waiting[guild_id].clear()
            return
        waiting = self._waiting[guild_id]
        await asyncio.sleep(GATHER_SECONDS if len(waiting) > 1 or any(map(_answer_in, waiting)) else 0)
        channel = self._bot.traffic.channel(channel_id)
        sent = await channel.turn(Kind.SEND, rank=lambda: Rank.OTHER)
        events = list(self._waiting[guild_id])
        self._waiting[guild_id].clear()
        with in_language(await self._bot.language_at(guild_id)):
            lines = await self._lines(guild_id, events)
            text = batch(lines, more=self._passed_over.pop(guild_id, 0))
        nonce = f"log-{secrets.token_hex(8)}"
        place = self._bot.get_partial_messageable(channel_id, guild_id=guild_id)
        await retry_request(lambda: post(place, text, nonce=nonce, suppress_embeds=True, silent=True), "log")
        channel.returned(Kind.SEND, sent)

    async def _lines(self, guild_id: int, events: Sequence[Happened]) -> Sequence[str]:
        """The lines of the events; of those that a message has no room for, only that they are there."""
        links = {}
        for event in events[:MOST_LINES]:
            response_id = _answer_in(event)
            if response_id:
                await self._bot.written(response_id)
                for place in (await self._bot.engine.places.places_of(response_id))[:1]:
                    links[response_id] = (
                        f"https://discord.com/channels/{guild_id}/{place.channel_id}/{place.message_id}"
                    )
        return [*(line(event, links=links) for event in events[:MOST_LINES]), *[""] * len(events[MOST_LINES:])]


def _answer_in(event: Happened) -> str:
    """The id of the answer that an event is about; "" if it is about none."""
    return event.response_id or "" if isinstance(event, FilterHit | SafetyRefused) else ""
