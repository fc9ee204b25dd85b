"""Whether a message becomes a turn. Pure: facts in, nothing or an error out.

Not here: rates and budgets, blocks (they have modules of their own), Discord's permissions.
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
"""Larger text files are not shown to the model; Discord turns every text too long to paste into a file."""

MESSAGE_BYTES = 256 * 1024
"""Total size of one message's files: every later turn sends them again."""

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
    """Names of text files that the model cannot see."""

    too_long: tuple[str, ...] = ()
    not_fetched: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The note for the sender; "" if there are none."""
        if self.too_long:
            return TOO_LONG.format(names=_listed(self.too_long))
        return NOT_FETCHED.format(names=_listed(self.not_fetched)) if self.not_fetched else ""


ALL_READ = Unread()


def admit(conversation: Conversation | None, text: OthersText, *, files: int = 0, unread: Unread = ALL_READ) -> None:
    """Accepts a message or raises the reason.

    Args:
        conversation: Where it was written; None if it begins one.
        text: What the model would see.
        files: How many attachments the model does not see.
        unread: Those of them that it could have seen.

    Raises:
        UserError: It has nothing that the model could answer.
        LockedError: The conversation is.
    """
    if not any(visible(c) for c in text):
        raise UserError(unread.sentence or (ONLY_FILES if files else NOTHING_TO_READ))
    if conversation is not None:
        check_unlocked(conversation)


def check_unlocked(conversation: Conversation) -> None:
    """Allows a change to a conversation, or to what it shows.

    Raises:
        LockedError: It is locked.
    """
    if conversation.locked:
        raise LockedError(LOCKED)


def check_open(pause: Pause | None) -> None:
    """Allows an answer to begin if nothing is paused.

    Raises:
        PausedError: Answers are paused.
    """
    if pause is not None:
        raise _paused(pause, PAUSED_FOR, PAUSED)


def check_open_here(pause: Pause | None) -> None:
    """The same for a pause of one server.

    Raises:
        PausedError: Answers are paused there.
    """
    if pause is not None:
        raise _paused(pause, PAUSED_HERE_FOR, PAUSED_HERE)


def _paused(pause: Pause, with_reason: str, without: str) -> PausedError:
    error = PausedError(with_reason.format(reason=pause.reason) if pause.reason else without)
    error.words = pause.reason
    return error


def _listed(names: Sequence[str]) -> str:
    """As code, so that Discord does not format a name."""
    return ", ".join(f"`{label(name).replace('`', chr(39))[:100]}`" for name in names[:5])
