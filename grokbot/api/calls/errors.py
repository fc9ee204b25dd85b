"""Maps our errors to gRPC's codes, in one table.

Here: codes, and the error texts used only in this package. Not here: raising (`calls` does it for every method).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpc import StatusCode

from grokbot.conversation.errors import (
    BusyError,
    ClosedError,
    ConfigurationError,
    DiscordError,
    GrokbotError,
    GrokError,
    GrokFailure,
    LimitReachedError,
    NotAllowedError,
    NotFoundError,
    RestartingError,
    StoreError,
    UserError,
)
from grokbot.engine.budgets import ChartError

if TYPE_CHECKING:
    from collections.abc import Mapping

UNFORESEEN = "Something went wrong inside the bot. Its log has the cause."
NO_KEY = "This needs a key: send it as the metadata `apikey`. The bot's operator makes keys with `grokbot keys make`."
WRONG_KEY = "This key is unknown or was revoked. The bot's operator makes keys with `grokbot keys make`."
TOO_MANY_CALLS = "{most} calls are running with this key already. Wait until one of them ends."
TOO_MANY_STRANGERS = "Too many calls from your address. Wait until some of them end."
STALLED = "The request stalled: nothing arrived for {seconds:g} seconds."
TOO_LARGE = "This request is too large."
NO_REQUEST = "This call has no request."
STOPPED = "This answer was stopped before it began."
OPERATOR_ONLY = "Only the operator can do this: through the socket, or with a key for everything."
NO_MESSAGE = "The request is not a valid {name} message."
NOT_LOGGED = "This server stores nothing of stateless conversations, not even for debugging."


class StalledError(GrokbotError):
    """A call whose request does not arrive in time."""


class UnauthenticatedError(GrokbotError):
    """The caller is unknown: the key is missing or invalid."""


class NotOfferedError(GrokbotError):
    """A method that exists only because its service declares it."""


class AnswerStoppedError(GrokbotError):
    """An answer that was stopped before it had any text."""


class TooManyCallsError(GrokbotError):
    """More concurrent calls than one key may have."""


CODES: Mapping[type[GrokbotError], StatusCode] = {
    UnauthenticatedError: StatusCode.UNAUTHENTICATED,
    NotOfferedError: StatusCode.UNIMPLEMENTED,
    AnswerStoppedError: StatusCode.CANCELLED,
    TooManyCallsError: StatusCode.RESOURCE_EXHAUSTED,
    StalledError: StatusCode.DEADLINE_EXCEEDED,
    NotFoundError: StatusCode.NOT_FOUND,
    UserError: StatusCode.INVALID_ARGUMENT,
    BusyError: StatusCode.ABORTED,
    RestartingError: StatusCode.UNAVAILABLE,
    ClosedError: StatusCode.FAILED_PRECONDITION,
    NotAllowedError: StatusCode.PERMISSION_DENIED,
    LimitReachedError: StatusCode.RESOURCE_EXHAUSTED,
    ConfigurationError: StatusCode.FAILED_PRECONDITION,
    StoreError: StatusCode.UNAVAILABLE,
    DiscordError: StatusCode.UNAVAILABLE,
    ChartError: StatusCode.UNAVAILABLE,
}
"""An error gets the code of its most specific class."""

TROUBLES: Mapping[GrokFailure, StatusCode] = {
    GrokFailure.BAD_KEY: StatusCode.FAILED_PRECONDITION,
    GrokFailure.NO_CREDIT: StatusCode.FAILED_PRECONDITION,
    GrokFailure.RATE_LIMIT: StatusCode.RESOURCE_EXHAUSTED,
    GrokFailure.RESPONSE_GONE: StatusCode.UNAVAILABLE,
    GrokFailure.SEALED: StatusCode.UNAVAILABLE,
    GrokFailure.UNKNOWN_MODEL: StatusCode.INVALID_ARGUMENT,
    GrokFailure.TOO_LONG: StatusCode.INVALID_ARGUMENT,
    GrokFailure.REFUSED: StatusCode.INVALID_ARGUMENT,
    GrokFailure.OVERLOADED: StatusCode.UNAVAILABLE,
    GrokFailure.IMAGE_UNREADABLE: StatusCode.INVALID_ARGUMENT,
    GrokFailure.TIMEOUT: StatusCode.DEADLINE_EXCEEDED,
    GrokFailure.SILENT: StatusCode.DEADLINE_EXCEEDED,
    GrokFailure.BROKEN_OFF: StatusCode.UNAVAILABLE,
    GrokFailure.EMPTY: StatusCode.UNAVAILABLE,
    GrokFailure.SEARCHED_OUT: StatusCode.UNAVAILABLE,
    GrokFailure.INTERRUPTED: StatusCode.UNAVAILABLE,
    GrokFailure.BAD_REQUEST: StatusCode.INTERNAL,
    GrokFailure.OTHER: StatusCode.INTERNAL,
}
"""Codes for Grok's failures. UNAVAILABLE: a retry may succeed."""


def code_of(error: GrokbotError) -> StatusCode:
    """The code that tells who can fix it."""
    if isinstance(error, GrokError):
        return TROUBLES[error.kind]
    return next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), StatusCode.INTERNAL)
