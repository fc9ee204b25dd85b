"""Whether a message becomes a turn. Pure: facts in, nothing or an error out.

Not here: rates and budgets, blocks (they get modules of their own), Discord's permissions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import Closed, UserMistake
from grokbot.conversation.naming import visible

if TYPE_CHECKING:
    from grokbot.conversation.others_text import OthersText
    from grokbot.conversation.pausing import Pause
    from grokbot.conversation.response import Conversation

NOTHING_TO_READ = "I found nothing to read in this message. Write me some words, and I will answer."
ONLY_FILES = "I can read words and text files, but not pictures or other files. Tell me in words what this is about."
LOCKED = "This conversation is locked. A moderator can unlock it."


PAUSED = "My answers are paused just now by the bot's operator. Try again later."
PAUSED_FOR = "My answers are paused just now by the bot's operator: {reason}"
PAUSED_HERE = "My answers are paused in this server by its moderators. Try again later."
PAUSED_HERE_FOR = "My answers are paused in this server by its moderators: {reason}"


class Paused(Closed):
    """Answers are paused, everywhere or in a server."""


class Locked(Closed):
    """The conversation is locked."""


def admit(conversation: Conversation | None, text: OthersText, *, files: int = 0) -> None:
    """Lets a message pass or says why not.

    Args:
        conversation: Where it was written; None where it begins one.
        text: What the model would be shown.
        files: How many attachments came with it that the model is not shown.

    Raises:
        UserMistake: Nothing in it that the model could answer.
        Locked: The conversation is.
    """
    if not any(visible(c) for c in text):
        raise UserMistake(ONLY_FILES if files else NOTHING_TO_READ)
    if conversation is not None:
        check_unlocked(conversation)


def check_unlocked(conversation: Conversation) -> None:
    """Lets pass what changes a conversation, or what it shows.

    Raises:
        Locked: It is.
    """
    if conversation.locked:
        raise Locked(LOCKED)


def check_open(pause: Pause | None) -> None:
    """Lets an answer begin where nothing is paused.

    Raises:
        Paused: Answers are.
    """
    if pause is not None:
        raise _paused(pause, PAUSED_FOR, PAUSED)


def check_open_here(pause: Pause | None) -> None:
    """The same of a pause of one server.

    Raises:
        Paused: Answers are, there.
    """
    if pause is not None:
        raise _paused(pause, PAUSED_HERE_FOR, PAUSED_HERE)


def _paused(pause: Pause, with_reason: str, without: str) -> Paused:
    error = Paused(with_reason.format(reason=pause.reason) if pause.reason else without)
    error.words = pause.reason
    return error
