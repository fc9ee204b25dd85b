"""discord.py's exceptions, sorted by what can be done about them. The only place that knows Discord's error codes.

Not here: retries (`answers.live_answer`, `retry`), what people are told (`notices.texts.answer_text`).
"""

from __future__ import annotations

from enum import Enum, auto

import aiohttp
import discord

THREAD_ARCHIVED = 50083
"""An archived thread cannot be edited; sending re-opens it unless it is locked (Discord's documentation)."""

TOO_MANY = 429
"""HTTP's code for a rate limit."""

UNKNOWN_MESSAGE = 10008
OLD_MESSAGE_EDITED = 30046
"""Too many edits of messages older than an hour; a limit, whatever its status code."""

THREAD_EXISTS = 160004
"""The message has a thread already; that thread has the message's id."""

THREADS_FULL = frozenset({160006, 160007})
"""The server has the most active threads, or announcement threads, that Discord allows."""

NAMES_REFUSED = frozenset({50035, 200000, 200001})
"""The form is invalid, as with forbidden words in a name, or the server's own filter blocks the title."""

TOO_OLD_FOR_MANY = 50034
"""One of the messages in a bulk deletion is older than two weeks: none is deleted."""

ALREADY_ACKNOWLEDGED = 40060
"""An interaction that has its first response; further ones use another endpoint."""

DEFINITE = frozenset(
    {
        10062,  # the interaction is too old to be answered
        50007,  # the person accepts no direct messages
    }
)
"""Refusals that are never wrong."""

SEND_ERRORS = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
"""What a request to Discord can raise: discord.py does not translate connection errors."""


class Fate(Enum):
    """What a failed request means for its sender."""

    AGAIN = auto()
    """It passes with time: the same may be sent again, with the newest text."""
    ARCHIVED = auto()
    """The thread has to be reopened first."""
    MESSAGE_GONE = auto()
    """Somebody deleted the message."""
    CHANNEL_GONE = auto()
    """The channel or thread no longer exists."""
    BARRED = auto()
    """The channel is locked or closed to us."""
    REFUSED = auto()
    """Discord will never accept this request."""


def doubtful(error: BaseException) -> bool:
    """Whether Discord may be wrong: for moments it forbids what is allowed, and does not find what exists."""
    return isinstance(error, discord.HTTPException) and error.status in (403, 404) and error.code not in DEFINITE


def fate_of(error: BaseException) -> Fate:
    """What a failed request means."""
    if isinstance(error, discord.HTTPException):
        return _of_http(error)
    if isinstance(error, (discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError)):
        return Fate.AGAIN
    return Fate.REFUSED


def in_short(error: BaseException) -> str:
    """An error for the log: its class, and a refusal's codes. Its text may hold an address, or what people wrote."""
    name = type(error).__name__
    return f"{name}({error.status}, {error.code})" if isinstance(error, discord.HTTPException) else name


def wait_of(error: BaseException) -> float:
    """Seconds that Discord asks to wait before the same request; 0 if it asks for none."""
    if isinstance(error, discord.RateLimited):
        return error.retry_after
    if isinstance(error, discord.HTTPException) and error.status == TOO_MANY:
        try:
            return float(error.response.headers.get("Retry-After", 0))
        except ValueError:
            return 0.0
    return 0.0


def _of_http(error: discord.HTTPException) -> Fate:
    if error.code == THREAD_ARCHIVED:
        return Fate.ARCHIVED
    if error.code == UNKNOWN_MESSAGE:
        return Fate.MESSAGE_GONE
    if error.status >= 500 or error.status == 429 or error.code == OLD_MESSAGE_EDITED:  # noqa: PLR2004 - HTTP's own numbers
        return Fate.AGAIN
    if error.status == 404:  # noqa: PLR2004 - as above
        return Fate.CHANNEL_GONE
    if error.status in (401, 403):
        return Fate.BARRED
    return Fate.REFUSED
