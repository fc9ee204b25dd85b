"""A connection is aiosqlite's, with a whole transaction in one call to its thread.

`SqliteConnection` stands on four of aiosqlite's internals, so its minor version is pinned: whoever raises it reads here
what has to hold.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import aiosqlite
import pytest
from sqlalchemy.exc import DatabaseError

from grokbot.store import dialect
from grokbot.store.database.connection import Readers, SqliteConnection
from grokbot.store.database.transactions import transact

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection, Engine


@pytest.fixture
async def connection(url: str) -> AsyncIterator[SqliteConnection]:
    made = SqliteConnection(dialect.checked_url(url), dialect.WRITING)
    async with made:
        yield made


def test_the_minor_version_of_aiosqlite_is_pinned_since_its_internals_are_used() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    (pinned,) = (each for each in project["dependencies"] if each.startswith("aiosqlite"))
    assert pinned == "aiosqlite>=0.22.1,<0.23"
    assert aiosqlite.__version__.startswith("0.22.")


async def test_execute_makes_a_call_on_the_connections_own_thread(connection: SqliteConnection) -> None:
    ran_in = await connection._execute(threading.current_thread)  # type: ignore[no-untyped-call]
    assert ran_in is connection._thread
    assert ran_in is not threading.current_thread()
    assert ran_in.name == "store writing"


async def test_a_whole_transaction_is_one_call_to_the_thread(
    connection: SqliteConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0
    put = connection._tx.put_nowait

    class Counted:
        def put_nowait(self, item: tuple[asyncio.Future[object] | None, object]) -> None:
            nonlocal calls
            calls += 1
            put(item)  # type: ignore[arg-type] # as aiosqlite made it

    def work(on: Connection) -> list[int]:
        return [on.exec_driver_sql("SELECT 1").scalar_one() for _ in range(20)]

    with monkeypatch.context() as patched:
        patched.setattr(connection, "_tx", Counted())
        assert await connection.run(lambda engine: transact(engine, work)) == [1] * 20
    assert calls == 1


async def test_sqlalchemy_and_aiosqlite_use_the_same_connection(connection: SqliteConnection) -> None:
    def lent(engine: Engine) -> object:
        with engine.connect() as one:
            return one.connection.driver_connection

    assert await connection.run(lent) is connection._conn
    rows = await connection.execute_fetchall("SELECT 1")
    assert list(rows) == [(1,)]


async def test_a_connection_that_sqlalchemy_gave_up_is_replaced_and_the_new_one_is_closed(url: str) -> None:
    connection = SqliteConnection(dialect.checked_url(url), dialect.WRITING)
    await connection

    def give_up(engine: Engine) -> None:
        with engine.connect() as one:
            one.invalidate()

    first = connection._conn
    await connection.run(give_up)
    assert (
        await connection.run(lambda engine: transact(engine, lambda on: on.exec_driver_sql("SELECT 1").scalar())) == 1
    )
    second = connection._conn
    assert second is not first
    await connection.close()
    assert not connection._thread.is_alive()
    assert connection._connection is None
    for each in (first, second):
        with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
            each.in_transaction  # noqa: B018 -- it raises where the connection is closed


@pytest.fixture
def no_database(place: Path) -> None:
    place.write_bytes(b"no database at all, but long enough to be looked at" * 40)


@pytest.mark.usefixtures("no_database")
async def test_a_connection_that_cannot_be_opened_leaves_no_thread(url: str) -> None:
    connection = SqliteConnection(dialect.checked_url(url), dialect.WRITING)
    with pytest.raises(DatabaseError, match="not a database"):
        await connection
    assert not connection._thread.is_alive()
    await connection.close()


async def test_readers_work_at_the_same_time_and_a_third_waits(url: str) -> None:
    connections = [SqliteConnection(dialect.checked_url(url), dialect.READING) for _ in range(2)]
    for connection in connections:
        await connection
    readers = Readers(connections)
    both = threading.Barrier(3)

    def meet(_: Engine) -> str:
        both.wait(30)
        return threading.current_thread().name

    calls = [asyncio.ensure_future(readers.run(meet)) for _ in range(2)]
    third = asyncio.ensure_future(readers.run(lambda _: "third"))
    await asyncio.sleep(0.05)
    assert not third.done()
    await asyncio.to_thread(both.wait, 30)
    assert await asyncio.gather(*calls) == ["store reading"] * 2
    assert await third == "third"
    await readers.close()
