"""Whether a message becomes a turn. Pure: facts in, nothing or an error out.

Not here: rates and budgets, blocks (they get modules of their own), Discord's permissions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ClosedError, UserError
from grokbot.conversation.text import label, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.records import Pause
    from grokbot.conversation.response import Conversation
    from grokbot.conversation.text import OthersText

FILE_BYTES = 128 * 1024
"""A larger text file is not shown to the model; Discord makes a file of every text that is too long to be pasted."""

MESSAGE_BYTES = 256 * 1024
"""What all files of one message may hold together: it is sent again with every later turn."""

NOTHING_TO_READ = "I found no text in this message. Write something, and I will answer."
ONLY_FILES = "I can read text and text files, but not pictures or other files. Describe it in words."
NOT_FETCHED = "I could not download {names} from Discord. Send it again, or paste the text."
TOO_LONG = (
    f"{{names}}: too long for me. I read text files of up to {FILE_BYTES // 1024} KiB, and {MESSAGE_BYTES // 1024} KiB "
    "of them in one message. Send me the part that matters."
)
LOCKED = "This conversation is locked. A moderator can unlock it."


PAUSED = "The bot's operator has paused my answers. Try again later."
PAUSED_FOR = "The bot's operator has paused my answers: {reason}"
PAUSED_HERE = "Moderators have paused my answers in this server. Try again later."
PAUSED_HERE_FOR = "Moderators have paused my answers in this server: {reason}"


class PausedError(ClosedError):
    """Answers are paused, everywhere or in a server."""


class LockedError(ClosedError):
    """The conversation is locked."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Files by their names, though they are texts: the model is not shown them."""

    too_long: tuple[str, ...] = ()
    not_fetched: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What whoever sent them is told; "" where there are none."""
        if self.too_long:
            return TOO_LONG.format(names=_listed(self.too_long))
        return NOT_FETCHED.format(names=_listed(self.not_fetched)) if self.not_fetched else ""


ALL_READ = Unread()


def admit(conversation: Conversation | None, text: OthersText, *, files: int = 0, unread: Unread = ALL_READ) -> None:
    """Lets a message pass or says why not.

    Args:
        conversation: Where it was written; None where it begins one.
        text: What the model would be shown.
        files: How many attachments came with it that the model is not shown.
        unread: Those of them that it could have been shown.

    Raises:
        UserError: Nothing in it that the model could answer.
        LockedError: The conversation is.
    """
    if not any(visible(c) for c in text):
        raise UserError(unread.sentence or (ONLY_FILES if files else NOTHING_TO_READ))
    if conversation is not None:
        check_unlocked(conversation)


def check_unlocked(conversation: Conversation) -> None:
    """Lets pass what changes a conversation, or what it shows.

    Raises:
        LockedError: It is.
    """
    if conversation.locked:
        raise LockedError(LOCKED)


def check_open(pause: Pause | None) -> None:
    """Lets an answer begin where nothing is paused.

    Raises:
        PausedError: Answers are.
    """
    if pause is not None:
        raise _paused(pause, PAUSED_FOR, PAUSED)


def check_open_here(pause: Pause | None) -> None:
    """The same of a pause of one server.

    Raises:
        PausedError: Answers are, there.
    """
    if pause is not None:
        raise _paused(pause, PAUSED_HERE_FOR, PAUSED_HERE)


def _paused(pause: Pause, with_reason: str, without: str) -> PausedError:
    error = PausedError(with_reason.format(reason=pause.reason) if pause.reason else without)
    error.words = pause.reason
    return error


def _listed(names: Sequence[str]) -> str:
    """As code, so that Discord makes nothing else of a name."""
    return ", ".join(f"`{label(name).replace('`', chr(39))[:100]}`" for name in names[:5])
