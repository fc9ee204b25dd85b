from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.store import Store

if TYPE_CHECKING:
    from pathlib import Path

ALICE, BOB = 111, 222


async def identified(file: Path) -> list[str]:
    store = await Store.open(f"sqlite+aiosqlite:///{file}")
    try:
        return [await store.identifiers.of(each) for each in (ALICE, BOB, ALICE)]
    finally:
        await store.close()


async def test_a_person_has_one_identifier_over_restarts_and_another_at_another_bot(tmp_path: Path) -> None:
    first, again, elsewhere = [await identified(tmp_path / name) for name in ("one.sqlite3", "one.sqlite3", "two")]
    alice, bob, _ = first
    assert first == again == [alice, bob, alice]
    assert len({alice, bob, *elsewhere}) == 4
    assert all(len(each) == 32 and str(ALICE) not in each for each in (*first, *elsewhere))
