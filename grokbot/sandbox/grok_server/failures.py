"""All failures that the sandbox can produce, as data.

Here: names for scripts and directives, the status and text sent. Not here: when it happens.
Statuses and the words that clients search for were observed at xAI; the sentences around them are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from grpc import StatusCode


@dataclass(frozen=True, slots=True)
class Failure:
    """What the client sees: a status and its details."""

    code: StatusCode
    text: str


#: By the name that `Script(fail=...)` and `!fail ...` take.
FAILURES: Final = MappingProxyType(
    {
        "bad_key": Failure(StatusCode.UNAUTHENTICATED, "No valid API key came with the call."),
        "bad_key_reported": Failure(StatusCode.INVALID_ARGUMENT, "Incorrect API key provided: xa***xx."),
        "no_credit": Failure(StatusCode.PERMISSION_DENIED, "The team has used up its credits; buy more to go on."),
        "no_credit_exhausted": Failure(StatusCode.RESOURCE_EXHAUSTED, "All credits of the team are used up."),
        "spending_limit": Failure(StatusCode.RESOURCE_EXHAUSTED, "The team has reached its monthly spending limit."),
        "spending_limit_denied": Failure(StatusCode.PERMISSION_DENIED, "Refused: the spending limit is reached."),
        "rate_limit": Failure(StatusCode.RESOURCE_EXHAUSTED, "Too many requests for this model; slow down."),
        "stored_gone": Failure(StatusCode.NOT_FOUND, "Response with id=00000000-sandbox not found."),
        "stored_gone_reported": Failure(StatusCode.NOT_FOUND, "Response not found"),
        "sealed": Failure(
            StatusCode.INVALID_ARGUMENT,
            "Could not decrypt the provided encrypted_content. "
            "Ensure the value is the unmodified encrypted_content from a previous response.",
        ),
        "unknown_model": Failure(StatusCode.NOT_FOUND, "The model does not exist or the team may not use it."),
        "too_long": Failure(
            StatusCode.INVALID_ARGUMENT,
            "This model's maximum prompt length is 500000 but the request holds 500001 tokens.",
        ),
        "too_long_reported": Failure(StatusCode.INVALID_ARGUMENT, "Refused with input_too_large."),
        "refused": Failure(StatusCode.PERMISSION_DENIED, "Content violates usage guidelines: the check said no."),
        "overloaded": Failure(StatusCode.UNAVAILABLE, "The service is at capacity; try again later."),
        "image_unreadable": Failure(StatusCode.DATA_LOSS, "The image at the given address could not be read."),
        "image_rejected": Failure(StatusCode.INVALID_ARGUMENT, "Generated image rejected by content moderation."),
        "file_refused": Failure(StatusCode.INVALID_ARGUMENT, "This model opens no files."),
        "internal": Failure(StatusCode.INTERNAL, "Something went wrong inside."),
        "too_slow": Failure(StatusCode.DEADLINE_EXCEEDED, "The answer took too long."),
    }
)

BAD_KEY: Final = FAILURES["bad_key"]
SEALED: Final = FAILURES["sealed"]
IMAGE_UNREADABLE: Final = FAILURES["image_unreadable"]
RATE_LIMIT: Final = FAILURES["rate_limit"]


def invalid(text: str) -> Failure:
    """An invalid request."""
    return Failure(StatusCode.INVALID_ARGUMENT, text)


def unknown_model(name: str) -> Failure:
    """An unknown model; only its text distinguishes it from a deleted response."""
    return Failure(StatusCode.NOT_FOUND, f"The model {name} does not exist or the team may not use it.")


def response_gone(response_id: str) -> Failure:
    """A stored response that has expired, was deleted or never existed: all three look the same."""
    return Failure(StatusCode.NOT_FOUND, f"Response with id={response_id} not found.")


def too_long(limit: int, tokens: int) -> Failure:
    """A prompt beyond the model's context."""
    return invalid(f"This model's maximum prompt length is {limit} but the request holds {tokens} tokens.")


def file_gone(file_id: str) -> Failure:
    """A file that has expired, was deleted or never existed."""
    return Failure(StatusCode.NOT_FOUND, f"File with id={file_id} not found.")


def too_large_file(limit: int) -> Failure:
    """A file over the limit, in bytes."""
    return Failure(StatusCode.RESOURCE_EXHAUSTED, f"The file is larger than {limit} bytes.")
