from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text, update

from grokbot.conversation.records import EVERYTHING, LONGEST_REASON, AuditEntry, AuditFilter
from grokbot.store import RowRefusedError, Store
from grokbot.store import audit as module
from grokbot.store.audit import note_audit
from grokbot.store.tables.dialect_sql import append_only
from grokbot.store.tables.moderation import audit_log

from .cases import ALICE, BOB, GUILD, START, at, conversation
from .cases import texts as storable_texts

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Executable

DAY = timedelta(days=1)


def entry(number: int, **changes: object) -> AuditEntry:
    made = AuditEntry(
        id=f"{number:05}", at=at(number), guild_id=GUILD, actor_id=ALICE.id, action="block", target=f"user:{BOB.id}",
        reason="spam", details={"until": "2026-12-01", "days": 3, "told": True, "role": None},
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type] # a test's shorthand


async def exported(store: Store, guild_id: int | None = GUILD, wanted: AuditFilter = EVERYTHING) -> list[AuditEntry]:
    return [each async for batch in store.audit.export(guild_id, wanted) for each in batch]


async def test_what_is_added_is_listed_newest_first_and_exported_oldest_first(store: Store) -> None:
    entries = [entry(number) for number in range(5)]
    await store.audit.add(*entries[:3])
    await store.audit.add(*entries[3:])
    await store.audit.add(entry(7, guild_id=5), entry(8, guild_id=None))
    page = await store.audit.page(GUILD, offset=1, limit=2)
    assert (page.entries, page.total) == ((entries[3], entries[2]), 5)
    assert await exported(store) == entries
    assert [each.id for each in await exported(store, None)] == ["00008"]
    assert await exported(store, 6) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditFilter(actor_id=BOB.id), [1, 4]),
        (AuditFilter(target="channel:9"), [2, 4]),
        (AuditFilter(action="pause"), [3]),
        (AuditFilter(since=at(2)), [2, 3, 4]),
        (AuditFilter(until=at(2)), [0, 1]),
        (AuditFilter(since=at(1), until=at(4), actor_id=ALICE.id), [2, 3]),
        (AuditFilter(actor_id=BOB.id, target="channel:9", action="block", since=at(4), until=at(5)), [4]),
        (AuditFilter(action="'; DROP TABLE audit_log --"), []),
    ],
)
async def test_each_filter_leaves_what_it_names(store: Store, wanted: AuditFilter, found: list[int]) -> None:
    await store.audit.add(
        entry(0), entry(1, actor_id=BOB.id), entry(2, target="channel:9"), entry(3, action="pause"),
        entry(4, actor_id=BOB.id, target="channel:9"), entry(5, guild_id=5, actor_id=BOB.id, action="pause"),
    )  # fmt: skip
    page = await store.audit.page(GUILD, wanted)
    assert [int(each.id) for each in page.entries] == found[::-1]
    assert page.total == len(found)
    assert [int(each.id) for each in await exported(store, GUILD, wanted)] == found


async def test_an_export_goes_through_any_number_and_leaves_out_what_comes_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    entries = [entry(number, at=at(number // 4)) for number in range(9)]  # several at the same time
    await store.audit.add(*random.Random(1).sample(entries, 9))
    sizes: list[int] = []
    seen: list[AuditEntry] = []
    async for batch in store.audit.export(GUILD):
        sizes.append(len(batch))
        seen += batch
        await store.audit.add(entry(100 + len(seen)))
    assert seen == entries
    assert max(sizes) == 3


@given(storable_texts, storable_texts, st.dictionaries(storable_texts, st.none() | st.booleans() | storable_texts))
def test_any_words_come_back_as_they_were(reason: str, target: str, details: dict[str, str | bool | None]) -> None:
    kept = entry(1, reason=reason, target=target, details=details)
    assert module._entry(module._row(kept)) == kept


async def test_a_reason_without_end_is_cut_and_what_cannot_be_stored_is_replaced(store: Store) -> None:
    await store.audit.add(entry(1, reason="a\0\ud800" + "b" * 5_000))
    reason = (await store.audit.page(GUILD)).entries[0].reason
    assert reason.startswith("a\ufffd\ufffdb")
    assert len(reason) == LONGEST_REASON


async def test_lines_are_added_all_or_none_and_never_twice(store: Store) -> None:
    await store.audit.add(entry(1))
    with pytest.raises(RowRefusedError):
        await store.audit.add(entry(2), entry(1, reason="another"))
    assert await exported(store) == [entry(1)]


async def test_a_line_is_written_with_what_it_tells_of_or_not_at_all(store: Store) -> None:
    def broken_off(connection: Connection) -> None:
        note_audit(connection, entry(1))
        raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError):
        await store._database.write(broken_off)
    assert await exported(store) == []


CHANGES: list[Executable] = [
    update(audit_log).values(actor_id=1),
    update(audit_log).where(audit_log.c.id == "00001").values(reason=""),
    delete(audit_log),
    delete(audit_log).where(audit_log.c.id == "00001"),
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_the_stores_own_connection_can_neither_change_nor_remove_a_line(store: Store, change: Executable) -> None:
    await store.audit.add(entry(1), entry(2))

    def attempt(connection: Connection) -> None:
        connection.execute(change)

    with pytest.raises(RowRefusedError):
        await store._database.write(attempt)
    assert await exported(store) == [entry(1), entry(2)]
    await store.conversations.add(conversation())  # the refusal took nothing else with it


UPSERT = " WHERE true ON CONFLICT (id) DO UPDATE SET reason = ''"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET reason = ''",
        "UPDATE OR IGNORE audit_log SET reason = ''",
        "UPDATE OR REPLACE audit_log SET id = '00002' WHERE id = '00001'",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE rowid = 1",
        "REPLACE INTO audit_log (id, at, actor_id, action, target, details) VALUES ('00001', 1, 1, '', '', '{}')",
        "INSERT OR REPLACE INTO audit_log SELECT id, at, 5, actor_id, action, target, details, '' FROM audit_log",
        "REPLACE INTO audit_log (rowid, id, at, actor_id, action, target, details) VALUES (1, '9', 1, 1, '', '', '{}')",
        "INSERT INTO audit_log SELECT *, '' FROM (SELECT id, at, 5, actor_id, action, target, details FROM audit_log)"  # noqa: S608 -- names of ours
        + UPSERT,
    ],
)
@pytest.mark.parametrize("recursive", [0, 1])
async def test_nor_can_plain_sql_on_the_file(store: Store, place: Path, statement: str, recursive: int) -> None:
    await store.audit.add(entry(1), entry(2))
    with closing(sqlite3.connect(place)) as connection:
        connection.execute(f"PRAGMA recursive_triggers={recursive}")
        with pytest.raises(sqlite3.IntegrityError, match="audit_log is append-only"):
            connection.execute(statement)
    assert await exported(store) == [entry(1), entry(2)]


async def test_nothing_that_is_deleted_takes_a_line_with_it(store: Store) -> None:
    await store.conversations.add(conversation())
    await store.audit.add(entry(1, action="purge", target="conversation:c"))
    await store.deletion.delete("c", START + DAY)
    assert len(await exported(store)) == 1


async def test_pages_and_filters_read_an_index(store: Store) -> None:
    def plans(connection: Connection) -> list[str]:
        found = []
        for wanted in (EVERYTHING, AuditFilter(actor_id=1), AuditFilter(target="user:1"), AuditFilter(since=START)):
            query = module._NEWEST_FIRST.where(module._which(GUILD, wanted)).limit(10)
            written = query.compile(connection, compile_kwargs={"literal_binds": True})
            found.append(str(connection.execute(text(f"EXPLAIN QUERY PLAN {written}")).all()))
        return found

    everything, actor, target, since = await store._database.read(plans)
    assert "ix_audit_log_guild_id" in everything
    assert "ix_audit_log_actor_id" in actor
    assert "ix_audit_log_target" in target
    assert "ix_audit_log_guild_id" in since


def test_there_are_such_triggers_for_postgresql() -> None:
    function, trigger = append_only("audit_log", "postgresql")
    assert "RAISE EXCEPTION 'audit_log is append-only'" in function
    assert "BEFORE UPDATE OR DELETE OR TRUNCATE" in trigger
