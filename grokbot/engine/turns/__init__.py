"""A turn from the question to the end of its answer, and what a restart makes of it.

Not here: may it begin (`admission`, `budgets`), other answers to the same question (`variants`).
"""

from __future__ import annotations

from grokbot.engine.turns.conversation_lock import ConversationLock, ConversationLocks
from grokbot.engine.turns.display import shown_leaf, trouble_of
from grokbot.engine.turns.events import (
    AnswerAbandoned,
    AnswerEnded,
    AnswerGiven,
    AnswerLeft,
    ConversationTouched,
    MessagesWait,
    Paused,
    WaitingRefused,
)
from grokbot.engine.turns.lookup import RESTARTING, STILL_ANSWERING, AnswerLookup, answer_of, answered_by
from grokbot.engine.turns.pause import LONGEST_REASON, Pauses
from grokbot.engine.turns.recovery import Recovery
from grokbot.engine.turns.runner import TurnRunner
from grokbot.engine.turns.running_answer import RunningAnswer, Snapshot
from grokbot.engine.turns.sampler import Sampler
from grokbot.engine.turns.turn_queue import Question, TurnQueue
from grokbot.engine.turns.turn_start import Detour, Turn
from grokbot.engine.turns.turns import Turns

__all__ = [
    "LONGEST_REASON",
    "RESTARTING",
    "STILL_ANSWERING",
    "AnswerAbandoned",
    "AnswerEnded",
    "AnswerGiven",
    "AnswerLeft",
    "AnswerLookup",
    "ConversationLock",
    "ConversationLocks",
    "ConversationTouched",
    "Detour",
    "MessagesWait",
    "Paused",
    "Pauses",
    "Question",
    "Recovery",
    "RunningAnswer",
    "Sampler",
    "Snapshot",
    "Turn",
    "TurnQueue",
    "TurnRunner",
    "Turns",
    "WaitingRefused",
    "answer_of",
    "answered_by",
    "shown_leaf",
    "trouble_of",
]
