"""After a connection that replays nothing: hears what people said in our threads while nobody listened.

Discord replays events only to a session that is resumed. A message that was taken in is known by its id, so hearing
one twice does no harm. Not here: what becomes of a message (`bot`), answers that a stop cut off (`engine.recover`).
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from grokbot.discord_bot.pacing import Kind
from grokbot.discord_bot.trouble import SEND_ERRORS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from grokbot.discord_bot.traffic import Traffic
    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)

NEWEST = timedelta(days=1)
"""What is older is not answered any more: nobody waits for it."""

MOST = 100
"""Messages of one thread that are looked at; one request gives so many."""


async def catch_up(
    client: discord.Client,
    engine: Engine,
    traffic: Traffic,
    hear: Callable[[discord.Message], Awaitable[None]],
    listening_since: datetime,
) -> None:
    """Hears what was missed in every thread of ours that Discord still lists as open, oldest first.

    What cannot be read is logged and left: a person can say it again.

    Args:
        client: The connection.
        engine: Knows what was taken in.
        traffic: Looking counts in the bot's budget.
        hear: Deals with a message as if it came now.
        listening_since: What is newer came by the connection itself.
    """
    newest = discord.utils.time_snowflake(listening_since)
    for guild in client.guilds:
        for thread in [thread for thread in guild.threads if thread.id < newest]:
            try:
                for message in await _missed(client, engine, traffic, thread):
                    await hear(message)
            except SEND_ERRORS as error:
                log.warning("discord.not_caught_up channel=%d error=%s", thread.id, type(error).__name__)


async def _missed(
    client: discord.Client, engine: Engine, traffic: Traffic, thread: discord.Thread
) -> Sequence[discord.Message]:
    held = await engine.conversation_in(thread.id) is not None
    ours = client.user is not None and thread.owner_id == client.user.id
    if not held and not ours:
        return ()
    last = await engine.last_heard(thread.id)
    opener = [] if held or last is not None else await _opener(traffic, thread)  # else what was said was deleted
    heard = last or thread.id
    newest = thread.last_message_id
    if newest is None or newest <= heard:
        return opener
    oldest = discord.utils.time_snowflake(discord.utils.utcnow() - NEWEST)
    after = discord.Object(max(heard, oldest))
    await traffic.urgent(thread.id, Kind.OTHER)
    missed = [message async for message in thread.history(after=after, limit=MOST, oldest_first=True)]
    if missed:
        log.info("discord.caught_up channel=%d messages=%d", thread.id, len(missed))
    return [*opener, *missed]


async def _opener(traffic: Traffic, thread: discord.Thread) -> Sequence[discord.Message]:
    """The message from which a thread was made that has no conversation: a stop came in between.

    It has the thread's own id. Threads made by a command have none; their first line is ours.
    """
    if thread.parent is None or not isinstance(thread.parent, discord.TextChannel):
        return []
    if discord.utils.snowflake_time(thread.id) < discord.utils.utcnow() - NEWEST:
        return []
    await traffic.urgent(thread.id, Kind.OTHER)
    try:
        return [await thread.parent.fetch_message(thread.id)]
    except discord.NotFound:
        return []
