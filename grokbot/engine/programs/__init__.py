"""Conversations for programs: the services of the API stand on these parts.

Not here: the wire (`api`), what people in Discord do (`turns`, `variants`, `library`).
"""

from __future__ import annotations

from grokbot.engine.programs.add import Growing
from grokbot.engine.programs.api_keys import Keys
from grokbot.engine.programs.conversations import Forests, Read, so_far
from grokbot.engine.programs.stateless import Stateless, StatelessPiece
from grokbot.engine.programs.watch import Answering, Deleted, Ended, Happening, Happenings, LeafMoved, Said, Titled

__all__ = [
    "Answering",
    "Deleted",
    "Ended",
    "Forests",
    "Growing",
    "Happening",
    "Happenings",
    "Keys",
    "LeafMoved",
    "Read",
    "Said",
    "Stateless",
    "StatelessPiece",
    "Titled",
    "so_far",
]
