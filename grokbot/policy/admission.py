"""Whether a message becomes a turn. Pure: facts in, nothing or an error out.

Not here: rates and budgets, blocks (they have modules of their own), Discord's permissions.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ClosedError, UserError
from grokbot.conversation.text import label, visible
from grokbot.conversation.text.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.conversation.records import Pause
    from grokbot.conversation.response import Conversation
    from grokbot.conversation.text import OthersText

FILE_BYTES = 128 * 1024
"""Larger text files stand beside the text; Discord turns every text too long to paste into a file."""

TEXT_BYTES = 512 * 1024
"""Larger text files are not read: every later request would hold them."""

DOCUMENT_BYTES = 8 * 1024**2
"""Larger PDF and office documents are not read."""

PICTURE_BYTES = 20 * 1024**2
"""Larger pictures are not read."""

PICTURES = 10
"""Pictures of one message that are shown; Discord allows ten attachments."""

MESSAGE_BYTES = 256 * 1024
"""Total size of one message's files: every later turn sends them again."""

ATTACHED_BYTES = 10 * 1024**2
"""What goes beside one message together: every later request sends it again."""

NOTHING_TO_READ = Sentence("I found no text in this message. Write something, and I will answer.")
ONLY_FILES = Sentence(
    "{names}: I cannot read files of this kind. I read pictures (JPEG, PNG, WebP, GIF), text files, PDF and office "
    "documents."
)
VOICE = Sentence("I cannot listen to voice messages. Write it instead.")
BROKEN = Sentence("{name}: I cannot read this file. Send it in another form, or paste the text.")
BROKEN_BECAUSE: Mapping[str, Sentence] = {
    "is broken": Sentence("{name}: I cannot read this file, it is broken. Save it again, or paste the text."),
    "is protected by a password": Sentence(
        "{name}: I cannot read this file, it is protected by a password. Send it without one."
    ),
}
"""By what the reader of files says; for all else `BROKEN`."""
NOT_FETCHED = Sentence("I could not download {names} from Discord. Send it again, or paste the text.")
TOO_LONG = Sentence(
    "{names}: too large for me. I read text of up to {text} KiB, PDF and office documents of up to {document} MiB, and "
    "up to {pictures} pictures of up to {picture} MiB in one message. Send me the part that matters."
)
LOCKED = Sentence("This conversation is locked. A moderator can unlock it.")


# A reason comes last in every language: see GrokbotError.words.
PAUSED = Sentence("The bot's operator has paused my answers. Try again later.")
PAUSED_FOR = Sentence("The bot's operator has paused my answers. Try again later. Reason: {reason}")
PAUSED_HERE = Sentence("Moderators have paused my answers in this server. Try again later.")
PAUSED_HERE_FOR = Sentence("Moderators have paused my answers in this server. Try again later. Reason: {reason}")


class PausedError(ClosedError):
    """Answers are paused, everywhere or in a server."""


class LockedError(ClosedError):
    """The conversation is locked."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Names of files that the model cannot see."""

    too_long: tuple[str, ...] = ()
    not_fetched: tuple[str, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    """With the reason, as in `BROKEN`."""
    voice: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    def __add__(self, more: Unread) -> Unread:
        return Unread(*(getattr(self, each.name) + getattr(more, each.name) for each in fields(self)))

    @property
    def sentence(self) -> str:
        """The note for the sender; "" if there are none."""
        told = [str(VOICE)] if self.voice else []
        for text, names in ((TOO_LONG, self.too_long), (NOT_FETCHED, self.not_fetched), (ONLY_FILES, self.other)):
            told += [text.format(names=_listed(names), **_MOST)] if names else []
        told += [BROKEN_BECAUSE.get(why, BROKEN).format(name=_listed([name])) for name, why in self.broken[:NAMED]]
        return "\n".join(told)


NAMED = 5
"""Files that one note names."""

_MOST = {
    "text": TEXT_BYTES // 1024,
    "document": DOCUMENT_BYTES // 1024**2,
    "pictures": PICTURES,
    "picture": PICTURE_BYTES // 1024**2,
}

ALL_READ = Unread()


def admit(conversation: Conversation | None, text: OthersText, *, unread: Unread = ALL_READ) -> None:
    """Accepts a message or raises the reason.

    Args:
        conversation: Where it was written; None if it begins one.
        text: What the model would see.
        unread: Attachments that the model does not see.

    Raises:
        UserError: It has nothing that the model could answer.
        LockedError: The conversation is.
    """
    if not any(visible(c) for c in text):
        raise UserError(unread.sentence or NOTHING_TO_READ)
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


def _paused(pause: Pause, with_reason: Sentence, without: Sentence) -> PausedError:
    error = PausedError(with_reason.later(reason=pause.reason) if pause.reason else without)
    error.words = pause.reason
    return error


def _listed(names: Sequence[str]) -> str:
    """As code, so that Discord does not format a name."""
    return ", ".join(f"`{label(name).replace('`', chr(39))[:100]}`" for name in names[:NAMED])
