"""How a refusal is told to whoever wrote a message: to them alone, to the channel once, or under the message. Pure.

A command or a button needs none of this: its answer is always private. Not here: telling (`telling`), the sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from grokbot.conversation.errors import Closed, LimitReached, NotAllowed
from grokbot.discord_bot.command_replies import relative
from grokbot.engine.admitting import Blocked
from grokbot.policy.filtering import Filtered
from grokbot.policy.places import NotHere, NotYours

if TYPE_CHECKING:
    from grokbot.conversation.errors import GrokbotError


class NotRead(NotAllowed):
    """Whoever wrote it does not want us to read what they write."""


class Way(Enum):
    """To whom something is said."""

    SILENT = auto()
    """To nobody: they know."""
    ALONE = auto()
    """To the writer in a direct message; where that cannot be, to nobody: it is nobody else's business."""
    FIRST_ALONE = auto()
    """The same; where that cannot be, under the message: they would wait in vain."""
    CHANNEL = auto()
    """To the channel, not under every message there."""
    REPLY = auto()
    """Under the message."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is said to whom, and how often: once an hour for each `key`, and always where that is None."""

    way: Way
    text: str
    key: tuple[int, str] | None = None


def telling(error: GrokbotError, *, author_id: int, channel_id: int) -> Telling:
    """How a refusal is told, in a server. In direct messages all but the silent ones are replies."""
    text = said(error)
    match error:
        case Blocked():
            return Telling(Way.ALONE if error.first else Way.SILENT, text)
        case Closed():
            return Telling(Way.CHANNEL, text, (channel_id, text))
        case NotHere() | NotRead():
            return Telling(Way.ALONE, text, (author_id, text))
        case NotYours() | Filtered():
            return Telling(Way.FIRST_ALONE, text, (author_id, text))
        case LimitReached():
            until = error.until.isoformat(timespec="minutes") if error.until is not None else text
            return Telling(Way.FIRST_ALONE, text, (author_id, f"limit until {until}"))
        case _:
            return Telling(Way.REPLY, text)


def said(error: GrokbotError) -> str:
    """The sentence for people; for what time mends, with when that is, in each reader's own time."""
    until = error.until if isinstance(error, LimitReached) else None
    text = str(error)
    if until is None or f"<t:{int(until.timestamp())}" in text:
        return text
    return f"{text} You can go on {relative(until)}."
