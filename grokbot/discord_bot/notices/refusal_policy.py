"""How the writer of a message learns of a refusal: below it, not again for an hour, or not at all. Pure.

Only people who gave a command get private messages: a command's reply is private anyway and needs none of this. Not
here: sending (`send`), the sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ClosedError, LimitReachedError, NotAllowedError, UserError
from grokbot.conversation.text.sentences import Sentence
from grokbot.discord_bot.notices.texts.command_text import plain, relative
from grokbot.engine.admission import BlockedError
from grokbot.policy.filters import FilteredError
from grokbot.policy.places import NotHereError, NotYoursError

if TYPE_CHECKING:
    from grokbot.conversation.errors import GrokbotError

AGAIN_SECONDS = 3600.0
"""Seconds in which a channel gets the same refusal once, whatever is written meanwhile."""
AGAIN = Sentence("{why} Try again {when}.")
REASON_SHOWN = 500
"""Characters of a reason that are shown, including escapes of Markdown."""


class NotReadError(NotAllowedError):
    """The writer has opted out of being read."""


@dataclass(frozen=True, slots=True)
class RefusalNotice:
    """The sentence under a message, and how often: once an hour for each `key`, always if that is None."""

    text: str
    key: tuple[int, str] | None = None
    again: bool = False
    """Whether the same words may be answered later: then a button asks again."""


def refusal_notice(error: GrokbotError, *, author_id: int, channel_id: int) -> RefusalNotice | None:
    """The notice of a refusal; None: there is none, for they know.

    Args:
        error: The refusal.
        author_id: Whose message was refused.
        channel_id: Where it was written; a refusal for everybody there is sent once for all.
    """
    text = sentence_of(error)
    match error:
        case BlockedError():  # everybody in the channel reads it: only a command tells why
            return RefusalNotice(error.in_public) if error.first else None
        case ClosedError() | NotHereError():  # it applies to everybody here
            return RefusalNotice(text, (channel_id, text), again=isinstance(error, ClosedError))
        case NotReadError() | NotYoursError() | FilteredError():
            return RefusalNotice(text, (author_id, text))
        case LimitReachedError():
            until = error.until.isoformat(timespec="minutes") if error.until is not None else text
            return RefusalNotice(text, (author_id, f"limit until {until}"), again=True)
        case _:
            return RefusalNotice(text, again=not isinstance(error, UserError))


def sentence_of(error: GrokbotError) -> str:
    """The sentence for people; if time solves it, with that time, in each reader's own zone."""
    until = error.until if isinstance(error, LimitReachedError) else None
    text = str(error)
    if error.words:
        text = text.removesuffix(error.words) + plain(error.words, REASON_SHOWN)
    if until is None or f"<t:{int(until.timestamp())}" in text:
        return text
    return AGAIN.format(why=text, when=relative(until))


@dataclass(slots=True)
class Throttle:
    """Notices by place and time. Those older than an hour are dropped."""

    _told: dict[tuple[int, str], float] = field(default_factory=dict)

    def due(self, channel_id: int, sentence: str, now: float) -> bool:
        """Whether to send this now; then it counts as sent.

        Args:
            channel_id: The channel, or the person, that gets it.
            sentence: Identifies the reason.
            now: Seconds on any clock.
        """
        self._told = {key: at for key, at in self._told.items() if now - at < AGAIN_SECONDS}
        if (channel_id, sentence) in self._told:
            return False
        self._told[channel_id, sentence] = now
        return True

    def __len__(self) -> int:
        return len(self._told)
