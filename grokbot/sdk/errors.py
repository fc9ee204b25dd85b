"""What can go wrong between a program and the daemon, and gRPC's errors turned into it.

Here: the errors, one for each code that somebody can do something about. Not here: when a call is made (`connection`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import grpc

if TYPE_CHECKING:
    from collections.abc import Mapping


class ApiError(Exception):
    """A call to the daemon that did not go well. `str()` of it is a sentence for people.

    Attributes:
        code: gRPC's code, as protos/grokbot/daemon.proto explains them.
        text: The sentence.
    """

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    def __reduce__(self) -> tuple[type[ApiError], tuple[grpc.StatusCode, str]]:
        return type(self), (self.code, self.text)


class InvalidInputError(ApiError):
    """What was sent is wrong (INVALID_ARGUMENT): something else has to be sent."""


class NotFoundError(ApiError):
    """There is none, or it is not the caller's to see (NOT_FOUND)."""


class NotAllowedError(ApiError):
    """The caller may see it, but not do that (PERMISSION_DENIED)."""


class InvalidKeyError(NotAllowedError):
    """The key is missing, unknown or revoked (UNAUTHENTICATED)."""


class BusyError(ApiError):
    """An answer is being written in this conversation (ABORTED): try again when it is done."""


class ClosedError(ApiError):
    """Paused, locked or not set up (FAILED_PRECONDITION): a person has to open it first."""


class LimitReachedError(ApiError):
    """A limit is reached (RESOURCE_EXHAUSTED): time mends it."""


class UnavailableError(ApiError):
    """The daemon restarts, or cannot reach xAI (UNAVAILABLE): try again in a moment."""


class UnreachableError(UnavailableError):
    """No daemon answers there, or the connection to it broke off."""


class DeadlineExceededError(ApiError):
    """It took longer than it may (DEADLINE_EXCEEDED)."""


class StoppedError(ApiError):
    """The call was ended before its end (CANCELLED): by this program, or by a daemon that goes away."""


KINDS: Final[Mapping[grpc.StatusCode, type[ApiError]]] = MappingProxyType(
    {
        grpc.StatusCode.INVALID_ARGUMENT: InvalidInputError,
        grpc.StatusCode.NOT_FOUND: NotFoundError,
        grpc.StatusCode.PERMISSION_DENIED: NotAllowedError,
        grpc.StatusCode.UNAUTHENTICATED: InvalidKeyError,
        grpc.StatusCode.ABORTED: BusyError,
        grpc.StatusCode.FAILED_PRECONDITION: ClosedError,
        grpc.StatusCode.RESOURCE_EXHAUSTED: LimitReachedError,
        grpc.StatusCode.UNAVAILABLE: UnavailableError,
        grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
        grpc.StatusCode.CANCELLED: StoppedError,
    }
)
"""Every other code is a plain `ApiError`: there is nothing that a program could do about it."""


def error_of(code: grpc.StatusCode, details: str, target: str) -> ApiError:
    """The error for a code and its details.

    The daemon's details are sentences; gRPC's own, of a connection that cannot be made or broke off, are not, and end
    with no full stop. That is the only way to tell them apart, for gRPC gives both the code UNAVAILABLE.

    Args:
        code: gRPC's status code.
        details: The text that came with it.
        target: Whom the call was for, for errors that name it.
    """
    if code is grpc.StatusCode.UNAVAILABLE and not details.endswith("."):
        return unreachable(target, details)
    return KINDS.get(code, ApiError)(code, details or f"The daemon ended the call with {code.name}.")


def unreachable(target: str, details: str = "") -> UnreachableError:
    """Nobody answers at `target`; "" where no address of a daemon is known at all."""
    if not target:
        text = "No grokbot daemon answers here. Start one with `grokbot run`, or set GROKBOT_API to its address."
    else:
        text = f"No grokbot daemon answers at {target}. Is it running there, and may this account reach it?"
    return UnreachableError(grpc.StatusCode.UNAVAILABLE, f"{text} ({details})" if details else text)
