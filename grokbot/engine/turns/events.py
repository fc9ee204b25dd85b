"""What happens with turns and answers, for `Events`.

Not here: what moderators are told of (`conversation.records.moderator_events`), titles (`library.titles`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.response import Author, Conversation, MessageRef
    from grokbot.display import Shown
    from grokbot.engine.turns.running_answer import RunningAnswer


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """An answer is to be shown: it begins, or it has ended and is to be shown again in messages that are there.

    Each display says `shown_whole` or `not_shown` of it once.
    """

    running: RunningAnswer
    shown: Shown


@dataclass(frozen=True, slots=True)
class AnswerLeft:
    """A start found an answer that the last stop left, or that does not stand in Discord to its end. It has ended."""

    running: RunningAnswer
    shown: Shown


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """An answer has ended. Its conversation's lock is held."""

    running: RunningAnswer


@dataclass(frozen=True, slots=True)
class WaitingRefused:
    """Messages that waited, and are not answered after all. They are not kept."""

    conversation: Conversation
    author: Author | None
    messages: tuple[MessageRef, ...]
    error: GrokbotError


@dataclass(frozen=True, slots=True)
class ConversationTouched:
    """Somebody has held a conversation's lock, or something else may have changed in it."""

    key: str


@dataclass(frozen=True, slots=True)
class Paused:
    """The operator has paused all answers."""
