from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import StoreError
from grokbot.store import Store
from grokbot.store.database import IN_USE

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_second_daemon_on_one_database_is_refused_until_the_first_has_closed_it(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'grokbot.sqlite3'}"
    first = await Store.open(url, alone=True)
    with pytest.raises(StoreError, match="Another grokbot") as refused:
        await Store.open(url, alone=True)
    assert str(refused.value) == IN_USE
    await first.close()
    second = await Store.open(url, alone=True)
    await second.close()


async def test_a_look_at_the_database_of_a_running_daemon_is_allowed(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'grokbot.sqlite3'}"
    daemon = await Store.open(url, alone=True)
    look = await Store.open(url)
    await look.file.check_writable()
    await look.close()
    await daemon.file.check_writable()
    await daemon.close()


async def test_a_failed_start_gives_the_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "grokbot.sqlite3"
    path.write_bytes(b"this is no database, and far from it" * 100)
    url = f"sqlite+aiosqlite:///{path}"
    for _ in range(2):
        with pytest.raises(Exception, match="database") as refused:
            await Store.open(url, alone=True)
        assert str(refused.value) != IN_USE
