from __future__ import annotations

import os
import shutil
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import StoreError
from grokbot.store import Store

from .cases import conversation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def delete(place: Path) -> None:
    place.unlink()


def delete_all(place: Path) -> None:
    for path in place.parent.iterdir():
        path.unlink()


def delete_folder(place: Path) -> None:
    shutil.rmtree(place.parent)


def move(place: Path) -> None:
    place.rename(place.with_name("elsewhere"))


WAYS = [delete, delete_all, delete_folder, move]


async def test_a_file_in_its_place_is_left_there(url: str, place: Path) -> None:
    store = await Store.open(url)
    await store.conversations.add(conversation())
    await store.file.check_in_place()
    await store.close()
    assert [path.name for path in place.parent.iterdir()] == [place.name]


@pytest.mark.parametrize("way", WAYS)
async def test_a_file_that_was_taken_away_is_noticed_and_comes_back_with_all_that_was_written_since(
    tmp_path: Path, way: Callable[[Path], None]
) -> None:
    place = tmp_path / "state" / "grokbot.sqlite3"
    url = f"sqlite+aiosqlite:///{place}"
    store = await Store.open(url)
    await store.conversations.add(conversation())
    way(place)
    with pytest.raises(StoreError, match="deleted or moved"):
        await store.file.check_in_place()
    later = replace(conversation("later"), channel_id=901)
    await store.conversations.add(later)
    await store.close()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    again = await Store.open(url)
    assert [await again.conversations.get("c"), await again.conversations.get("later")] == [conversation(), later]
    await again.file.check_in_place()
    await again.close()


async def test_a_file_that_was_put_in_its_place_stays_and_what_there_was_is_kept_beside_it(
    url: str, place: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    backup = await Store.open(f"sqlite+aiosqlite:///{other}")
    await backup.conversations.add(conversation("of the backup"))
    await backup.close()
    store = await Store.open(url)
    await store.conversations.add(conversation())
    other.replace(place)
    with pytest.raises(StoreError, match="was replaced"):
        await store.file.check_in_place()
    await store.close()
    [beside] = place.parent.glob("grokbot.sqlite3.displaced-*")
    restored, displaced = await Store.open(url), await Store.open(f"sqlite+aiosqlite:///{beside}")
    assert await restored.conversations.get("of the backup") is not None
    assert await restored.conversations.get("c") is None
    assert await displaced.conversations.get("c") == conversation()
    for opened in (restored, displaced):
        await opened.close()


async def test_a_file_that_was_emptied_is_noticed(url: str, place: Path) -> None:
    store = await Store.open(url)
    await store.conversations.add(conversation())
    os.truncate(place, 0)
    with pytest.raises(StoreError, match="emptied"):
        await store.file.check_in_place()
    await store.close()
