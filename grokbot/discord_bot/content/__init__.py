"""What a model can read of a message: words, files, embeds, forwards, and whether it addresses the bot.

Not here: how the message is handled (`inbound`).
"""

from __future__ import annotations

from grokbot.discord_bot.content.message_parser import from_person, heard, mentions, wording_of
from grokbot.discord_bot.content.message_reader import MessageReader
from grokbot.discord_bot.content.nearby import CHANNELS, NearbyMessages
from grokbot.discord_bot.content.plain_text import thread_name
from grokbot.discord_bot.content.triggers import Verdict, verdict

__all__ = [
    "CHANNELS",
    "MessageReader",
    "NearbyMessages",
    "Verdict",
    "from_person",
    "heard",
    "mentions",
    "thread_name",
    "verdict",
    "wording_of",
]
