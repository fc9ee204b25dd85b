"""Who and what is blocked, until when, and the blocked person's message. Pure.

Not here: keeping blocks (`store`), telling a person once (`engine`), where Grok may be used at all (`places`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.text.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


EVERY_SERVER = 0
"""The `guild_id` of the operator's blocks: they hold in all servers and in direct messages."""

LONGEST_REASON = 200
"""Characters."""

_FOR_GOOD: Mapping[bool | None, Sentence] = {
    None: Sentence("You cannot use Grok. The bot's operator can change that."),
    True: Sentence("You cannot use Grok in this channel. A moderator can change that."),
    False: Sentence("You cannot use Grok here. A moderator can change that."),
}
"""By whether it is about a channel; None: about everything."""
_FOR_A_WHILE: Mapping[bool | None, Sentence] = {
    None: Sentence("You cannot use Grok until {until}. The bot's operator can change that."),
    True: Sentence("You cannot use Grok in this channel until {until}. A moderator can change that."),
    False: Sentence("You cannot use Grok here until {until}. A moderator can change that."),
}
_BECAUSE = Sentence("{blocked} Reason: {reason}")  # the reason comes last in every language: see GrokbotError.words
_ASK_WHY = Sentence("{blocked} Use one of my commands to see why.")


class BlockKind(StrEnum):
    """What is blocked."""

    USER = "user"
    ROLE = "role"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block; it ends at `until` (UTC, exclusive), or never if that is None."""

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
    """A stored block: its id, who set it and when."""

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
        role_ids: The person's roles there; may include Discord's @everyone role.
        channel_ids: The channel, for a thread also its channel, and their category.
    """

    user_id: int
    guild_id: int | None = None
    role_ids: frozenset[int] = frozenset()
    channel_ids: frozenset[int] = frozenset()


def block_of(blocks: Iterable[Block], who: Presence, now: datetime) -> Block | None:
    """The block that applies to a person in a place: of those in force the one that lasts longest.

    If two end together, the person's own comes before a role's, and that before a channel's.

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
    """The message for the person alone. Discord shows its time in the reader's own zone."""
    reason = " ".join(block.reason.split())
    return _BECAUSE.format(blocked=_until_when(block), reason=reason) if reason else _until_when(block)


def sentence_without_reason(block: Block) -> str:
    """The message where others read it too: the reason stays between the person and the moderators."""
    return _ASK_WHY.format(blocked=_until_when(block)) if block.reason.strip() else _until_when(block)


def _until_when(block: Block) -> str:
    where = None if block.guild_id == EVERY_SERVER else block.kind is BlockKind.CHANNEL
    if block.until is None:
        return str(_FOR_GOOD[where])
    return _FOR_A_WHILE[where].format(until=f"<t:{_whole_seconds(block.until)}:f>")


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
    """Rounded up, as Discord shows whole seconds: never too early."""
    seconds = int(moment.timestamp())
    return seconds + (moment.microsecond > 0)
