"""Texts that people choose: names, quotations, and what stands where a text is gone. Pure."""

from __future__ import annotations

from grokbot.conversation.text.names import NAMELESS, UNSEEN, visible
from grokbot.conversation.text.others_text import OthersText
from grokbot.conversation.text.placeholders import ELSEWHERE, are_elsewhere, lacks_words
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
    "ELSEWHERE",
    "HOW_TO_READ",
    "NAMELESS",
    "UNSEEN",
    "OthersText",
    "about",
    "are_elsewhere",
    "label",
    "lacks_words",
    "own",
    "own_words",
    "speaker",
    "spoken",
    "visible",
    "without_quote",
]
