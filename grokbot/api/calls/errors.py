"""What an error is called on the wire: one table from what we raise to gRPC's codes.

Here: codes, and the sentences that only this room says. Not here: raising (`calls` does it for every method).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpc import StatusCode

from grokbot.conversation.errors import (
    Busy,
    Closed,
    DiscordTrouble,
    GrokbotError,
    GrokTrouble,
    LimitReached,
    Misconfigured,
    NotAllowed,
    NotThere,
    Restarting,
    StoreTrouble,
    Trouble,
    UserMistake,
)
from grokbot.engine.budgets import NotDrawn

if TYPE_CHECKING:
    from collections.abc import Mapping

UNFORESEEN = "Something went wrong inside the bot. Its log has the cause."
NO_KEY = "This needs a key: send it as the metadata `apikey`. The bot's operator makes keys with `grokbot keys make`."
WRONG_KEY = "This key is not known, or was revoked. The bot's operator makes keys with `grokbot keys make`."
TOO_MANY_CALLS = "There are {most} calls under way with this key already. Wait until one of them has ended."
TOO_MANY_STRANGERS = "There are too many calls from where this one comes. Wait until some of them have ended."
STALLED = "Nothing of the request came for {seconds:g} seconds."
TOO_LARGE = "This request is larger than any that there is of it."
NO_REQUEST = "There is no request in this call."
STOPPED = "Somebody stopped this answer before anything of it had come."
OPERATOR_ONLY = "Only callers who reach everything can do this: the operator on the socket, or such a key."
NO_MESSAGE = "What was sent is no message {name}."
NOT_LOGGED = "This server keeps nothing of such conversations, not even for debugging."


class Stalled(GrokbotError):
    """A call whose request does not arrive."""


class Unauthenticated(GrokbotError):
    """Who calls is not known: the key is missing or opens nothing."""


class NeverOffered(GrokbotError):
    """A method that is there for the sake of its service, and never does anything."""


class AnswerStopped(GrokbotError):
    """An answer that somebody stopped before there was anything of it."""


class TooManyCalls(GrokbotError):
    """More calls at once than one key may make."""


CODES: Mapping[type[GrokbotError], StatusCode] = {
    Unauthenticated: StatusCode.UNAUTHENTICATED,
    NeverOffered: StatusCode.UNIMPLEMENTED,
    AnswerStopped: StatusCode.CANCELLED,
    TooManyCalls: StatusCode.RESOURCE_EXHAUSTED,
    Stalled: StatusCode.DEADLINE_EXCEEDED,
    NotThere: StatusCode.NOT_FOUND,
    UserMistake: StatusCode.INVALID_ARGUMENT,
    Busy: StatusCode.ABORTED,
    Restarting: StatusCode.UNAVAILABLE,
    Closed: StatusCode.FAILED_PRECONDITION,
    NotAllowed: StatusCode.PERMISSION_DENIED,
    LimitReached: StatusCode.RESOURCE_EXHAUSTED,
    Misconfigured: StatusCode.FAILED_PRECONDITION,
    StoreTrouble: StatusCode.UNAVAILABLE,
    DiscordTrouble: StatusCode.UNAVAILABLE,
    NotDrawn: StatusCode.UNAVAILABLE,
}
"""By the nearest class: of those that an error is one of, the most special one decides."""

TROUBLES: Mapping[Trouble, StatusCode] = {
    Trouble.BAD_KEY: StatusCode.FAILED_PRECONDITION,
    Trouble.NO_CREDIT: StatusCode.FAILED_PRECONDITION,
    Trouble.RATE_LIMIT: StatusCode.RESOURCE_EXHAUSTED,
    Trouble.RESPONSE_GONE: StatusCode.UNAVAILABLE,
    Trouble.SEALED: StatusCode.UNAVAILABLE,
    Trouble.UNKNOWN_MODEL: StatusCode.INVALID_ARGUMENT,
    Trouble.TOO_LONG: StatusCode.INVALID_ARGUMENT,
    Trouble.REFUSED: StatusCode.INVALID_ARGUMENT,
    Trouble.OVERLOADED: StatusCode.UNAVAILABLE,
    Trouble.IMAGE_UNREADABLE: StatusCode.INVALID_ARGUMENT,
    Trouble.TIMEOUT: StatusCode.DEADLINE_EXCEEDED,
    Trouble.SILENT: StatusCode.DEADLINE_EXCEEDED,
    Trouble.BROKEN_OFF: StatusCode.UNAVAILABLE,
    Trouble.EMPTY: StatusCode.UNAVAILABLE,
    Trouble.INTERRUPTED: StatusCode.UNAVAILABLE,
    Trouble.BAD_REQUEST: StatusCode.INTERNAL,
    Trouble.OTHER: StatusCode.INTERNAL,
}
"""What kept Grok from answering. UNAVAILABLE: the same again may go well."""


def code_of(error: GrokbotError) -> StatusCode:
    """The code that says who can mend it."""
    if isinstance(error, GrokTrouble):
        return TROUBLES[error.kind]
    return next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), StatusCode.INTERNAL)
