"""More than one answer to a question: resample, edit, replace, select, branch; stop and retry.

Not here: the turn itself (`turns`).
"""

from __future__ import annotations

from grokbot.engine.variants.insertion_point import MOVED_ON, InsertionPoint, InsertionPoints
from grokbot.engine.variants.shown_path import ShownPath
from grokbot.engine.variants.stop_and_retry import NOTHING_TO_STOP, AnswerControls, AnswerNow
from grokbot.engine.variants.variants import ANOTHER_SHOWN, AnswerPlace, Variants

__all__ = [
    "ANOTHER_SHOWN",
    "MOVED_ON",
    "NOTHING_TO_STOP",
    "AnswerControls",
    "AnswerNow",
    "AnswerPlace",
    "InsertionPoint",
    "InsertionPoints",
    "ShownPath",
    "Variants",
]
