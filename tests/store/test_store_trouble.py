from __future__ import annotations

import asyncio
import logging
import sqlite3
import subprocess
import sys
import traceback
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import AlreadyKnownError, StoreError
from grokbot.conversation.text.citations import Citation
from grokbot.store import NotStoredError, RowRefusedError, Store

from .cases import at, conversation, ended, human, pending, ref

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy import Connection, Engine

PROCESSES = Path(__file__).parent / "processes"
LONG = "a long text " * 20_000


async def pragma(store: Store, name: str, value: object) -> int:
    """Change how the writing connection behaves; what it is then."""

    def change(connection: Connection) -> int:
        return int(connection.exec_driver_sql(f"PRAGMA {name}={value}").scalar() or 0)

    return await store._database.write(change)


@asynccontextmanager
async def full(store: Store) -> AsyncIterator[None]:
    """No page more than there are: what SQLite reports then is what it reports of a full disk."""
    await pragma(store, "max_page_count", 1)  # it never goes below what there is
    yield
    await pragma(store, "max_page_count", 1_000_000)


@asynccontextmanager
async def read_only(store: Store) -> AsyncIterator[None]:
    def change(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA query_only=ON")

    def change_back(writer: Engine) -> None:
        with closing(writer.raw_connection()) as connection:  # it cannot even begin a transaction now
            connection.cursor().execute("PRAGMA query_only=OFF")

    await store._database.write(change)
    yield
    await store._database._writer.run(change_back)


@asynccontextmanager
async def locked(store: Store) -> AsyncIterator[None]:
    """Another process writes and does not end."""
    await pragma(store, "busy_timeout", 10)
    file = store._database._writer.engine.url.database
    assert file is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


TROUBLES = [(full, "full"), (read_only, "read-only"), (locked, "has locked the database")]


async def begun(store: Store) -> None:
    await store.turns.begin([human("h")], pending("a", "h"), [ref(1, "h")], conversation())


@pytest.mark.parametrize(("trouble", "words"), TROUBLES)
async def test_trouble_is_told_in_a_sentence_and_passes(
    store: Store, trouble: Callable[[Store], AsyncIterator[None]], words: str
) -> None:
    await begun(store)
    answer = ended(pending("a", "h"), LONG)
    async with trouble(store):  # type: ignore[attr-defined] # they are context managers
        with pytest.raises(StoreError, match=words):
            await store.turns.end(answer, "a", at(1))
        with pytest.raises(StoreError, match=words):
            await store.file.check_writable()
        assert await store.responses.path("a") == (
            human("h"),
            pending("a", "h"),
        )  # reading goes on, and nothing is half written
    await store.file.check_writable()
    await store.turns.end(answer, "a", at(1))
    assert await store.responses.path("a") == (human("h"), answer)


async def test_a_disk_that_is_full_loses_nothing_and_once_there_is_room_all_works(tmp_path: Path) -> None:
    script = [sys.executable, "-W", "error", str(PROCESSES / "full_disk.py"), str(tmp_path / "grokbot.sqlite3")]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=90)  # noqa: ASYNC221, S603 -- nothing else runs here, our own script
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["write refused", "trial refused", "answer whole", "works again"]


async def test_a_write_that_fails_holds_up_nobody_who_comes_after(store: Store) -> None:
    await begun(store)
    outcomes = await asyncio.gather(
        store.turns.end(ended(pending("nobody", None)), None, at(1)),
        store.messages.put(ref(7, "nobody")),
        store.turns.journal("a", "so far", ""),
        store.turns.begin([human("h2")], pending("a2", "h2"), [ref(1, "h2")]),
        store.messages.put(ref(8, "a")),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [
        NotStoredError,
        RowRefusedError,
        type(None),
        AlreadyKnownError,
        type(None),
    ]
    assert await store.messages.of("a") == (ref(8, "a"),)
    assert not store._database._writing.locked()


def told(error: BaseException | None) -> str:
    """All that an exception could show anywhere, its causes included."""
    shown = ""
    while error is not None:
        shown += "".join(traceback.format_exception(error)) + repr(error) + str(error)
        error = error.__cause__ or error.__context__
    return shown


async def test_no_text_of_a_person_or_of_grok_is_in_any_error_or_log_line(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = await Store.open(url)
    secret = "xyzzy-" * 20_000
    await begun(store)
    asked = replace(human("h2", "a", text=secret), encrypted_content=secret)
    answer = replace(
        ended(pending("a", "h"), secret),
        reasoning=secret,
        queries=(),
        citations=(secret,),
        cited=(Citation(secret, 0, 1),),
    )
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: store.turns.begin([asked], pending("a", "h2"), [ref(9, "h2")]),
        lambda: store.turns.begin([replace(asked, parent_id="nobody")], pending("a2", "h2"), [ref(9, "h2")]),
        lambda: store.turns.begin([replace(asked, created_at=at(0).replace(tzinfo=None))], pending("a2", "h2"), []),
        lambda: store.turns.end(answer, "nobody", at(1)),
        lambda: store.conversations.add(replace(conversation(), title=secret)),
        lambda: store.conversations.change("nobody", title=secret),
    ]
    errors: list[BaseException] = []
    for call in calls:
        with pytest.raises((RowRefusedError, NotStoredError)) as caught:
            await call()
        errors.append(caught.value)
    for trouble, _ in TROUBLES:
        async with trouble(store):
            with pytest.raises(StoreError) as caught_trouble:
                await store.turns.end(answer, "a", at(1))
            errors.append(caught_trouble.value)
    await store.turns.end(answer, "a", at(1))
    assert len(await store.responses.path("a")) == 2
    await store.close()
    assert [error for error in errors if "xyzzy" in told(error)] == []
    assert [record for record in caplog.records if "xyzzy" in str(record.__dict__)] == []
    assert sum(record.message.startswith("store.trouble work=TurnRows.end cause=") for record in caplog.records) == 3


async def test_the_sentence_holds_no_sql(store: Store) -> None:
    async with full(store):
        with pytest.raises(StoreError) as caught:
            await store.turns.begin([human("h", text=LONG)], pending("a", "h"), [], conversation())
    assert str(caught.value) == "The disk with the database is full."
