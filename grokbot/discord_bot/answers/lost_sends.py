"""What the process before this one sent and could not note any more: found by looking, so that nothing is sent twice.

Discord drops a repeated nonce for some minutes only. Not here: what is done with it (`presenter`, `relay`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from grokbot.discord_bot.answers.buttons import answers_under
from grokbot.discord_bot.rate_limits import Kind, Rank

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.discord_bot.rate_limits import Traffic
    from grokbot.engine.engine import Engine

CLOCKS_DIFFER = timedelta(hours=12)
"""How far our clock may have been before Discord's when we look for what was sent since a moment of ours."""

LOOKED_AT = 100
"""Messages among which is looked for what was sent before a stop; one request gives so many."""

ALIKE = 40
"""So many first characters tell that two texts are versions of one."""


async def unknown_since(
    engine: Engine, traffic: Traffic, channel: discord.PartialMessageable, own_id: int, since: int | datetime
) -> Sequence[discord.Message]:
    """Our own messages in a channel that belong to no stored response; oldest first.

    Args:
        engine: Knows which messages show responses.
        traffic: What may be sent, and when.
        channel: Where to look.
        own_id: The bot's user id.
        since: Only messages after this one, by its id; or after a moment, less what clocks may differ.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: They could not be read.
        StoreError: It could not be found out what they show.
    """
    after = since if isinstance(since, int) else discord.utils.time_snowflake(since - CLOCKS_DIFFER)
    await traffic.channel(channel.id).turn(Kind.OTHER, rank=lambda: Rank.FIRST)
    first = isinstance(since, int)  # those right after a message; of those since some moment the newest
    history = channel.history(after=discord.Object(after), limit=LOOKED_AT, oldest_first=first)
    own = sorted([message async for message in history if message.author.id == own_id], key=lambda one: one.id)
    return [message for message in own if await engine.places.response_at(message.id) is None]


async def is_strange(engine: Engine, message: discord.Message) -> bool:
    """Whether a message of ours shows an answer of which the database knows nothing: another one was in its place."""
    answers = answers_under(message)
    if not answers:
        return False
    return not any([await engine.places.knows(response_id) for response_id in answers])


def parts_among(found: Sequence[discord.Message], response_id: str, contents: Sequence[str]) -> Sequence[int]:
    """Ids of those that are parts of an answer, in their order: by their buttons, or by how they begin. Pure.

    Args:
        found: Messages of which nothing is known, oldest first.
        response_id: The answer.
        contents: What its messages after those that are known are to say.
    """
    parts: list[int] = []
    for message in found:
        answers = answers_under(message)
        wanted = contents[len(parts)] if len(parts) < len(contents) else None
        if response_id in answers or (not answers and wanted is not None and _alike(message.content, wanted)):
            parts.append(message.id)
    return parts


def _alike(one: str, other: str) -> bool:
    start = min(ALIKE, len(one), len(other))
    return start > 0 and one[:start] == other[:start]
