"""The bot's first words in a server, once: in the channel for system messages, if it may write there; nowhere else.

Not here: what it says (`setup_text`), which servers it knows (`engine.moderation.servers`), its buttons (`setup`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.conversation.text import in_language
from grokbot.discord_bot.commands.terms.setup import names_of
from grokbot.discord_bot.commands.terms.setup_text import first_contact
from grokbot.discord_bot.members import may_write
from grokbot.discord_bot.notices import try_to_say, view_of
from grokbot.discord_bot.rate_limits import Rank

if TYPE_CHECKING:
    from collections.abc import Sequence

    import discord

    from grokbot.discord_bot.client import Client

log = logging.getLogger(__name__)


async def greet(bot: Client, guilds: Sequence[discord.Guild]) -> None:
    """Greets those of the servers that the bot does not know; twice is harmless. A failure is only logged.

    Args:
        bot: The connection.
        guilds: Servers that the bot is in. Unavailable ones are left for later.
    """
    here = {guild.id: guild for guild in guilds if not guild.unavailable}
    try:
        new = await bot.engine.moderation.servers.met({guild.id: guild.me.joined_at for guild in here.values()})
    except StoreError:
        log.warning("discord.servers_unknown", exc_info=True)
        return
    for guild_id in new:
        await _greet(bot, here[guild_id])


async def _greet(bot: Client, guild: discord.Guild) -> None:
    channel = guild.system_channel
    if channel is None or not may_write(channel):
        log.info("discord.server_new guild=%d greeted=no", guild.id)
        return
    log.info("discord.server_new guild=%d greeted=yes", guild.id)
    with in_language(await bot.language_at(guild.id)):
        panel = view_of(first_contact(names_of(bot), bot.engine.privacy.policy_url))
    await try_to_say(bot.traffic, channel, None, nonce=f"hello-{guild.id}"[:25], rank=Rank.OTHER, view=panel)
