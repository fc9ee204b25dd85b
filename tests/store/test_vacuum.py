from __future__ import annotations

import random
import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from grokbot.store import Store, dialect
from grokbot.store.database import rebuild

from .cases import START, conversation, human, pending, ref
from .test_delete import stored
from .test_variants import keep, said

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from sqlalchemy import Connection

LATER = START + timedelta(days=1)
ROOM = namedtuple("ROOM", "total used free")  # noqa: PYI024 -- as shutil's own
FULL_DISK = ROOM(10**9, 10**9, 0)
PAGE = 4096


def pragma(place: Path, name: str) -> int:
    with closing(sqlite3.connect(place)) as connection:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def size_of(place: Path) -> int:
    return place.stat().st_size


def old_file(place: Path) -> None:
    """As a version made it that did not know how to shrink."""
    with closing(sqlite3.connect(place, isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum=NONE")
        connection.execute("PRAGMA journal_mode=WAL")


def raw(place: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(place.parent.iterdir()))


async def filled(store: Store, conversations: int = 8, words: int = 20_000) -> None:
    for number in range(conversations):
        await keep(store, human(f"h{number}", text="word " * words), conversation_id=f"c{number}")


async def test_a_new_file_gives_room_back_a_little_at_a_time_and_loses_nothing(store: Store, place: Path) -> None:
    await filled(store)
    assert pragma(place, "auto_vacuum") == 2
    for number in range(7):
        await store.deletion.delete(f"c{number}", LATER)
    size, in_use = size_of(place), await store.file.bytes_in_use()
    left = [pragma(place, "freelist_count")]
    while left[-1]:
        left.append(await store.file.give_back(50))
    assert all(0 <= before - after <= 50 for before, after in pairwise(left))
    assert len(left) > 3
    await store.close()
    assert size > size_of(place)
    assert size_of(place) <= in_use
    again = await Store.open(f"sqlite+aiosqlite:///{place}")
    assert [response.message for response in await again.responses.path("h7")] == ["word " * 20_000]
    await again.close()


async def test_a_file_of_an_older_version_is_made_to_shrink_once(place: Path, url: str) -> None:
    old_file(place)
    store = await Store.open(url)
    await filled(store)
    await store.deletion.delete("c0", LATER)
    assert await store.file.give_back() == 0
    assert pragma(place, "freelist_count") > 20
    await store.close()
    assert pragma(place, "auto_vacuum") == 0  # not by who is not alone: another process may write
    size = size_of(place)
    store = await Store.open(url, alone=True)
    assert size_of(place) < size
    assert pragma(place, "auto_vacuum") == 2
    assert len(await store.responses.path("h7")) == 1
    await store.deletion.delete("c1", LATER)
    while await store.file.give_back():
        pass
    assert pragma(place, "freelist_count") == 0
    await store.close()


async def test_without_room_an_older_file_stays_as_it_is_and_the_log_says_so(
    place: Path, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    old_file(place)
    caplog.set_level("INFO", "grokbot.store.database.rebuild")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: FULL_DISK)
        store = await Store.open(url, alone=True)
        await filled(store, 1)
        await store.close()
        assert [record.message.split()[:2] for record in caplog.records][-1] == ["store.not_rebuilt", "cause=no_room"]
    monkeypatch.setattr(rebuild, "LARGEST_AT_START", 1)
    await (await Store.open(url, alone=True)).close()
    assert caplog.records[-1].message.startswith("store.does_not_shrink cause=too_large")
    assert pragma(place, "auto_vacuum") == 0
    monkeypatch.undo()
    store = await Store.open(url, alone=True)
    assert pragma(place, "auto_vacuum") == 2
    assert len(await store.responses.path("h0")) == 1
    await store.close()


async def test_trouble_while_an_older_file_is_written_anew_leaves_it_as_it_was(
    place: Path, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_engine: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    old_file(place)
    monkeypatch.setattr(dialect, "rebuild", full)
    store = await Store.open(url, alone=True)
    await filled(store, 1)
    assert "store.does_not_shrink cause=full" in caplog.text
    await store.close()


async def test_what_is_rebuilt_needs_room_and_readers_go_on(
    store: Store, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(store)
    await store.deletion.delete("c0", LATER)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: FULL_DISK)
        assert await store.file.rebuild() is False
    with closing(sqlite3.connect(place, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM responses").fetchone()
        assert await store.file.rebuild() is False  # what the reader sees stands in the file still
        await store.deletion.delete("c1", LATER)
        assert reader.execute("SELECT count(*) FROM responses").fetchone() == before
    assert await store.file.rebuild() is True
    assert pragma(place, "freelist_count") == 0
    assert size_of(place) == await store.file.bytes_in_use()


def word(number: int) -> str:
    return f"secret{number:05}x "


async def lived_in(store: Store, conversations: int) -> None:
    """Rows that come and grow in any order, as answers that are written down while they stream: pages are split."""
    chance = random.Random(4)  # a run in which leftovers stay, with the SQLite that this was written for

    def live(connection: Connection) -> None:
        columns = "(id, conversation_id, parent_id, sender, message, reasoning, encrypted_content, steps, queries,"
        add = f"INSERT INTO responses {columns} citations, state, manual, created_at)"
        growing: list[tuple[str, int]] = []
        for number in range(conversations * 15):
            of = number % conversations
            row = (f"{number:06}", f"c{of}", None, "model", word(of) * chance.randint(1, 30), "", "", "[]", "[]", "[]")
            connection.exec_driver_sql(f"{add} VALUES (?,?,?,?,?,?,?,?,?,?,'done',0,0)", row)
            growing.append((row[0], of))
            while len(growing) > 6:
                grown, its = growing.pop(chance.randrange(len(growing)))
                text = word(its) * int(chance.expovariate(1 / 90) + 1)
                connection.exec_driver_sql("UPDATE responses SET message = ? WHERE id = ?", (text, grown))

    for number in range(conversations):
        await keep(store, human(f"h{number}", text=word(number)), conversation_id=f"c{number}")
    await store._database.write(live)


async def test_no_file_holds_a_word_that_was_taken_away_once_it_is_written_anew(store: Store, place: Path) -> None:
    count = 60
    await lived_in(store, count)
    assert all(word(number).encode() in raw(place) for number in range(count))
    for number in range(0, count, 2):
        await store.deletion.delete(f"c{number}", LATER)
    assert await store.retention.outdated(START, 10) == ()
    await store.conversations.change("c1", modified_at=START - timedelta(days=400))
    assert await store.retention.delete("c1", START, LATER) is not None
    await keep(store, human("said", text="taken-back " * 9), said("a", "said"), conversation_id="d")
    await store.deletion.erase("said", LATER)
    gone = [word(number).encode() for number in (1, *range(0, count, 2))] + [b"taken-back"]
    assert await store.file.rebuild() is True
    assert [each for each in gone if each in raw(place)] == []
    assert all(word(number).encode() in raw(place) for number in range(3, count, 2))
    await store.close()
    assert [each for each in gone if each in raw(place)] == []


async def test_what_changed_since_it_was_found_outdated_stays(store: Store) -> None:
    await keep(store, human("h"), stored("a", "h"))
    await keep(store, human("i"), conversation_id="d")
    await store.stars.add(5, "c")
    assert await store.retention.outdated(LATER) == ("c", "d")
    assert await store.retention.outdated(LATER, 1) == ("c",)
    await store.conversations.change("d", modified_at=LATER)
    assert await store.retention.delete("d", LATER, LATER) is None
    deleted = await store.retention.delete("c", LATER, LATER)
    assert deleted is not None
    assert deleted.xai_ids == await store.deletion.to_forget() == ("x-a",)
    assert await store.retention.delete("c", LATER, LATER) is None
    assert await store.retention.outdated(LATER) == ()
    assert await store.conversations.get("d") is not None


async def test_a_conversation_in_which_something_is_open_is_not_outdated(store: Store) -> None:
    await store.turns.begin([human("h")], pending("a", "h"), [ref(1, "h")], conversation())
    assert await store.retention.outdated(LATER) == ()
    assert await store.retention.delete("c", LATER, LATER) is None
    await store.turns.end(stored("a", "h"), "a", START)
    assert await store.retention.outdated(LATER) == ("c",)
