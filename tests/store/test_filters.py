from __future__ import annotations

from dataclasses import replace

import pytest

from grokbot.conversation.errors import UserError
from grokbot.conversation.records import AuditEntry
from grokbot.policy.filters import MOST_FILTERS, Action, Filter, Where, compiled
from grokbot.store import RowRefusedError, Store

from .cases import CHANNEL, GUILD, START, conversation, ended, human, pending, ref


def entry(name: str, action: str = "filter.add") -> AuditEntry:
    return AuditEntry(id=name, at=START, guild_id=GUILD, actor_id=3, action=action)


def a_filter(name: str = "f", pattern: str = r"fi(g|ré)s? 🦉") -> Filter:
    return Filter(name, compiled(pattern), Where.BOTH, Action.SPOILER)


async def test_filters_come_back_as_they_were_and_are_their_servers_alone(store: Store) -> None:
    await store.filters.add(GUILD, a_filter(), 3, START, lambda _: entry("1"))
    assert await store.filters.of(GUILD) == (replace(a_filter(), number=1),)
    assert await store.filters.of(GUILD + 1) == ()
    assert not await store.filters.remove(GUILD + 1, "f", entry("2"))
    assert await store.filters.remove(GUILD, "f", entry("3", "filter.remove"))
    assert await store.filters.of(GUILD) == ()
    assert [e.id for e in (await store.audit.page(GUILD)).entries] == ["3", "1"]


async def test_a_server_has_no_more_than_it_may_have_whoever_adds_them_at_once(store: Store) -> None:
    for number in range(MOST_FILTERS):
        await store.filters.add(GUILD, a_filter(f"f{number:02}"), 3, START, lambda one: entry(f"e{one.number}"))
    with pytest.raises(UserError):
        await store.filters.add(GUILD, a_filter("more"), 3, START, lambda _: entry("more"))
    assert len(await store.filters.of(GUILD)) == MOST_FILTERS
    assert (await store.audit.page(GUILD)).total == MOST_FILTERS


async def test_filters_are_numbered_within_their_server_and_no_number_or_name_is_given_twice(store: Store) -> None:
    async def added(name: str, called: str = "", guild_id: int = GUILD) -> int:
        line, new = replace(entry(f"e{name}"), guild_id=guild_id), replace(a_filter(name), name=called)
        return (await store.filters.add(guild_id, new, 3, START, lambda _: line)).number

    assert [await added("a", "Spoilers"), await added("b"), await added("c", guild_id=GUILD + 1)] == [1, 2, 1]
    with pytest.raises(UserError):
        await added("d", "SPOILERS")
    assert await store.filters.remove(GUILD, "b", entry("r", "filter.remove"))
    assert await added("d") == 3
    assert [(one.number, one.name) for one in await store.filters.of(GUILD)] == [(1, "Spoilers"), (3, "")]


async def test_what_is_chosen_is_kept_for_exactly_that_scope_with_its_line_of_the_log(store: Store) -> None:
    await store.guild_settings.set(GUILD, None, "model", "grok", 3, START, entry("1"))
    await store.guild_settings.set(GUILD, None, "model", "grok-fast", 3, START, entry("2"))
    await store.guild_settings.set(GUILD, CHANNEL, "mention_only", True, 3, START, entry("3"))
    with pytest.raises(RowRefusedError):
        await store.guild_settings.set(GUILD + 1, CHANNEL, "mention_only", False, 3, START, entry("4"))
    assert await store.guild_settings.of(GUILD) == {None: {"model": "grok-fast"}, CHANNEL: {"mention_only": True}}
    assert await store.guild_settings.of(GUILD + 1) == {}
    assert await store.guild_settings.switched_on("mention_only") == {GUILD}
    await store.guild_settings.set(GUILD, CHANNEL, "mention_only", None, 3, START, entry("5"))
    assert not await store.guild_settings.switched_on("mention_only")
    assert await store.guild_settings.of(GUILD) == {None: {"model": "grok-fast"}}
    assert (await store.audit.page(GUILD)).total == 4


async def test_a_lock_is_noted_where_it_changes_something(store: Store) -> None:
    await store.turns.begin([human("h")], pending("a", "h"), [ref(1, "h")], conversation())
    assert await store.conversations.set_locked("c", entry("1"), locked=True)
    assert not await store.conversations.set_locked("c", entry("2"), locked=True)
    assert not await store.conversations.set_locked("other", entry("3"), locked=True)
    kept = await store.conversations.get("c")
    assert kept is not None
    assert kept.locked
    await store.turns.end(ended(pending("a", "h")), "a", START)
    assert await store.conversations.set_locked("c", entry("4"), locked=False)
    assert [e.id for e in (await store.audit.page(GUILD)).entries] == ["4", "1"]
