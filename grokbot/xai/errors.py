"""gRPC's statuses turned into troubles. The one place that knows how xAI words its errors (a table, tried in order).

Pure: a code's name and the details come in as text. Not here: what is said to people (`conversation.errors`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grokbot.conversation.errors import GrokTrouble, Trouble


@dataclass(frozen=True, slots=True)
class Sign:
    """A status code, a pattern that its details must hold, and the trouble that this is."""

    code: str
    pattern: str
    kind: Trouble


SIGNS: tuple[Sign, ...] = (
    Sign("UNAUTHENTICATED", "", Trouble.BAD_KEY),
    Sign("INVALID_ARGUMENT", r"incorrect api key|invalid api key", Trouble.BAD_KEY),
    # Before the credit: what was refused may speak of credit cards.
    Sign("PERMISSION_DENIED", r"usage guidelines|content violates", Trouble.REFUSED),
    Sign("PERMISSION_DENIED", r"credit|spending limit", Trouble.NO_CREDIT),
    Sign("RESOURCE_EXHAUSTED", r"credit|spending limit", Trouble.NO_CREDIT),
    Sign("PERMISSION_DENIED", r"api key|blocked|disabled", Trouble.BAD_KEY),
    Sign("PERMISSION_DENIED", "", Trouble.BAD_REQUEST),
    Sign("RESOURCE_EXHAUSTED", r"larger than max", Trouble.TOO_LONG),
    Sign("RESOURCE_EXHAUSTED", "", Trouble.RATE_LIMIT),
    Sign(
        "NOT_FOUND",
        r"response with id|response not found|previous_response|stored (response|completion)",
        Trouble.RESPONSE_GONE,
    ),
    Sign("NOT_FOUND", r"model", Trouble.UNKNOWN_MODEL),
    Sign("NOT_FOUND", r"\bresponse\b", Trouble.RESPONSE_GONE),
    Sign("INVALID_ARGUMENT", r"encrypted[_ ](content|reasoning)|decrypt", Trouble.SEALED),
    Sign("INVALID_ARGUMENT", r"input_too_large|maximum prompt length|context length", Trouble.TOO_LONG),
    Sign("INVALID_ARGUMENT", r"model not found|unknown model|model .*does not exist", Trouble.UNKNOWN_MODEL),
    Sign("INVALID_ARGUMENT", "", Trouble.BAD_REQUEST),
    Sign("UNIMPLEMENTED", "", Trouble.BAD_REQUEST),
    Sign("DATA_LOSS", "", Trouble.IMAGE_UNREADABLE),
    Sign("UNAVAILABLE", "", Trouble.OVERLOADED),
    # How a proxy in between ends calls when xAI is gone.
    Sign("INTERNAL", r"rst_stream|goaway", Trouble.OVERLOADED),
    Sign("CANCELLED", "", Trouble.OVERLOADED),  # not by us: that is no status of a call
    Sign("DEADLINE_EXCEEDED", "", Trouble.TIMEOUT),
)


EFFORT_REFUSED = re.compile(r"reasoning[ _]?effort", re.IGNORECASE)
"""How a refusal is known that is about nothing but the effort that was asked for."""

MEANT_FOR_THE_START = frozenset(
    {Trouble.OVERLOADED, Trouble.RATE_LIMIT, Trouble.RESPONSE_GONE, Trouble.SEALED, Trouble.OTHER}
)
"""What says nothing but "broken off" once an answer is under way."""

KEY = re.compile(r"\bxai-[\w-]+")


def trouble_of(code: str, details: str, *, received: bool) -> GrokTrouble:
    """What a failed call means.

    Args:
        code: The status code's name, such as `UNAVAILABLE`.
        details: xAI's words. Kept for the log without anything like a key, cut to 200 characters; never shown.
        received: Whether something of the answer had arrived; a loss of connection is then no overload, but a stream
            that broke off, and is never tried again by itself.
    """
    kind = next(
        (s.kind for s in SIGNS if s.code == code and re.search(s.pattern, details, re.IGNORECASE)), Trouble.OTHER
    )
    if received and kind in MEANT_FOR_THE_START:
        kind = Trouble.BROKEN_OFF
    return GrokTrouble(kind, f"{code}: {KEY.sub('xai-…', details)[:200]}")


def effort_refused(trouble: GrokTrouble) -> bool:
    """Whether the model would take the same request with another reasoning effort."""
    return trouble.kind is Trouble.BAD_REQUEST and EFFORT_REFUSED.search(trouble.detail) is not None
