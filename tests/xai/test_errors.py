from __future__ import annotations

import re

import grpc
import pytest

from grokbot.conversation.errors import REMEDIES, GrokTrouble, Trouble
from grokbot.sandbox.grok_server import FAILURES
from grokbot.xai.errors import SIGNS, trouble_of

CASES = [
    ("UNAUTHENTICATED", "No credentials", Trouble.BAD_KEY),
    ("UNAUTHENTICATED", "", Trouble.BAD_KEY),
    ("INVALID_ARGUMENT", "Incorrect API key provided: xa***99.", Trouble.BAD_KEY),
    ("INVALID_ARGUMENT", "Invalid API key.", Trouble.BAD_KEY),
    ("PERMISSION_DENIED", "The API key is disabled.", Trouble.BAD_KEY),
    ("PERMISSION_DENIED", "Your team is blocked.", Trouble.BAD_KEY),
    ("PERMISSION_DENIED", "Your team has used all available credits.", Trouble.NO_CREDIT),
    ("PERMISSION_DENIED", "You reached your monthly spending limit.", Trouble.NO_CREDIT),
    ("RESOURCE_EXHAUSTED", "Your team has used all available credits.", Trouble.NO_CREDIT),
    ("RESOURCE_EXHAUSTED", "The monthly Spending Limit is reached.", Trouble.NO_CREDIT),
    ("RESOURCE_EXHAUSTED", "Too many requests per minute.", Trouble.RATE_LIMIT),
    ("RESOURCE_EXHAUSTED", "", Trouble.RATE_LIMIT),
    ("RESOURCE_EXHAUSTED", "Sent message larger than max (30000000 vs. 20971520)", Trouble.TOO_LONG),
    ("NOT_FOUND", "Response with id=abc not found", Trouble.RESPONSE_GONE),
    ("NOT_FOUND", "Response with id=model-7 not found", Trouble.RESPONSE_GONE),
    ("NOT_FOUND", "Response not found", Trouble.RESPONSE_GONE),
    ("NOT_FOUND", "The requested response is not there any more", Trouble.RESPONSE_GONE),
    ("NOT_FOUND", "The model grok-response does not exist", Trouble.UNKNOWN_MODEL),
    ("INVALID_ARGUMENT", FAILURES["sealed"].text, Trouble.SEALED),
    ("INTERNAL", "Received RST_STREAM with error code 2", Trouble.OVERLOADED),
    ("NOT_FOUND", "The model grok-0 does not exist or your team may not use it.", Trouble.UNKNOWN_MODEL),
    ("NOT_FOUND", "Model not found: grok-0", Trouble.UNKNOWN_MODEL),
    ("INVALID_ARGUMENT", "Model not found: grok-0", Trouble.UNKNOWN_MODEL),
    ("NOT_FOUND", "Nothing here", Trouble.OTHER),
    ("INVALID_ARGUMENT", "code input_too_large: too much", Trouble.TOO_LONG),
    ("INVALID_ARGUMENT", "This model's maximum prompt length is 500000 but the request has more.", Trouble.TOO_LONG),
    ("INVALID_ARGUMENT", "The message is empty.", Trouble.BAD_REQUEST),
    ("PERMISSION_DENIED", "Content violates usage guidelines.", Trouble.REFUSED),
    ("PERMISSION_DENIED", "Content violates usage guidelines: stolen credit cards, blocked.", Trouble.REFUSED),
    ("PERMISSION_DENIED", "Not for you.", Trouble.BAD_REQUEST),
    ("UNAVAILABLE", "The service is at capacity.", Trouble.OVERLOADED),
    ("UNAVAILABLE", "failed to connect to all addresses", Trouble.OVERLOADED),
    ("DATA_LOSS", "Could not read the image.", Trouble.IMAGE_UNREADABLE),
    ("DEADLINE_EXCEEDED", "Deadline Exceeded", Trouble.TIMEOUT),
    ("UNIMPLEMENTED", "Method not found!", Trouble.BAD_REQUEST),
    ("INTERNAL", "Something", Trouble.OTHER),
    ("UNKNOWN", "", Trouble.OTHER),
    ("CANCELLED", "", Trouble.OVERLOADED),
]

OF_FAILURES = {
    "bad_key": Trouble.BAD_KEY,
    "bad_key_reported": Trouble.BAD_KEY,
    "no_credit": Trouble.NO_CREDIT,
    "no_credit_exhausted": Trouble.NO_CREDIT,
    "spending_limit": Trouble.NO_CREDIT,
    "spending_limit_denied": Trouble.NO_CREDIT,
    "rate_limit": Trouble.RATE_LIMIT,
    "stored_gone": Trouble.RESPONSE_GONE,
    "stored_gone_reported": Trouble.RESPONSE_GONE,
    "sealed": Trouble.SEALED,
    "unknown_model": Trouble.UNKNOWN_MODEL,
    "too_long": Trouble.TOO_LONG,
    "too_long_reported": Trouble.TOO_LONG,
    "refused": Trouble.REFUSED,
    "overloaded": Trouble.OVERLOADED,
    "image_unreadable": Trouble.IMAGE_UNREADABLE,
    "internal": Trouble.OTHER,
    "too_slow": Trouble.TIMEOUT,
}


@pytest.mark.parametrize(("code", "details", "kind"), CASES)
def test_every_row_of_the_table_is_the_trouble_that_it_means(code: str, details: str, kind: Trouble) -> None:
    assert trouble_of(code, details, received=False).kind is kind


def test_every_sign_decides_some_case_and_names_a_real_status() -> None:
    matching = ([s for s in SIGNS if s.code == c and re.search(s.pattern, d, re.IGNORECASE)] for c, d, _ in CASES)
    assert {signs[0] for signs in matching if signs} == set(SIGNS)
    assert {sign.code for sign in SIGNS} <= {status.name for status in grpc.StatusCode}


def test_every_failure_of_the_loopback_grok_is_known() -> None:
    found = {name: trouble_of(f.code.name, f.text, received=False).kind for name, f in FAILURES.items()}
    assert found == OF_FAILURES


@pytest.mark.parametrize("code", ["PERMISSION_DENIED", "RESOURCE_EXHAUSTED"])
@pytest.mark.parametrize("details", ["All credits are used.", "The spending limit is reached."])
@pytest.mark.parametrize("received", [True, False])
def test_a_lack_of_credit_is_never_tried_again_though_it_looks_like_a_rate_limit(
    code: str, details: str, received: bool
) -> None:
    trouble = trouble_of(code, details, received=received)
    assert trouble.kind is Trouble.NO_CREDIT
    assert not trouble.automatic
    assert not trouble.retryable


@pytest.mark.parametrize(("code", "details", "kind"), CASES)
def test_nothing_is_tried_again_by_itself_once_something_has_arrived(code: str, details: str, kind: Trouble) -> None:
    trouble = trouble_of(code, details, received=True)
    assert not trouble.automatic
    passing = (Trouble.OVERLOADED, Trouble.RATE_LIMIT, Trouble.RESPONSE_GONE, Trouble.SEALED, Trouble.OTHER)
    assert trouble.kind is (Trouble.BROKEN_OFF if kind in passing else kind)


def test_only_what_passes_by_itself_is_tried_again_by_itself() -> None:
    assert {kind for kind in Trouble if REMEDIES[kind].automatic} == {Trouble.RATE_LIMIT, Trouble.OVERLOADED}
    assert all(REMEDIES[kind].retryable for kind in Trouble if REMEDIES[kind].automatic)


@pytest.mark.parametrize("kind", Trouble)
def test_every_trouble_has_a_sentence_for_people_without_a_word_of_the_details(kind: Trouble) -> None:
    trouble = GrokTrouble(kind, "UNKNOWN: internal details")
    assert str(trouble) == REMEDIES[kind].text
    assert str(trouble).endswith(".")
    assert "details" not in str(trouble)


def test_details_are_kept_for_the_log_shortened_and_without_a_key() -> None:
    trouble = trouble_of(
        "INVALID_ARGUMENT", f"Incorrect API key provided: xai-AbC123_{'z' * 60}. " + "x" * 900, received=False
    )
    assert trouble.kind is Trouble.BAD_KEY
    assert "AbC123" not in trouble.detail
    assert "zzz" not in trouble.detail
    assert trouble.detail.startswith("INVALID_ARGUMENT: Incorrect API key provided")
    assert len(trouble.detail) < 250
