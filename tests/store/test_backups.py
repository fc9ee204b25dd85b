from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from grokbot.conversation.errors import ConfigurationError, StoreError
from grokbot.conversation.records import ApiKey, Share
from grokbot.conversation.response import State
from grokbot.store import Store
from grokbot.store.database import ErasureLog, SoleUse
from grokbot.store.maintenance import (
    BackupFolder,
    backup,
    check_stopped,
    files,
    look_at,
    losses,
    make_backup,
    restore,
    verify,
)

from .cases import ALICE, BOB, START, ended, human, pending, ref
from .test_vacuum import FULL_DISK
from .test_variants import keep

A_DAY = timedelta(days=1)


async def said(store: Store, number: int, words: int = 3) -> None:
    await keep(store, human(f"h{number}", tick=number, text="word " * words), conversation_id=f"c{number}")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def owners(folder: Path) -> set[int]:
    return {path.lstat().st_uid for path in folder.rglob("*")}


def given_to(user: int, folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, user)


def spoil(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"\xff" * (len(content) // 2))


def texts(place: Path) -> list[str]:
    with closing(sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True)) as connection:
        return [text for (text,) in connection.execute("SELECT message FROM responses ORDER BY id")]


def everything_in(place: Path) -> dict[str, list[object]]:
    with closing(sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True)) as connection:
        tables = files.tables_of(connection)
        found = {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in tables}  # noqa: S608
    found["settings"] = [row for row in found["settings"] if row[2] != backup.NOTE]
    return found


async def test_a_backup_under_load_is_whole_of_one_moment_and_the_journal_stays_small(
    store: Store, place: Path, tmp_path: Path
) -> None:
    for number in range(30):
        await said(store, number, words=20_000)
    target, journals, slowest, begun = tmp_path / "copy.sqlite3", [0], [0.0], asyncio.Event()
    loop = asyncio.get_running_loop()

    def progress(_doing: str, _done: int, _of: int) -> None:
        journals.append(files.journal_bytes(place))
        loop.call_soon_threadsafe(begun.set)

    copying = asyncio.create_task(asyncio.to_thread(make_backup, place, target, progress=progress, moment=START))
    await begun.wait()
    number = 100
    while not copying.done():
        before = loop.time()
        await said(store, number, words=200)
        slowest.append(loop.time() - before)
        number += 1
    made = await copying
    assert number > 103, "nothing was written meanwhile"
    assert (made.moment, made.conversations, mode(target)) == (START, 30, 0o600)
    assert all(text == "word " * 20_000 for text in texts(target))
    assert max(journals) < 16 * 1024**2
    assert max(slowest) < 0.5
    assert [name for name in names(tmp_path) if "copy" in name] == ["copy.sqlite3"]


async def test_a_backup_that_fails_leaves_the_one_before_and_nothing_else(
    store: Store, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(store, 1)
    folder = tmp_path / "kept"
    folder.mkdir()
    target = folder / "copy.sqlite3"
    first = make_backup(place, target)
    before = target.read_bytes()
    assert first.conversations == 1

    def refused(text: str, **how: object) -> None:
        with pytest.raises(StoreError, match=text):
            make_backup(place, target, **how)  # type: ignore[arg-type]
        assert [path.name for path in folder.iterdir()] == ["copy.sqlite3"]
        assert target.read_bytes() == before

    refused("stopped", stopped=lambda: True)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: FULL_DISK)
        refused("no room")
    with monkeypatch.context() as broken:
        broken.setattr(backup, "damage_of", lambda _: ["row 3 missing from index"])
        refused("damaged")
    with monkeypatch.context() as short:
        short.setattr(backup, "copied_into", lambda *_: None)
        refused("does not have what the database has")
    with pytest.raises(StoreError, match="is the database itself"):
        make_backup(place, place)
    with pytest.raises(StoreError, match="no database at"):
        make_backup(tmp_path / "none", target)
    (folder / "note").write_text("mine")
    with pytest.raises(StoreError, match="no backup of grokbot"):
        make_backup(place, folder / "note")


async def test_restored_is_what_was_backed_up_and_what_was_there_stays_beside_it(
    store: Store, place: Path, url: str, tmp_path: Path
) -> None:
    await said(store, 1)
    target = tmp_path / "copy.sqlite3"
    made = make_backup(place, target, moment=START + timedelta(microseconds=1))
    then = everything_in(place)
    await said(store, 2)
    lost = losses(place, look_at(target))
    assert (lost.readable, lost.questions) == (True, 1)
    for held in (lambda: check_stopped(place), lambda: restore(place, target)):
        alone = await Store.open(url, alone=True)
        with pytest.raises(StoreError, match="systemctl stop"):
            held()
        await alone.close()
    await store.close()
    now = everything_in(place)
    done = restore(place, target, now=START)
    assert done.backup == made
    assert done.cut == 0
    assert done.aside is not None
    assert done.aside.name == "grokbot.sqlite3.before-restore-20261123T120000Z"
    assert everything_in(place) == then
    assert everything_in(done.aside) == now
    assert mode(place) == 0o600
    store = await Store.open(url, alone=True)  # it can be used as ever
    await said(store, 3)
    await store.close()


async def test_after_a_kill_the_journal_is_kept_with_the_database_that_it_belongs_to(
    store: Store, place: Path, tmp_path: Path
) -> None:
    target = tmp_path / "copy.sqlite3"
    make_backup(place, target)
    await said(store, 1)
    killed = tmp_path / "killed"
    shutil.copytree(tmp_path, killed)
    done = restore(killed / place.name, target)
    assert done.aside is not None
    assert texts(done.aside) == ["word " * 3]
    assert texts(killed / place.name) == []
    shutil.copytree(tmp_path, killed, dirs_exist_ok=True)
    (killed / place.name).write_bytes(b"no database" * 1000)
    assert losses(killed / place.name, look_at(target)).readable is False
    done = restore(killed / place.name, target, now=START)
    assert done.aside is not None
    assert done.aside.read_bytes().startswith(b"no database")
    assert files.journal_bytes(done.aside) > 0
    assert texts(killed / place.name) == []


async def test_a_journal_whose_database_was_moved_away_is_not_replayed_into_a_restored_one(
    store: Store, place: Path, tmp_path: Path
) -> None:
    await said(store, 1)
    target = tmp_path / "copy.sqlite3"
    make_backup(place, target)
    for number in range(2, 30):
        await said(store, number, words=2000)
    killed = tmp_path / "killed"
    shutil.copytree(tmp_path, killed)
    (killed / place.name).rename(killed / "damaged")
    restore(killed / place.name, target)
    assert texts(killed / place.name) == ["word " * 3]
    assert verify(killed / place.name) == []


async def test_restores_within_a_second_keep_each_what_was_there(store: Store, place: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.sqlite3"
    make_backup(place, target)
    await said(store, 1)
    await store.close()
    kept = [restore(place, target, now=START).aside for _ in range(3)]
    assert [texts(each) for each in kept if each is not None] == [["word " * 3], [], []]
    with pytest.raises(StoreError, match="is the database itself"):
        restore(place, place)


async def test_a_database_that_a_bot_uses_is_no_backup_to_replace(store: Store, url: str, place: Path) -> None:
    other = place.with_name("other.sqlite3")
    make_backup(place, other)
    await store.close()
    used = await Store.open(url, alone=True)
    with pytest.raises(StoreError, match="a bot uses"):
        make_backup(other, place)
    await used.close()
    with pytest.raises(StoreError, match="a bot uses"):
        make_backup(other, place)


async def test_what_a_kill_left_beside_the_database_goes_with_the_next_restore(store: Store, place: Path) -> None:
    target = place.with_name("copy.sqlite3")
    make_backup(place, target)
    await store.close()
    for left in (".grokbot.sqlite3.1.partial", ".grokbot.sqlite3.1.partial-wal"):
        place.with_name(left).write_bytes(b"left by a kill")
    restore(place, target)
    assert not [name for name in names(place.parent) if ".partial" in name]


def test_a_note_of_a_deletion_that_was_cut_spoils_neither_the_next_nor_a_start(place: Path) -> None:
    noted, file = ErasureLog(place), Path(f"{place}.erased")
    noted.note({"response": ["h1"]})
    file.write_bytes(file.read_bytes() + b'[1.0, "respo\xff\n["x", "y", "z"]\n[2.0, "resp')
    noted.note({"response": ["h2"]})
    noted.prune()
    assert [each.id for each in noted.since(3.0)] == ["h1", "h2"]
    file.unlink()
    file.mkdir()
    noted.prune()  # it cannot be read: the start goes on


async def test_a_damaged_backup_is_refused_and_nothing_changes(store: Store, place: Path, tmp_path: Path) -> None:
    for number in range(20):
        await said(store, number, words=1000)
    target = tmp_path / "copy.sqlite3"
    make_backup(place, target)
    await store.close()
    before = everything_in(place)
    spoil(target)
    with pytest.raises(StoreError, match="damaged"):
        restore(place, target)
    target.write_bytes(b"SQLite format 3\0" + b"\0" * 84)
    with pytest.raises(StoreError, match=r"damaged|not a database"):
        restore(place, target)
    with pytest.raises(StoreError, match="No such file"):
        restore(place, tmp_path / "none")
    assert everything_in(place) == before
    assert not any("before-restore" in name for name in names(tmp_path))


async def test_what_ran_or_waited_at_the_moment_of_a_backup_is_left_to_discord(
    store: Store, place: Path, url: str, tmp_path: Path
) -> None:
    await keep(store, human("h1"), ended(pending("a1", "h1")), conversation_id="c")
    await store.turns.begin([human("h2", "a1")], pending("a2", "h2"), [ref(50, "h2"), ref(51, "a2")])
    waiting = human("h3", state=State.PENDING)
    await store.queue.add(waiting, ref(52, "h3"))
    await store.watermarks.note_served({0: 60}, 1)
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("UPDATE conversations SET leaf_id = 'a2'")
    target = tmp_path / "copy.sqlite3"
    make_backup(place, target)
    await store.close()
    done = restore(place, target)
    assert done.cut == 3
    store = await Store.open(url)
    assert [response.id for response in await store.responses.path("a1")] == ["h1", "a1"]
    assert await store.turns.unended() == ()
    assert await store.queue.conversations() == ()
    assert await store.messages.unshown() == ()
    assert await store.watermarks.served() == {(0, 1): 49}
    kept = await store.conversations.get("c")
    assert kept is not None
    assert kept.leaf_id == "a1"
    await store.close()


async def test_the_schedule_goes_by_the_newest_file_and_keeps_so_many(store: Store, place: Path) -> None:
    await said(store, 1)
    folder = BackupFolder(place, place.parent / "kept", keep=2)
    assert folder.due(A_DAY, START, folder.newest(START)) == START
    (place.parent / "kept").mkdir()
    (place.parent / "kept" / "mine.sqlite3").write_bytes(b"mine")
    (place.parent / "kept" / ".grokbot-x.sqlite3.1.partial").write_bytes(b"left by a crash")
    (place.parent / "kept" / ".film.1.partial").write_bytes(b"another program's")
    os.mkfifo(place.parent / "kept" / ".grokbot-x.sqlite3.2.partial")  # opening it would wait for ever
    for day in range(4):
        folder.make(START + day * A_DAY)
    assert [path.name for path in folder.scheduled()] == [
        "grokbot-20261126T120000Z.sqlite3",
        "grokbot-20261125T120000Z.sqlite3",
    ]
    assert len(list(folder.folder.iterdir())) == 4
    assert {".film.1.partial", "mine.sqlite3"} < {*names(folder.folder)}
    assert folder.due(A_DAY, START + 3 * A_DAY, folder.newest(START + 3 * A_DAY)) == START + 4 * A_DAY
    assert folder.due(A_DAY, START, folder.newest(START)) == START, "a backup from the future puts nothing off"


async def test_bots_that_share_a_folder_for_backups_do_not_take_each_others_for_their_own(
    store: Store, place: Path, tmp_path: Path
) -> None:
    await said(store, 1)
    shared, folders = tmp_path / "shared", []
    for name in ("a", "a-b"):
        (tmp_path / name).mkdir()
        make_backup(place, tmp_path / name / "grokbot.sqlite3")
        folders.append(BackupFolder(tmp_path / name / "grokbot.sqlite3", shared, keep=1))
    for folder in folders:
        assert folder.newest(START) is None
        folder.make(START)
        folder.make_before_migration("0012", "0013")
    assert [len(folder.scheduled()) for folder in folders] == [1, 1]
    assert len(names(shared)) == 4


async def test_a_backup_is_made_before_the_tables_change_and_without_it_they_do_not(
    store: Store, place: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(store, 1)
    await store.close()
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0012'")
        connection.execute("ALTER TABLE filters DROP COLUMN name")
        connection.execute("ALTER TABLE filters DROP COLUMN number")
    folder = BackupFolder(place, place.parent / "backups")
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: FULL_DISK)
        with pytest.raises(ConfigurationError, match="Nothing was changed") as refused:
            await Store.open(url, alone=True, backups=folder)
    assert refused.value.key == "store.backup_dir"
    assert look_at(place).revision == "0012"
    store = await Store.open(url, alone=True, backups=folder)
    (made,) = folder.folder.iterdir()
    assert made.name.startswith("grokbot-before-0013-")
    assert look_at(made).revision == "0012"
    assert look_at(place).revision == "0013"
    assert folder.scheduled() == []
    await store.close()
    restore(place, made)
    assert look_at(place).revision == "0012"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files for others")
async def test_what_root_makes_beside_a_service_belongs_to_the_service(place: Path, tmp_path: Path) -> None:
    store = await Store.open(f"sqlite+aiosqlite:///{place}", alone=True)
    await said(store, 1)
    await store.close()
    given_to(12345, tmp_path)
    target = Path("/dev/shm") / f"keeping-{os.getpid()}.sqlite3"  # noqa: S108
    try:
        make_backup(place, target)
        BackupFolder(place, tmp_path / "backups").make(START)
        losses(place, look_at(target))
        (tmp_path / "grokbot.sqlite3.lock").unlink()
        restore(place, target)
        assert target.stat().st_uid == 0
        assert len(names(tmp_path)) > 4
        assert owners(tmp_path) == {12345}
        place.with_name(place.name + "-wal").unlink(missing_ok=True)
        place.with_name(place.name + "-wal").symlink_to("/etc/hostname")
        with pytest.raises(StoreError, match="is a link"):
            make_backup(place, target)
        place.with_name(place.name + "-wal").unlink()
        (tmp_path / "mine").symlink_to(tmp_path / "backups")
        BackupFolder(place, tmp_path / "mine").make(START + A_DAY)  # root's own link
        os.lchown(tmp_path / "mine", 12345, 12345)
        with pytest.raises(StoreError, match="is a link"):
            BackupFolder(place, tmp_path / "mine").make(START + 2 * A_DAY)
        place.with_name(place.name + ".lock").unlink()
        place.with_name(place.name + ".lock").symlink_to(tmp_path / "roots")
        with pytest.raises(OSError, match="symbolic links"):  # also if it was planted after the look at links
            SoleUse(files.url_of(place))
        assert not (tmp_path / "roots").exists()
    finally:
        target.unlink(missing_ok=True)


async def test_what_people_deleted_after_a_backup_does_not_come_back_with_it(
    store: Store, place: Path, url: str, tmp_path: Path
) -> None:
    await store.identifiers.load()
    for number in range(4):
        await said(store, number)
    await keep(store, human("b1", author=BOB), conversation_id="bobs")
    share = Share(
        token_hash="token", response_id="h2", conversation_id="c2", created_by=ALICE.id, created_at=START, names=False
    )
    await store.shares.add(share)
    await store.keys.add(ApiKey(id="key", owner_id=ALICE.id, name="mine", everything=False, created_at=START), "hash")
    target = tmp_path / "copy.sqlite3"
    make_backup(place, target)
    await store.deletion.delete("c0", START)
    await store.deletion.erase("h1", START)
    await store.shares.revoke("c2", START)
    await store.keys.revoke("key", START)
    await store.privacy.opt_out(5, START)
    await store.erasure.begin(BOB.id, START)
    await store.erasure.take_person(BOB.id, "bobs", START, system_prompt="")
    await store.erasure.take_rest(BOB.id, START)
    await store.close()
    noted = (tmp_path / "grokbot.sqlite3.erased").read_text("utf-8")
    assert str(BOB.id) not in noted
    done = restore(place, target)
    assert done.erased == 6
    store = await Store.open(url, alone=True)
    assert await store.conversations.get("c0") is None
    erased = await store.responses.get("h1")
    assert erased is not None
    assert (erased.message, erased.erased) == ("", True)
    assert await store.shares.of("c2") == frozenset()
    assert all(key.revoked_at for key in await store.keys.all())
    assert [each.user_id for each in await store.privacy.opt_outs()] == [5]
    assert await store.erasure.under_way() == (BOB.id,), "the start of the bot erases the rest"
    kept = await store.responses.get("h3")
    assert kept is not None
    assert kept.message == "word " * 3
    await store.close()
    assert len(ErasureLog(place).since(0.0)) == 6
