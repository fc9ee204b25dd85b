"""What can go wrong, sorted by who can fix it. Every text here is shown to a person.

Not here: libraries' exceptions. The room that owns a library translates them once, at its edge, into one of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.text.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


UNKNOWN_RESPONSE = Sentence("This answer no longer exists.")


class GrokbotError(Exception):
    """Anything that ends in a sentence for a person. `str()` of it is that sentence; it never holds a secret."""

    words: str = ""
    """The part of the sentence that somebody wrote: a reason, at its end."""
    user_id: int | None = None
    """The person it is about, where one turn holds several people's messages."""


class AlreadyKnownError(Exception):
    """The message was received before: its event came twice. Nothing has changed, and nobody hears of it."""


class UserError(GrokbotError):
    """The person who wrote can fix it, by writing something else."""


class NotFoundError(UserError):
    """It does not exist, or this person may not see it: the text does not say which."""


class NotAllowedError(GrokbotError):
    """A moderator or the server's owner can fix it."""


class BusyError(NotAllowedError):
    """An answer is running there: try again when it has ended."""


class RestartingError(NotAllowedError):
    """The bot is shutting down and starts nothing: try again in a moment."""


class ClosedError(NotAllowedError):
    """It is switched off: locked, paused, or not set up. A moderator or the operator can open it."""


class LimitReachedError(GrokbotError):
    """Waiting helps: at `until` (UTC) the person may go on; None if the time is unknown."""

    def __init__(self, text: str, until: datetime | None = None) -> None:
        super().__init__(text)
        self.until = until


class ConfigurationError(GrokbotError):
    """The operator can fix it in the settings; the process exits with 78 (EX_CONFIG).

    `key` is the setting's dotted name, such as `discord.token`.
    """

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


class DiscordError(GrokbotError):
    """Discord did not answer a question that has to be answered first; trying again in a moment may work."""


class StoreError(GrokbotError):
    """The operator can fix it on the machine: a full disk, a file without write permission, a broken database."""


class GrokFailure(StrEnum):
    """Why Grok did not answer: the rows of the error table in xAI's facts, and connection failures."""

    BAD_KEY = "bad_key"
    NO_CREDIT = "no_credit"
    RATE_LIMIT = "rate_limit"
    RESPONSE_GONE = "response_gone"
    SEALED = "sealed"
    UNKNOWN_MODEL = "unknown_model"
    TOO_LONG = "too_long"
    REFUSED = "refused"
    OVERLOADED = "overloaded"
    IMAGE_UNREADABLE = "image_unreadable"
    TIMEOUT = "timeout"
    SILENT = "silent"
    BROKEN_OFF = "broken_off"
    EMPTY = "empty"
    SEARCHED_OUT = "searched_out"
    INTERRUPTED = "interrupted"
    BAD_REQUEST = "bad_request"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Remedy:
    """The text for a failure, and whether the same request may succeed when it is sent again.

    `retryable` shows a retry button; `automatic` lets the client itself try again while nothing of the answer has
    arrived.
    """

    text: Sentence
    retryable: bool
    automatic: bool = False


REMEDIES: Mapping[GrokFailure, Remedy] = {
    GrokFailure.BAD_KEY: Remedy(
        Sentence("xAI does not accept this bot's key. The bot's operator has to renew it."), retryable=False
    ),
    GrokFailure.NO_CREDIT: Remedy(
        Sentence(
            "The credit for Grok is used up, or its spending limit is reached. The bot's operator has to top it up at "
            "xAI."
        ),
        retryable=False,
    ),
    GrokFailure.RATE_LIMIT: Remedy(
        Sentence("This bot sends more requests than xAI allows. Try again in a minute."),
        retryable=True,
        automatic=True,
    ),
    GrokFailure.RESPONSE_GONE: Remedy(
        Sentence("xAI no longer keeps the earlier part of this conversation. Try again, or start a new conversation."),
        retryable=True,
    ),
    GrokFailure.SEALED: Remedy(
        Sentence(
            "xAI can no longer read what the model thought earlier in this conversation. Try again, or start a new "
            "conversation."
        ),
        retryable=True,
    ),
    GrokFailure.UNKNOWN_MODEL: Remedy(
        Sentence(
            "xAI does not know the model of this conversation. Choose another with `/set`, then `/resample`. "
            "A moderator can set one for the server with `/mod settings`."
        ),
        retryable=False,
    ),
    GrokFailure.TOO_LONG: Remedy(
        Sentence("This conversation is too long for the model. Start a new one."), retryable=False
    ),
    GrokFailure.REFUSED: Remedy(
        Sentence("Grok declined: xAI's usage guidelines do not allow this request. Ask for something else."),
        retryable=False,
    ),
    GrokFailure.OVERLOADED: Remedy(
        Sentence("Grok cannot be reached right now, or is overloaded. Try again in a moment."),
        retryable=True,
        automatic=True,
    ),
    GrokFailure.IMAGE_UNREADABLE: Remedy(
        Sentence("Grok could not read a picture of this conversation. Delete the message with it, or start anew."),
        retryable=False,
    ),
    GrokFailure.TIMEOUT: Remedy(Sentence("Grok took too long to answer. Try again, or ask for less."), retryable=True),
    GrokFailure.SILENT: Remedy(Sentence("Grok sent nothing for a long time. Try again."), retryable=True),
    GrokFailure.BROKEN_OFF: Remedy(
        Sentence("The connection to Grok broke in the middle of the answer. Try again."), retryable=True
    ),
    GrokFailure.EMPTY: Remedy(Sentence("Grok gave an empty answer. Try again, or ask in other words."), retryable=True),
    GrokFailure.SEARCHED_OUT: Remedy(
        Sentence(
            "Grok searched as often as it may for one answer and came to none. Ask for something narrower, or try "
            "again."
        ),
        retryable=True,
    ),
    GrokFailure.INTERRUPTED: Remedy(
        Sentence("The bot was restarted in the middle of this answer. Try again."), retryable=True
    ),
    GrokFailure.BAD_REQUEST: Remedy(
        Sentence(
            "xAI rejected this request. Ask in other words, or start a new conversation. The bot's operator finds the "
            "reason in its log."
        ),
        retryable=False,
    ),
    GrokFailure.OTHER: Remedy(
        Sentence(
            "Something went wrong between the bot and Grok. Try again. The bot's operator finds the cause in its log."
        ),
        retryable=True,
    ),
}


class GrokError(GrokbotError):
    """xAI's side can fix it, or the operator can. `detail` is for the operator: never shown, never a secret.

    It may repeat what people wrote, so that the log has `code` alone.
    """

    def __init__(self, kind: GrokFailure, detail: str = "") -> None:
        super().__init__(REMEDIES[kind].text)
        self.kind = kind
        self.detail = detail

    @property
    def code(self) -> str:
        """The status of xAI's call, such as `UNAVAILABLE`; a few words of ours if there was no call."""
        return self.detail.partition(":")[0]

    @property
    def retryable(self) -> bool:
        """Whether asking again may help."""
        return REMEDIES[self.kind].retryable

    @property
    def automatic(self) -> bool:
        """Whether the client itself may try again while nothing of the answer has arrived."""
        return REMEDIES[self.kind].automatic
