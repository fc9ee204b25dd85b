"""Texts that people choose or read: names, quotations, durations, wording. Pure."""

from __future__ import annotations

from grokbot.conversation.text.background import background, fitting, record
from grokbot.conversation.text.durations import duration_of, is_endless, moment_of, written
from grokbot.conversation.text.lookups import Lookup, done_in_short, lookup_of
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
from grokbot.conversation.text.sentences import (
    ENGLISH,
    Plural,
    Sentence,
    in_language,
    in_words,
    speak,
    spoken_here,
    worded_later,
)
from grokbot.conversation.text.sources import safe_address, source_name
from grokbot.conversation.text.wording import shortened

__all__ = [
    "ENGLISH",
    "HOW_TO_READ",
    "NAMELESS",
    "UNSEEN",
    "Lookup",
    "OthersText",
    "Plural",
    "Sentence",
    "about",
    "background",
    "done_in_short",
    "duration_of",
    "fitting",
    "in_language",
    "in_words",
    "is_endless",
    "label",
    "lookup_of",
    "moment_of",
    "own",
    "own_words",
    "record",
    "safe_address",
    "shortened",
    "source_name",
    "speak",
    "speaker",
    "spoken",
    "spoken_here",
    "visible",
    "without_quote",
    "worded_later",
    "written",
]
