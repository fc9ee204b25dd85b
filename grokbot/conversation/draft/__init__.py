"""An answer in the making: the events of its stream, the draft that they become, and what its steps show. Pure."""

from __future__ import annotations

from grokbot.conversation.draft.draft import Draft, Phase
from grokbot.conversation.draft.events import (
    Called,
    Cited,
    CitedInText,
    Completion,
    Delayed,
    Drawing,
    Drawn,
    Event,
    Events,
    Finished,
    Identified,
    TextPiece,
    UsageSoFar,
)
from grokbot.conversation.draft.steps import CodeRun, code_runs_of, thoughts_of

__all__ = [
    "Called",
    "Cited",
    "CitedInText",
    "CodeRun",
    "Completion",
    "Delayed",
    "Draft",
    "Drawing",
    "Drawn",
    "Event",
    "Events",
    "Finished",
    "Identified",
    "Phase",
    "TextPiece",
    "UsageSoFar",
    "code_runs_of",
    "thoughts_of",
]
