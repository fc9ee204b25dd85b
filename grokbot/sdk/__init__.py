"""A client of the daemon with the classes of the prompt_ide SDK of 2024: `from grokbot import sdk as xai_sdk`.

Times have a zone. Imports only `wire`, and `process.socket_path` for the daemon's socket. Everything
that waits is a coroutine; there is no blocking API.
"""

from grokbot.sdk.client import Client
from grokbot.sdk.errors import (
    ApiError,
    BusyError,
    ClosedError,
    DeadlineExceededError,
    InvalidInputError,
    InvalidKeyError,
    LimitReachedError,
    NotAllowedError,
    NotFoundError,
    StoppedError,
    UnavailableError,
    UnreachableError,
)

__all__ = [
    "ApiError",
    "BusyError",
    "Client",
    "ClosedError",
    "DeadlineExceededError",
    "InvalidInputError",
    "InvalidKeyError",
    "LimitReachedError",
    "NotAllowedError",
    "NotFoundError",
    "StoppedError",
    "UnavailableError",
    "UnreachableError",
]
