"""Steps common to all calls: key, limits, errors, shutdown.

Not here: what a method does (`services`).
"""

from __future__ import annotations

from grokbot.api.calls.callers import Callers
from grokbot.api.calls.calls import handler_of
from grokbot.api.calls.errors import NOT_LOGGED, OPERATOR_ONLY, STOPPED, AnswerStoppedError, NotOfferedError
from grokbot.api.calls.shutdown import Shutdown
from grokbot.api.calls.unauthenticated import AnonymousCalls

__all__ = [
    "NOT_LOGGED",
    "OPERATOR_ONLY",
    "STOPPED",
    "AnonymousCalls",
    "AnswerStoppedError",
    "Callers",
    "NotOfferedError",
    "Shutdown",
    "handler_of",
]
