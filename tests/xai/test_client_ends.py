"""An answer that nobody wants any more ends at xAI too: an abandoned stream would go on costing money."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.draft import Draft
from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.sandbox.grok_server import GrokSandbox, Script

from .asking import apply, client_of, hello, read, trouble
from .cases import conversation

if TYPE_CHECKING:
    from grokbot.xai.client import GrokClient

STANDING = Script(text="one two three", reasoning="", hang_after_tokens=2)
SILENT = Script(hang_after_tokens=0)


async def ended(grok: GrokSandbox) -> None:
    """The sandbox has seen the one call end, and that it was the client that ended it."""
    await grok.until(lambda: grok.running == 0)
    assert [call.cancelled for call in grok.requests] == [True]


async def test_cancelling_the_reader_ends_the_call_in_mid_stream(client: GrokClient, grok: GrokSandbox) -> None:
    grok.script(STANDING)
    draft, two_words = Draft(), asyncio.Event()

    async def reader() -> None:
        async with aclosing(client.stream(hello(), conversation())) as stream:
            async for events in stream:
                apply(draft, events)
                if draft.text == "one two":
                    two_words.set()

    reading = asyncio.create_task(reader())
    await asyncio.wait_for(two_words.wait(), 10)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await ended(grok)
    assert draft.text == "one two"


async def test_cancelling_before_the_first_chunk_ends_the_call(client: GrokClient, grok: GrokSandbox) -> None:
    grok.script(SILENT)
    reading = asyncio.create_task(read(client, hello()))
    await grok.until(lambda: grok.running == 1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await ended(grok)


async def test_cancelling_before_the_call_was_made_makes_none(client: GrokClient, grok: GrokSandbox) -> None:
    reading = asyncio.create_task(read(client, hello()))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await read(client, hello())).finished
    await grok.until(lambda: grok.running == 0)


async def test_a_reader_that_stops_reading_ends_the_call(client: GrokClient, grok: GrokSandbox) -> None:
    grok.script(STANDING)
    async with aclosing(client.stream(hello(), conversation())) as stream:
        async for _ in stream:
            break
    await ended(grok)


async def test_a_reader_that_forgets_to_close_ends_the_call_too(client: GrokClient, grok: GrokSandbox) -> None:
    grok.script(STANDING)
    async for _ in client.stream(hello(), conversation()):
        break
    gc.collect()
    await ended(grok)


async def test_a_reader_that_fails_ends_the_call_and_its_error_is_not_swallowed(
    client: GrokClient, grok: GrokSandbox
) -> None:
    grok.script(STANDING)

    async def reader() -> None:
        async with aclosing(client.stream(hello(), conversation())) as stream:
            async for _ in stream:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await reader()
    await ended(grok)


async def test_a_time_limit_of_the_readers_own_ends_the_call(client: GrokClient, grok: GrokSandbox) -> None:
    grok.script(STANDING)

    async def reader() -> None:
        async with asyncio.timeout(None) as limit:
            async for _ in client.stream(hello(), conversation()):
                limit.reschedule(asyncio.get_running_loop().time() + 0.05)

    with pytest.raises(TimeoutError):
        await reader()
    await ended(grok)


async def test_cancelling_in_the_pause_between_tries_sends_no_more(grok: GrokSandbox) -> None:
    grok.script(Script(fail="overloaded"), times=5)
    async with client_of(grok.target, grok.api_key, first_pause=1000.0) as patient:
        patient._settings = patient._settings.model_copy(update={"timeout_seconds": 1e6})
        reading = asyncio.create_task(read(patient, hello()))
        await grok.until(lambda: bool(grok.requests) and grok.running == 0)
        # The refusal is on its way; however far it has come, the next try is a long pause away.
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert len(grok.requests) == 1


async def test_closing_the_client_ends_what_is_under_way_with_a_plain_word(grok: GrokSandbox) -> None:
    grok.script(STANDING)
    grok.script(SILENT)
    async with client_of(grok.target, grok.api_key) as client:
        draft = Draft()
        reading = [asyncio.create_task(trouble(client, draft=draft)), asyncio.create_task(trouble(client))]
        await grok.until(lambda: grok.running == 2 and sum(c.tokens_sent for c in grok.requests) == 2)
        await client.close()
        assert [(await task).kind for task in reading] == [GrokFailure.INTERRUPTED] * 2
    await grok.until(lambda: grok.running == 0)
    assert [call.cancelled for call in grok.requests] == [True, True]


async def test_a_closed_client_says_so_instead_of_hanging(grok: GrokSandbox) -> None:
    async with client_of(grok.target, grok.api_key) as client:
        await client.close()
        assert (await trouble(client)).kind is GrokFailure.INTERRUPTED
        for look_up in (client.key, client.model_names):
            with pytest.raises(GrokError) as caught:
                await look_up()
            assert caught.value.kind is GrokFailure.INTERRUPTED
        await client.close()
    assert grok.requests == []


async def test_a_hundred_answers_cancelled_at_once_all_end(client: GrokClient, grok: GrokSandbox) -> None:
    grok.script(STANDING, times=50)
    grok.script(SILENT, times=50)
    reading = [asyncio.create_task(read(client, hello())) for _ in range(100)]
    await grok.until(lambda: grok.running == 100, 30)
    for task in reading:
        task.cancel()
    results = await asyncio.gather(*reading, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    await grok.until(lambda: grok.running == 0)
    assert all(call.cancelled for call in grok.requests)
