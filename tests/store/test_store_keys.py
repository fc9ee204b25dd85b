from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.records import ApiKey
from grokbot.store import RowRefusedError

from .cases import ALICE, BOB, at

if TYPE_CHECKING:
    from grokbot.store import Store

KEY = ApiKey(id="k1", owner_id=ALICE.id, name="alice", everything=False, created_at=at(0))
ANOTHER = ApiKey(id="k2", owner_id=BOB.id, name="bob", everything=True, created_at=at(1))


async def test_a_key_is_found_by_its_hash_and_by_nothing_else(store: Store) -> None:
    await store.keys.add(KEY, "hash-1")
    await store.keys.add(ANOTHER, "hash-2")
    assert await store.keys.by_hash("hash-1") == KEY
    assert await store.keys.by_hash("hash-2") == ANOTHER
    assert [await store.keys.by_hash(other) for other in ("", "k1", "HASH-1", "hash")] == [None] * 4
    assert await store.keys.all() == (KEY, ANOTHER)


async def test_a_hash_or_an_id_that_is_taken_is_refused(store: Store) -> None:
    await store.keys.add(KEY, "hash-1")
    with pytest.raises(RowRefusedError):
        await store.keys.add(ANOTHER, "hash-1")
    with pytest.raises(RowRefusedError):
        await store.keys.add(replace(ANOTHER, id=KEY.id), "hash-2")
    assert await store.keys.all() == (KEY,)


async def test_a_revoked_key_stays_known_with_the_time_at_which_it_was_first_revoked(store: Store) -> None:
    await store.keys.add(KEY, "hash-1")
    await store.keys.add(ANOTHER, "hash-2")
    revoked = await store.keys.revoke(KEY.id, at(5))
    assert revoked == replace(KEY, revoked_at=at(5))
    assert await store.keys.revoke(KEY.id, at(9)) == revoked
    assert await store.keys.by_hash("hash-1") == revoked
    assert await store.keys.all() == (revoked, ANOTHER)
    assert await store.keys.revoke("no such key", at(5)) is None


async def test_the_last_use_never_goes_back(store: Store) -> None:
    await store.keys.add(KEY, "hash-1")
    for used, kept in ((3, 3), (7, 7), (5, 7)):
        await store.keys.note_use(KEY.id, at(used))
        assert await store.keys.by_hash("hash-1") == replace(KEY, used_at=at(kept))
    await store.keys.note_use("no such key", at(1))


async def test_names_that_no_database_keeps_are_kept_as_far_as_they_can_be(store: Store) -> None:
    await store.keys.add(replace(KEY, name="a\0\ud800b"), "hash-1")
    (kept,) = await store.keys.all()
    assert kept.name == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"
