"""Connections to the database: aiosqlite's, each with its own thread that runs a whole transaction per call.

aiosqlite's own calls, and SQLAlchemy's asyncio layer over them, send the thread one statement at a time: on a busy
event loop a transaction then waits twenty times. Here SQLAlchemy Core runs synchronously on that thread, so a
transaction is one call. Not here: transactions (`transactions`), SQLite specifics (`dialect`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar, cast

import aiosqlite

from grokbot.store import dialect

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from sqlalchemy import URL, Engine

T = TypeVar("T")


class SqliteConnection(aiosqlite.Connection):
    """One connection, opened by `await connection` or `async with connection`, and an engine that uses only it.

    Args:
        url: The database.
        role: What the connection is for.
    """

    def __init__(self, url: URL, role: dialect.ConnectionRole) -> None:
        super().__init__(self._connected, iter_chunk_size=0)
        self._thread.name = f"store {role.name}"
        self._url = url
        self._role = role
        self.engine = dialect.engine_of(url, role, self._open)

    @property
    def path(self) -> str:
        """The database's file."""
        return self._url.database or ""

    async def run(self, call: Callable[[Engine], T]) -> T:
        """Run a call on the connection's thread. It continues there if the caller is cancelled: wait in a `Whole`."""
        return cast("T", await self._execute(call, self.engine))  # type: ignore[no-untyped-call] # aiosqlite's

    async def close(self) -> None:
        """Close the connection and end its thread. No call may be running."""
        if self._connection is not None:
            await self.run(lambda engine: engine.dispose())  # closing the last connection may write to the disk
            await super().close()
            self._thread.join()

    async def _connect(self) -> aiosqlite.Connection:
        try:
            return await super()._connect()
        except BaseException:
            self._thread.join()  # it was told to stop and is idle: otherwise it might outlive the event loop
            raise

    def _connected(self) -> sqlite3.Connection:
        with self.engine.connect():
            return self._conn

    def _open(self) -> sqlite3.Connection:
        """Called by SQLAlchemy, also after it has dropped a connection: aiosqlite must close the newest."""
        self._connection = dialect.opened(self._url, self._role)
        return self._connection


class Readers:
    """Read-only connections. A call takes a free one, or waits for the first to become free."""

    def __init__(self, connections: Sequence[SqliteConnection]) -> None:
        self.connections = connections
        self._free: asyncio.LifoQueue[SqliteConnection] = asyncio.LifoQueue()
        for connection in connections:
            self._free.put_nowait(connection)

    async def run(self, call: Callable[[Engine], T]) -> T:
        """As `SqliteConnection.run`."""
        connection = await self._free.get()
        try:
            return await connection.run(call)
        finally:
            self._free.put_nowait(connection)

    async def close(self) -> None:
        """Close all of them. No call may be running."""
        for connection in self.connections:
            await connection.close()
