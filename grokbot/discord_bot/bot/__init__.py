"""The bot itself: its events, login, the connection, what `grokbot check` asks, the engine's link to it.

Not here: what an event does (`inbound`), the bot's interface for the rest of this room (`client`).
"""

from __future__ import annotations

from grokbot.discord_bot.bot.bot import GrokBot, intents
from grokbot.discord_bot.bot.check import Application, inspect
from grokbot.discord_bot.bot.link import DiscordLink
from grokbot.discord_bot.bot.profile import PERMISSIONS, PORTAL
from grokbot.discord_bot.bot.startup import BAD_TOKEN, NO_INTENT, DiscordUnreachableError, connected, logged_in

__all__ = [
    "BAD_TOKEN",
    "NO_INTENT",
    "PERMISSIONS",
    "PORTAL",
    "Application",
    "DiscordLink",
    "DiscordUnreachableError",
    "GrokBot",
    "connected",
    "inspect",
    "intents",
    "logged_in",
]
