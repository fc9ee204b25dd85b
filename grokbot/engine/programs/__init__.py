"""Conversations for programs: the API's services use these parts.

Not here: the wire (`api`), what people in Discord do (`turns`, `variants`, `library`).
"""

from __future__ import annotations

from grokbot.engine.programs.add import ProgramTurns
from grokbot.engine.programs.api_keys import ApiKeys
from grokbot.engine.programs.conversations import ProgramConversations, Read, so_far
from grokbot.engine.programs.stateless import StatelessAnswers, StatelessPiece
from grokbot.engine.programs.uploads import UploadedFile, Uploads
from grokbot.engine.programs.watch import (
    Answering,
    ConversationWatch,
    Deleted,
    Ended,
    Happening,
    LeafMoved,
    Said,
    Titled,
)

__all__ = [
    "Answering",
    "ApiKeys",
    "ConversationWatch",
    "Deleted",
    "Ended",
    "Happening",
    "LeafMoved",
    "ProgramConversations",
    "ProgramTurns",
    "Read",
    "Said",
    "StatelessAnswers",
    "StatelessPiece",
    "Titled",
    "UploadedFile",
    "Uploads",
    "so_far",
]
