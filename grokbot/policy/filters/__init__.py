"""Moderators' word filters, over whole texts and over answers that arrive in pieces. Pure.

Not here: keeping them, the time they may take (`engine`).
"""

from __future__ import annotations

from grokbot.policy.filters.filters import (
    LONGEST_SAMPLE,
    STOPPED,
    Action,
    Effect,
    Filter,
    FilteredError,
    FilterTooSlowError,
    Hit,
    Where,
    check_brought,
    check_prompt,
    finds,
    judged,
    of_answers,
    spans_of,
    tried,
)
from grokbot.policy.filters.folded_text import Folded
from grokbot.policy.filters.new_filter import (
    LONGEST_NAME,
    MOST_FILTERS,
    NAME_TAKEN,
    TOO_MANY,
    found_named,
    new_filter,
    patterns_of,
)
from grokbot.policy.filters.patterns import PatternError, Span, TooSlowError, Watch, compiled
from grokbot.policy.filters.spoilers import BLOCK, Hider, masked
from grokbot.policy.filters.stream import StreamFilter

__all__ = [
    "BLOCK",
    "LONGEST_NAME",
    "LONGEST_SAMPLE",
    "MOST_FILTERS",
    "NAME_TAKEN",
    "STOPPED",
    "TOO_MANY",
    "Action",
    "Effect",
    "Filter",
    "FilterTooSlowError",
    "FilteredError",
    "Folded",
    "Hider",
    "Hit",
    "PatternError",
    "Span",
    "StreamFilter",
    "TooSlowError",
    "Watch",
    "Where",
    "check_brought",
    "check_prompt",
    "compiled",
    "finds",
    "found_named",
    "judged",
    "masked",
    "new_filter",
    "of_answers",
    "patterns_of",
    "spans_of",
    "tried",
]
