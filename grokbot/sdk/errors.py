"""Errors between a program and the daemon, and their translation from gRPC.

Here: one error for each code that a program can react to. Not here: calls (`connection`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import grpc

if TYPE_CHECKING:
    from collections.abc import Mapping


class ApiError(Exception):
    """A failed call to the daemon. `str()` of it is a sentence for people.

    Attributes:
        code: gRPC's code, explained in protos/grokbot/daemon.proto.
        text: The sentence.
    """

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    def __reduce__(self) -> tuple[type[ApiError], tuple[grpc.StatusCode, str]]:
        return type(self), (self.code, self.text)


class InvalidInputError(ApiError):
    """The request is wrong (INVALID_ARGUMENT): change it."""


class NotFoundError(ApiError):
    """It does not exist, or the caller may not see it (NOT_FOUND)."""


class NotAllowedError(ApiError):
    """The caller may see it, but not do that (PERMISSION_DENIED)."""


class InvalidKeyError(NotAllowedError):
    """The key is missing, unknown or revoked (UNAUTHENTICATED)."""


class BusyError(ApiError):
    """An answer is running in this conversation (ABORTED): try again when it has ended."""


class ClosedError(ApiError):
    """Paused, locked or not set up (FAILED_PRECONDITION): a person must change that first."""


class LimitReachedError(ApiError):
    """A limit is reached (RESOURCE_EXHAUSTED): try again later."""


class UnavailableError(ApiError):
    """The daemon is restarting, or cannot reach xAI (UNAVAILABLE): try again in a moment."""


class UnreachableError(UnavailableError):
    """No daemon answers there, or the connection broke off."""


class DeadlineExceededError(ApiError):
    """It took longer than allowed (DEADLINE_EXCEEDED)."""


class StoppedError(ApiError):
    """The call was ended early (CANCELLED): by this program, or by a daemon that shuts down."""


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
"""Every other code is a plain `ApiError`: a program cannot react to it."""


def error_of(code: grpc.StatusCode, details: str, target: str) -> ApiError:
    """The error for a code and its details.

    The daemon's details are sentences; gRPC's own, about a connection that failed, do not end
    with a full stop. That is the only difference, since gRPC gives both the code UNAVAILABLE.

    Args:
        code: gRPC's status code.
        details: The text that came with it.
        target: The target of the call, for errors that name it.
    """
    if code is grpc.StatusCode.UNAVAILABLE and not details.endswith("."):
        return unreachable(target, details)
    return KINDS.get(code, ApiError)(code, details or f"The daemon ended the call with {code.name}.")


def unreachable(target: str, details: str = "") -> UnreachableError:
    """No daemon answers at `target`; "" if no daemon's address is known."""
    if not target:
        text = "No grokbot daemon answers here. Start one with `grokbot run`, or set GROKBOT_API to its address."
    else:
        text = f"No grokbot daemon answers at {target}. Is it running there, and may this account reach it?"
    return UnreachableError(grpc.StatusCode.UNAVAILABLE, f"{text} ({details})" if details else text)
