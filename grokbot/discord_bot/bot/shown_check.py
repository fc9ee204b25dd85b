"""Whether Discord shows the messages that the database says it shows: the newest of the newest conversations.

Only reads, one request a conversation, one after the other. Not here: what the database says (`store.maintenance`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord

from grokbot.discord_bot.bot.bot import intents
from grokbot.discord_bot.bot.startup import login, unreachable
from grokbot.discord_bot.connection import AWAY, point_at
from grokbot.store.maintenance import StoreFault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from grokbot.settings import DiscordSettings

A_PAGE = 100
PAUSE = 0.2
"""Seconds between two requests: half of the bot's limit of requests and more is left to the bot that runs."""

MISSING = "{missing} of {count} messages of the conversation in channel {channel} are not in Discord."
GONE = "The channel {channel} of a conversation is gone from Discord."
NOT_SEEN = "The bot may not read the channel {channel} of a conversation."
SHOW_AGAIN = (
    "If somebody misses them, grokbot answers show-again shows answers anew. If they were deleted there: nothing."
)
DELETED = "It was deleted while the bot was away. Delete the conversation too: grokbot conversations delete."
PERMIT = "Give its role View Channel and Read Message History there, or leave it: it answers nothing there."


async def not_shown(settings: DiscordSettings, newest: Mapping[int, Sequence[int]]) -> Sequence[StoreFault]:
    """What is missing in Discord.

    Args:
        settings: Of the connection.
        newest: For each channel the ids of the newest messages that should be there.

    Raises:
        ConfigurationError: Discord does not accept the token.
        UnreachableError: Discord does not answer.
    """
    point_at(settings)
    client = await login(discord.Client(intents=intents(message_content=True)), settings)
    faults: list[StoreFault] = []
    try:
        for channel_id, wanted in newest.items():
            try:
                found = await client.http.logs_from(channel_id, A_PAGE)
            except discord.NotFound:
                faults.append(StoreFault(GONE.format(channel=channel_id), DELETED))
            except discord.Forbidden:
                faults.append(StoreFault(NOT_SEEN.format(channel=channel_id), PERMIT))
            except AWAY as error:
                raise unreachable(settings, error) from None
            else:
                missing = _missing(wanted, {int(message["id"]) for message in found}, whole=len(found) < A_PAGE)
                if missing:
                    text = MISSING.format(missing=missing, count=len(wanted), channel=channel_id)
                    faults.append(StoreFault(text, SHOW_AGAIN))
            await asyncio.sleep(PAUSE)
    finally:
        await client.close()
    return faults


def _missing(wanted: Sequence[int], there: AbstractSet[int], *, whole: bool) -> int:
    """How many are not there, of those that a page of history would show."""
    since = 0 if whole else min(there)
    return sum(message_id not in there for message_id in wanted if message_id >= since)
