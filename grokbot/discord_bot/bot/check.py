"""What `grokbot check` asks Discord for: the token, the application, the intents. Connects to no gateway.

Not here: how findings are printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from grokbot.discord_bot.bot.bot import intents
from grokbot.discord_bot.bot.startup import login
from grokbot.discord_bot.connection import point_at

if TYPE_CHECKING:
    from grokbot.settings import DiscordSettings

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    create_private_threads=True,
    read_message_history=True,
    embed_links=True,
    attach_files=True,
)
"""The permissions that the bot needs in a server; the invitation asks for these."""


@dataclass(frozen=True, slots=True)
class Application:
    """What Discord says about the bot."""

    name: str
    id: int
    message_content: bool
    invitation: str
    """The address with which a server's owner adds the bot."""


async def inspect(settings: DiscordSettings) -> Application:
    """Logs in and out again.

    Raises:
        ConfigurationError: Discord does not accept the token.
        UnreachableError: Discord does not answer.
    """
    point_at(settings)
    client = await login(discord.Client(intents=intents(message_content=True)), settings)
    try:
        flags = client.application_flags
        application_id = client.application_id or 0
        return Application(
            name=str(client.user),
            id=application_id,
            message_content=flags.gateway_message_content or flags.gateway_message_content_limited,
            invitation=discord.utils.oauth_url(application_id, permissions=PERMISSIONS),
        )
    finally:
        await client.close()
