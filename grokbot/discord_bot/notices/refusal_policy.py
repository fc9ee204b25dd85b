"""How a refusal is told to whoever wrote a message: under it, or not again for an hour, or not at all. Pure.

Nobody is written to privately who gave no command: a command's answer is private anyway and needs none of this. Not
here: telling (`send`), the sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ClosedError, LimitReachedError, NotAllowedError
from grokbot.discord_bot.notices.texts.command_text import plain, relative
from grokbot.engine.admission import BlockedError
from grokbot.policy.filters import FilteredError
from grokbot.policy.places import NotHereError, NotYoursError

if TYPE_CHECKING:
    from grokbot.conversation.errors import GrokbotError

AGAIN_SECONDS = 3600.0
"""A channel is told the same once in so long, whatever is written meanwhile."""
REASON_SHOWN = 500
"""Characters of a reason, those included that keep Markdown from being read."""


class NotReadError(NotAllowedError):
    """Whoever wrote it does not want us to read what they write."""


@dataclass(frozen=True, slots=True)
class RefusalNotice:
    """What is said under a message, and how often: once an hour for each `key`, and always where that is None."""

    text: str
    key: tuple[int, str] | None = None


def refusal_notice(error: GrokbotError, *, author_id: int, channel_id: int) -> RefusalNotice | None:
    """How a refusal is told; None: not at all, for they know.

    Args:
        error: The refusal.
        author_id: Whose message was refused.
        channel_id: Where it was written; what holds for everybody there is told once for all.
    """
    text = sentence_of(error)
    match error:
        case BlockedError():  # everybody in the channel reads it: why is told by a command alone
            return RefusalNotice(error.in_public) if error.first else None
        case ClosedError() | NotHereError():  # it holds for everybody here
            return RefusalNotice(text, (channel_id, text))
        case NotReadError() | NotYoursError() | FilteredError():
            return RefusalNotice(text, (author_id, text))
        case LimitReachedError():
            until = error.until.isoformat(timespec="minutes") if error.until is not None else text
            return RefusalNotice(text, (author_id, f"limit until {until}"))
        case _:
            return RefusalNotice(text)


def sentence_of(error: GrokbotError) -> str:
    """The sentence for people; for what time mends, with when that is, in each reader's own time."""
    until = error.until if isinstance(error, LimitReachedError) else None
    text = str(error)
    if error.words:
        text = text.removesuffix(error.words) + plain(error.words, REASON_SHOWN)
    if until is None or f"<t:{int(until.timestamp())}" in text:
        return text
    return f"{text} Try again {relative(until)}."


@dataclass(slots=True)
class Throttle:
    """What was said where, and when. What is longer ago than an hour is forgotten."""

    _told: dict[tuple[int, str], float] = field(default_factory=dict)

    def due(self, channel_id: int, sentence: str, now: float) -> bool:
        """Whether to say this now; then it counts as said.

        Args:
            channel_id: The channel, or the person, that is told.
            sentence: What tells one reason from another.
            now: Seconds on any clock.
        """
        self._told = {key: at for key, at in self._told.items() if now - at < AGAIN_SECONDS}
        if (channel_id, sentence) in self._told:
            return False
        self._told[channel_id, sentence] = now
        return True

    def __len__(self) -> int:
        return len(self._told)
