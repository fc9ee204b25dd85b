from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from grokbot.engine import xai_deletion
from grokbot.engine.xai_deletion import XaiDeletion
from grokbot.settings import XaiSettings
from grokbot.xai.client import GrokClient

from .house import crash, eventually, living

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House


@pytest.fixture
async def quick(stateful: House) -> AsyncIterator[XaiDeletion]:
    """One that does not pause for long."""
    made = XaiDeletion(stateful.engine.context, first_pause=0.1)
    yield made
    await made.drain(0.0)


async def stored(house: House, *texts: str) -> list[str]:
    """The ids at xAI of answers that it keeps."""
    ids = [(await house.answered(text)).xai_id for text in texts]
    return [xai_id for xai_id in ids if xai_id is not None]


def deletions(grok: GrokSandbox) -> list[str | None]:
    return [call.status for call in grok.requests if call.method == "DeleteStoredCompletion"]


async def erased(house: House) -> list[str]:
    """One turn whose question is taken back in the database; the ids that are to be forgotten therefore."""
    answer = await house.answered("one")
    assert answer.parent_id is not None
    ids = list(await house.store.deletion.erase(answer.parent_id, house.clock()))
    assert ids == [answer.xai_id]
    return ids


async def test_what_is_to_be_forgotten_is_deleted_at_xai(stateful: House, quick: XaiDeletion) -> None:
    one, two, three = await stored(stateful, "one", "two", "three")
    quick.forget([one, two])
    quick.forget([two])  # twice is harmless
    await eventually(lambda: quick.left == 0)
    assert deletions(stateful.grok) == ["OK", "OK"]
    assert [stateful.grok.expire(each) for each in (one, two, three)] == [False, False, True]


async def test_what_is_gone_already_counts_as_done(stateful: House, quick: XaiDeletion) -> None:
    stateful.grok.forget_requests()
    quick.forget(["never-was"])
    await eventually(lambda: quick.left == 0)
    assert deletions(stateful.grok) == ["NOT_FOUND"]


async def test_an_outage_is_waited_out(stateful: House, quick: XaiDeletion) -> None:
    ids = await erased(stateful)
    await stateful.grok.close()
    quick.forget(ids)
    await eventually(lambda: bool(quick._pausing))
    await stateful.grok.start()
    await eventually(lambda: quick.left == 0)
    assert deletions(stateful.grok)[-1] == "OK"
    assert await stateful.store.deletion.to_forget() == ()


async def test_no_outage_is_too_long(
    stateful: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(xai_deletion, "TRIES", 2)
    monkeypatch.setattr(xai_deletion, "LONGEST_PAUSE", 0.01)
    ids = await erased(stateful)
    quick = XaiDeletion(stateful.engine.context, first_pause=0.001)
    await stateful.grok.close()
    with caplog.at_level(logging.INFO, logger=xai_deletion.__name__):
        quick.forget(ids)
        await eventually(lambda: sum("trouble" in record.message for record in caplog.records) > 5)
    await stateful.grok.start()
    await eventually(lambda: quick.left == 0)
    assert await stateful.store.deletion.to_forget() == ()
    assert not stateful.grok.expire(ids[0])


async def test_what_stays_impossible_is_given_up_with_a_warning_and_tried_by_the_next_start(
    stateful: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(xai_deletion, "TRIES", 2)
    ids = await erased(stateful)
    of_others = XaiSettings(api_key=SecretStr("not-ours"), target=stateful.grok.target, insecure=True)
    refused = GrokClient(of_others, tries=1)
    quick = XaiDeletion(replace(stateful.engine.context, grok=refused), first_pause=0.001)
    with caplog.at_level(logging.WARNING):
        quick.forget(ids)
        await eventually(lambda: quick.left == 0)
    await refused.close()
    assert [record.message.split()[0] for record in caplog.records] == ["forgetting.given_up"]
    assert list(await stateful.store.deletion.to_forget()) == ids
    monkeypatch.undo()
    again = XaiDeletion(stateful.engine.context, first_pause=0.1)
    await again.resume()
    await eventually(lambda: again.left == 0)
    assert await stateful.store.deletion.to_forget() == ()
    assert not stateful.grok.expire(ids[0])


async def test_a_crash_before_anything_was_sent_forgets_nothing_of_it(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file, mode="stateful") as house:
        ids = await erased(house)
        await crash(house)
    assert deletions(grok) == []
    async with living(grok, file, mode="stateful") as house:
        await house.engine.xai_deletion.resume()
        await eventually(lambda: house.engine.xai_deletion.left == 0)
        assert await house.store.deletion.to_forget() == ()
    assert deletions(grok) == ["OK"]
    assert not grok.expire(ids[0])


async def test_a_stop_lets_deletions_end_and_leaves_those_that_wait_to_the_next_start(
    stateful: House, quick: XaiDeletion
) -> None:
    ids = await erased(stateful)
    quick.forget(ids)
    await quick.drain(10.0)
    assert quick.left == 0
    assert await stateful.store.deletion.to_forget() == ()
    slow = XaiDeletion(stateful.engine.context, first_pause=3_600.0)
    ids = await erased(stateful)
    await stateful.grok.close()
    slow.forget(ids)
    await eventually(lambda: bool(slow._pausing))
    async with asyncio.timeout(5):
        await slow.drain(60.0)  # nobody waits for the pause
    assert list(await stateful.store.deletion.to_forget()) == ids
    await stateful.grok.start()
    slow.forget(ids)  # after the drain nothing begins
    assert slow.left == 0


async def test_thousands_are_deleted_a_few_at_a_time(stateful: House, quick: XaiDeletion) -> None:
    most = 0

    def count() -> bool:
        nonlocal most
        calls = [call for call in stateful.grok.requests if call.method == "DeleteStoredCompletion"]
        most = max(most, sum(call.ended is None for call in calls))
        return len(calls) == 300 and all(call.ended is not None for call in calls)

    quick.forget(f"gone-{number}" for number in range(300))
    await stateful.grok.until(count)
    assert most <= xai_deletion.AT_ONCE
