"""Who and what is blocked, until when, and what the blocked person is told. Pure.

Not here: keeping blocks (`store`), telling a person once (`engine`), where Grok may be used at all (`places`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


EVERY_SERVER = 0
"""The `guild_id` of a block that the operator set: it holds in all servers and in direct messages."""

LONGEST_REASON = 200
"""Characters."""


class BlockKind(StrEnum):
    """What is blocked."""

    USER = "user"
    ROLE = "role"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block; it holds up to, and without, `until` (UTC), or for good where that is None."""

    guild_id: int
    kind: BlockKind
    subject_id: int
    until: datetime | None = None
    reason: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether it is still in force."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBlock:
    """A block as it is kept: under which id, by whom and when it was set."""

    id: str
    block: Block
    by: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """A person in a place. In direct messages there is no server, and so there are no roles.

    Args:
        user_id: The person's.
        guild_id: None in direct messages.
        role_ids: Those that the person has there; Discord's role of everybody may be among them.
        channel_ids: The channel, for a thread also the channel that it hangs under, and the category of that.
    """

    user_id: int
    guild_id: int | None = None
    role_ids: frozenset[int] = frozenset()
    channel_ids: frozenset[int] = frozenset()


def block_of(blocks: Iterable[Block], who: Presence, now: datetime) -> Block | None:
    """The block that counts for a person in a place: of those in force the one that lasts longest.

    Of two that end together the person's own counts before a role's, and that before a channel's.

    Args:
        blocks: The server's blocks.
        who: The person, their roles and the place.
        now: The time, in UTC.
    """
    held = [block for block in blocks if block.holds(now) and _concerns(block, who)]
    if not held:
        return None
    return min(held, key=_longest_first)


def sentence(block: Block) -> str:
    """What the person alone is told. The time is written so that Discord shows it in the reader's own zone."""
    reason = " ".join(block.reason.split())
    return f"{_until_when(block)} Reason: {reason}" if reason else _until_when(block)


def sentence_without_reason(block: Block) -> str:
    """What the person is told where others read it: why is between them and the moderators."""
    why = " Use one of my commands to see why." if block.reason.strip() else ""
    return _until_when(block) + why


def _until_when(block: Block) -> str:
    where = "" if block.guild_id == EVERY_SERVER else " in this channel" if block.kind is BlockKind.CHANNEL else " here"
    until = "." if block.until is None else f" until <t:{_whole_seconds(block.until)}:f>."
    return f"You cannot use Grok{where}{until}"


def _concerns(block: Block, who: Presence) -> bool:
    if block.guild_id not in (EVERY_SERVER, who.guild_id):
        return False
    match block.kind:
        case BlockKind.USER:
            return block.subject_id == who.user_id
        case BlockKind.ROLE:
            return block.subject_id in who.role_ids
        case BlockKind.CHANNEL:
            return block.subject_id in who.channel_ids


def _longest_first(block: Block) -> tuple[bool, float, int, int]:
    lasts = 0.0 if block.until is None else -block.until.timestamp()
    return block.until is not None, lasts, list(BlockKind).index(block.kind), block.subject_id


def _whole_seconds(moment: datetime) -> int:
    """Not before the block has ended: Discord shows whole seconds."""
    seconds = int(moment.timestamp())
    return seconds + (moment.microsecond > 0)
