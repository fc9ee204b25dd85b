"""Blocks of a server: adding one, lifting one, those in force.

Not here: what a block does (`admission.admission`), the rule (`policy.blocks`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import Sentence
from grokbot.conversation.titles import cut_at_word, one_line
from grokbot.policy.blocks import LONGEST_REASON, Block, BlockKind, HeldBlock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.engine.context import Context
    from grokbot.engine.moderation.actions import Actions
    from grokbot.policy.actor import Actor

OVER_ALREADY = Sentence("That time is in the past. Give a later one, or none.")


class Blocks:
    """A part of `Moderation`."""

    def __init__(self, context: Context, acts: Actions) -> None:
        self._store = context.store
        self._now = context.now
        self._new_id = context.new_id
        self._acts = acts

    async def add(self, who: Actor, kind: BlockKind, subject_id: int, *, until: datetime | None, reason: str) -> Block:
        """Blocks a user, role or channel, in place of an existing block of the same.

        Args:
            who: Who does it.
            kind: What `subject_id` is of.
            subject_id: Discord's id.
            until: UTC, exclusive; None: permanently.
            reason: Shown to the blocked person too; on one line, at most 200 characters of it.

        Raises:
            UserError: `until` is over.
        """
        guild_id = self._acts.may(who)
        if until is not None and until <= self._now():
            raise UserError(OVER_ALREADY)
        why = cut_at_word(one_line(reason), LONGEST_REASON)
        block = Block(guild_id=guild_id, kind=kind, subject_id=subject_id, until=until, reason=why)
        ends = None if until is None else until.isoformat()
        entry = self._acts.entry(who, guild_id, "block", f"{kind.value}:{subject_id}", why, until=ends)
        held = HeldBlock(id=self._new_id(), block=block, by=who.id, at=entry.at)
        await self._store.blocks.add(held, entry)
        self._acts.done(entry)
        return block

    async def lift(self, who: Actor, kind: BlockKind, subject_id: int, *, reason: str = "") -> bool:
        """Lifts a block. Returns whether one held.

        Args:
            who: The moderator or operator.
            kind: What is blocked: a person, a role or a channel.
            subject_id: Its Discord id.
            reason: For the audit log.
        """
        guild_id = self._acts.may(who)
        entry = self._acts.entry(who, guild_id, "unblock", f"{kind.value}:{subject_id}", reason)
        lifted = await self._store.blocks.lift(guild_id, kind, subject_id, entry.at, entry)
        if lifted:
            self._acts.done(entry)
        return lifted

    async def held(self, who: Actor) -> Sequence[HeldBlock]:
        """Those in force there now, newest first."""
        return await self._store.blocks.of(self._acts.may(who), self._now())
