"""How a refusal is told to whoever wrote a message: under it, or not again for an hour, or not at all. Pure.

Nobody is written to privately who gave no command: a command's answer is private anyway and needs none of this. Not
here: telling (`send`), the sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import Closed, LimitReached, NotAllowed
from grokbot.discord_bot.notices.command_text import plain, relative
from grokbot.engine.admission import Blocked
from grokbot.policy.filters import Filtered
from grokbot.policy.places import NotHere, NotYours

if TYPE_CHECKING:
    from grokbot.conversation.errors import GrokbotError

REASON_SHOWN = 500
"""Characters of a reason, those included that keep Markdown from being read."""


class NotRead(NotAllowed):
    """Whoever wrote it does not want us to read what they write."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is said under a message, and how often: once an hour for each `key`, and always where that is None."""

    text: str
    key: tuple[int, str] | None = None


def telling(error: GrokbotError, *, author_id: int, channel_id: int) -> Telling | None:
    """How a refusal is told; None: not at all, for they know."""
    text = said(error)
    match error:
        case Blocked():  # everybody in the channel reads it: why is told by a command alone
            return Telling(error.in_public) if error.first else None
        case Closed() | NotHere():  # it holds for everybody here
            return Telling(text, (channel_id, text))
        case NotRead() | NotYours() | Filtered():
            return Telling(text, (author_id, text))
        case LimitReached():
            until = error.until.isoformat(timespec="minutes") if error.until is not None else text
            return Telling(text, (author_id, f"limit until {until}"))
        case _:
            return Telling(text)


def said(error: GrokbotError) -> str:
    """The sentence for people; for what time mends, with when that is, in each reader's own time."""
    until = error.until if isinstance(error, LimitReached) else None
    text = str(error)
    if error.words:
        text = text.removesuffix(error.words) + plain(error.words, REASON_SHOWN)
    if until is None or f"<t:{int(until.timestamp())}" in text:
        return text
    return f"{text} You can go on {relative(until)}."
