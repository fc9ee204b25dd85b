"""Metrics of xAI: calls, tokens, money."""

from __future__ import annotations

from grokbot.process.metrics.registry import OPEN, WAITS, counter, gauge, histogram

CALLS = counter(
    "grokbot_xai_calls",
    "Calls to xAI, by method and by gRPC's code (OK: it succeeded; CANCELLED: it was ended here, as by Stop).",
    method=OPEN,
    code=OPEN,
)
IN_FLIGHT = gauge("grokbot_xai_calls_in_flight", "Calls to xAI that are running now.")
FIRST_CHUNK = histogram(
    "grokbot_xai_first_chunk_seconds", "From the sending of a request for an answer until its first chunk.", WAITS
)
TOKENS = counter(
    "grokbot_tokens",
    "Tokens that xAI reported, by kind and model, as in the ledger; prompt: without the cached ones.",
    kind=("prompt", "cached_prompt", "completion", "reasoning"),
    model=OPEN,
)
COST = counter("grokbot_cost_dollars", "What xAI says it cost, in US dollars, by model, as in the ledger.", model=OPEN)
SEARCHES = counter(
    "grokbot_searches",
    "Searches and other uses of tools that answers show, by kind.",
    kind=("web", "x", "code", "other"),
)
SPENT = gauge(
    "grokbot_budget_spent_dollars",
    "What all answers together have cost in this day or month (UTC), with what running ones have reserved; "
    "only where there is such a limit.",
    period=OPEN,
)
LIMIT = gauge(
    "grokbot_budget_limit_dollars",
    "What they may cost: limits.dollars_per_day and limits.dollars_per_month.",
    period=OPEN,
)
