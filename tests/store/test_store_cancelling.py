from __future__ import annotations

import asyncio
import gc
import random
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import GrokbotError
from grokbot.conversation.response import State
from grokbot.store import Store

from .cases import at, conversation, ended, human, pending, ref

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from sqlalchemy import Connection

PROCESSES = Path(__file__).parent / "processes"


async def cancelled_after(spins: int, call: Awaitable[object]) -> bool:
    """Let the call go on for so many turns of the event loop, then cancel it. Whether it was still under way."""
    task = asyncio.ensure_future(call)
    for _ in range(spins):
        await asyncio.sleep(0)
    task.cancel()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    return isinstance(outcome, asyncio.CancelledError)


async def assert_whole_or_absent(store: Store, n: int) -> None:
    """Turn n is there with all that belongs to it, or nothing of it is."""
    asked, answer = await store.responses.get(f"h{n}"), await store.responses.get(f"a{n}")
    shown = await store.messages.response(n)
    if asked is None:
        assert answer is None
        assert shown is None
    else:
        assert answer is not None
        assert shown == asked


async def assert_free(store: Store, n: int) -> None:
    """The next write goes through."""
    await asyncio.wait_for(store.messages.put(ref(10_000 + n, "h")), 30)
    assert not store._database._writing.locked()


@pytest.mark.parametrize("seed", range(3))
async def test_a_turn_cancelled_at_any_moment_is_whole_or_absent_and_frees_the_lock(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    await store.turns.begin([human("h")], pending("a", "h"), [], conversation())
    cut = 0
    for n in range(1, 30):
        turn = store.turns.begin([human(f"h{n}")], pending(f"a{n}", f"h{n}"), [ref(n, f"h{n}")])
        cut += await cancelled_after(chance.randrange(60), turn)
        await assert_free(store, n)
        await assert_whole_or_absent(store, n)
    assert cut > 5


async def test_what_began_is_done_although_nobody_waits_for_it_any_more(store: Store, url: str) -> None:
    answer = pending("a", "h")
    await store.turns.begin([human("h")], answer, [], conversation())
    assert await cancelled_after(1, store.turns.end(ended(answer), "a", at(1)))
    await store.close()
    again = await Store.open(url)
    assert await again.responses.get("a") == ended(answer)
    await again.close()


async def test_the_event_loop_itself_cannot_tear_a_transaction_apart(store: Store) -> None:
    await store.turns.begin([human("h")], pending("a", "h"), [], conversation())
    for n in range(1, 40):
        answer = pending(f"a{n}", "h")
        await store.turns.begin([], answer, [])
        call = asyncio.ensure_future(store.turns.end(ended(answer), answer.id, at(n)))
        for _ in range(n):
            await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:  # as asyncio.run does at its end
            task.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await assert_free(store, n)
        assert await store.responses.get(answer.id) == ended(answer)
        held = await store.conversations.get("c")
        assert held is not None
        assert held.leaf_id == answer.id


def test_a_loop_that_ends_in_the_middle_of_a_write_waits_for_it(url: str) -> None:
    kept: list[Store] = []

    async def leave() -> None:
        store = await Store.open(url)
        kept.append(store)
        await store.conversations.add(conversation())
        kept_going.append(asyncio.ensure_future(store.conversations.change("c", title="kept")))
        await asyncio.sleep(0)
        kept_going.append(asyncio.ensure_future(store.close()))
        await asyncio.sleep(0)

    kept_going: list[asyncio.Future[object]] = []
    asyncio.run(leave())
    assert all(call.cancelled() for call in kept_going)

    async def look() -> str:
        store = await Store.open(url)
        found = await store.conversations.get("c")
        await store.close()
        return found.title if found else "nothing"

    assert asyncio.run(look()) == "kept"


def broken(_: object) -> None:
    raise sqlite3.OperationalError("broken")


@pytest.mark.parametrize("way", ["write", "read", "between", "in line"])
async def test_the_error_of_a_call_that_nobody_waits_for_any_more_is_logged_and_not_lost(
    store: Store, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    calls = {"write": store._database.write, "read": store._database.read, "between": store._database.between}
    if way == "in line":
        async with store._database._writing:
            assert await cancelled_after(1, store._database.write(broken))
    else:
        assert await cancelled_after(1, calls[way](broken))
    await store.close()
    gc.collect()
    await asyncio.sleep(0)
    assert told == []
    assert "store.trouble work=broken cause=other" in caplog.text


async def test_reads_cancelled_at_any_moment_use_up_no_connection(store: Store) -> None:
    await store.turns.begin([human("h")], pending("a", "h"), [], conversation())
    cut = [await cancelled_after(n % 25, store.responses.path("a")) for n in range(50)]
    assert any(cut)
    assert len(await asyncio.wait_for(store.responses.path("a"), 30)) == 2


async def test_opening_cancelled_at_any_moment_leaves_a_file_that_opens(url: str) -> None:
    for spins in range(0, 80, 5):
        await cancelled_after(spins, opened_and_closed(url))
    store = await Store.open(url)
    await store.conversations.add(conversation())
    await store.close()


async def opened_and_closed(url: str) -> None:
    await (await Store.open(url)).close()


async def test_closing_waits_for_what_is_under_way(url: str) -> None:
    store = await Store.open(url)
    answer = pending("a", "h")
    await store.turns.begin([human("h")], answer, [], conversation())
    calls = [asyncio.ensure_future(store.turns.journal("a", "x" * n, "")) for n in range(1, 40)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*calls) == [None] * 39
    again = await Store.open(url)
    assert await again.responses.get("a") == replace(answer, state=State.STREAMING, message="x" * 39)
    await again.close()


async def test_closing_that_is_cancelled_still_closes(store: Store) -> None:
    await store.conversations.add(conversation())
    await cancelled_after(1, store.close())
    await store.close()
    with pytest.raises(GrokbotError):
        await store.conversations.get("c")


def test_the_process_ends_when_the_store_is_closed(tmp_path: Path) -> None:
    script = [sys.executable, "-W", "error", str(PROCESSES / "writer.py"), str(tmp_path / "grokbot.sqlite3"), "5"]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 -- our own script
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 5


async def test_killing_the_process_loses_nothing_that_was_committed(url: str, place: Path) -> None:
    committed: list[str] = []
    for _ in range(4):
        committed += killed_after(25, place)
    store = await Store.open(url)
    for response_id in committed:
        response = await store.responses.get(response_id)
        assert response is not None
        assert (response.state, response.message) == (State.DONE, f"the answer {response_id}")
        assert await store.messages.response(int(response_id)) is not None
    assert len(set(committed)) == len(committed) >= 100
    assert len(await store.turns.unended()) <= 4  # at most one a kill: begun and not ended

    def check(connection: Connection) -> list[object]:
        return [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check")]

    assert await store._database.read(check) == ["ok"]
    await store.close()


def killed_after(lines: int, place: Path) -> list[str]:
    """Start the writer, kill it when it has told of so many ended turns; all turns that it told of."""
    script = [sys.executable, "-W", "error", str(PROCESSES / "writer.py"), str(place)]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- our own script
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(lines)]
        process.kill()
        told += [line.strip() for line in process.stdout if line.endswith("\n")]
    assert process.returncode < 0
    return told
