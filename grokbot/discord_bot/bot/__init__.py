"""The bot itself: its events, logging in, staying connected, what `grokbot check` asks, the engine's link to it.

Not here: what an event does (`inbound`), what the rest of this room may use of the bot (`client`).
"""

from __future__ import annotations

from grokbot.discord_bot.bot.bot import GrokBot, intents
from grokbot.discord_bot.bot.check import PERMISSIONS, inspect
from grokbot.discord_bot.bot.link import DiscordLink
from grokbot.discord_bot.bot.startup import BAD_TOKEN, NO_INTENT, DiscordUnreachableError, connected, logged_in

__all__ = [
    "BAD_TOKEN",
    "NO_INTENT",
    "PERMISSIONS",
    "DiscordLink",
    "DiscordUnreachableError",
    "GrokBot",
    "connected",
    "inspect",
    "intents",
    "logged_in",
]
