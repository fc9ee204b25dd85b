"""A client of the daemon, with the seeds' classes, used as `from grokbot import sdk as xai_sdk`. Times have their zone.

Imports only `wire`, and `socket_path` for the daemon's socket. Everything that waits is a coroutine; there is no
blocking form.
"""

from grokbot.sdk.client import Client
from grokbot.sdk.errors import (
    ApiError,
    BadKey,
    Busy,
    Closed,
    LimitReached,
    NotAllowed,
    NotThere,
    Stopped,
    TooLate,
    Unavailable,
    Unreachable,
    WrongInput,
)

__all__ = [
    "ApiError",
    "BadKey",
    "Busy",
    "Client",
    "Closed",
    "LimitReached",
    "NotAllowed",
    "NotThere",
    "Stopped",
    "TooLate",
    "Unavailable",
    "Unreachable",
    "WrongInput",
]
