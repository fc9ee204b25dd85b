"""What the Store costs: each main call by itself, and many turns at once, beside what a bare SQLite commit takes.

Not here: what the daemon makes of it (`stream`).
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from rich.console import Console
from rich.table import Table

from grokbot.conversation.response import Author, Conversation, MessageRef, Mode, Response, Sender, State, Usage
from grokbot.store import Store
from tests.bench import budgets

if TYPE_CHECKING:
    from collections.abc import Awaitable

CALLS = 300
"""Calls of each kind, one after the other, after a few that are not counted."""
UNCOUNTED = 20
TURNS = 200
"""Turns at once."""
JOURNALS = 5
"""How often each of them writes down what has arrived."""
TARGETS_MS = {"begin_turn": 1.5, "journal": 0.7}

TIME = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEXT = "Some words of an answer, as they are written down while it streams. " * 30

T = TypeVar("T")


@dataclass
class Cost:
    """What calls of one kind took, in seconds."""

    wall: list[float] = field(default_factory=list)
    cpu: float = 0.0

    async def of(self, call: Awaitable[T]) -> T:
        """Takes the time of one call. The processor's time says something only where nothing else runs."""
        wall, cpu = time.perf_counter(), time.process_time()
        result = await call
        self.wall.append(time.perf_counter() - wall)
        self.cpu += time.process_time() - cpu
        return result


Costs: TypeAlias = "dict[str, Cost]"


def measure(calls: int = CALLS, turns: int = TURNS, ledger: int = budgets.LEDGER) -> None:
    """Prints what each call takes by itself, when many turns begin, go on and end at once, and with budgets."""
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare(Path(folder) / "bare.sqlite3", calls)
        alone = asyncio.run(_one_after_the_other(Path(folder) / "alone.sqlite3", calls))
        crowd, took = asyncio.run(_at_once(Path(folder) / "crowd.sqlite3", turns))
    console = Console(width=100)  # the titles and figures do not fit into what a pipe is taken for
    console.print(_alone_table(bare, alone))
    console.print(_at_once_table(f"{turns} turns at once, {JOURNALS} journals each", turns, crowd, took))
    console.print(budgets.measure(defaultdict(Cost), calls, ledger))


def _bare(path: Path, calls: int) -> Cost:
    """The limit: one row and a commit, in this thread, with the pragmas of the Store."""
    cost = Cost()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
        for _ in range(calls):
            wall, cpu = time.perf_counter(), time.process_time()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO rows (text) VALUES (?)", (TEXT,))
            connection.execute("COMMIT")
            cost.wall.append(time.perf_counter() - wall)
            cost.cpu += time.process_time() - cpu
    return cost


async def _one_after_the_other(path: Path, calls: int) -> Costs:
    store = await Store.open(f"sqlite+aiosqlite:///{path}")
    try:
        costs: Costs = defaultdict(Cost)
        for number in range(UNCOUNTED + calls):
            if number == UNCOUNTED:
                costs.clear()
            await _turn(store, number, costs, journals=1)
            await costs["path (reads)"].of(store.responses.path(f"a{number}"))
    finally:
        await store.close()
    return costs


async def _at_once(path: Path, turns: int) -> tuple[Costs, float]:
    store = await Store.open(f"sqlite+aiosqlite:///{path}")
    try:
        await _turn(store, turns, defaultdict(Cost), journals=1)
        costs: Costs = defaultdict(Cost)
        start = time.perf_counter()
        await asyncio.gather(*(_turn(store, number, costs, JOURNALS) for number in range(turns)))
        return costs, time.perf_counter() - start
    finally:
        await store.close()


async def _turn(store: Store, number: int, costs: Costs, journals: int) -> None:
    """One turn in a conversation of its own, from the mention to the end."""
    name = f"c{number}"
    conversation = Conversation(
        id=name, guild_id=1, channel_id=number, owner_id=1, mode=Mode.STATELESS, model="grok",
        created_at=TIME, modified_at=TIME,
    )  # fmt: skip
    asked = Response(
        id=f"h{number}", conversation_id=name, parent_id=None, sender=Sender.HUMAN, state=State.DONE, created_at=TIME,
        author=Author(1, "alice"), message="What is an owl?",
    )  # fmt: skip
    answer = replace(asked, id=f"a{number}", parent_id=asked.id, sender=Sender.MODEL, state=State.PENDING, author=None)
    ref = MessageRef(2 * number, number, asked.id)
    await costs["begin_turn"].of(store.turns.begin([asked], answer, [ref], conversation))
    for part in range(1, journals + 1):
        await costs["journal"].of(store.turns.journal(answer.id, TEXT * part, ""))
    await costs["add_message"].of(store.messages.put(MessageRef(2 * number + 1, number, answer.id)))
    done = replace(answer, state=State.DONE, message=TEXT * journals, finished_at=TIME, usage=Usage(10, 4, 20, 5, 1, 9))
    await costs["end_turn"].of(store.turns.end(done, done.id, TIME))


def _alone_table(bare: Cost, costs: Costs) -> Table:
    limit = statistics.median(bare.wall)
    table = Table(title="One call after the other", title_justify="left", min_width=90)
    for column in ("call", "p50, ms", "p95, ms", "target, ms", "CPU, ms", "calls a second", "x bare"):
        table.add_column(column, justify="left" if column == "call" else "right", no_wrap=True)
    for name, cost in {"bare INSERT and COMMIT": bare, **costs}.items():
        target = TARGETS_MS.get(name)
        table.add_row(
            name,
            *_milliseconds(cost),
            "" if target is None else f"{target:g}",
            f"{cost.cpu / len(cost.wall) * 1000:.2f}",
            f"{len(cost.wall) / sum(cost.wall):.0f}",
            f"{statistics.median(cost.wall) / limit:.1f}",
        )
    return table


def _at_once_table(title: str, turns: int, costs: Costs, took: float) -> Table:
    calls = sum(len(cost.wall) for cost in costs.values())
    shown = f"{title}: {took:.2f} s, {turns / took:.0f} turns and {calls / took:.0f} calls a second"
    table = Table(title=shown, title_justify="left", min_width=90)
    for column in ("call", "p50, ms", "p95, ms", "max, ms"):
        table.add_column(column, justify="left" if column == "call" else "right", no_wrap=True)
    for name, cost in costs.items():
        table.add_row(name, *_milliseconds(cost), f"{max(cost.wall) * 1000:.1f}")
    return table


def _milliseconds(cost: Cost) -> tuple[str, str]:
    """The median and the 95th percentile."""
    twentieths = statistics.quantiles(cost.wall, n=20)
    return f"{statistics.median(cost.wall) * 1000:.2f}", f"{twentieths[18] * 1000:.2f}"
