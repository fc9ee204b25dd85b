"""A token stream and its future, however they are read, left or cancelled."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from grokbot import sdk
from grokbot.sandbox.grok_server import Script
from tests.engine.house import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grokbot.sdk import Client
    from grokbot.sdk.answers import Answer
    from tests.api.service import ServedHouse

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("own_scripts")]

TEXT = "one two three four five six seven eight nine ten"
HANGING = Script(text=TEXT, hang_after_tokens=3, reasoning="")


class Talk(Protocol):
    """What both kinds of conversations have."""

    def add_response(self, user_message: str) -> Answer[Any]: ...


@pytest.fixture(params=["chat", "grok"])
def talk(request: pytest.FixtureRequest, one_client: Client) -> Talk:
    """A conversation of either kind: what is proved here is so for both."""
    if request.param == "chat":
        return one_client.chat.create_conversation()
    return one_client.grok.create_conversation()


@pytest.fixture(autouse=True)
def no_error_is_lost(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is said of exceptions that were never retrieved, or tasks that were destroyed."""
    yield
    gc.collect(1)  # what is this young is this test's
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


async def test_nothing_is_sent_before_somebody_reads_or_waits(one_served: ServedHouse, talk: Talk) -> None:
    calls = len(one_served.grok.requests)
    token_stream, response = talk.add_response("Hello?")
    await token_stream.aclose()
    assert len(one_served.grok.requests) == calls
    with pytest.raises(sdk.StoppedError):
        await response


@pytest.mark.parametrize("wait", ["await", "gather", "wait_for", "shield", "task"])
async def test_whoever_only_waits_for_the_future_gets_it(one_served: ServedHouse, talk: Talk, wait: str) -> None:
    one_served.grok.script(Script(text=TEXT))
    _, response = talk.add_response("Count!")

    async def waiting() -> Any:
        return (await response).message

    match wait:
        case "await":
            message = (await response).message
        case "gather":
            message = (await asyncio.gather(response))[0].message
        case "wait_for":
            message = (await asyncio.wait_for(response, 20)).message
        case "shield":
            message = (await asyncio.shield(response)).message
        case _:
            message = await asyncio.create_task(waiting())
    assert message == TEXT


async def test_pieces_stay_in_the_stream_when_the_future_was_waited_for_first(
    one_served: ServedHouse, talk: Talk
) -> None:
    one_served.grok.script(Script(text=TEXT, tokens_per_second=200.0))
    token_stream, response = talk.add_response("Count!")
    first, pieces = await asyncio.gather(response, _all(token_stream))
    assert "".join(pieces) == first.message == TEXT
    assert await _all(token_stream) == []


async def test_a_failure_is_told_to_the_stream_too_when_the_future_was_waited_for_first(
    one_served: ServedHouse, talk: Talk
) -> None:
    one_served.grok.script(Script(text=TEXT, reasoning="", fail="overloaded", fail_after_tokens=3))
    token_stream, response = talk.add_response("Count!")
    with pytest.raises(sdk.ApiError) as held:
        await response
    with pytest.raises(sdk.ApiError) as raised:
        await _all(token_stream)
    assert raised.value is held.value


async def test_a_stream_that_is_closed_has_ended_the_call(one_served: ServedHouse, talk: Talk) -> None:
    one_served.grok.script(HANGING)
    token_stream, response = talk.add_response("Count!")
    assert await anext(token_stream)
    await token_stream.aclose()
    await one_served.grok.until(lambda: one_served.grok.running == 0)
    assert one_served.grok.requests[-1].cancelled
    with pytest.raises(sdk.StoppedError):
        await response
    assert (await talk.add_response("Again?")[1]).message


async def test_a_stream_that_is_left_and_dropped_ends_the_call(one_served: ServedHouse, talk: Talk) -> None:
    one_served.grok.script(HANGING)
    token_stream, response = talk.add_response("Count!")
    async for _ in token_stream:
        break
    del token_stream
    await one_served.grok.until(lambda: one_served.grok.running == 0)
    with pytest.raises(sdk.StoppedError):
        await response


async def test_a_reader_that_is_cancelled_ends_the_call(one_served: ServedHouse, talk: Talk) -> None:
    one_served.grok.script(HANGING)
    token_stream, response = talk.add_response("Count!")
    reading = asyncio.create_task(_all(token_stream))
    await one_served.grok.until(lambda: one_served.grok.running == 1 and one_served.grok.requests[-1].tokens_sent == 3)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await one_served.grok.until(lambda: one_served.grok.running == 0)
    with pytest.raises(sdk.StoppedError):
        await response


async def test_a_future_that_is_cancelled_ends_the_call_that_it_began(one_served: ServedHouse, talk: Talk) -> None:
    one_served.grok.script(HANGING)
    token_stream, response = talk.add_response("Count!")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(response, 0.2)
    await one_served.grok.until(lambda: one_served.grok.running == 0)
    assert "".join(await _all(token_stream)) in TEXT


async def test_a_failure_that_nobody_asks_for_is_no_warning(one_served: ServedHouse, talk: Talk) -> None:
    one_served.grok.script(Script(fail="overloaded"))
    token_stream, response = talk.add_response("Hello?")
    with pytest.raises(sdk.ApiError):
        await _all(token_stream)
    del token_stream, response
    gc.collect()


async def test_what_was_received_of_an_answer_that_was_left_is_kept_by_the_daemon(
    one_served: ServedHouse, one_client: Client
) -> None:
    one_served.grok.script(HANGING)
    conversation = one_client.grok.create_conversation()
    token_stream, _ = conversation.add_response("Count!")
    first = await anext(token_stream)
    await token_stream.aclose()

    async def kept() -> bool:
        await conversation.refresh()
        [asked] = conversation.root_responses
        return [child.partial for child in asked.children] == [True]

    await eventually(kept)
    [asked] = conversation.root_responses
    assert asked.children[0].message.startswith(first)


async def test_throwing_into_a_stream_closes_it_and_raises(one_served: ServedHouse, talk: Talk) -> None:
    one_served.grok.script(HANGING)
    token_stream, response = talk.add_response("Count!")
    await anext(token_stream)
    with pytest.raises(ValueError, match="enough"):
        await token_stream.athrow(ValueError("enough"))
    await one_served.grok.until(lambda: one_served.grok.running == 0)
    assert isinstance(response.exception(), sdk.StoppedError)


async def _all(token_stream: sdk.answers.TokenStream) -> list[str]:
    return [token async for token in token_stream]
