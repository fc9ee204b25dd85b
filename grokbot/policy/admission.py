"""Whether a message becomes a turn. Pure: facts in, nothing or an error out.

Not here: rates and budgets, blocks (they get modules of their own), Discord's permissions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowed, UserMistake
from grokbot.conversation.naming import visible

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation

NOTHING_TO_READ = "I found nothing to read in this message. Write me some words, and I will answer."
ONLY_FILES = "I can read words and text files, but not pictures or other files. Tell me in words what this is about."
LOCKED = "This conversation is locked. A moderator can unlock it."


def admit(conversation: Conversation | None, text: str, *, files: int = 0) -> None:
    """Lets a message pass or says why not.

    Args:
        conversation: Where it was written; None where it begins one.
        text: What the model would be shown.
        files: How many attachments came with it that the model is not shown.

    Raises:
        UserMistake: Nothing in it that the model could answer.
        NotAllowed: The conversation is locked.
    """
    if not any(visible(c) for c in text):
        raise UserMistake(ONLY_FILES if files else NOTHING_TO_READ)
    if conversation is not None:
        check_unlocked(conversation)


def check_unlocked(conversation: Conversation) -> None:
    """Lets pass what changes a conversation, or what it shows.

    Raises:
        NotAllowed: It is locked.
    """
    if conversation.locked:
        raise NotAllowed(LOCKED)
