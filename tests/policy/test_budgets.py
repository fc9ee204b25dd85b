from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokbot.conversation.errors import LimitReachedError, NotAllowedError
from grokbot.conversation.response import TICKS_A_DOLLAR, Usage
from grokbot.policy.budgets import (
    NOTHING,
    OPERATOR,
    UNLISTED,
    Account,
    Amounts,
    Counted,
    Limit,
    LimitUse,
    Period,
    Scope,
    Who,
    account_of,
    applying,
    began,
    decide,
    needed_since,
    predicted,
    refusal,
    settled,
)
from grokbot.policy.budgets.accounts import AccountEntry, standing
from grokbot.policy.budgets.budgets import Reached

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
GUILD, ALICE = 10, 1
WHO = Who(user_id=ALICE, guild_id=GUILD)
HUGE = 10**30
AMOUNTS = st.builds(Amounts, st.integers(0, HUGE) | st.integers(0, 50), st.integers(0, HUGE) | st.integers(0, 50))


def limit(counted: Counted, amount: int, scope: Scope = Scope.MEMBER) -> Limit:
    return Limit(guild_id=OPERATOR if scope is Scope.EVERYWHERE else GUILD, scope=scope, counted=counted, amount=amount)


def entry(number: int, reserved: Amounts, at: datetime = NOW, user_id: int = ALICE) -> AccountEntry:
    return AccountEntry(turn_id=str(number), user_id=user_id, guild_id=GUILD, at=at, reserved=reserved)


def of(amounts: Amounts, counted: Counted) -> int:
    return amounts.tokens if "tokens" in counted else amounts.cost_ticks


PERIODIC = [counted for counted in Counted if counted.period is not None]


@given(st.sampled_from(PERIODIC), st.integers(0, HUGE), st.integers(0, HUGE), st.integers(0, HUGE))
def test_a_turn_may_begin_while_anything_is_left_and_only_then(
    counted: Counted, amount: int, spent: int, reserved: int
) -> None:
    one = limit(counted, amount)
    verdict = decide([one], {one: LimitUse(spent, reserved)}, NOW)
    assert verdict.allowed == (spent + reserved < amount)
    assert verdict.allowed or verdict.reached == Reached(one, spent + reserved, _end(one))


def _end(one: Limit) -> datetime | None:
    if one.amount == 0:
        return None
    return datetime(2026, 11, 24, tzinfo=UTC) if "day" in one.counted else datetime(2026, 12, 1, tzinfo=UTC)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, st.sampled_from(["run", "settle", "drop"])), max_size=30), st.data())
def test_whatever_happens_a_limit_is_passed_by_no_more_than_was_reserved(
    steps: list[tuple[Amounts, Amounts, str]], data: st.DataObject
) -> None:
    counted = data.draw(st.sampled_from(PERIODIC))
    one = limit(counted, data.draw(st.integers(0, HUGE)))
    entries: dict[int, AccountEntry] = {}
    for number, (reservation, actual, what) in enumerate(steps):
        held = standing(entries.values(), account_of(one, WHO), counted, NOW)
        if decide([one], {one: held}, NOW).allowed:
            entries[number] = entry(number, reservation)
        if entries and what != "run":
            chosen = data.draw(st.sampled_from(sorted(entries)))
            took = Amounts(min(actual.tokens, entries[chosen].reserved.tokens), 0)
            took = replace(took, cost_ticks=min(actual.cost_ticks, entries[chosen].reserved.cost_ticks))
            entries[chosen] = entries[chosen].settle(took) if what == "settle" else entries[chosen].drop()
        held = standing(entries.values(), account_of(one, WHO), counted, NOW)
        most = max((of(made.reserved, counted) for made in entries.values()), default=0)
        assert held.spent + held.reserved <= max(one.amount - 1, 0) + most


@given(AMOUNTS, AMOUNTS, st.lists(AMOUNTS, max_size=5), st.sampled_from(PERIODIC))
def test_settling_changes_the_sum_by_exactly_the_difference(
    reserved: Amounts, actual: Amounts, others: list[Amounts], counted: Counted
) -> None:
    rest = [entry(number + 1, made) for number, made in enumerate(others)]
    account = Account(GUILD, ALICE)
    first = entry(0, reserved)
    before = standing([first, *rest], account, counted, NOW)
    after = standing([first.settle(actual), *rest], account, counted, NOW)
    assert before.reserved - after.reserved == of(reserved, counted)
    assert after.spent - before.spent == of(actual, counted)
    assert standing([first.drop(), *rest], account, counted, NOW) == standing(rest, account, counted, NOW)


@given(AMOUNTS, st.lists(AMOUNTS | st.none(), min_size=1, max_size=6))
def test_a_turn_is_settled_or_dropped_once_whatever_a_restart_repeats(
    reserved: Amounts, ends: list[Amounts | None]
) -> None:
    made = entry(0, reserved)
    for end in ends:
        made = made.drop() if end is None else made.settle(end)
    assert made.spent == (ends[0] or NOTHING)
    assert not made.open


@given(
    st.lists(st.tuples(AMOUNTS, st.none() | AMOUNTS, st.integers(0, 90)), max_size=12),
    st.sampled_from(Counted),
    st.randoms(use_true_random=False),
)
def test_the_order_of_turns_does_not_matter(
    turns: list[tuple[Amounts, Amounts | None, int]], counted: Counted, shuffle: random.Random
) -> None:
    entries = [
        replace(entry(number, reserved, NOW - timedelta(seconds=ago)), spent=spent)
        for number, (reserved, spent, ago) in enumerate(turns)
    ]
    account = Account(GUILD)
    held = standing(entries, account, counted, NOW)
    assert standing(shuffle.sample(entries, len(entries)), account, counted, NOW) == held


@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from([GUILD, 0, 11]), AMOUNTS), max_size=20),
    st.sampled_from(PERIODIC),
)
def test_the_ceiling_is_the_sum_of_all_servers_and_direct_messages(
    turns: list[tuple[int, int, Amounts]], counted: Counted
) -> None:
    entries = [
        replace(entry(number, reserved, user_id=user), guild_id=guild)
        for number, (user, guild, reserved) in enumerate(turns)
    ]

    def held(guild: int | None = None, user: int | None = None) -> int:
        return standing(entries, Account(guild, user), counted, NOW).reserved

    assert held() == sum(held(guild) for guild in (GUILD, 0, 11)) == sum(held(None, user) for user in range(1, 5))
    assert held(GUILD) == sum(held(GUILD, user) for user in range(1, 5))


@pytest.mark.parametrize(
    ("at", "now", "day", "month"),
    [
        ("2026-11-23T23:59:59", "2026-11-23T23:59:59", True, True),
        ("2026-11-23T23:59:59", "2026-11-24T00:00:00", False, True),
        ("2026-11-30T23:59:59", "2026-12-01T00:00:00", False, False),
        ("2028-02-28T00:00:00", "2028-02-29T23:59:59", False, True),
        ("2028-02-29T00:00:00", "2028-02-29T23:59:59", True, True),
        ("2028-02-29T12:00:00", "2028-03-01T00:00:00", False, False),
        ("2026-12-31T23:59:59", "2027-01-01T00:00:00", False, False),
    ],
)
def test_a_turn_counts_in_the_day_and_the_month_of_its_beginning(at: str, now: str, day: bool, month: bool) -> None:
    began_at, later = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (at, now))
    open_one = entry(0, Amounts(7, 7), began_at)
    for made in (open_one, open_one.settle(Amounts(7, 7))):
        held = {c: standing([made], Account(), c, later) for c in PERIODIC}
        assert {c: s.spent + s.reserved for c, s in held.items()} == {
            Counted.TOKENS_A_DAY: 7 * day,
            Counted.TOKENS_A_MONTH: 7 * month,
            Counted.COST_A_DAY: 7 * day,
            Counted.COST_A_MONTH: 7 * month,
        }


@given(st.lists(st.floats(0, 59.9), max_size=9), st.integers(1, 6))
def test_the_minute_lets_on_when_its_oldest_turns_have_left_it(ago: list[float], amount: int) -> None:
    one = limit(Counted.TURNS_A_MINUTE, amount)
    held = LimitUse(turns=tuple(NOW - timedelta(seconds=seconds) for seconds in ago))
    reached = decide([one], {one: held}, NOW).reached
    if len(ago) < amount:
        assert reached is None
        return
    assert reached is not None
    assert reached.until is not None
    assert NOW < reached.until <= NOW + timedelta(minutes=1)
    assert decide([one], {one: held}, reached.until).allowed
    assert not decide([one], {one: held}, reached.until - timedelta(microseconds=1)).allowed


def test_turns_of_more_than_a_minute_ago_do_no_harm() -> None:
    one = limit(Counted.TURNS_A_MINUTE, 1)
    assert decide([one], {one: LimitUse(turns=(NOW - timedelta(minutes=1),))}, NOW).allowed


def test_too_many_answers_at_once_come_back_nobody_knows_when() -> None:
    one = limit(Counted.ANSWERS_AT_ONCE, 2)
    assert decide([one], {one: LimitUse(running=1)}, NOW).allowed
    reached = decide([one], {one: LimitUse(running=2)}, NOW).reached
    assert reached == Reached(one, 2, None)
    refused = refusal(reached)
    assert isinstance(refused, LimitReachedError)
    assert refused.until is None


@pytest.mark.parametrize("counted", Counted)
@pytest.mark.parametrize("scope", [Scope.SERVER, Scope.MEMBER, Scope.EVERYWHERE])
def test_a_limit_of_nothing_allows_nothing_and_a_removed_one_everything(counted: Counted, scope: Scope) -> None:
    one = limit(counted, 0, scope)
    reached = decide(applying([one], WHO), {}, NOW).reached
    assert reached is not None
    assert reached.never
    assert isinstance(refusal(reached), NotAllowedError)
    assert decide(applying([], WHO), {one: LimitUse(HUGE, HUGE, (NOW,) * 9, 9)}, NOW).allowed


def test_of_several_limits_the_one_that_lasts_longest_is_told() -> None:
    minute, once = limit(Counted.TURNS_A_MINUTE, 1), limit(Counted.ANSWERS_AT_ONCE, 1)
    day, month = limit(Counted.TOKENS_A_DAY, 5), limit(Counted.COST_A_MONTH, 5)
    nothing = limit(Counted.TOKENS_A_MONTH, 0)
    full = LimitUse(5, 0, (NOW - timedelta(seconds=10),), 1)
    for number in range(1, 6):
        held = [once, minute, day, month, nothing][:number]
        reached = decide(held, dict.fromkeys(held, full), NOW).reached
        assert reached is not None
        assert reached.limit == held[-1]


@pytest.mark.parametrize(
    ("spent", "reserved", "warned"),
    [
        (0, 0, False),
        (79, 0, False),
        (79, 20, False),  # most of what is reserved comes back
        (80, 0, True),
        (85, 14, True),
        (100, 0, False),  # refused: there is a sentence for that
    ],
)
def test_the_moderators_are_told_when_eighty_per_cent_are_spent(spent: int, reserved: int, warned: bool) -> None:
    one = limit(Counted.TOKENS_A_DAY, 100)
    held = LimitUse(spent, reserved)
    told = decide([one], {one: held}, NOW).warnings
    assert [warning.used for warning in told] == [spent] * warned
    assert decide([one], {one: replace(held, warned=True)}, NOW).warnings == ()


def test_nobody_is_warned_of_a_minute_or_of_answers_at_once() -> None:
    held = [limit(Counted.TURNS_A_MINUTE, 10), limit(Counted.ANSWERS_AT_ONCE, 10)]
    full = LimitUse(turns=(NOW,) * 9, running=9)
    assert decide(held, dict.fromkeys(held, full), NOW).warnings == ()


@given(st.lists(st.integers(0, 40), min_size=1, max_size=40), st.integers(1, 200))
def test_a_period_has_one_warning_at_most(takes: list[int], amount: int) -> None:
    one = limit(Counted.TOKENS_A_DAY, amount)
    held, told = LimitUse(), 0
    for took in takes:
        verdict = decide([one], {one: held}, NOW)
        told += len(verdict.warnings)
        if verdict.allowed:
            held = replace(held, spent=held.spent + took // 2, warned=held.warned or bool(verdict.warnings))
    assert told <= 1
    last = decide([one], {one: held}, NOW)
    assert told or last.warnings or not last.allowed or held.spent * 100 < amount * 80


def test_entries_are_needed_since_the_month_or_the_minute_began() -> None:
    assert needed_since(NOW) == datetime(2026, 11, 1, tzinfo=UTC)
    first = datetime(2026, 12, 1, 0, 0, 10, tzinfo=UTC)
    assert needed_since(first) == first - timedelta(minutes=1)


def _play(seed: int) -> None:
    """500 people ask at the same moment, in any order of beginnings, ends, crashes and refusals."""
    dice = random.Random(seed)
    budget = limit(Counted.COST_A_DAY, dice.choice([0, 1, TICKS_A_DOLLAR, 20 * TICKS_A_DOLLAR]), Scope.SERVER)
    sums: defaultdict[str, int] = defaultdict(int)  # kept as a database keeps them: by differences alone
    waiting, running, closed = list(range(500)), dict[int, AccountEntry](), list[AccountEntry]()
    most = 0
    dice.shuffle(waiting)
    while waiting or running:
        if waiting and (not running or dice.random() < 0.6):
            number = waiting.pop()
            reservation = predicted(
                dice.randrange(300_000), dice.randrange(32_000), UNLISTED, searches=dice.randrange(6)
            )
            held = {budget: LimitUse(sums["spent"], sums["reserved"])}
            if not decide([budget], held, NOW).allowed:
                continue
            running[number] = entry(number, reservation, user_id=number)
            sums["reserved"] += reservation.cost_ticks
            most = max(most, reservation.cost_ticks)
        else:
            made = running.pop(dice.choice(sorted(running)))
            ended = made.drop() if dice.random() < 0.1 else made.settle(_usage(dice, made.reserved))
            if dice.random() < 0.2:
                ended = ended.drop()  # a restart that does not know of the end
            assert ended.spent is not None
            sums["reserved"] -= made.reserved.cost_ticks
            sums["spent"] += ended.spent.cost_ticks
            closed.append(ended)
        assert sums["spent"] + sums["reserved"] < max(budget.amount, 1) + most
        book = standing([*closed, *running.values()], Account(GUILD), Counted.COST_A_DAY, NOW)
        assert (book.spent, book.reserved) == (sums["spent"], sums["reserved"])
    assert sums["reserved"] == 0


def _usage(dice: random.Random, reserved: Amounts) -> Amounts:
    told = dice.randint(0, reserved.cost_ticks)
    return settled(Usage(prompt_tokens=dice.randint(0, reserved.tokens), cost_ticks=told), UNLISTED)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32))
def test_500_turns_at_once_never_pass_a_budget_by_more_than_was_reserved(seed: int) -> None:
    _play(seed)


def test_500_turns_at_once_use_a_budget_up() -> None:
    """Nobody is refused while anything is left, and then everybody is."""
    one = limit(Counted.TOKENS_A_MONTH, 10_000, Scope.SERVER)
    reserved, begun = 0, 0
    for _ in range(500):
        if decide([one], {one: LimitUse(0, reserved)}, NOW).allowed:
            reserved, begun = reserved + 70, begun + 1
    assert begun == -(-10_000 // 70)
    assert reserved < 10_000 + 70
    assert began(Period.MONTH, NOW) < NOW
