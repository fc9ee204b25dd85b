"""A server's filters: list, add, remove, try a pattern.

Not here: matching (`policy.filters.filters`), effects on questions (`admission.admission`) and answers
(`admission.answer_filter`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grokbot.engine.admission import SECONDS_ASKED, within
from grokbot.policy.filters import Action, Filter, Where, new_filter
from grokbot.policy.filters import tried as found_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.engine.admission import RulesCache
    from grokbot.engine.context import Context
    from grokbot.engine.moderation.actions import Actions
    from grokbot.policy.actor import Actor
    from grokbot.policy.filters import Span


class Filters:
    """The part of `Moderation` for filters. Running answers keep the filters with which they began."""

    def __init__(self, context: Context, acts: Actions, rules: RulesCache) -> None:
        self._store = context.store
        self._new_id = context.new_id
        self._acts = acts
        self._rules = rules

    async def held(self, who: Actor) -> Sequence[Filter]:
        """The server's, oldest first."""
        return (await self._rules.of(self._acts.may_in_server(who))).filters

    async def add(self, who: Actor, pattern: str, where: Where, action: Action) -> Filter:
        """Adds a filter. The audit log does not keep the pattern, for nothing is ever removed from that log.

        Args:
            who: The moderator.
            pattern: As the person typed it.
            where: Whether it checks questions, answers, or both.
            action: What happens to a match.

        Raises:
            UserError: There are too many, the action does not fit, or the pattern is invalid (`PatternError`).
        """
        guild_id = self._acts.may_in_server(who)
        present = len((await self._rules.of(guild_id)).filters)
        new_id = self._new_id()
        new = await asyncio.to_thread(lambda: new_filter(new_id, pattern, where, action, present=present))
        entry = self._acts.entry(
            who, guild_id, "filter.add", f"filter:{new.id}", where=where.value, action=action.value
        )
        await self._store.filters.add(guild_id, new, who.id, entry.at, entry)
        self._acts.done(entry)
        return new

    async def remove(self, who: Actor, filter_id: str) -> bool:
        """Removes a filter. Returns whether the server had it."""
        guild_id = self._acts.may_in_server(who)
        entry = self._acts.entry(who, guild_id, "filter.remove", f"filter:{filter_id}")
        removed = await self._store.filters.remove(guild_id, filter_id, entry)
        if removed:
            self._acts.done(entry)
        return removed

    async def tried(self, who: Actor, pattern: str, sample: str) -> tuple[Span, ...]:
        """A pattern's matches in a sample. Nothing is stored.

        Args:
            who: The moderator.
            pattern: As the person typed it.
            sample: The text to look in.

        Raises:
            UserError: The sample is too long, or the pattern is invalid (`PatternError`).
        """
        self._acts.may_in_server(who)
        return await asyncio.to_thread(lambda: found_in(pattern, sample, within(SECONDS_ASKED)))
