"""gRPC's statuses turned into troubles. The one place that knows how xAI words its errors (a table, tried in order).

Pure: a code's name and the details come in as text. Not here: what is said to people (`conversation.errors`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grokbot.conversation.errors import GrokError, GrokFailure


@dataclass(frozen=True, slots=True)
class Sign:
    """A status code, a pattern that its details must hold, and the trouble that this is."""

    code: str
    pattern: str
    kind: GrokFailure


SIGNS: tuple[Sign, ...] = (
    Sign("UNAUTHENTICATED", "", GrokFailure.BAD_KEY),
    Sign("INVALID_ARGUMENT", r"incorrect api key|invalid api key", GrokFailure.BAD_KEY),
    # Before the credit: what was refused may speak of credit cards.
    Sign("PERMISSION_DENIED", r"usage guidelines|content violates", GrokFailure.REFUSED),
    Sign("PERMISSION_DENIED", r"credit|spending limit", GrokFailure.NO_CREDIT),
    Sign("RESOURCE_EXHAUSTED", r"credit|spending limit", GrokFailure.NO_CREDIT),
    Sign("PERMISSION_DENIED", r"api key|blocked|disabled", GrokFailure.BAD_KEY),
    Sign("PERMISSION_DENIED", "", GrokFailure.BAD_REQUEST),
    Sign("RESOURCE_EXHAUSTED", r"larger than max", GrokFailure.TOO_LONG),
    Sign("RESOURCE_EXHAUSTED", "", GrokFailure.RATE_LIMIT),
    Sign(
        "NOT_FOUND",
        r"response with id|response not found|previous_response|stored (response|completion)",
        GrokFailure.RESPONSE_GONE,
    ),
    Sign("NOT_FOUND", r"model", GrokFailure.UNKNOWN_MODEL),
    Sign("NOT_FOUND", r"\bresponse\b", GrokFailure.RESPONSE_GONE),
    Sign("INVALID_ARGUMENT", r"encrypted[_ ](content|reasoning)|decrypt", GrokFailure.SEALED),
    Sign("INVALID_ARGUMENT", r"input_too_large|maximum prompt length|context length", GrokFailure.TOO_LONG),
    Sign("INVALID_ARGUMENT", r"model not found|unknown model|model .*does not exist", GrokFailure.UNKNOWN_MODEL),
    Sign("INVALID_ARGUMENT", "", GrokFailure.BAD_REQUEST),
    Sign("UNIMPLEMENTED", "", GrokFailure.BAD_REQUEST),
    Sign("DATA_LOSS", "", GrokFailure.IMAGE_UNREADABLE),
    Sign("UNAVAILABLE", "", GrokFailure.OVERLOADED),
    # How a proxy in between ends calls when xAI is gone.
    Sign("INTERNAL", r"rst_stream|goaway", GrokFailure.OVERLOADED),
    Sign("CANCELLED", "", GrokFailure.OVERLOADED),  # not by us: that is no status of a call
    Sign("DEADLINE_EXCEEDED", "", GrokFailure.TIMEOUT),
)


EFFORT_REFUSED = re.compile(r"reasoning[ _]?effort", re.IGNORECASE)
"""How a refusal is known that is about nothing but the effort that was asked for."""

MEANT_FOR_THE_START = frozenset(
    {GrokFailure.OVERLOADED, GrokFailure.RATE_LIMIT, GrokFailure.RESPONSE_GONE, GrokFailure.SEALED, GrokFailure.OTHER}
)
"""What says nothing but "broken off" once an answer is under way."""

KEY = re.compile(r"\bxai-[\w-]+")


def call_trouble(code: str, details: str, *, received: bool) -> GrokError:
    """What a failed call means.

    Args:
        code: The status code's name, such as `UNAVAILABLE`.
        details: xAI's words. Kept for the log without anything like a key, cut to 200 characters; never shown.
        received: Whether something of the answer had arrived; a loss of connection is then no overload, but a stream
            that broke off, and is never tried again by itself.
    """
    kind = next(
        (s.kind for s in SIGNS if s.code == code and re.search(s.pattern, details, re.IGNORECASE)), GrokFailure.OTHER
    )
    if received and kind in MEANT_FOR_THE_START:
        kind = GrokFailure.BROKEN_OFF
    return GrokError(kind, f"{code}: {KEY.sub('xai-…', details)[:200]}")


def effort_refused(trouble: GrokError) -> bool:
    """Whether the model would take the same request with another reasoning effort."""
    return trouble.kind is GrokFailure.BAD_REQUEST and EFFORT_REFUSED.search(trouble.detail) is not None
