"""Every error of ours has a code, and every trouble of xAI's; what nobody foresaw tells nothing about itself."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc import StatusCode

import grokbot.engine
from grokbot.api.calls import errors
from grokbot.conversation.errors import (
    REMEDIES,
    BusyError,
    ClosedError,
    ConfigurationError,
    GrokbotError,
    GrokError,
    GrokFailure,
    LimitReachedError,
    NotAllowedError,
    NotFoundError,
    RestartingError,
    StoreError,
    UserError,
)
from grokbot.engine.budgets import ChartError

from .raw import CHAT, DAEMON, Raw, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .service import ServedHouse

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

EXPECTED = {
    UserError("Say more."): StatusCode.INVALID_ARGUMENT,
    NotFoundError("It is gone."): StatusCode.NOT_FOUND,
    NotAllowedError("You may not."): StatusCode.PERMISSION_DENIED,
    BusyError("I am busy."): StatusCode.ABORTED,
    RestartingError("In a moment."): StatusCode.UNAVAILABLE,
    ClosedError("It is closed."): StatusCode.FAILED_PRECONDITION,
    LimitReachedError("Tomorrow.", NOON): StatusCode.RESOURCE_EXHAUSTED,
    ConfigurationError("web.listen", "Set it."): StatusCode.FAILED_PRECONDITION,
    StoreError("The disk is full."): StatusCode.UNAVAILABLE,
    ChartError("No picture."): StatusCode.UNAVAILABLE,
    errors.UnauthenticatedError("Who are you?"): StatusCode.UNAUTHENTICATED,
    errors.NotOfferedError("Never."): StatusCode.UNIMPLEMENTED,
    errors.AnswerStoppedError("Stopped."): StatusCode.CANCELLED,
    errors.TooManyCallsError("Too many."): StatusCode.RESOURCE_EXHAUSTED,
}


@pytest.mark.parametrize("error", EXPECTED, ids=lambda error: type(error).__name__)
def test_each_error_has_the_code_that_says_who_can_mend_it(error: GrokbotError) -> None:
    assert errors.code_of(error) is EXPECTED[error]


def every_error(kind: type[GrokbotError] = GrokbotError) -> Iterator[type[GrokbotError]]:
    """All classes of errors that there are, once everything that may raise one is there."""
    for module in pkgutil.walk_packages(grokbot.engine.__path__, "grokbot.engine."):
        importlib.import_module(module.name)
    for below in kind.__subclasses__():
        yield below
        yield from every_error(below)


def test_no_error_is_without_a_code() -> None:
    found = {kind for kind in every_error() if not issubclass(kind, GrokError)}
    assert {type(error) for error in EXPECTED} <= found
    assert [kind for kind in found if not any(known in kind.__mro__ for known in errors.CODES)] == []


@pytest.mark.parametrize("kind", GrokFailure)
def test_no_trouble_of_xais_is_without_a_code(kind: GrokFailure) -> None:
    code = errors.code_of(GrokError(kind, "a detail that is nobody's business"))
    assert code is not StatusCode.OK
    assert code is not StatusCode.UNKNOWN
    if REMEDIES[kind].automatic:  # a client may try again by itself
        assert code in (StatusCode.UNAVAILABLE, StatusCode.RESOURCE_EXHAUSTED)


def test_every_sentence_ends_as_one() -> None:
    said = [value for name, value in vars(errors).items() if name.isupper() and isinstance(value, str)]
    assert len(said) >= 7
    assert all(text.endswith(".") for text in said)


async def test_what_nobody_foresaw_is_logged_and_not_told(
    served: ServedHouse, raw: Raw, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    served.engine.program_conversations.begin = broken  # type: ignore[assignment] # as if it had a fault
    with Refused(StatusCode.INTERNAL) as refused:
        await raw.call(CHAT + "CreateConversation")
    assert refused.text == errors.UNFORESEEN
    assert "api.failed method=CreateConversation" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert await raw.call(DAEMON + "GetStatus")  # it goes on


@pytest.mark.parametrize("garbage", [b"\xff\xff\xff", b"\x0a\x05ab", b"\x0a\x02\xff\xfe"])
async def test_bytes_that_are_no_message_are_refused(
    raw: Raw, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for method in ("GetConversation", "AddResponse"):
        with Refused(StatusCode.INVALID_ARGUMENT) as refused:
            await raw.all(CHAT + method, garbage) if method == "AddResponse" else await raw.call(CHAT + method, garbage)
        assert f"prompt_ide.{method}Request" in refused.text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert await raw.begin()


async def test_a_method_that_there_is_not_is_unimplemented(raw: Raw) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await raw.call(CHAT + "DeleteEverything")
    assert caught.value.code() is StatusCode.UNIMPLEMENTED
