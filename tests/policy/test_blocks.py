from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grokbot.policy.blocks import EVERY_SERVER, Block, BlockKind, Presence, block_of, sentence

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(days=40)
GUILD, OTHER_GUILD, ALICE, BOB, ROLE, THREAD, CHANNEL, CATEGORY = range(10, 18)
HERE = Presence(
    user_id=ALICE, guild_id=GUILD, role_ids=frozenset({ROLE}), channel_ids=frozenset({THREAD, CHANNEL, CATEGORY})
)
DIRECTLY = Presence(user_id=ALICE)


def block(
    kind: BlockKind, subject_id: int, until: datetime | None = None, guild_id: int = GUILD, reason: str = ""
) -> Block:
    return Block(guild_id=guild_id, kind=kind, subject_id=subject_id, until=until, reason=reason)


A_MODERATOR, THE_OPERATOR = "A moderator can change that.", "The bot's operator can change that."


@pytest.mark.parametrize(
    ("one", "who", "held"),
    [
        (block(BlockKind.USER, ALICE), HERE, True),
        (block(BlockKind.USER, BOB), HERE, False),
        (block(BlockKind.USER, ALICE, guild_id=OTHER_GUILD), HERE, False),
        (block(BlockKind.USER, ALICE, guild_id=EVERY_SERVER), HERE, True),
        (block(BlockKind.USER, ALICE, guild_id=EVERY_SERVER), DIRECTLY, True),
        (block(BlockKind.USER, ALICE), DIRECTLY, False),
        (block(BlockKind.ROLE, ROLE), HERE, True),
        (block(BlockKind.ROLE, 99), HERE, False),
        (block(BlockKind.ROLE, ALICE), HERE, False),  # the kinds keep their ids apart
        (block(BlockKind.CHANNEL, THREAD), HERE, True),
        (block(BlockKind.CHANNEL, CHANNEL), HERE, True),
        (block(BlockKind.CHANNEL, CATEGORY), HERE, True),
        (block(BlockKind.CHANNEL, 99), HERE, False),
        (block(BlockKind.USER, ALICE, SOON), HERE, True),
        (block(BlockKind.USER, ALICE, NOW), HERE, False),
        (block(BlockKind.USER, ALICE, NOW - timedelta(days=1)), HERE, False),
    ],
)
def test_whom_a_block_holds(one: Block, who: Presence, held: bool) -> None:
    assert block_of([one], who, NOW) == (one if held else None)


@pytest.mark.parametrize(
    ("blocks", "counts"),
    [
        ([block(BlockKind.USER, ALICE, SOON), block(BlockKind.ROLE, ROLE, LATER)], 1),
        ([block(BlockKind.USER, ALICE, LATER), block(BlockKind.ROLE, ROLE, SOON)], 0),
        ([block(BlockKind.USER, ALICE, LATER), block(BlockKind.CHANNEL, THREAD)], 1),
        ([block(BlockKind.CHANNEL, CHANNEL), block(BlockKind.ROLE, ROLE), block(BlockKind.USER, ALICE)], 2),
        ([block(BlockKind.USER, ALICE, NOW), block(BlockKind.ROLE, ROLE, SOON), block(BlockKind.USER, BOB)], 1),
    ],
)
def test_the_block_that_lasts_longest_counts(blocks: list[Block], counts: int) -> None:
    assert block_of(blocks, HERE, NOW) == block_of(blocks[::-1], HERE, NOW) == blocks[counts]


def test_a_block_ends_at_its_very_moment() -> None:
    one = block(BlockKind.USER, ALICE, SOON)
    assert block_of([one], HERE, SOON - timedelta(microseconds=1)) == one
    assert block_of([one], HERE, SOON) is None


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (block(BlockKind.USER, ALICE), f"You cannot use Grok here. {A_MODERATOR}"),
        (
            block(BlockKind.USER, ALICE, NOW),
            f"You cannot use Grok here until <t:1795435200:f>. {A_MODERATOR}",
        ),
        (
            block(BlockKind.ROLE, ROLE, NOW + timedelta(milliseconds=1), reason="spam\n again"),
            "You cannot use Grok here until <t:1795435201:f>. A moderator can change that. Reason: spam again",
        ),
        (
            block(BlockKind.CHANNEL, CHANNEL, reason="quiet, please"),
            "You cannot use Grok in this channel. A moderator can change that. Reason: quiet, please",
        ),
        (
            block(BlockKind.USER, ALICE, guild_id=EVERY_SERVER),
            f"You cannot use Grok. {THE_OPERATOR}",
        ),
    ],
)
def test_what_the_blocked_person_is_told(one: Block, said: str) -> None:
    assert sentence(one) == said
