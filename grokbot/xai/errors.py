"""Maps gRPC statuses to failures. The only place that knows xAI's error texts (a table, tried in order).

Pure: takes a code's name and details as text. Not here: what people are told (`conversation.errors`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from grokbot.conversation.errors import GrokError, GrokFailure

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Sign:
    """A status code, a pattern to find in its details, and the failure it means."""

    code: str
    pattern: str
    kind: GrokFailure


SIGNS: tuple[Sign, ...] = (
    Sign("UNAUTHENTICATED", "", GrokFailure.BAD_KEY),
    Sign("INVALID_ARGUMENT", r"incorrect api key|invalid api key", GrokFailure.BAD_KEY),
    # Before credit: the text of a refusal may mention credit cards.
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
    Sign("INVALID_ARGUMENT", r"content moderation", GrokFailure.REFUSED),
    Sign("INVALID_ARGUMENT", "", GrokFailure.BAD_REQUEST),
    Sign("UNIMPLEMENTED", "", GrokFailure.BAD_REQUEST),
    Sign("DATA_LOSS", "", GrokFailure.IMAGE_UNREADABLE),
    Sign("UNAVAILABLE", "", GrokFailure.OVERLOADED),
    # A proxy in between ends calls like this when xAI is gone.
    Sign("INTERNAL", r"rst_stream|goaway", GrokFailure.OVERLOADED),
    Sign("CANCELLED", "", GrokFailure.OVERLOADED),  # not by us: our own cancelling gives no status
    Sign("DEADLINE_EXCEEDED", "", GrokFailure.TIMEOUT),
)


EFFORT: Literal["reasoning_effort"] = "reasoning_effort"
"""The one option with values that some models accept and others refuse: a refusal may word that in any way."""

NOT_SUPPORTED = re.compile(r"not support", re.IGNORECASE)
"""In the text of a refusal of one option: "Argument not supported on this model: …", "… does not support …"."""

MEANT_FOR_THE_START = frozenset(
    {GrokFailure.OVERLOADED, GrokFailure.RATE_LIMIT, GrokFailure.RESPONSE_GONE, GrokFailure.SEALED, GrokFailure.OTHER}
)
"""Failures that only mean "broken off" once an answer has begun."""

KEY = re.compile(r"\bxai-[\w-]+")


def call_trouble(code: str, details: str, *, received: bool) -> GrokError:
    """The failure that a failed call means.

    Args:
        code: The status code's name, such as `UNAVAILABLE`.
        details: xAI's text. Kept for the log without anything like a key, cut to 200 characters; never shown.
        received: Whether some of the answer had arrived; then a lost connection is no overload but a broken stream,
            which is never retried automatically.
    """
    kind = next(
        (s.kind for s in SIGNS if s.code == code and re.search(s.pattern, details, re.IGNORECASE)), GrokFailure.OTHER
    )
    if received and kind in MEANT_FOR_THE_START:
        kind = GrokFailure.BROKEN_OFF
    return GrokError(kind, f"{code}: {KEY.sub('xai-…', details)[:200]}")


def refused_option(trouble: GrokError, given: Iterable[str]) -> str | None:
    """The option without which the model would accept the same request; None if it is not refused for one.

    Args:
        trouble: The refusal. xAI names options as the wire does, or as its REST API: `reasoning_effort`,
            `reasoningEffort`, `reasoning effort`.
        given: The options that the request has.
    """
    if trouble.kind is not GrokFailure.BAD_REQUEST:
        return None
    for name in given:
        named = re.search(rf"\b{name.replace('_', '[ _]?')}\b", trouble.detail, re.IGNORECASE)
        if named and (name == EFFORT or NOT_SUPPORTED.search(trouble.detail)):
            return name
    return None
