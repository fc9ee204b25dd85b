# ruff: noqa: ASYNC240 -- a test may touch a small file between two awaits
from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from grokbot.conversation.errors import ConfigurationError, GrokbotError, StoreError
from grokbot.process.health import MIGRATING, Health
from grokbot.store import Store, dialect
from grokbot.store.database import migrate
from grokbot.store.tables.moderation import settings
from tests.engine.house import eventually

from .cases import conversation

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

PROCESSES = Path(__file__).parent / "processes"


def url_of(path: Path | str) -> str:
    return f"sqlite+aiosqlite:///{path}"


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_what_is_created_is_for_the_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        place = tmp_path / "deep" / "er" / "grokbot.sqlite3"
        store = await Store.open(url_of(place))
        await store.conversations.add(conversation())
        assert {path.name: rights(path) for path in place.parent.iterdir()} == {
            "grokbot.sqlite3": 0o600,
            "grokbot.sqlite3-wal": 0o600,
            "grokbot.sqlite3-shm": 0o600,
        }
        await store.close()
    finally:
        os.umask(before)
    assert [rights(place.parent), rights(place.parent.parent)] == [0o700, 0o700]


async def test_what_was_written_is_there_after_closing_and_opening(url: str, place: Path) -> None:
    first = await Store.open(url)
    await first.conversations.add(conversation())
    await first.close()
    assert [path.name for path in place.parent.iterdir()] == [place.name]  # the last connection has tidied up
    second = await Store.open(url)
    assert await second.conversations.get("c") == conversation()
    await second.close()


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "not an address",
        "sqlite:///file.sqlite3",
        "postgresql+asyncpg://bot:secret@db/grokbot",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:///file:x?uri=true",
        "sqlite+aiosqlite:///x?timeout=3",
        "sqlite+aiosqlite://host/x",
    ],
)
async def test_a_wrong_address_is_refused_without_repeating_it(wrong: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await Store.open(wrong)
    assert caught.value.key == "store.url"
    assert "secret" not in str(caught.value)


async def test_a_file_that_is_no_database_is_refused_and_left_alone(url: str, place: Path) -> None:
    place.write_bytes(b"these are my notes\n" * 500)
    with pytest.raises(ConfigurationError, match="not a database"):
        await Store.open(url)
    assert place.read_bytes() == b"these are my notes\n" * 500


async def test_an_empty_file_becomes_a_database(url: str, place: Path) -> None:
    place.touch()
    store = await Store.open(url)
    await store.file.check_writable()
    await store.close()


async def test_a_folder_in_place_of_the_file_is_refused(url: str, place: Path) -> None:
    place.mkdir()
    with pytest.raises(ConfigurationError, match="cannot be opened for writing: Is a directory"):
        await Store.open(url)


async def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be opened for writing"):
        await Store.open(url_of(tmp_path / "file" / "folder" / "grokbot.sqlite3"))


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that nobody can write, root neither")
async def test_a_folder_that_nobody_can_write_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot be opened for writing"):
        await Store.open(url_of("/proc/grokbot/grokbot.sqlite3"))


@pytest.mark.parametrize("modes", ["444 755", "666 555"])
def test_a_file_or_folder_without_the_right_to_write_is_refused(modes: str) -> None:
    # A folder outside of tmp_path: the process gives up root's rights and could not get through to that.
    folder = Path(tempfile.mkdtemp())
    try:
        command = [sys.executable, "-W", "error", str(PROCESSES / "without_rights.py"), str(folder), *modes.split()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 -- our own script
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("ConfigurationError store.url: The database")


async def test_a_damaged_file_is_the_operators_to_mend(url: str, place: Path) -> None:
    store = await Store.open(url)
    for n in range(50):
        await store.conversations.add(conversation(f"{n:03}"))
    await store.close()
    with place.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xfe" * (place.stat().st_size - 4096))

    async def read_all() -> None:
        broken = await Store.open(url)
        try:
            for n in range(50):
                await broken.conversations.get(f"{n:03}")
        finally:
            await broken.close()

    with pytest.raises(StoreError, match="damaged"):
        await read_all()


async def test_the_connections_are_set_up_for_a_daemon(store: Store) -> None:
    pragmas = {"journal_mode": "wal", "synchronous": 2, "busy_timeout": dialect.BUSY_MS}

    def asked(connection: Connection) -> dict[str, object]:
        names = [*pragmas, "foreign_keys", "query_only"]
        return {n: connection.exec_driver_sql(f"PRAGMA {n}").scalar() for n in names}

    assert await store._database.write(asked) == {**pragmas, "foreign_keys": 1, "query_only": 0}
    read = await store._database.read(asked)
    assert {n: read[n] for n in (*pragmas, "query_only")} == {**pragmas, "query_only": 1}


async def test_check_writable_leaves_nothing_behind(store: Store, place: Path) -> None:
    await store.conversations.add(conversation())
    before = list(await store._database.rows(select(settings)))
    await store.file.check_writable()
    await store.file.check_writable()
    assert list(await store._database.rows(select(settings))) == before == []
    await store.conversations.add(conversation("d"))
    assert place.stat().st_size < 1_000_000


async def test_a_closed_store_says_so_and_can_be_closed_again(store: Store) -> None:
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.conversations.add(conversation())
    with pytest.raises(StoreError, match="closed"):
        await store.conversations.get("c")


def left(before: set[threading.Thread]) -> list[threading.Thread]:
    """Threads that were started since and do not end."""
    new = [thread for thread in threading.enumerate() if thread not in before]
    for thread in new:
        thread.join(5)
    return [thread for thread in new if thread.is_alive()]


async def test_nothing_is_left_open_after_closing(url: str, place: Path) -> None:
    before = set(threading.enumerate())
    store = await Store.open(url)
    await store.conversations.add(conversation())
    await store.conversations.get("c")
    assert set(threading.enumerate()) - before  # its own; one of an earlier test may just have ended
    await store.close()
    assert left(before) == []
    descriptors = Path("/proc/self/fd")
    if descriptors.is_dir():
        open_files = [str(path.readlink()) for path in descriptors.iterdir() if path.is_symlink()]
        assert [path for path in open_files if path.startswith(str(place))] == []


@pytest.mark.parametrize("content", [b"no database" * 100, b""])
async def test_nothing_is_left_open_after_a_refusal(url: str, place: Path, content: bytes) -> None:
    before = set(threading.enumerate())
    place.write_bytes(content)
    try:
        store = await Store.open(url)
    except GrokbotError:
        assert content
    else:
        assert not content
        await store.close()
    assert left(before) == []


async def test_who_only_looks_sees_what_another_writes_and_writes_nothing(url: str) -> None:
    async with AsyncExitStack() as stack:
        daemons = await Store.open(url, alone=True)
        stack.push_async_callback(daemons.close)
        looking = await Store.read_only(url)
        stack.push_async_callback(looking.close)
        assert await looking.conversations.get("c") is None
        await daemons.conversations.add(conversation())
        assert await looking.conversations.get("c") == conversation()
        with pytest.raises(StoreError):
            await looking.conversations.add(conversation("d"))
        await daemons.close()
        assert await looking.conversations.get("c") == conversation()
        again = await Store.open(url, alone=True)
        stack.push_async_callback(again.close)
        assert await again.conversations.get("d") is None
        await again.conversations.add(conversation("d"))
        assert await looking.conversations.get("d") is not None


async def test_what_is_not_there_cannot_be_looked_at(tmp_path: Path) -> None:
    with pytest.raises(GrokbotError):
        await Store.read_only(url_of(tmp_path / "none" / "grokbot.sqlite3"))
    assert list(tmp_path.iterdir()) == []


async def test_a_migration_says_that_it_runs_and_a_stop_interrupts_it_and_changes_nothing(
    url: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await Store.open(url)).close()
    with closing(sqlite3.connect(place)) as older:
        older.execute("UPDATE alembic_version SET version_num = '0001'")
        older.commit()

    def endless(connection: Connection, revision: str, before: Callable[[str, str], None]) -> None:
        before(revision, "newer")
        connection.exec_driver_sql("CREATE TABLE half (done)")
        connection.exec_driver_sql(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT sum(x) FROM n"
        )

    monkeypatch.setattr(migrate, "_run_upgrade", endless)
    health = Health()
    opening = asyncio.create_task(Store.open(url, alone=True, health=health))
    await eventually(lambda: any(part.trouble == MIGRATING for part in health.parts()))
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    async with asyncio.timeout(10.0):
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "store close"))
    with closing(sqlite3.connect(place)) as now:
        assert now.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert now.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").fetchone() == (0,)
