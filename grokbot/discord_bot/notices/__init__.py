"""The bot's own sentences, and how they reach a person: replies, private answers, the log channel.

Not here: answers of the model (`answers`).
"""

from __future__ import annotations

from grokbot.discord_bot.notices.asker_notice import readers_of, tell_asker
from grokbot.discord_bot.notices.files import FILE_BYTES, Format, document
from grokbot.discord_bot.notices.first_use import FirstUseNotice
from grokbot.discord_bot.notices.form import (
    FilledForm,
    FormField,
    FormFiles,
    FormRadios,
    FormText,
    PanelForm,
)
from grokbot.discord_bot.notices.interaction_reply import (
    acknowledge,
    acknowledged,
    answering,
    begin_reply,
    conclude,
    defer,
    redraw,
    redrawn_if_possible,
    row_of,
    show,
    submitted,
    tell,
    under_anothers,
)
from grokbot.discord_bot.notices.log_channel import LOG_CHANNEL, LogChannels
from grokbot.discord_bot.notices.panel import (
    MOST_CHOICES,
    ButtonStyle,
    MenuKind,
    Panel,
    PanelButton,
    PanelButtons,
    PanelChoice,
    PanelLine,
    PanelMenu,
    PanelPart,
    PanelRow,
    PanelText,
    note,
    paged,
    row,
)
from grokbot.discord_bot.notices.panel_view import PanelItem, modal_of, view_of
from grokbot.discord_bot.notices.refusal_policy import NotReadError, Throttle, sentence_of
from grokbot.discord_bot.notices.say import NOBODY, answer, post, say, try_to_say
from grokbot.discord_bot.notices.send import AskAgainButton, errors_answered, reply, waiting_refused

__all__ = [
    "FILE_BYTES",
    "LOG_CHANNEL",
    "MOST_CHOICES",
    "NOBODY",
    "AskAgainButton",
    "ButtonStyle",
    "FilledForm",
    "FirstUseNotice",
    "FormField",
    "FormFiles",
    "FormRadios",
    "FormText",
    "Format",
    "LogChannels",
    "MenuKind",
    "NotReadError",
    "Panel",
    "PanelButton",
    "PanelButtons",
    "PanelChoice",
    "PanelForm",
    "PanelItem",
    "PanelLine",
    "PanelMenu",
    "PanelPart",
    "PanelRow",
    "PanelText",
    "Throttle",
    "acknowledge",
    "acknowledged",
    "answer",
    "answering",
    "begin_reply",
    "conclude",
    "defer",
    "document",
    "errors_answered",
    "modal_of",
    "note",
    "paged",
    "post",
    "readers_of",
    "redraw",
    "redrawn_if_possible",
    "reply",
    "row",
    "row_of",
    "say",
    "sentence_of",
    "show",
    "submitted",
    "tell",
    "tell_asker",
    "try_to_say",
    "under_anothers",
    "view_of",
    "waiting_refused",
]
