from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.records import AuditEntry
from grokbot.policy.blocks import Block, BlockKind, HeldBlock
from grokbot.store import RowRefusedError, Store

from .cases import ALICE, GUILD, START

if TYPE_CHECKING:
    from datetime import datetime

HOUR = timedelta(hours=1)


def held(number: int, subject: int = ALICE.id, until: datetime | None = None, guild_id: int = GUILD) -> HeldBlock:
    block = Block(guild_id=guild_id, kind=BlockKind.USER, subject_id=subject, until=until, reason=f"{number} 🦉")
    return HeldBlock(id=f"b{number}", block=block, by=3, at=START + number * HOUR)


def entry(number: int) -> AuditEntry:
    return AuditEntry(id=f"e{number}", at=START, guild_id=GUILD, actor_id=3, action="block")


async def entries(store: Store) -> int:
    return (await store.audit.page(GUILD)).total


async def test_those_that_hold_come_newest_first_and_the_newer_of_the_same_alone(store: Store) -> None:
    for number, block in enumerate([held(1), held(2, 7), held(3, until=START + 9 * HOUR), held(4, guild_id=0)]):
        await store.blocks.add(block, entry(number))
    now = START + 5 * HOUR
    assert [each.id for each in await store.blocks.of(GUILD, now)] == ["b3", "b2"]
    assert await store.blocks.of(GUILD, now) == (held(3, until=START + 9 * HOUR), held(2, 7))
    assert [each.id for each in await store.blocks.of(GUILD, START + 9 * HOUR)] == ["b2"]
    assert [each.id for each in await store.blocks.of(0, now)] == ["b4"]
    assert await entries(store) == 4


async def test_lifting_one_is_noted_once_and_only_where_it_held(store: Store) -> None:
    await store.blocks.add(held(1), entry(1))
    now = START + 5 * HOUR
    assert not await store.blocks.lift(GUILD, BlockKind.ROLE, ALICE.id, now, entry(2))
    assert not await store.blocks.lift(GUILD + 1, BlockKind.USER, ALICE.id, now, entry(3))
    assert await store.blocks.lift(GUILD, BlockKind.USER, ALICE.id, now, entry(4))
    assert not await store.blocks.lift(GUILD, BlockKind.USER, ALICE.id, now, entry(5))
    assert await store.blocks.of(GUILD, now) == ()
    assert await entries(store) == 2


async def test_a_block_that_cannot_be_kept_is_not_noted_and_lifts_nothing(store: Store) -> None:
    await store.blocks.add(held(1), entry(1))
    with pytest.raises(RowRefusedError):
        await store.blocks.add(held(2), entry(1))  # the line of the log is there already
    assert [each.id for each in await store.blocks.of(GUILD, START + 5 * HOUR)] == ["b1"]
    assert await entries(store) == 1


async def test_who_was_told_of_a_block_was_told_once(store: Store) -> None:
    await store.blocks.add(held(1), entry(1))
    assert [await store.blocks.note_told("b1", user) for user in (5, 6, 5)] == [True, True, False]
    assert await store.blocks.note_told("gone", 5)
