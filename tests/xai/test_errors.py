from __future__ import annotations

import re

import grpc
import pytest

from grokbot.conversation.errors import REMEDIES, GrokError, GrokFailure
from grokbot.sandbox.grok_server import FAILURES
from grokbot.xai.errors import SIGNS, call_trouble, refused_option

CASES = [
    ("UNAUTHENTICATED", "No credentials", GrokFailure.BAD_KEY),
    ("UNAUTHENTICATED", "", GrokFailure.BAD_KEY),
    ("INVALID_ARGUMENT", "Incorrect API key provided: xa***99.", GrokFailure.BAD_KEY),
    ("INVALID_ARGUMENT", "Invalid API key.", GrokFailure.BAD_KEY),
    ("PERMISSION_DENIED", "The API key is disabled.", GrokFailure.BAD_KEY),
    ("PERMISSION_DENIED", "Your team is blocked.", GrokFailure.BAD_KEY),
    ("PERMISSION_DENIED", "Your team has used all available credits.", GrokFailure.NO_CREDIT),
    ("PERMISSION_DENIED", "You reached your monthly spending limit.", GrokFailure.NO_CREDIT),
    ("RESOURCE_EXHAUSTED", "Your team has used all available credits.", GrokFailure.NO_CREDIT),
    ("RESOURCE_EXHAUSTED", "The monthly Spending Limit is reached.", GrokFailure.NO_CREDIT),
    ("RESOURCE_EXHAUSTED", "Too many requests per minute.", GrokFailure.RATE_LIMIT),
    ("RESOURCE_EXHAUSTED", "", GrokFailure.RATE_LIMIT),
    ("RESOURCE_EXHAUSTED", "Sent message larger than max (30000000 vs. 20971520)", GrokFailure.TOO_LONG),
    ("NOT_FOUND", "Response with id=abc not found", GrokFailure.RESPONSE_GONE),
    ("NOT_FOUND", "Response with id=model-7 not found", GrokFailure.RESPONSE_GONE),
    ("NOT_FOUND", "Response not found", GrokFailure.RESPONSE_GONE),
    ("NOT_FOUND", "The requested response is not there any more", GrokFailure.RESPONSE_GONE),
    ("NOT_FOUND", "The model grok-response does not exist", GrokFailure.UNKNOWN_MODEL),
    ("INVALID_ARGUMENT", FAILURES["sealed"].text, GrokFailure.SEALED),
    ("INTERNAL", "Received RST_STREAM with error code 2", GrokFailure.OVERLOADED),
    ("NOT_FOUND", "The model grok-0 does not exist or your team may not use it.", GrokFailure.UNKNOWN_MODEL),
    ("NOT_FOUND", "Model not found: grok-0", GrokFailure.UNKNOWN_MODEL),
    ("INVALID_ARGUMENT", "Model not found: grok-0", GrokFailure.UNKNOWN_MODEL),
    ("NOT_FOUND", "Nothing here", GrokFailure.OTHER),
    ("INVALID_ARGUMENT", "code input_too_large: too much", GrokFailure.TOO_LONG),
    (
        "INVALID_ARGUMENT",
        "This model's maximum prompt length is 500000 but the request has more.",
        GrokFailure.TOO_LONG,
    ),
    ("INVALID_ARGUMENT", "The message is empty.", GrokFailure.BAD_REQUEST),
    ("PERMISSION_DENIED", "Content violates usage guidelines.", GrokFailure.REFUSED),
    ("PERMISSION_DENIED", "Content violates usage guidelines: stolen credit cards, blocked.", GrokFailure.REFUSED),
    ("PERMISSION_DENIED", "Not for you.", GrokFailure.BAD_REQUEST),
    ("UNAVAILABLE", "The service is at capacity.", GrokFailure.OVERLOADED),
    ("UNAVAILABLE", "failed to connect to all addresses", GrokFailure.OVERLOADED),
    ("INVALID_ARGUMENT", "Generated image rejected by content moderation.", GrokFailure.REFUSED),
    ("DATA_LOSS", "Could not read the image.", GrokFailure.IMAGE_UNREADABLE),
    ("DEADLINE_EXCEEDED", "Deadline Exceeded", GrokFailure.TIMEOUT),
    ("UNIMPLEMENTED", "Method not found!", GrokFailure.BAD_REQUEST),
    ("INTERNAL", "Something", GrokFailure.OTHER),
    ("UNKNOWN", "", GrokFailure.OTHER),
    ("CANCELLED", "", GrokFailure.OVERLOADED),
]

OF_FAILURES = {
    "bad_key": GrokFailure.BAD_KEY,
    "bad_key_reported": GrokFailure.BAD_KEY,
    "no_credit": GrokFailure.NO_CREDIT,
    "no_credit_exhausted": GrokFailure.NO_CREDIT,
    "spending_limit": GrokFailure.NO_CREDIT,
    "spending_limit_denied": GrokFailure.NO_CREDIT,
    "rate_limit": GrokFailure.RATE_LIMIT,
    "stored_gone": GrokFailure.RESPONSE_GONE,
    "stored_gone_reported": GrokFailure.RESPONSE_GONE,
    "sealed": GrokFailure.SEALED,
    "unknown_model": GrokFailure.UNKNOWN_MODEL,
    "too_long": GrokFailure.TOO_LONG,
    "too_long_reported": GrokFailure.TOO_LONG,
    "refused": GrokFailure.REFUSED,
    "overloaded": GrokFailure.OVERLOADED,
    "image_unreadable": GrokFailure.IMAGE_UNREADABLE,
    "image_rejected": GrokFailure.REFUSED,
    "file_refused": GrokFailure.BAD_REQUEST,
    "internal": GrokFailure.OTHER,
    "too_slow": GrokFailure.TIMEOUT,
}


@pytest.mark.parametrize(("code", "details", "kind"), CASES)
def test_every_row_of_the_table_is_the_trouble_that_it_means(code: str, details: str, kind: GrokFailure) -> None:
    assert call_trouble(code, details, received=False).kind is kind


def test_every_sign_decides_some_case_and_names_a_real_status() -> None:
    matching = ([s for s in SIGNS if s.code == c and re.search(s.pattern, d, re.IGNORECASE)] for c, d, _ in CASES)
    assert {signs[0] for signs in matching if signs} == set(SIGNS)
    assert {sign.code for sign in SIGNS} <= {status.name for status in grpc.StatusCode}


def test_every_failure_of_the_loopback_grok_is_known() -> None:
    found = {name: call_trouble(f.code.name, f.text, received=False).kind for name, f in FAILURES.items()}
    assert found == OF_FAILURES


@pytest.mark.parametrize("code", ["PERMISSION_DENIED", "RESOURCE_EXHAUSTED"])
@pytest.mark.parametrize("details", ["All credits are used.", "The spending limit is reached."])
@pytest.mark.parametrize("received", [True, False])
def test_a_lack_of_credit_is_never_tried_again_though_it_looks_like_a_rate_limit(
    code: str, details: str, received: bool
) -> None:
    trouble = call_trouble(code, details, received=received)
    assert trouble.kind is GrokFailure.NO_CREDIT
    assert not trouble.automatic
    assert not trouble.retryable


@pytest.mark.parametrize(("code", "details", "kind"), CASES)
def test_nothing_is_tried_again_by_itself_once_something_has_arrived(
    code: str, details: str, kind: GrokFailure
) -> None:
    trouble = call_trouble(code, details, received=True)
    assert not trouble.automatic
    passing = (
        GrokFailure.OVERLOADED,
        GrokFailure.RATE_LIMIT,
        GrokFailure.RESPONSE_GONE,
        GrokFailure.SEALED,
        GrokFailure.OTHER,
    )
    assert trouble.kind is (GrokFailure.BROKEN_OFF if kind in passing else kind)


def test_only_what_passes_by_itself_is_tried_again_by_itself() -> None:
    assert {kind for kind in GrokFailure if REMEDIES[kind].automatic} == {
        GrokFailure.RATE_LIMIT,
        GrokFailure.OVERLOADED,
    }
    assert all(REMEDIES[kind].retryable for kind in GrokFailure if REMEDIES[kind].automatic)


@pytest.mark.parametrize("kind", GrokFailure)
def test_every_trouble_has_a_sentence_for_people_without_a_word_of_the_details(kind: GrokFailure) -> None:
    trouble = GrokError(kind, "UNKNOWN: internal details")
    assert str(trouble) == REMEDIES[kind].text
    assert str(trouble).endswith(".")
    assert "details" not in str(trouble)


def test_details_are_kept_for_the_log_shortened_and_without_a_key() -> None:
    trouble = call_trouble(
        "INVALID_ARGUMENT", f"Incorrect API key provided: xai-AbC123_{'z' * 60}. " + "x" * 900, received=False
    )
    assert trouble.kind is GrokFailure.BAD_KEY
    assert "AbC123" not in trouble.detail
    assert "zzz" not in trouble.detail
    assert trouble.detail.startswith("INVALID_ARGUMENT: Incorrect API key provided")
    assert len(trouble.detail) < 250


@pytest.mark.parametrize(
    ("details", "option"),
    [
        ("Argument not supported on this model: reasoning_effort", "reasoning_effort"),
        ("Argument not supported on this model: reasoningEffort", "reasoning_effort"),
        ("Unknown reasoning effort: none", "reasoning_effort"),
        ("Model grok-9 does not support the parameter temperature.", "temperature"),
        ("Argument not supported on this model: maxTokens", "max_tokens"),
        ("temperature is 3; it goes from 0 to 2.", None),
        ("Argument not supported on this model: presencePenalty", None),
        ("Images are not supported", None),
    ],
)
def test_a_refusal_that_is_only_about_an_option_names_it(details: str, option: str | None) -> None:
    given = ("reasoning_effort", "temperature", "max_tokens")
    assert refused_option(call_trouble("INVALID_ARGUMENT", details, received=False), given) == option
    assert refused_option(call_trouble("UNAVAILABLE", details, received=False), given) is None


@pytest.mark.parametrize("kind", GrokFailure)
def test_every_failure_says_what_somebody_can_do(kind: GrokFailure) -> None:
    told = str(GrokError(kind))
    assert re.search(r"(?:[Tt]ry again|Ask |Choose |Delete |[Ss]tart |operator has to )", told), told
    assert "log" not in told or "operator" in told  # people cannot read it
