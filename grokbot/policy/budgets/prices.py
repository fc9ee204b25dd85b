"""What a turn may take, before the call, and what it took, after it: tokens and money. Pure.

Money is in ticks, 10^10 to the US dollar. xAI prices a token in units of which 10,000 are 1 USD for a million tokens,
so one unit for one token is exactly one tick, and nothing here is ever rounded.
Not here: where prices come from (`xai`: ListLanguageModels), what may be spent (`budgets`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.response import TICKS_A_DOLLAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Usage

SEARCH_TICKS = 5 * TICKS_A_DOLLAR // 1_000
"""One call of a tool on xAI's servers (xAI's documentation, autumn 2026: 5 USD for 1,000)."""

LONG_PROMPT = 200_000
"""From so many tokens of a prompt on, all tokens of its request cost twice as much (the same documentation)."""


SMALL_PROMPT = 256
"""Up to so many tokens, with the system prompt's, no room is required for them."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Of one model, in ticks for a token: the numbers of xAI's `LanguageModel` as they are.

    `prompt` is prompt_text_token_price, `cached` cached_prompt_token_price, `answer` completion_text_token_price.
    """

    prompt: int
    cached: int
    answer: int


UNLISTED = Prices(prompt=20_000, cached=5_000, answer=60_000)
"""For a model that xAI does not list, or while its list is out of reach: the highest prices of the documentation."""

UNLISTED_IMAGE = 7 * TICKS_A_DOLLAR // 100
"""One image of a model that xAI does not list, or while its list is out of reach: the highest price (autumn 2026)."""


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as xAI lists it. `context` is the longest prompt in tokens, 0 if unknown."""

    prices: Prices
    context: int = 0
    sees: bool = True
    """Whether it takes pictures."""
    alias: bool = False
    """Whether this is another name of a model."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Tokens of all kinds together, and ticks."""

    tokens: int = 0
    cost_ticks: int = 0

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.tokens + other.tokens, self.cost_ticks + other.cost_ticks)

    def __sub__(self, other: Amounts) -> Amounts:
        return Amounts(self.tokens - other.tokens, self.cost_ticks - other.cost_ticks)


NOTHING = Amounts()


def in_dollars(usage: Usage | None) -> float:
    """What an answer cost, for the log; 0 if it is unknown."""
    return (usage.cost_ticks or 0) / TICKS_A_DOLLAR if usage is not None else 0.0


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Splits an amount by weight without losing any. If all weights are 0 the first part has all."""
    total = sum(weights) or 1
    shares, so_far, given = [], 0, 0
    for weight in weights:
        so_far += weight
        upto = amount * so_far // total
        shares.append(upto - given)
        given = upto
    return (shares[0] + amount - given, *shares[1:])


def predicted(path_tokens: int, answer_tokens_at_most: int, prices: Prices, *, searches: int = 0) -> Amounts:
    """The reservation for a turn: the most to expect, with nothing of the prompt in xAI's cache.

    It also prices an answer that ended without usage, from its received text.

    Args:
        path_tokens: What the model sees. In stateful mode, too, this is the whole path: all of it is billed.
        answer_tokens_at_most: The longest answer, reasoning included.
        prices: Of the model that is asked.
        searches: The most tool calls to expect.
    """
    cost = _tokens_cost(path_tokens, 0, answer_tokens_at_most, prices) + searches * SEARCH_TICKS
    return Amounts(path_tokens + answer_tokens_at_most, cost)


def known(path_tokens: int, prices: Prices) -> Amounts:
    """What a turn is known to take for its prompt alone. A small question may begin while anything is left."""
    return predicted(path_tokens, 0, prices) if path_tokens > SMALL_PROMPT else NOTHING


def settled(usage: Usage, prices: Prices) -> Amounts:
    """What a turn took. xAI's own number of ticks counts if it sent one; that includes the tools."""
    answer_tokens = usage.completion_tokens + usage.reasoning_tokens
    cost = usage.cost_ticks
    if cost is None:
        cost = _tokens_cost(usage.prompt_tokens, usage.cached_prompt_tokens, answer_tokens, prices)
        cost += usage.tool_calls * SEARCH_TICKS
    return Amounts(usage.prompt_tokens + answer_tokens, cost)


def _tokens_cost(prompt: int, cached: int, answer: int, prices: Prices) -> int:
    cached = min(cached, prompt)
    cost = (prompt - cached) * prices.prompt + cached * prices.cached + answer * prices.answer
    return cost * 2 if prompt >= LONG_PROMPT else cost
