"""Events of turns and answers, for `Events`.

Not here: events for moderators (`conversation.records.moderator_events`), titles (`library.titles`).
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
    """An answer to show: it begins, or it has ended and must be redrawn in its messages.

    Each display reports `shown_whole` or `not_shown` for it once.
    """

    running: RunningAnswer
    shown: Shown


@dataclass(frozen=True, slots=True)
class AnswerLeft:
    """A start found an answer from before the last stop that was cut off or not fully shown. It has ended."""

    running: RunningAnswer
    shown: Shown


@dataclass(frozen=True, slots=True)
class AnswerAbandoned:
    """The operator has given up an ended answer that Discord does not show: nobody tries to show it any more."""

    response_id: str


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """An answer has ended. Its conversation's lock is held."""

    running: RunningAnswer


@dataclass(frozen=True, slots=True)
class MessagesWait:
    """Messages wait until the running answer has ended. Their conversation's lock is held."""

    conversation: Conversation
    messages: tuple[MessageRef, ...]
    left: bool = False
    """Whether they waited at the last stop already."""


@dataclass(frozen=True, slots=True)
class WaitingRefused:
    """Waiting messages that get no answer after all. They are dropped."""

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
