"""More than one answer to a question: resample, edit, replace, select, branch; stop and retry.

Not here: the turn itself (`turns`).
"""

from __future__ import annotations

from grokbot.engine.variants.insertion_point import InsertionPoint, InsertionPoints
from grokbot.engine.variants.replace import NOTHING_TO_RESAMPLE, TAKEN_BACK, Instead, Replacing, once_more
from grokbot.engine.variants.stop_and_retry import NOTHING_TO_STOP, AnswerControls
from grokbot.engine.variants.variants import ANOTHER_SHOWN, Variants

__all__ = [
    "ANOTHER_SHOWN",
    "NOTHING_TO_RESAMPLE",
    "NOTHING_TO_STOP",
    "TAKEN_BACK",
    "AnswerControls",
    "InsertionPoint",
    "InsertionPoints",
    "Instead",
    "Replacing",
    "Variants",
    "once_more",
]
