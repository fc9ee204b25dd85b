"""Lists, searches and paths in a large database: what they take, and how that grows with what is kept.

Not here: what the calls of a turn take (`store`), what a share page takes (`share`).
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert
from sqlalchemy.dialects import sqlite

from grokbot.conversation.response import Author, Conversation, Mode, Response, Sender, State
from grokbot.store import Store
from grokbot.store.tables.conversations import conversations, responses
from grokbot.store.tables.rows import row_of_conversation, row_of_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

CALLS = 30
"""Calls of each kind, after a few that are not counted."""
UNCOUNTED = 3
PATH = 200
"""Turns of the long path."""
RESPONSES_EACH = 10
"""Responses of each of the other conversations: so that 100,000 of them are a million responses."""
PEOPLE = 1_000
"""Owners of most conversations, and as many each; so have the people below, beside them."""
OWNERS = {10_000_001: 10, 10_000_002: 100, 10_000_003: 1_000, 10_000_004: 10_000}
"""People and how many conversations they own, where there are twice as many."""
GUESTS = {20_000_001: 1_000, 20_000_002: 10_000}
"""People and in how many conversations they have written that are not theirs."""
OWNER_OF_ALL = 1
WORDS_EACH = 40
LIMIT_LIST_MS, LIMIT_PATH_MS = 50.0, 20.0
"""What the issue asks for: /history at 100,000 conversations, a path of 200 turns at a million responses."""

TIME = datetime(2026, 11, 23, 12, tzinfo=UTC)
WORDS = ("the", "quick", "brown", "fox", "is", "quicker", "than", "an", "owl", "by", "day", "but", "not", "at", "night")


@dataclass(frozen=True)
class Figure:
    """What one kind of call took, in milliseconds."""

    call: str
    size: str
    milliseconds: list[float]
    limit: float | None


def measure(sizes: list[int], calls: int = CALLS) -> None:
    """Prints what lists, searches and paths take at each of these numbers of conversations."""
    console = Console(width=100)
    figures: list[Figure] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "library.sqlite3"
            began = time.perf_counter()
            asyncio.run(_made(path, size))
            took, megabytes = time.perf_counter() - began, path.stat().st_size / 1_000_000
            console.print(
                f"{size:,} conversations, {size * RESPONSES_EACH:,} responses: "
                f"{megabytes:,.0f} MB, made in {took:.0f} s"
            )
            figures += asyncio.run(_measured(path, size, calls))
    console.print(_table(figures))


async def _made(path: Path, size: int) -> None:
    """A database of this many conversations, written past the Store: it would take an hour through it."""
    url = f"sqlite+aiosqlite:///{path}"
    await (await Store.open(url)).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        owners = _owners(size)
        for number in range(size):
            _add(connection, f"{number:026}", next(owners), RESPONSES_EACH, number)
        _add(connection, f"{size:026}", OWNER_OF_ALL, 2 * PATH, size)
        for user, count in GUESTS.items():
            connection.execute("INSERT INTO guests SELECT ?, id FROM conversations LIMIT ?", (user, count))
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _owners(size: int) -> Iterator[int]:
    """One for each conversation: the heavy users' lie among the others', as they would."""
    heavy = [user for user, count in OWNERS.items() if 2 * count <= size for _ in range(count)]
    step = size // max(1, len(heavy))
    others = itertools.cycle(range(1, PEOPLE + 1))
    mixed = itertools.chain.from_iterable((user, *itertools.islice(others, step - 1)) for user in heavy)
    return itertools.chain(mixed, others)


def _statement(table: Any) -> str:
    """The INSERT of a table with names for its values, as the driver takes them."""
    return str(insert(table).compile(dialect=sqlite.dialect(paramstyle="named")))


_ADD_CONVERSATION, _ADD_RESPONSE = _statement(conversations), _statement(responses)


def _add(connection: sqlite3.Connection, name: str, owner: int, count: int, number: int) -> None:
    at = TIME + timedelta(seconds=number)
    began = Conversation(
        id=name, guild_id=1, channel_id=number, owner_id=owner, mode=Mode.STATELESS, model="grok",
        title=_text(number, 4), created_at=at, modified_at=at, leaf_id=f"{name}-{count - 1:04}",
    )  # fmt: skip
    connection.execute(_ADD_CONVERSATION, _plain(row_of_conversation(began)))
    rows = (row_of_response(response) for response in _said(began, Author(owner, f"person-{owner}"), count, number))
    connection.executemany(_ADD_RESPONSE, [_plain(row) for row in rows])


def _said(conversation: Conversation, author: Author, count: int, number: int) -> Iterator[Response]:
    above = None
    for part in range(count):
        human = part % 2 == 0
        this = f"{conversation.id}-{part:04}"
        yield Response(
            id=this, conversation_id=conversation.id, parent_id=above, state=State.DONE,
            sender=Sender.HUMAN if human else Sender.MODEL, author=author if human else None,
            message=_text(number + part, WORDS_EACH if human else 5 * WORDS_EACH), created_at=conversation.created_at,
        )  # fmt: skip
        above = this


def _text(number: int, words: int) -> str:
    return " ".join(WORDS[(number + word) % len(WORDS)] for word in range(words))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """The values as the tables' types would bind them."""
    moments = {name: int(at.timestamp() * 1_000_000) for name, at in row.items() if isinstance(at, datetime)}
    return {**row, **moments}


async def _measured(path: Path, size: int, calls: int) -> list[Figure]:
    leaf = f"{size:026}-{2 * PATH - 1:04}"
    store = await Store.open(f"sqlite+aiosqlite:///{path}")
    try:
        taken = await _taken(calls, lambda: store.responses.path(leaf))
        figures = [Figure(f"path of {PATH} turns", f"{size:,}", taken, LIMIT_PATH_MS)]
        for user, count in {**OWNERS, **GUESTS}.items():
            if 2 * count <= size:
                figures += await _lists(store, user, size, calls)
    finally:
        await store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE conversations SET owner_id = ?", (OWNER_OF_ALL,))
    store = await Store.open(f"sqlite+aiosqlite:///{path}")
    try:
        return figures + await _lists(store, OWNER_OF_ALL, size, calls)
    finally:
        await store.close()


async def _lists(store: Store, user: int, size: int, calls: int) -> list[Figure]:
    """All kinds of lists of one person."""
    own = (await store.listing.page(user)).total
    whose = f"{own:,} as guest" if user in GUESTS else f"{own:,} own"
    return [
        Figure(
            f"{kind}, {whose}",
            f"{size:,}",
            await _taken(calls, partial(store.listing.page, user, **asked)),
            LIMIT_LIST_MS,
        )
        for kind, asked in KINDS.items()
    ]


KINDS: dict[str, dict[str, Any]] = {
    "list": {},
    "list, page 5": {"offset": 40},
    "starred": {"starred": True},
    "search, found in most": {"search": "OWL"},
    "search, found nowhere": {"search": "no such words"},
}


async def _taken(calls: int, make: Callable[[], Awaitable[object]]) -> list[float]:
    """Milliseconds of each counted call."""
    taken = []
    for _ in range(UNCOUNTED + calls):
        began = time.perf_counter()
        await make()
        taken.append((time.perf_counter() - began) * 1000)
    return taken[UNCOUNTED:]


def _table(figures: list[Figure]) -> Table:
    table = Table(title="In a large database", title_justify="left", min_width=90)
    for column in ("call", "conversations", "p50, ms", "p95, ms", "limit, ms"):
        table.add_column(column, justify="left" if column == "call" else "right", no_wrap=True)
    for figure in sorted(figures, key=lambda figure: figure.call):
        table.add_row(
            figure.call,
            figure.size,
            f"{statistics.median(figure.milliseconds):.2f}",
            f"{statistics.quantiles(figure.milliseconds, n=20)[18]:.2f}",
            "" if figure.limit is None else f"{figure.limit:g}",
        )
    return table
