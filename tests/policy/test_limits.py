from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.policy.budgets import (
    DIRECT,
    OPERATOR,
    Account,
    Counted,
    Limit,
    LimitUnit,
    Period,
    Scope,
    Who,
    account_of,
    applying,
)

GUILD, OTHER_GUILD = 10, 11
ALICE, BOB = 1, 2
RED, BLUE = 21, 22

HERE = Who(user_id=ALICE, guild_id=GUILD, role_ids=frozenset({RED, BLUE}))
PLAIN = Who(user_id=ALICE, guild_id=GUILD)
DIRECTLY = Who(user_id=ALICE)


def limit(scope: Scope, amount: int, scope_id: int = 0, guild_id: int = GUILD, **more: Any) -> Limit:
    counted = more.get("counted", Counted.TOKENS_A_DAY)
    return Limit(guild_id=guild_id, scope=scope, scope_id=scope_id, counted=counted, amount=amount)


CEILING = limit(Scope.EVERYWHERE, 900, guild_id=OPERATOR)
SERVER = limit(Scope.SERVER, 500)
MEMBER = limit(Scope.MEMBER, 50)
RED_ONES = limit(Scope.ROLE, 20, RED)
BLUE_ONES = limit(Scope.ROLE, 30, BLUE)
ONLY_ALICE = limit(Scope.USER, 10, ALICE)
ONLY_BOB = limit(Scope.USER, 1000, BOB)
ANYBODY = limit(Scope.MEMBER, 70, guild_id=OPERATOR)
ALICE_ANYWHERE = limit(Scope.USER, 80, ALICE, OPERATOR)
ELSEWHERE = [
    limit(Scope.SERVER, 1, guild_id=OTHER_GUILD),
    limit(Scope.MEMBER, 2, guild_id=OTHER_GUILD),
    limit(Scope.ROLE, 3, RED, OTHER_GUILD),
    limit(Scope.USER, 4, ALICE, OTHER_GUILD),
    ONLY_BOB,
]


@pytest.mark.parametrize(
    ("given_limits", "who", "held"),
    [
        ([], HERE, set()),
        ([CEILING, SERVER, MEMBER], HERE, {CEILING, SERVER, MEMBER}),
        ([MEMBER, RED_ONES], HERE, {RED_ONES}),
        ([MEMBER, RED_ONES, BLUE_ONES], HERE, {BLUE_ONES}),
        ([MEMBER, RED_ONES, BLUE_ONES], PLAIN, {MEMBER}),
        ([MEMBER, RED_ONES, BLUE_ONES, ONLY_ALICE], HERE, {ONLY_ALICE}),
        ([SERVER, ONLY_ALICE, CEILING], HERE, {SERVER, ONLY_ALICE, CEILING}),
        ([ANYBODY], HERE, {ANYBODY}),
        ([ANYBODY, MEMBER], HERE, {MEMBER}),
        ([ANYBODY, RED_ONES], HERE, {RED_ONES}),
        ([ANYBODY, ALICE_ANYWHERE], HERE, {ALICE_ANYWHERE}),
        ([ANYBODY, ALICE_ANYWHERE, MEMBER], HERE, {ALICE_ANYWHERE, MEMBER}),
        ([CEILING, SERVER, MEMBER, RED_ONES, ONLY_ALICE], DIRECTLY, {CEILING}),
        ([CEILING, ANYBODY, MEMBER], DIRECTLY, {CEILING, ANYBODY}),
        ([CEILING, ANYBODY, ALICE_ANYWHERE], DIRECTLY, {CEILING, ALICE_ANYWHERE}),
    ],
)
def test_which_limits_hold(given_limits: list[Limit], who: Who, held: set[Limit]) -> None:
    assert set(applying([*ELSEWHERE, *given_limits], who)) == held


def test_what_is_counted_differently_is_chosen_separately() -> None:
    money = limit(Scope.USER, 5, ALICE, counted=Counted.COST_A_MONTH)
    assert applying([MEMBER, money], HERE) == (MEMBER, money)


@pytest.mark.parametrize(
    ("one", "who", "account"),
    [
        (CEILING, HERE, Account()),
        (SERVER, HERE, Account(GUILD)),
        (MEMBER, HERE, Account(GUILD, ALICE)),
        (BLUE_ONES, HERE, Account(GUILD, ALICE)),
        (ONLY_ALICE, HERE, Account(GUILD, ALICE)),
        (ANYBODY, HERE, Account(GUILD, ALICE)),
        (ANYBODY, DIRECTLY, Account(DIRECT, ALICE)),
        (ALICE_ANYWHERE, HERE, Account(None, ALICE)),
        (ALICE_ANYWHERE, DIRECTLY, Account(None, ALICE)),
    ],
)
def test_what_a_limit_is_compared_with(one: Limit, who: Who, account: Account) -> None:
    assert account_of(one, who) == account


LIMITS = st.lists(
    st.one_of(
        st.builds(limit, st.just(Scope.SERVER), st.integers(0, 9), guild_id=st.sampled_from([GUILD, OTHER_GUILD])),
        st.builds(limit, st.just(Scope.EVERYWHERE), st.integers(0, 9), guild_id=st.just(OPERATOR)),
        st.builds(limit, st.just(Scope.MEMBER), st.integers(0, 9), guild_id=st.sampled_from([OPERATOR, GUILD])),
        st.builds(limit, st.just(Scope.ROLE), st.integers(0, 9), st.sampled_from([RED, BLUE, 23])),
        st.builds(
            limit,
            st.just(Scope.USER),
            st.integers(0, 9),
            st.sampled_from([ALICE, BOB]),
            st.sampled_from([OPERATOR, GUILD]),
            counted=st.sampled_from([Counted.TOKENS_A_DAY, Counted.TURNS_A_MINUTE]),
        ),
    ),
    max_size=12,
    unique_by=lambda made: (made.guild_id, made.scope, made.scope_id, made.counted),
)


@given(LIMITS, st.sampled_from([HERE, PLAIN, DIRECTLY]), st.randoms(use_true_random=False))
def test_the_order_of_limits_changes_nothing(limits: list[Limit], who: Who, random: Any) -> None:
    held = applying(limits, who)
    shuffled = random.sample(limits, len(limits))
    assert applying(shuffled, who) == held
    assert applying(held, who) == held
    assert set(held) <= set(limits)


@given(LIMITS, st.sampled_from([HERE, PLAIN, DIRECTLY]))
def test_nobody_is_held_by_two_limits_of_a_kind(limits: list[Limit], who: Who) -> None:
    accounts = [(account_of(one, who), one.counted) for one in applying(limits, who)]
    assert len(set(accounts)) == len(accounts)


@given(LIMITS, st.integers(1, 9))
def test_a_further_role_never_takes_away(limits: list[Limit], amount: int) -> None:
    further = limit(Scope.ROLE, amount, 99)
    limits = [*limits, further]
    before = [one for one in applying(limits, HERE) if one.scope is Scope.ROLE]
    richer = Who(user_id=ALICE, guild_id=GUILD, role_ids=HERE.role_ids | {99})
    after = [one for one in applying(limits, richer) if one.scope is Scope.ROLE]
    assert [one.amount for one in after] >= [one.amount for one in before]


@pytest.mark.parametrize(
    ("scope", "scope_id", "guild_id", "amount"),
    [
        (Scope.EVERYWHERE, 0, GUILD, 1),
        (Scope.SERVER, 0, OPERATOR, 1),
        (Scope.ROLE, RED, OPERATOR, 1),
        (Scope.ROLE, 0, GUILD, 1),
        (Scope.USER, 0, GUILD, 1),
        (Scope.MEMBER, ALICE, GUILD, 1),
        (Scope.SERVER, 0, GUILD, -1),
    ],
)
def test_a_limit_that_nobody_could_apply_is_refused(scope: Scope, scope_id: int, guild_id: int, amount: int) -> None:
    with pytest.raises(ValueError, match=r"limit|allowed"):
        limit(scope, amount, scope_id, guild_id)


def test_every_counted_thing_knows_its_unit_and_period() -> None:
    assert {counted: (counted.unit, counted.period) for counted in Counted} == {
        Counted.TURNS_A_MINUTE: (LimitUnit.TURNS, None),
        Counted.ANSWERS_AT_ONCE: (LimitUnit.ANSWERS, None),
        Counted.TOKENS_A_DAY: (LimitUnit.TOKENS, Period.DAY),
        Counted.TOKENS_A_MONTH: (LimitUnit.TOKENS, Period.MONTH),
        Counted.COST_A_DAY: (LimitUnit.COST, Period.DAY),
        Counted.COST_A_MONTH: (LimitUnit.COST, Period.MONTH),
    }
