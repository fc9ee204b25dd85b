"""The backups that the daemon makes by itself, with a real database and a clock of the test's own."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from grokbot.daemon import backups
from grokbot.daemon.backups import BackupSchedule, scheduled_backups
from grokbot.engine.context import Context
from grokbot.process import metrics
from grokbot.settings import DiscordSettings, Settings, StoreSettings, XaiSettings
from grokbot.store import Store
from grokbot.store.maintenance import BackupFolder, look_at

from .store.cases import START, human
from .store.test_backups import spoil
from .store.test_vacuum import FULL_DISK
from .store.test_variants import keep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HOUR = timedelta(hours=1)


class Clock:
    now = START

    def __call__(self) -> object:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def context(tmp_path: Path, clock: Clock) -> AsyncIterator[Context]:
    settings = Settings(
        discord=DiscordSettings(token=SecretStr("none")),
        xai=XaiSettings(api_key=SecretStr("none")),
        store=StoreSettings(url=f"{tmp_path}/grokbot.sqlite3", backup_every=24, backup_keep=2),
    )
    store = await Store.open(settings.store.url, alone=True)
    for number in range(20):
        await keep(store, human(f"h{number}", text="word " * 2000), conversation_id=f"c{number}")
    yield Context(settings, store, None, clock, str)  # type: ignore[arg-type] # nothing is asked of xAI
    await store.close()


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_backup_a_day_whatever_restarts_and_a_failure_is_told_and_tried_again(
    context: Context, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = BackupFolder.of(context.settings.store)
    done, failed = value("grokbot_backups_total", outcome="done"), value("grokbot_backups_total", outcome="failed")
    schedule = BackupSchedule(context, lambda: False)
    await schedule.look()
    assert context.backup_note == "made 2026-11-23 12:00 UTC"
    assert [look_at(path).moment for path in folder.scheduled()] == [START]
    clock.now = START + 23 * HOUR
    await BackupSchedule(context, lambda: False).look()  # as after a restart
    assert len(folder.scheduled()) == 1
    assert value("grokbot_last_backup_timestamp_seconds") == START.timestamp()
    clock.now = START + 24 * HOUR
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: FULL_DISK)
        await schedule.look()
    assert "no room for a backup" in context.backup_note
    assert len(folder.scheduled()) == 1
    clock.now += HOUR / 2
    await schedule.look()
    assert "no room for a backup" in context.backup_note, "it tries again only after an hour"
    for hours in (25, 49, 73):
        clock.now = START + hours * HOUR
        await schedule.look()
    assert [look_at(path).moment for path in folder.scheduled()] == [START + 73 * HOUR, START + 49 * HOUR]
    assert context.backup_note == "made 2026-11-26 13:00 UTC"
    assert value("grokbot_backups_total", outcome="done") == done + 4
    assert value("grokbot_backups_total", outcome="failed") == failed + 1


async def test_a_backup_from_the_future_neither_puts_the_next_off_nor_drives_out_the_others(
    context: Context, clock: Clock
) -> None:
    folder = BackupFolder.of(context.settings.store)
    schedule = BackupSchedule(context, lambda: False)
    for now in (START, START + 1000 * HOUR, START + 24 * HOUR):  # the clock was wrong for a while
        clock.now = now
        await schedule.look()
    three = [START + 1000 * HOUR, START + 24 * HOUR, START]
    for minutes in range(3):
        clock.now = START + 24 * HOUR + minutes * HOUR / 60
        await schedule.look()
        assert [look_at(path).moment for path in folder.scheduled()] == three
    assert value("grokbot_last_backup_timestamp_seconds") == three[1].timestamp()


async def test_a_damaged_file_is_told_after_the_start_until_it_is_mended(context: Context, tmp_path: Path) -> None:
    schedule = BackupSchedule(context, lambda: False)
    await schedule.check()
    assert context.backup_note == ""
    await context.store.close()
    spoil(tmp_path / "grokbot.sqlite3")
    await schedule.check()
    assert "The database is damaged" in context.backup_note
    assert "grokbot store restore" in context.backup_note
    await schedule.look()
    assert "The database is damaged" in context.backup_note
    assert BackupFolder.of(context.settings.store).scheduled() == []


async def test_the_schedule_ends_at_once_also_within_a_backup(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "FIRST_SECONDS", 0.0)
    with closing(sqlite3.connect(tmp_path / "grokbot.sqlite3")) as connection, connection:
        connection.execute("UPDATE conversations SET title = hex(randomblob(300000))")
    loop = asyncio.get_running_loop()
    async with scheduled_backups(context):
        while not any((tmp_path / "backups").glob(".*.partial")):  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0)
        began = loop.time()
    assert loop.time() - began < 1.0
    assert BackupFolder.of(context.settings.store).scheduled() == []
    assert list((tmp_path / "backups").iterdir()) == []
