"""Texts that people choose or read: names, quotations, durations, wording. Pure."""

from __future__ import annotations

from grokbot.conversation.text.background import background, fitting, record
from grokbot.conversation.text.durations import duration_of, is_endless, moment_of, written
from grokbot.conversation.text.names import NAMELESS, UNSEEN, OthersText, visible
from grokbot.conversation.text.quotations import (
    HOW_TO_READ,
    about,
    label,
    own,
    own_words,
    speaker,
    spoken,
    without_quote,
)
from grokbot.conversation.text.wording import counted, shortened

__all__ = [
    "HOW_TO_READ",
    "NAMELESS",
    "UNSEEN",
    "OthersText",
    "about",
    "background",
    "counted",
    "duration_of",
    "fitting",
    "is_endless",
    "label",
    "moment_of",
    "own",
    "own_words",
    "record",
    "shortened",
    "speaker",
    "spoken",
    "visible",
    "without_quote",
    "written",
]
