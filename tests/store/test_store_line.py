"""Many writes at once share a transaction; each is whole or absent by itself all the same."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text

from grokbot.conversation.errors import AlreadyKnownError, StoreError
from grokbot.conversation.response import State
from grokbot.store import RowRefusedError

from .cases import at, conversation, ended, human, pending, ref
from .test_store_trouble import LONG, full, locked

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from grokbot.store import Store

MANY = 40


async def begun(store: Store) -> None:
    """One conversation with many answers under way, all in an answer's first state."""
    await store.turns.begin([human("h")], pending("a0", "h"), [ref(1, "h")], conversation())
    await asyncio.gather(*(store.turns.begin([], pending(f"a{n}", "h"), []) for n in range(1, MANY)))


def ends_of(store: Store, kind: str) -> list[str]:
    """What the writing engine tells from now on of transactions that were committed or taken back."""
    told: list[str] = []
    event.listen(store._database._writer.engine, kind, lambda _connection: told.append(kind))
    return told


async def test_all_who_wait_for_the_writer_are_written_in_one_transaction(store: Store) -> None:
    await begun(store)
    commits = ends_of(store, "commit")
    async with store._database._writing:
        calls = [asyncio.ensure_future(store.turns.journal(f"a{n}", f"text {n}", "")) for n in range(MANY)]
        calls.append(asyncio.ensure_future(store.turns.end(ended(pending("a0", "h")), "a0", at(1))))
        await asyncio.sleep(0)
        assert commits == []
    await asyncio.gather(*calls)
    assert commits == ["commit"]
    kept = {response.id: response for response in await store.responses.forest("c")}
    assert kept["a0"] == ended(pending("a0", "h"))
    for n in range(1, MANY):
        assert kept[f"a{n}"] == replace(pending(f"a{n}", "h"), state=State.STREAMING, message=f"text {n}")


async def test_who_comes_while_a_transaction_is_under_way_is_written_by_the_next(store: Store) -> None:
    under_way, go_on = threading.Event(), threading.Event()

    def long_work(_connection: Connection) -> bool:
        under_way.set()
        return go_on.wait(30)

    await begun(store)
    commits = ends_of(store, "commit")
    first = asyncio.ensure_future(store._database.write(long_work))
    assert await asyncio.to_thread(under_way.wait, 30)
    calls = [asyncio.ensure_future(store.turns.journal(f"a{n}", "next", "")) for n in range(MANY)]
    await asyncio.sleep(0)
    assert commits == []
    go_on.set()
    assert await asyncio.gather(first, *calls) == [True, *[None] * MANY]
    assert len(commits) == 2


async def test_each_is_told_what_came_of_its_own_work(store: Store) -> None:
    await begun(store)
    commits = ends_of(store, "commit")
    outcomes = await asyncio.gather(
        store.conversations.change("c", title="Owls"),
        store.turns.begin([human("h2")], pending("b", "h2"), [ref(1, "h2")]),
        store.turns.begin([human("h3", "nobody")], pending("b3", "h3"), [ref(3, "h3")]),
        store.file.check_writable(),
        store.queue.drop(1),
        store.turns.end(ended(pending("a1", "h")), "a1", at(1)),
        store.turns.end(ended(pending("a1", "h")), None, at(2)),
        return_exceptions=True,
    )
    changed, known, refused, writable, dropped, end, again = outcomes
    assert changed == replace(conversation(), title="Owls")
    assert isinstance(known, AlreadyKnownError)
    assert isinstance(refused, RowRefusedError)
    assert (writable, dropped, end) == (None, False, None)
    assert isinstance(again, RowRefusedError)
    assert commits == ["commit"]
    assert [await store.responses.get(name) for name in ("h2", "b", "h3", "b3")] == [None] * 4
    assert await store.conversations.get("c") == replace(conversation(), title="Owls", leaf_id="a1", modified_at=at(1))


async def test_a_disk_that_is_full_for_one_is_not_full_for_those_beside_it(store: Store) -> None:
    await begun(store)
    async with full(store):
        outcomes = await asyncio.gather(
            store.turns.journal("a1", "so far", ""),
            store.turns.end(ended(pending("a2", "h"), LONG), "a2", at(1)),
            store.turns.journal("a3", "so far", ""),
            return_exceptions=True,
        )
    assert [type(outcome) for outcome in outcomes] == [type(None), StoreError, type(None)]
    assert str(outcomes[1]) == "The disk with the database is full."
    kept = [await store.responses.get(name) for name in ("a1", "a2", "a3")]
    assert [response and response.message for response in kept] == ["so far", "", "so far"]


async def test_a_commit_that_is_refused_is_told_to_nobody_as_done(store: Store) -> None:
    def break_an_edge_that_is_looked_at_last(connection: Connection) -> None:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        connection.execute(text("UPDATE discord_messages SET response_id = 'nobody'"))

    await begun(store)
    outcomes = await asyncio.gather(
        store.turns.journal("a1", "so far", ""),
        store._database.write(break_an_edge_that_is_looked_at_last),
        store.turns.journal("a2", "so far", ""),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), RowRefusedError, type(None)]
    kept = [await store.responses.get(name) for name in ("a1", "a2")]
    assert [response and response.message for response in kept] == ["so far", "so far"]
    assert await store.messages.of("h") == (ref(1, "h"),)


async def test_a_transaction_that_ends_under_its_work_loses_nothing_of_those_beside_it(store: Store) -> None:
    """As SQLite does it by itself on some errors: all savepoints are gone, and what was done before is undone."""

    def end_it(connection: Connection) -> None:
        connection.exec_driver_sql("ROLLBACK")
        raise KeyError("a fault of ours")

    await begun(store)
    outcomes = await asyncio.gather(
        store.turns.journal("a1", "so far", ""),
        store._database.write(end_it),
        store.turns.end(ended(pending("a2", "h")), "a2", at(1)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), KeyError, type(None)]
    before, after = await store.responses.get("a1"), await store.responses.get("a2")
    assert before is not None
    assert before.message == "so far"
    assert after == ended(pending("a2", "h"))


async def test_a_database_that_is_locked_is_waited_for_once_for_the_whole_line(store: Store) -> None:
    await begun(store)
    begins: list[Any] = []
    event.listen(store._database._writer.engine, "handle_error", begins.append)
    async with locked(store):
        outcomes = await asyncio.gather(
            *(store.turns.journal(f"a{n}", "so far", "") for n in range(MANY)), return_exceptions=True
        )
    assert {str(outcome) for outcome in outcomes} == {"Another process has locked the database."}
    assert len(begins) == 1
    await store.turns.journal("a1", "so far", "")
    kept = await store.responses.get("a1")
    assert kept is not None
    assert kept.message == "so far"


@pytest.mark.parametrize("cut", range(4))
async def test_who_is_cancelled_in_the_line_takes_nobody_along(store: Store, cut: int) -> None:
    await begun(store)
    calls = [asyncio.ensure_future(store.turns.journal(f"a{n}", "so far", "")) for n in range(4)]
    await asyncio.sleep(0)
    calls[cut].cancel()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(outcomes.pop(cut), asyncio.CancelledError)
    assert outcomes == [None] * 3
    kept = [await store.responses.get(f"a{n}") for n in range(4)]
    assert [response and response.message for response in kept] == ["so far"] * 4
