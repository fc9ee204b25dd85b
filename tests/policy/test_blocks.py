from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grokbot.conversation.errors import LimitReachedError, NotAllowedError
from grokbot.policy.blocks import EVERY_SERVER, Block, Blocked, Presence, block_of, refusal, sentence

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(days=40)
GUILD, OTHER_GUILD, ALICE, BOB, ROLE, THREAD, CHANNEL, CATEGORY = range(10, 18)
HERE = Presence(
    user_id=ALICE, guild_id=GUILD, role_ids=frozenset({ROLE}), channel_ids=frozenset({THREAD, CHANNEL, CATEGORY})
)
DIRECTLY = Presence(user_id=ALICE)


def block(
    kind: Blocked, subject_id: int, until: datetime | None = None, guild_id: int = GUILD, reason: str = ""
) -> Block:
    return Block(guild_id=guild_id, kind=kind, subject_id=subject_id, until=until, reason=reason)


@pytest.mark.parametrize(
    ("one", "who", "held"),
    [
        (block(Blocked.USER, ALICE), HERE, True),
        (block(Blocked.USER, BOB), HERE, False),
        (block(Blocked.USER, ALICE, guild_id=OTHER_GUILD), HERE, False),
        (block(Blocked.USER, ALICE, guild_id=EVERY_SERVER), HERE, True),
        (block(Blocked.USER, ALICE, guild_id=EVERY_SERVER), DIRECTLY, True),
        (block(Blocked.USER, ALICE), DIRECTLY, False),
        (block(Blocked.ROLE, ROLE), HERE, True),
        (block(Blocked.ROLE, 99), HERE, False),
        (block(Blocked.ROLE, ALICE), HERE, False),  # the kinds keep their ids apart
        (block(Blocked.CHANNEL, THREAD), HERE, True),
        (block(Blocked.CHANNEL, CHANNEL), HERE, True),
        (block(Blocked.CHANNEL, CATEGORY), HERE, True),
        (block(Blocked.CHANNEL, 99), HERE, False),
        (block(Blocked.USER, ALICE, SOON), HERE, True),
        (block(Blocked.USER, ALICE, NOW), HERE, False),
        (block(Blocked.USER, ALICE, NOW - timedelta(days=1)), HERE, False),
    ],
)
def test_whom_a_block_holds(one: Block, who: Presence, held: bool) -> None:
    assert block_of([one], who, NOW) == (one if held else None)


@pytest.mark.parametrize(
    ("blocks", "counts"),
    [
        ([block(Blocked.USER, ALICE, SOON), block(Blocked.ROLE, ROLE, LATER)], 1),
        ([block(Blocked.USER, ALICE, LATER), block(Blocked.ROLE, ROLE, SOON)], 0),
        ([block(Blocked.USER, ALICE, LATER), block(Blocked.CHANNEL, THREAD)], 1),
        ([block(Blocked.CHANNEL, CHANNEL), block(Blocked.ROLE, ROLE), block(Blocked.USER, ALICE)], 2),
        ([block(Blocked.USER, ALICE, NOW), block(Blocked.ROLE, ROLE, SOON), block(Blocked.USER, BOB)], 1),
    ],
)
def test_the_block_that_lasts_longest_counts(blocks: list[Block], counts: int) -> None:
    assert block_of(blocks, HERE, NOW) == block_of(blocks[::-1], HERE, NOW) == blocks[counts]


def test_a_block_ends_at_its_very_moment() -> None:
    one = block(Blocked.USER, ALICE, SOON)
    assert block_of([one], HERE, SOON - timedelta(microseconds=1)) == one
    assert block_of([one], HERE, SOON) is None


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (block(Blocked.USER, ALICE), "You cannot use Grok here."),
        (block(Blocked.USER, ALICE, NOW), "You cannot use Grok here until <t:1795435200:f>."),
        (
            block(Blocked.ROLE, ROLE, NOW + timedelta(milliseconds=1), reason="spam\n again"),
            "You cannot use Grok here until <t:1795435201:f>. Reason: spam again",
        ),
        (
            block(Blocked.CHANNEL, CHANNEL, reason="quiet, please"),
            "You cannot use Grok in this channel. Reason: quiet, please",
        ),
        (block(Blocked.USER, ALICE, guild_id=EVERY_SERVER), "You cannot use Grok."),
    ],
)
def test_what_the_blocked_person_is_told(one: Block, said: str) -> None:
    assert sentence(one) == said


def test_time_mends_a_block_for_a_time_and_a_moderator_one_for_good() -> None:
    ends = refusal(block(Blocked.USER, ALICE, SOON))
    assert isinstance(ends, LimitReachedError)
    assert ends.until == SOON
    assert isinstance(refusal(block(Blocked.USER, ALICE)), NotAllowedError)
