"""What budgets cost the Store: beginning and ending a turn without them, with a reservation, and with every limit.

In an empty ledger and in a long one, for no sum may grow with it. Not here: the Store's other calls (`store`).
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from grokbot.conversation.response import Author, Conversation, MessageRef, Mode, Response, Sender, State, Usage
from grokbot.policy.budgets import OPERATOR, UNLISTED, Counted, Limit, Scope, Who
from grokbot.store import Store
from grokbot.store.budgets import Reserving

if TYPE_CHECKING:
    from tests.bench.store import Costs

LEDGER = 1_000_000
"""Rows of a long ledger, all of this month, half of them of one server and a hundredth of one person in it."""

MOST_TIMES = 2.0
"""How much longer than without a budget a beginning may take."""

HUGE = 2**52
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MICROSECONDS = 10**6
WHO = Who(user_id=1, guild_id=1)
LIMITS = tuple(
    Limit(guild_id=guild_id, scope=scope, counted=counted, amount=HUGE)
    for scope, guild_id in ((Scope.EVERYWHERE, OPERATOR), (Scope.SERVER, 1), (Scope.MEMBER, 1))
    for counted in Counted
)
WAYS: dict[str, Reserving | None] = {
    "no budget": None,
    "a reservation": Reserving(who=WHO, prices=UNLISTED, answer_tokens=1_000),
    "18 limits": Reserving(who=WHO, operators=LIMITS, prices=UNLISTED, answer_tokens=1_000),
}
FILL = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)
INSERT INTO usage_ledger (response_id, conversation_id, guild_id, channel_id, user_id, model, state, prompt_tokens,
    cached_prompt_tokens, completion_tokens, reasoning_tokens, tool_calls, cost_ticks, at, began_at, counted_tokens,
    counted_ticks)
SELECT 'old' || n, 'c' || (n / 10), 1 + n % 2, n / 100, 1 + n % 50, 'grok', 'done', 100, 0, 100, 0, 0, 1000,
    :now - (:rows - n) * :apart, :now - (:rows - n) * :apart, 200, 1000
FROM numbers
"""
ADD_UP = """
INSERT INTO spent_days (guild_id, user_id, day, tokens, cost_ticks)
SELECT {guild}, {user}, began_at / :day * :day, SUM(counted_tokens), SUM(counted_ticks)
FROM usage_ledger GROUP BY 1, 2, 3
"""


def measure(costs: Costs, calls: int, rows: int) -> Table:
    """Measures each way in an empty and in a long ledger, into `costs`. Returns the figures."""
    for ledger in (0, rows):
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_with(Path(folder) / "budgets.sqlite3", ledger, calls, costs))
    return _table(costs, rows)


async def _with(path: Path, ledger: int, calls: int, costs: Costs) -> None:
    url = f"sqlite+aiosqlite:///{path}"
    await (await Store.open(url)).close()
    if ledger:
        _fill(path, ledger)
    store = await Store.open(url)
    try:
        uncounted: Costs = defaultdict(type(costs["uncounted"]))
        for number in range(calls + 20):  # the ways by turns, so that none has a quieter machine than the others
            into = uncounted if number < 20 else costs
            for way, reserving in WAYS.items():
                await _turn(store, f"{number}-{way}", reserving, into, f"{way}, {ledger:,} rows")
    finally:
        await store.close()
        costs.pop("uncounted", None)


async def _turn(store: Store, name: str, reserving: Reserving | None, costs: Costs, way: str) -> None:
    conversation = Conversation(
        id=name, guild_id=1, channel_id=1, owner_id=1, mode=Mode.STATELESS, model="grok",
        created_at=NOW, modified_at=NOW,
    )  # fmt: skip
    asked = Response(
        id=f"h{name}", conversation_id=name, parent_id=None, sender=Sender.HUMAN, state=State.DONE, created_at=NOW,
        author=Author(1, "alice"), message="What is an owl?",
    )  # fmt: skip
    # Turns of the last minute are looked at one by one: a few seconds lie between two of one person.
    at = NOW + timedelta(seconds=5 * int(name.partition("-")[0]))
    answer = replace(
        asked, id=f"a{name}", parent_id=asked.id, sender=Sender.MODEL, state=State.PENDING, author=None, created_at=at
    )
    ref = MessageRef(abs(hash(name)) % 2**60, 1, asked.id)
    await costs[f"begin_turn, {way}"].of(store.turns.begin([asked], answer, [ref], conversation, reserving=reserving))
    done = replace(answer, state=State.DONE, message="An owl.", finished_at=at, usage=Usage(10, 4, 20, 5, 1, 9))
    await costs[f"end_turn, {way}"].of(store.turns.end(done, done.id, at))


def _fill(path: Path, rows: int) -> None:
    day = 86_400 * MICROSECONDS
    now = int(NOW.timestamp()) * MICROSECONDS
    with closing(sqlite3.connect(path)) as connection:
        # Some twenty days of it.
        connection.execute(FILL, {"rows": rows, "now": now, "apart": 20 * day // rows})
        for guild in ("-1", "guild_id"):
            for user in ("-1", "user_id"):
                connection.execute(ADD_UP.format(guild=guild, user=user), {"day": day})
        connection.commit()


def _table(costs: Costs, rows: int) -> Table:
    title = f"With budgets; at most {MOST_TIMES:g} times of what a beginning takes without them"
    table = Table(title=title, title_justify="left", min_width=90)
    for column in ("call", "p50, ms", "p95, ms", "CPU, ms", "x no budget"):
        table.add_column(column, justify="left" if column == "call" else "right", no_wrap=True)
    for call in ("begin_turn", "end_turn"):
        for ledger in (0, rows):
            bare = statistics.median(costs[f"{call}, no budget, {ledger:,} rows"].wall)
            for way in WAYS:
                name = f"{call}, {way}, {ledger:,} rows"
                wall = costs[name].wall
                median, p95 = statistics.median(wall), statistics.quantiles(wall, n=20)[18]
                cpu = costs[name].cpu / len(wall)
                figures = (f"{median * 1000:.2f}", f"{p95 * 1000:.2f}", f"{cpu * 1000:.2f}", f"{median / bare:.2f}")
                table.add_row(name, *figures)
    return table
