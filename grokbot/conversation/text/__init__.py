"""Texts that people choose: names, quotations. Pure."""

from __future__ import annotations

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

__all__ = [
    "HOW_TO_READ",
    "NAMELESS",
    "UNSEEN",
    "OthersText",
    "about",
    "label",
    "own",
    "own_words",
    "speaker",
    "spoken",
    "visible",
    "without_quote",
]
