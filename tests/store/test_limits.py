from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from grokbot.conversation.errors import AlreadyKnownError, LimitReachedError, NotAllowedError
from grokbot.conversation.records import AuditEntry
from grokbot.conversation.response import Author, Response, Sender, State, Usage
from grokbot.policy.budgets import (
    DIRECT,
    OPERATOR,
    Counted,
    Limit,
    Prices,
    Scope,
    Who,
    account_of,
    predicted,
    settled,
    tokens_of,
)
from grokbot.policy.budgets.accounts import AccountEntry, standing
from grokbot.policy.budgets.prediction import PER_MESSAGE
from grokbot.policy.budgets.prices import SEARCH_TICKS
from grokbot.store import NotStoredError, RowRefusedError, Store
from grokbot.store.budgets import Reserving
from grokbot.store.tables.budgets import limits_warned, reservations, spent_days, usage_ledger
from grokbot.store.tables.types import metadata

from .cases import ALICE, BOB, GUILD, conversation, human, pending, ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table

PRICES = Prices(prompt=20, cached=5, answer=60)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = Who(user_id=ALICE.id, guild_id=GUILD)
USAGE = Usage(100, 40, 20, 5, 1, None)


def limit(
    counted: Counted, amount: int, scope: Scope = Scope.SERVER, guild_id: int = GUILD, scope_id: int = 0
) -> Limit:
    return Limit(guild_id=guild_id, scope=scope, scope_id=scope_id, counted=counted, amount=amount)


def reserving(*limits: Limit, who: Who = HERE, answer: int = 1_000, said: int = 10, searches: int = 0) -> Reserving:
    return Reserving(
        who=who, operators=limits, prices=PRICES, said_tokens=said, answer_tokens=answer, searches=searches
    )


async def begin(
    store: Store, name: str, wanted: Reserving | None = None, at: datetime = NOON, author: Author = ALICE
) -> Response:
    """One turn in a conversation of its own."""
    wanted = wanted or reserving()
    begun = replace(conversation(name), guild_id=wanted.who.guild_id)
    asked = replace(human(f"h-{name}", author=author), conversation_id=name)
    answer = replace(pending(f"a-{name}", asked.id), conversation_id=name, created_at=at)
    await store.turns.begin([asked], answer, [], begun, reserving=wanted)
    return answer


async def end(
    store: Store, answer: Response, usage: Usage | None = USAGE, at: datetime | None = None, state: State = State.DONE
) -> None:
    when = at or answer.created_at
    last = replace(answer, state=state, message="an answer" if usage else "", usage=usage, finished_at=when)
    await store.turns.end(last, None if state is State.FAILED else answer.id, when)


async def rows(store: Store, table: Table) -> list[dict[str, object]]:
    return [dict(row) for row in await store._database.rows(select(table))]


async def everything(store: Store) -> dict[str, list[dict[str, object]]]:
    return {name: await rows(store, table) for name, table in metadata.tables.items()}


def entry_of_audit(number: int = 1) -> AuditEntry:
    return AuditEntry(id=f"audit-{number}", at=NOON, guild_id=GUILD, actor_id=BOB.id, action="limit.set")


async def used(store: Store, one: Limit, who: Who = HERE, at: datetime = NOON) -> int:
    held = (await store.limits.standings(who, [one], at))[one]
    return held.spent + held.reserved


ALL_LIMITS = [
    limit(counted, 10, scope, guild_id, scope_id)
    for counted in Counted
    for scope, guild_id, scope_id in [
        (Scope.EVERYWHERE, OPERATOR, 0), (Scope.SERVER, GUILD, 0), (Scope.MEMBER, GUILD, 0),
        (Scope.MEMBER, OPERATOR, 0), (Scope.USER, GUILD, ALICE.id), (Scope.USER, OPERATOR, ALICE.id),
    ]
]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_added_up_in_sql_is_what_the_rule_adds_up(store: Store, seed: int) -> None:
    dice = random.Random(seed)
    entries: dict[str, AccountEntry] = {}
    for number in range(40):
        who = Who(user_id=dice.choice([ALICE.id, BOB.id, 7]), guild_id=dice.choice([GUILD, GUILD, 801, None]))
        back = dice.choice([1, 30, 59, 60, 61, 7_000, 86_400, 40 * 86_400, 70 * 86_400])
        at = NOON - timedelta(seconds=back, microseconds=dice.randrange(3) - 1)
        wanted = reserving(who=who, answer=dice.randrange(500), said=dice.randrange(500), searches=dice.randrange(3))
        answer = await begin(store, f"c{number}", wanted, at, Author(who.user_id, "somebody"))
        held = predicted(wanted.said_tokens + PER_MESSAGE, wanted.answer_tokens, PRICES, searches=wanted.searches)
        entry = AccountEntry(
            turn_id=answer.id,
            user_id=who.user_id,
            guild_id=DIRECT if who.guild_id is None else who.guild_id,
            at=at,
            reserved=held,
        )
        if dice.random() < 0.7:
            usage = Usage(dice.randrange(300), 0, dice.randrange(300), 3, 1, dice.choice([None, dice.randrange(9_999)]))
            await end(store, answer, usage, at + timedelta(seconds=dice.randrange(90)))
            entry = entry.settle(settled(usage, PRICES))
        entries[answer.id] = entry
    now = NOON + timedelta(microseconds=dice.randrange(2))
    for one in ALL_LIMITS:
        for who in (HERE, Who(user_id=ALICE.id), Who(user_id=ALICE.id, guild_id=801)):
            found = await store.limits.standings(who, [one], now)
            expected = {one: standing(entries.values(), account_of(one, who), one.counted, now)} if one in found else {}
            assert found == expected
    assert {row["response_id"] for row in await rows(store, reservations)} == {i for i, e in entries.items() if e.open}


async def test_a_turn_that_is_refused_changes_nothing(store: Store) -> None:
    one = limit(Counted.ANSWERS_AT_ONCE, 1)
    await begin(store, "c1", reserving(one))
    before = await everything(store)
    with pytest.raises(LimitReachedError) as caught:
        await begin(store, "c2", reserving(one, limit(Counted.TOKENS_A_DAY, 1_200)))
    assert caught.value.until is None
    assert await everything(store) == before


async def test_a_message_that_was_taken_before_is_told_so_however_full_a_limit_is(store: Store) -> None:
    one = limit(Counted.TURNS_A_MINUTE, 1)
    answer = pending("a", "h")
    await store.turns.begin([human("h")], answer, [ref(1, "h")], conversation(), reserving=reserving(one))
    again = pending("a2", "h2")
    with pytest.raises(AlreadyKnownError):
        await store.turns.begin([human("h2")], again, [ref(1, "h2")], reserving=reserving(one))


async def test_a_limit_of_nothing_is_for_a_moderator_to_mend(store: Store) -> None:
    with pytest.raises(NotAllowedError, match="switched off"):
        await begin(store, "c", reserving(limit(Counted.TOKENS_A_DAY, 0)))
    assert await rows(store, reservations) == []


@pytest.mark.parametrize(
    ("counted", "scope"), [(Counted.COST_A_DAY, Scope.SERVER), (Counted.TOKENS_A_MONTH, Scope.MEMBER)]
)
async def test_turns_at_once_pass_a_limit_by_no_more_than_the_last_ones_reservation(
    store: Store, counted: Counted, scope: Scope
) -> None:
    held = predicted(10 + PER_MESSAGE, 1_000, PRICES)
    each = held.cost_ticks if counted is Counted.COST_A_DAY else held.tokens
    one = limit(counted, each * 7 + 1, scope)
    outcomes = await asyncio.gather(*(begin(store, f"c{n}", reserving(one)) for n in range(60)), return_exceptions=True)
    begun = [outcome for outcome in outcomes if isinstance(outcome, Response)]
    assert len(begun) == 8
    assert all(isinstance(outcome, LimitReachedError) for outcome in outcomes if outcome not in begun)
    assert one.amount < await used(store, one) <= one.amount + each
    await asyncio.gather(*(end(store, answer) for answer in begun))
    cost = settled(USAGE, PRICES)
    assert await used(store, one) == 8 * (cost.cost_ticks if counted is Counted.COST_A_DAY else cost.tokens)


async def test_an_end_gives_back_what_was_reserved_and_counts_what_it_took_once(store: Store) -> None:
    one = limit(Counted.COST_A_DAY, 10**12)
    answer = await begin(store, "c", reserving(one))
    assert await used(store, one) == predicted(10 + PER_MESSAGE, 1_000, PRICES).cost_ticks
    await end(store, answer, replace(USAGE, cost_ticks=77))
    assert await used(store, one) == 77
    with pytest.raises(RowRefusedError):
        await end(store, answer, replace(USAGE, cost_ticks=77))
    assert await used(store, one) == 77
    (row,) = await rows(store, usage_ledger)
    assert (row["began_at"], row["counted_tokens"], row["counted_ticks"]) == (NOON, 125, 77)
    assert row["cost_ticks"] == 77


async def test_without_a_cost_from_xai_the_prices_of_the_beginning_count_and_the_ledger_does_not_pretend(
    store: Store,
) -> None:
    answer = await begin(store, "c")
    await end(store, answer, USAGE)
    (row,) = await rows(store, usage_ledger)
    assert row["counted_ticks"] == 60 * 20 + 40 * 5 + 25 * 60 + SEARCH_TICKS
    assert row["cost_ticks"] is None


async def test_what_failed_before_anything_came_costs_nothing(store: Store) -> None:
    one = limit(Counted.COST_A_DAY, 10**12)
    await end(store, await begin(store, "c", reserving(one)), None, state=State.FAILED)
    assert await used(store, one) == 0
    assert await rows(store, spent_days) == []


async def test_what_broke_off_without_usage_is_priced_by_what_was_received(store: Store) -> None:
    one = limit(Counted.COST_A_DAY, 10**12)
    answer = await begin(store, "c", reserving(one))
    last = replace(answer, state=State.INTERRUPTED, message="abcdef", reasoning="abc", finished_at=NOON)
    await store.turns.end(last, answer.id, NOON)
    assert await used(store, one) == predicted(10 + PER_MESSAGE, 3, PRICES).cost_ticks


async def test_an_answer_whose_conversation_is_gone_is_accounted_for_all_the_same(store: Store) -> None:
    one = limit(Counted.COST_A_DAY, 10**12)
    answer = await begin(store, "c", reserving(one))
    await store.deletion.delete("c", NOON)
    with pytest.raises(NotStoredError):
        await end(store, answer, replace(USAGE, cost_ticks=77))
    assert await used(store, one) == 77
    (row,) = await rows(store, usage_ledger)
    assert (row["user_id"], row["guild_id"], row["cost_ticks"]) == (ALICE.id, GUILD, 77)
    with pytest.raises(NotStoredError):
        await end(store, answer, replace(USAGE, cost_ticks=77))
    assert await used(store, one) == 77


async def test_a_turn_counts_in_the_day_in_which_it_began(store: Store) -> None:
    day, month = limit(Counted.COST_A_DAY, 10**12), limit(Counted.COST_A_MONTH, 10**12)
    last_of_month = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    answer = await begin(store, "c", reserving(day, month), at=last_of_month)
    await end(store, answer, replace(USAGE, cost_ticks=77), last_of_month + timedelta(minutes=9))
    for one in (day, month):
        assert await used(store, one, at=last_of_month) == 77
        assert await used(store, one, at=last_of_month + timedelta(seconds=1)) == 0


async def test_what_a_crash_left_of_answers_that_are_not_kept_is_counted_once_and_others_are_left_alone(
    store: Store,
) -> None:
    direct = Who(user_id=ALICE.id)
    one = limit(Counted.TOKENS_A_DAY, 10**9, Scope.MEMBER, OPERATOR)
    alone = Response(
        id="s", conversation_id="", parent_id=None, sender=Sender.MODEL, state=State.PENDING, created_at=NOON
    )
    await store.reservations.add(reserving(one, who=direct), alone)
    under_way = await begin(store, "c")
    held = predicted(10 + PER_MESSAGE, 1_000, PRICES).tokens
    assert await store.reservations.settle_left(NOON) == 1
    assert await store.reservations.settle_left(NOON) == 0
    assert await used(store, one, direct) == held
    assert [row["response_id"] for row in await rows(store, reservations)] == [under_way.id]
    (row,) = await rows(store, usage_ledger)
    assert (row["response_id"], row["state"], row["cost_ticks"]) == ("s", "interrupted", None)


async def test_an_answer_that_is_not_kept_settles_what_it_reserved(store: Store) -> None:
    direct = Who(user_id=ALICE.id)
    one = limit(Counted.ANSWERS_AT_ONCE, 1, Scope.MEMBER, OPERATOR)
    alone = Response(
        id="s", conversation_id="", parent_id=None, sender=Sender.MODEL, state=State.PENDING, created_at=NOON
    )
    await store.reservations.add(reserving(one, who=direct), alone)
    with pytest.raises(LimitReachedError):
        await store.reservations.add(reserving(one, who=direct), replace(alone, id="s2"))
    await store.ledger.add_spent(replace(alone, state=State.DONE, usage=replace(USAGE, cost_ticks=9)), ALICE.id, NOON)
    assert await rows(store, reservations) == []
    await store.reservations.add(reserving(one, who=direct), replace(alone, id="s2"))


async def test_a_long_conversation_reserves_what_its_last_answer_read_and_wrote(store: Store) -> None:
    """So it need not be read as a whole."""
    answer = await begin(store, "c", reserving(answer=0, said=0))
    await end(store, answer, Usage(5_000, 0, 300, 20, 0, 1))
    follows = replace(human("h2", answer.id, text="And then?"), conversation_id="c")
    second = replace(pending("a2", "h2"), conversation_id="c")
    await store.turns.begin([follows], second, [], reserving=reserving(answer=0, said=7))
    (held,) = await rows(store, reservations)
    assert held["path_tokens"] == 5_320 + 7
    await store.turns.end(replace(second, state=State.STOPPED, message="and", finished_at=NOON), "a2", NOON)
    third = replace(pending("a3", "h2"), conversation_id="c")
    await store.turns.begin([], third, [], reserving=reserving(answer=0, said=0))
    (held,) = await rows(store, reservations)
    assert held["path_tokens"] == 5_320 + tokens_of("And then?") + PER_MESSAGE  # what it answers is on the path by now


async def test_what_the_rounds_of_an_answers_tools_read_is_not_what_the_next_one_reads(store: Store) -> None:
    """xAI adds the whole path up for each round."""
    first = await begin(store, "c", reserving(answer=0, said=0))
    await end(store, first, Usage(5_000, 0, 300, 20, 0, 1))
    asked = replace(human("h2", first.id, text="Search!"), conversation_id="c")
    searched = replace(pending("a2", "h2"), conversation_id="c")
    await store.turns.begin([asked], searched, [], reserving=reserving(answer=0, said=0))
    await end(store, searched, Usage(400_000, 0, 300, 20, 9, 1))
    follows = replace(human("h3", searched.id, text="And then?"), conversation_id="c")
    third = replace(pending("a3", "h3"), conversation_id="c")
    await store.turns.begin([follows], third, [], reserving=reserving(answer=0, said=7))
    (held,) = await rows(store, reservations)
    between = tokens_of("Search!") + tokens_of("And then?") + 2 * PER_MESSAGE
    assert held["path_tokens"] == 5_320 + 7 + between


async def test_a_branch_reserves_for_what_it_goes_on_from(store: Store) -> None:
    answer = await begin(store, "c")
    await end(store, answer, Usage(5_000, 0, 300, 20, 0, 1))
    await store.conversations.add(replace(conversation("b"), branched_from=answer.id))
    asked, first = replace(human("h2"), conversation_id="b"), replace(pending("a2", "h2"), conversation_id="b")
    await store.turns.begin([asked], first, [], reserving=reserving(answer=0, said=1))
    (held,) = await rows(store, reservations)
    assert held["path_tokens"] == 5_321


async def test_moderators_are_warned_once_for_each_limit_and_period_also_after_a_restart(
    store: Store, url: str
) -> None:
    mine = [limit(Counted.TOKENS_A_DAY, 5_000, Scope.MEMBER), limit(Counted.TOKENS_A_MONTH, 9_000, Scope.MEMBER)]
    bobs = Who(user_id=BOB.id, guild_id=GUILD)

    async def warned(at: datetime, who: Who = HERE, limits: Sequence[Limit] = mine, took: int = 1) -> list[Limit]:
        alone = pending(f"s{at.timestamp()}-{who.user_id}-{limits[0].amount}-{took}", None)
        alone = replace(alone, conversation_id="", created_at=at)
        found = await store.reservations.add(reserving(*limits, who=who, answer=took), alone)
        await store.ledger.add_spent(replace(alone, state=State.DONE, usage=Usage(prompt_tokens=took)), who.user_id, at)
        return [each.limit for each in found]

    second = timedelta(seconds=1)
    assert await warned(NOON - DAY, took=4_100) == []  # nothing is spent yet
    assert await warned(NOON - DAY + second) == mine[:1]
    assert await warned(NOON - DAY + 2 * second) == []
    assert await warned(NOON - DAY, bobs, took=4_100) == []
    assert await warned(NOON - DAY + second, bobs) == mine[:1]
    assert await warned(NOON, took=4_100) == []
    assert await warned(NOON + second) == mine
    await store.close()
    store = await Store.open(url)
    assert await warned(NOON + 2 * second) == []
    assert await warned(NOON + 2 * second, limits=[replace(mine[0], amount=5_100)]) != []  # another limit
    assert await warned(NOON + DAY, took=4_100) == []
    assert await warned(NOON + DAY + second) == mine[:1]
    await store.reservations.settle_left(NOON + DAY)
    assert {row["since"] for row in await rows(store, limits_warned)} == {NOON.replace(hour=0) + DAY}
    assert await warned(NOON + DAY + 2 * second) == []
    await store.close()


async def test_sums_of_months_that_are_over_are_dropped_and_the_ledger_stays(store: Store) -> None:
    for name, at in {"c1": NOON - 31 * DAY, "c2": NOON - 29 * DAY, "c3": NOON}.items():
        await end(store, await begin(store, name, at=at))
    await store.reservations.forget_before(NOON)
    days = {row["day"] for row in await rows(store, spent_days)}
    assert days == {NOON.replace(hour=0) - 29 * DAY, NOON.replace(hour=0)}
    assert len(await rows(store, usage_ledger)) == 3
    assert await used(store, limit(Counted.COST_A_MONTH, 1)) == 2 * settled(USAGE, PRICES).cost_ticks


async def test_a_limit_replaces_the_one_before_and_is_taken_away_with_its_line_in_the_audit_log(store: Store) -> None:
    first, other = limit(Counted.TOKENS_A_DAY, 5), limit(Counted.TOKENS_A_DAY, 6, Scope.ROLE, scope_id=3)
    everywhere = limit(Counted.TOKENS_A_DAY, 9, Scope.USER, OPERATOR, ALICE.id)
    for number, one in enumerate((first, other, everywhere, replace(first, amount=7))):
        await store.limits.set(one, BOB.id, NOON, entry_of_audit(number))
    assert set(await store.limits.of(GUILD)) == {replace(first, amount=7), other, everywhere}
    assert set(await store.limits.of(None)) == {everywhere}
    assert await store.limits.remove(first, entry_of_audit(8))
    assert not await store.limits.remove(first, entry_of_audit(9))
    assert set(await store.limits.of(GUILD)) == {other, everywhere}
    assert (await store.audit.page(GUILD)).total == 5


async def test_a_limit_that_is_kept_holds_from_the_next_turn_on_and_in_its_server_alone(store: Store) -> None:
    elsewhere = Who(user_id=ALICE.id, guild_id=801)
    await begin(store, "c1")
    await store.limits.set(limit(Counted.ANSWERS_AT_ONCE, 1), BOB.id, NOON, entry_of_audit())
    with pytest.raises(LimitReachedError):
        await begin(store, "c2")
    await begin(store, "c3", reserving(who=elsewhere))


async def test_a_turn_that_reserves_nothing_stands_against_no_limit(store: Store) -> None:
    answer = replace(pending("a-c", "h-c"), conversation_id="c")
    asked = replace(human("h-c"), conversation_id="c")
    assert await store.turns.begin([asked], answer, [], conversation("c")) == ()
    await end(store, answer)
    assert await used(store, limit(Counted.COST_A_DAY, 1)) == 0


async def test_a_clock_that_was_ahead_for_hours_blocks_nobody_once_it_is_right(store: Store) -> None:
    one = limit(Counted.TURNS_A_MINUTE, 1)
    ahead = await begin(store, "c1", reserving(one), at=NOON + timedelta(hours=5))
    await begin(store, "c2", reserving(one))
    await end(store, ahead)
    with pytest.raises(LimitReachedError):
        await begin(store, "c3", reserving(one), at=NOON + timedelta(seconds=30))
    await begin(store, "c4", reserving(one), at=NOON + timedelta(seconds=61))
