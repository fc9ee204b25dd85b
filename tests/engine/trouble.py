"""Ways in which a disk gets in the way of a real store."""

from __future__ import annotations

from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Engine

    from grokbot.store import Store


@asynccontextmanager
async def full(store: Store) -> AsyncIterator[None]:
    """No page more than there are: SQLite then reports what it reports of a full disk. Small writes may still fit."""
    await _pragma(store, "max_page_count=1")  # SQLite takes no number below what there is
    yield
    await _pragma(store, "max_page_count=1000000")


@asynccontextmanager
async def read_only(store: Store) -> AsyncIterator[None]:
    """The file may be read and not written, from one moment to the next."""
    await _pragma(store, "query_only=ON")
    yield
    await _pragma(store, "query_only=OFF")


@asynccontextmanager
async def slow(store: Store) -> AsyncIterator[None]:
    """A disk on which nothing that is written comes to its end meanwhile. Reading goes on."""
    async with store._database._writing:
        yield


async def _pragma(store: Store, what: str) -> None:
    """Changes how the connection that writes behaves, past its transactions: one that may not write begins none."""

    def change(writer: Engine) -> None:
        with closing(writer.raw_connection()) as connection:
            connection.cursor().execute(f"PRAGMA {what}")

    database = store._database
    async with database._writing:
        await database._writer.run(change)
