"""A server's filters: list, add, remove, try a pattern.

Not here: matching (`policy.filters.filters`), effects on questions (`admission.admission`) and answers
(`admission.answer_filter`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.records import FilterHit
from grokbot.engine.admission import SECONDS_ASKED, within
from grokbot.policy.filters import (
    LONGEST_NAME,
    MOST_FILTERS,
    Action,
    Filter,
    Where,
    found_named,
    new_filter,
    patterns_of,
)
from grokbot.policy.filters import tried as found_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.records import AuditEntry
    from grokbot.conversation.text import OthersText
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
        self.hits: Counter[str] = Counter()
        """How many texts each filter matched since this start, by its id."""
        context.events.subscribe(FilterHit, lambda hit: self.hits.update((hit.filter_id,)))

    async def held(self, who: Actor) -> Sequence[Filter]:
        """The server's, oldest first."""
        return (await self._rules.of(self._acts.may_in_server(who))).filters

    async def add(self, who: Actor, pattern: str, where: Where, action: Action, name: str = "") -> Filter:
        """Adds a filter. The audit log does not keep the pattern, for nothing is ever removed from that log.

        Args:
            who: The moderator.
            pattern: As the person typed it.
            where: Whether it checks questions, answers, or both.
            action: What happens to a match.
            name: What it is to be called; "": it has its number alone.

        Raises:
            UserError: There are too many, the name is taken or none, the action does not fit, or the pattern is invalid
                (`PatternError`).
        """
        guild_id = self._acts.may_in_server(who)
        present = len((await self._rules.of(guild_id)).filters)
        new_id = self._new_id()
        new = await asyncio.to_thread(lambda: new_filter(new_id, pattern, where, action, present=present, name=name))
        line = self._acts.entry(who, guild_id, "filter.add", f"filter:{new.id}", where=where.value, action=action.value)
        kept = await self._store.filters.add(guild_id, new, who.id, line.at, lambda one: _naming(line, one))
        self._acts.done(_naming(line, kept))
        return kept

    async def add_words(
        self, who: Actor, words: OthersText, where: Where, action: Action, name: str = ""
    ) -> Sequence[Filter]:
        """Adds filters that find the words of a list, one a line: as few as hold them all, under one name.

        Args:
            who: The moderator.
            words: The list.
            where: As of one filter, like the rest.
            action: What happens to a match.
            name: What they are to be called; from the second on with a number behind it.

        Raises:
            UserError: As of one filter; or the list has no words, or too many. What was added before an error stays.
        """
        held = await self.held(who)
        patterns = await asyncio.to_thread(lambda: patterns_of(words, most=MOST_FILTERS - len(held)))
        names = [name, *(name and f"{name[: LONGEST_NAME - 4]} {number}" for number in range(2, len(patterns) + 1))]
        return [
            await self.add(who, pattern, where, action, called) for pattern, called in zip(patterns, names, strict=True)
        ]

    async def find(self, who: Actor, typed: OthersText) -> Filter | None:
        """The server's filter that a moderator means: by its number, its name, or its id."""
        return found_named(await self.held(who), typed)

    async def remove(self, who: Actor, filter_id: str) -> bool:
        """Removes a filter. Returns whether the server had it."""
        guild_id = self._acts.may_in_server(who)
        line = self._acts.entry(who, guild_id, "filter.remove", f"filter:{filter_id}")
        known = next((one for one in await self.held(who) if one.id == filter_id), None)
        entry = line if known is None else _naming(line, known)
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


def _naming(entry: AuditEntry, one: Filter) -> AuditEntry:
    """The line with what moderators call the filter."""
    return replace(entry, details={**entry.details, "number": one.number, **({"name": one.name} if one.name else {})})
