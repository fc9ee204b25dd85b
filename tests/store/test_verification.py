from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import State
from grokbot.store import Store
from grokbot.store.maintenance import measures_of, newest_shown, vacuum, verify

from .cases import CHANNEL, START, ended, human, pending, ref
from .test_backups import spoil
from .test_variants import keep

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400_000_000
SPENT = (
    "INSERT INTO usage_ledger (response_id, kind, conversation_id, user_id, state, at, began_at, counted_ticks,"
    " cost_ticks) VALUES ('{}', '{}', 'c', 1, 'done', {}, {}, {}, {})"
)
COUNTED = f"INSERT INTO spent_days VALUES (-1, -1, {3 * DAY}, 1, 50)"  # noqa: S608

LEFT = (
    "INSERT INTO reservations (response_id, answer_id, guild_id, user_id, tokens, cost_ticks, path_tokens,"
    " prompt_price, cached_price, answer_price, at) VALUES ('gone', 'gone', 0, 1, 1, 1, 1, 1, 1, 1, 5)"
)

BROKEN = (
    ("UPDATE responses SET parent_id = 'nobody' WHERE id = 'h2'", "foreign key responses → responses: 1 rows"),
    ("UPDATE responses SET parent_id = 'a2' WHERE id = 'h1'", "4 responses are not below any beginning"),
    ("UPDATE conversations SET leaf_id = 'nobody'", "1 conversations stand at a response that they do not have"),
    ("UPDATE conversations SET branched_from = 'nobody'", "branch off a response that is missing"),
    ("UPDATE responses SET state = 'streaming', finished_at = NULL WHERE id = 'a1'", "have something below them"),
    ("UPDATE responses SET state = 'streaming' WHERE id = 'a2'", "have an end and have not ended"),
    ("UPDATE responses SET state = 'streaming' WHERE sender = 'model'", "more than one answer that runs"),
    ("UPDATE responses SET steps = '[' WHERE id = 'a2'", "1 responses have fields that cannot be read"),
    (SPENT.format("a1", "answer", 1, 1, 100, 100), "1 answers cost something else than their accounts say"),
    (COUNTED, "On 1 days more or less counts against the limits than was spent"),
    (
        LEFT,
        "1 answers of which nothing runs still hold a part of a budget",
    ),
    ("UPDATE alembic_version SET version_num = '0001'", "Another version wrote the database"),
    ("DROP INDEX ix_responses_xai_id", ""),
)


async def consistent(store: Store, place: Path) -> None:
    await keep(store, human("h1"), ended(pending("a1", "h1")), human("h2", "a1"), ended(pending("a2", "h2")))
    await store.messages.put(ref(7, "a2"), ref(8, "a2", 1))
    await store.close()
    parts = (SPENT.format("a2", "answer", 1, 1, 0, 100), SPENT.format("a2/2", "part", 1, 1, 0, 23))
    turn = SPENT.format("x", "answer", 1, 3 * DAY + 1, 40, 40)
    spent = (turn, SPENT.format("t", "title", 3 * DAY + 9, "NULL", 10, 10))
    with closing(sqlite3.connect(place)) as connection, connection:
        for each in (*parts, *spent, COUNTED):
            connection.execute(each)


async def test_each_broken_rule_is_a_sentence_with_advice(store: Store, place: Path, tmp_path: Path) -> None:
    await consistent(store, place)
    assert verify(place) == []
    for number, (statement, text) in enumerate(BROKEN):
        copy = tmp_path / f"broken{number}.sqlite3"
        shutil.copy(place, copy)
        with closing(sqlite3.connect(copy)) as connection, connection:
            connection.execute("DELETE FROM spent_days")
            connection.execute("DELETE FROM usage_ledger WHERE response_id IN ('x', 't')")
            connection.execute(statement)
        faults = verify(copy, at_rest=True)
        assert any(text in fault.text for fault in faults) if text else not faults, statement
        assert all(fault.advice for fault in faults)


async def test_a_damaged_file_says_what_to_do_and_no_file_is_no_fault_of_one(store: Store, place: Path) -> None:
    for number in range(20):
        await keep(store, human(f"h{number}", text="word " * 2000), conversation_id=f"c{number}")
    await store.close()
    spoil(place)
    (fault, *_) = verify(place)
    assert "damaged" in fault.text
    assert "restore the newest backup" in fault.advice
    with pytest.raises(StoreError, match="No such file"):
        verify(place.with_name("none"))


async def test_what_discord_should_show_is_the_newest_without_what_is_under_way(store: Store, place: Path) -> None:
    await keep(store, human("h1"), ended(pending("a1", "h1")), ended(pending("b1", "h1"), state=State.STOPPED))
    await store.messages.put(ref(5, "h1"), ref(7, "a1"), ref(8, "a1", 1), ref(9, "b1"))
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("INSERT INTO unshown VALUES ('b1')")
    assert newest_shown(place) == {CHANNEL: [8, 7]}


async def test_figures_and_a_file_made_small(store: Store, place: Path, url: str) -> None:
    for number in range(8):
        await keep(store, human(f"h{number}", text="word " * 20_000), conversation_id=f"c{number}")
    for number in range(6):
        await store.deletion.delete(f"c{number}", START)
    found = measures_of(place, START)
    assert (found.conversations, found.responses, found.waiting, found.oldest) == (2, 2, 0, START)
    assert found.tables["responses"][1] == 2
    assert found.tables["responses"][0] > 200_000
    assert found.unused > 500_000
    assert found.growth == found.size - found.unused
    await store.close()
    alone = await Store.open(url, alone=True)
    with pytest.raises(StoreError, match="Stop it first"):
        vacuum(place)
    await alone.close()
    done = vacuum(place)
    assert done is not None
    assert done[1] < done[0] * 0.6
    assert measures_of(place, START).unused == 0
