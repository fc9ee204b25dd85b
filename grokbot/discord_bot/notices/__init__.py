"""The bot's own sentences, and how they reach a person: replies, private answers, the log channel.

Not here: answers of the model (`answers`).
"""

from __future__ import annotations

from grokbot.discord_bot.notices.asker_notice import readers_of, tell_asker
from grokbot.discord_bot.notices.files import FILE_BYTES, Format, document
from grokbot.discord_bot.notices.first_use import FirstUseNotice
from grokbot.discord_bot.notices.interaction_reply import (
    FORM_SECONDS,
    acknowledge,
    acknowledged,
    answering,
    conclude,
    defer,
    redraw,
    redrawn_if_possible,
    row_of,
    show,
    submitted,
    tell,
)
from grokbot.discord_bot.notices.log_channel import LOG_CHANNEL, LogChannels
from grokbot.discord_bot.notices.refusal_policy import NotReadError, Throttle, sentence_of
from grokbot.discord_bot.notices.say import NOBODY, answer, post, say, try_to_say
from grokbot.discord_bot.notices.send import errors_answered, reply, waiting_refused

__all__ = [
    "FILE_BYTES",
    "FORM_SECONDS",
    "LOG_CHANNEL",
    "NOBODY",
    "FirstUseNotice",
    "Format",
    "LogChannels",
    "NotReadError",
    "Throttle",
    "acknowledge",
    "acknowledged",
    "answer",
    "answering",
    "conclude",
    "defer",
    "document",
    "errors_answered",
    "post",
    "readers_of",
    "redraw",
    "redrawn_if_possible",
    "reply",
    "row_of",
    "say",
    "sentence_of",
    "show",
    "submitted",
    "tell",
    "tell_asker",
    "try_to_say",
    "waiting_refused",
]
