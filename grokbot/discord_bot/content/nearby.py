"""What people said in a place before a message, as far as its writer and the bot may read it and nobody opted out.

Left out are bots, webhooks and Discord's own messages; of files and stickers only the names are read. Not here: how the
model sees it (`conversation.text.background`), what is refused of it (`engine.admission`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeAlias

import discord

from grokbot.conversation.response import Author, Overheard
from grokbot.conversation.text import fitting, shortened, visible
from grokbot.conversation.text.background import LONGEST, MOST
from grokbot.discord_bot.content.brought import made
from grokbot.discord_bot.content.message_parser import from_person, names_of
from grokbot.discord_bot.content.plain_text import readable
from grokbot.discord_bot.rate_limits import SEND_ERRORS, Kind, in_short, retry_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from grokbot.discord_bot.client import Client

log = logging.getLogger(__name__)

PAGE = 100
"""Messages that one request to Discord gives at most (its documentation)."""

LOOKED_AT = 3
"""Messages to look at for each that is wanted: some are by bots, or by people who opted out."""

Channel: TypeAlias = discord.TextChannel | discord.Thread | discord.VoiceChannel | discord.StageChannel
CHANNELS = (discord.TextChannel, discord.Thread, discord.VoiceChannel, discord.StageChannel)


class NearbyMessages:
    """Reads the messages around a mention; one per bot.

    Args:
        bot: The connection.
    """

    def __init__(self, bot: Client) -> None:
        self._bot = bot
        self._engine = bot.engine

    async def before(self, message: discord.Message, most: int, after: int = 0) -> tuple[Overheard, ...]:
        """The last messages before one, oldest first: one request. Empty if they cannot be read.

        Args:
            message: The mention.
            most: How many at most; 0: nothing is asked of Discord.
            after: Only later ones than the message with this id.

        Raises:
            StoreError: The database could not say who may be read.
        """
        channel = message.channel
        if not most or not isinstance(channel, CHANNELS) or not self.may_read(channel, message.author):
            return ()
        try:
            found = await self.page(channel, min(PAGE, most * LOOKED_AT), message)
        except SEND_ERRORS as error:
            log.info("discord.background_unread message=%d error=%s", message.id, in_short(error))
            return ()
        said = await self.said([each for each in found if each.id > after], most)
        return fitting(said[::-1], MOST)

    async def since(self, channel: Channel, most: int, before: datetime, since: datetime | None) -> Sequence[Overheard]:
        """The last messages of a channel, oldest first: a request for each 100.

        Args:
            channel: One that may be read.
            most: How many messages are looked at, of anybody.
            before: UTC.
            since: UTC; None: as many as there are.

        Raises:
            discord.DiscordException, aiohttp.ClientError, OSError: Discord refused, or is away.
            StoreError: The database could not say who may be read.
        """
        end: discord.abc.SnowflakeTime = before
        said: list[Overheard] = []
        while most > 0:
            found = await self.page(channel, min(PAGE, most), end)
            said += await self.said([each for each in found if since is None or each.created_at >= since], len(found))
            if len(found) < PAGE or (since is not None and found[-1].created_at < since):
                break
            most, end = most - len(found), found[-1]
        return said[::-1]

    def may_read(self, channel: Channel, person: discord.User | discord.Member) -> bool:
        """Whether the bot and a person may read what was said in a channel, and the bot is shown what it says."""
        return self._bot.intents.message_content and all(
            isinstance(each, discord.Member) and readable_by(channel, each) for each in (person, channel.guild.me)
        )

    async def page(self, channel: Channel, limit: int, before: discord.abc.SnowflakeTime) -> Sequence[discord.Message]:
        """The newest messages before one or before a time, newest first: one request.

        Args:
            channel: Where.
            limit: How many, up to 100.
            before: The message or time.

        Raises:
            discord.DiscordException, aiohttp.ClientError, OSError: Discord refused, or is away.
        """
        await self._bot.traffic.urgent(channel.id, Kind.OTHER)

        async def history() -> list[discord.Message]:
            return [each async for each in channel.history(limit=limit, before=before)]

        return await retry_request(history, "background")

    async def said(self, found: Sequence[discord.Message], most: int) -> Sequence[Overheard]:
        """What people said in these messages, in the same order, at most so many."""
        said: list[Overheard] = []
        for message in found:
            if len(said) == most:
                break
            if not from_person(message) or await self._engine.privacy.opted_out(message.author.id, message.created_at):
                continue
            text = shortened("\n".join(words_of(message, self._bot.own_id)), LONGEST)
            if any(map(visible, text)):
                author = Author(message.author.id, message.author.display_name)
                said.append(Overheard(message.id, author, message.created_at, text))
        return said


def readable_by(channel: discord.abc.GuildChannel | discord.Thread, person: discord.Member) -> bool:
    """Whether somebody may read what was said in a channel before now."""
    granted = channel.permissions_for(person)
    return granted.view_channel and granted.read_message_history


def words_of(message: discord.Message, own_id: int) -> Iterator[str]:
    """What somebody wrote and made, and the names of what they attached."""
    yield readable(message.content, names_of(message, own_id), own_id=own_id).strip()
    yield from made(message)
    yield from (f"(attached: {each.filename})" for each in message.attachments)
