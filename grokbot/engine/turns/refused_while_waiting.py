"""Messages that waited for their turn, and were refused when it came. A value.

Not here: refusing them (`turns`), telling it (`discord_bot`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.response import Author, Conversation, MessageRef


@dataclass(frozen=True, slots=True)
class WaitingRefused:
    """Nothing of them is kept: it is as if they had been refused when they were written."""

    conversation: Conversation
    author: Author | None
    """Whose they all are."""
    messages: tuple[MessageRef, ...]
    error: GrokbotError
    """Why, for a person."""
