from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.response import TICKS_A_DOLLAR, Usage
from grokbot.policy.budgets import NOTHING, UNLISTED, Amounts, Prices, predicted, settled
from grokbot.policy.budgets.prices import LONG_PROMPT, SEARCH_TICKS

COUNTS = st.integers(0, 10**12)
PRICES = st.builds(Prices, st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))


def test_a_million_tokens_cost_what_the_documentation_says() -> None:
    assert 10**6 * UNLISTED.prompt == 2 * TICKS_A_DOLLAR
    assert predicted(0, 10**6, UNLISTED) == Amounts(10**6, 6 * TICKS_A_DOLLAR)
    assert predicted(100_000, 0, UNLISTED).cost_ticks * 10 == 2 * TICKS_A_DOLLAR
    assert predicted(0, 0, UNLISTED, searches=1_000).cost_ticks == 5 * TICKS_A_DOLLAR


def test_a_long_prompt_doubles_all_its_tokens_but_no_search() -> None:
    short = predicted(LONG_PROMPT - 1, 10, UNLISTED, searches=3)
    long = predicted(LONG_PROMPT, 10, UNLISTED, searches=3)
    assert short.cost_ticks == (LONG_PROMPT - 1) * UNLISTED.prompt + 10 * UNLISTED.answer + 3 * SEARCH_TICKS
    assert long.cost_ticks == 2 * (LONG_PROMPT * UNLISTED.prompt + 10 * UNLISTED.answer) + 3 * SEARCH_TICKS


def test_what_xai_told_counts_and_is_not_added_to() -> None:
    usage = Usage(prompt_tokens=10, completion_tokens=5, reasoning_tokens=7, tool_calls=9, cost_ticks=123)
    assert settled(usage, UNLISTED) == Amounts(22, 123)
    assert settled(Usage(prompt_tokens=10, cost_ticks=0), UNLISTED) == Amounts(10, 0)


def test_without_xais_number_the_prices_count_with_cache_and_tools() -> None:
    usage = Usage(
        prompt_tokens=100,
        cached_prompt_tokens=60,
        completion_tokens=5,
        reasoning_tokens=7,
        tool_calls=2,
        cost_ticks=None,
    )
    assert settled(usage, Prices(10, 3, 100)) == Amounts(112, 40 * 10 + 60 * 3 + 12 * 100 + 2 * SEARCH_TICKS)
    assert settled(Usage(), UNLISTED) == NOTHING


def test_a_cache_larger_than_the_prompt_gives_nothing_back() -> None:
    assert settled(Usage(prompt_tokens=1, cached_prompt_tokens=50), Prices(10, 3, 1)) == Amounts(1, 3)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.integers(0, 100), PRICES, st.data())
def test_a_turn_within_its_prediction_costs_no_more_than_that(
    prompt: int, completion: int, reasoning: int, cached: int, tools: int, prices: Prices, data: st.DataObject
) -> None:
    prices = Prices(prices.prompt, min(prices.cached, prices.prompt), prices.answer)
    reserved = predicted(prompt, completion + reasoning, prices, searches=tools)
    usage = Usage(
        prompt_tokens=data.draw(st.integers(0, prompt)),
        cached_prompt_tokens=cached,
        completion_tokens=data.draw(st.integers(0, completion)),
        reasoning_tokens=data.draw(st.integers(0, reasoning)),
        tool_calls=data.draw(st.integers(0, tools)),
    )
    actual = settled(usage, prices)
    assert 0 <= actual.tokens <= reserved.tokens
    assert 0 <= actual.cost_ticks <= reserved.cost_ticks


@pytest.mark.parametrize(("first", "second"), [(Amounts(3, 4), Amounts(1, 2)), (NOTHING, Amounts(10**40, 10**41))])
def test_amounts_add_and_take_away(first: Amounts, second: Amounts) -> None:
    assert first + second - second == first
