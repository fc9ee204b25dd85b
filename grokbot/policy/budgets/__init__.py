"""Limits, prices and what a turn will cost: does it fit. Pure.

Not here: who is blocked or may use a channel (`admission`, `blocks`, `places`).
"""

from __future__ import annotations

from grokbot.policy.budgets.accounts import MINUTE, LimitUse, needed_since
from grokbot.policy.budgets.budgets import WARNED_AT, BudgetDecision, LimitWarning, decide, refusal, used_up
from grokbot.policy.budgets.limit_text import counted_in, described, dollars, each, used_of, warning
from grokbot.policy.budgets.limits import (
    DIRECT,
    OPERATOR,
    Account,
    AccountKind,
    Counted,
    Limit,
    LimitUnit,
    Scope,
    Who,
    account_of,
    applying,
)
from grokbot.policy.budgets.periods import ENDLESS, Period, began, ends
from grokbot.policy.budgets.prediction import (
    Seen,
    longest_answer,
    most_images,
    most_searches,
    path_tokens,
    tokens_of,
    tokens_said,
)
from grokbot.policy.budgets.prices import (
    NOTHING,
    UNLISTED,
    UNLISTED_IMAGE,
    Amounts,
    ListedModel,
    Prices,
    in_dollars,
    known,
    predicted,
    settled,
    split,
)

__all__ = [
    "DIRECT",
    "ENDLESS",
    "MINUTE",
    "NOTHING",
    "OPERATOR",
    "UNLISTED",
    "UNLISTED_IMAGE",
    "WARNED_AT",
    "Account",
    "AccountKind",
    "Amounts",
    "BudgetDecision",
    "Counted",
    "Limit",
    "LimitUnit",
    "LimitUse",
    "LimitWarning",
    "ListedModel",
    "Period",
    "Prices",
    "Scope",
    "Seen",
    "Who",
    "account_of",
    "applying",
    "began",
    "counted_in",
    "decide",
    "described",
    "dollars",
    "each",
    "ends",
    "in_dollars",
    "known",
    "longest_answer",
    "most_images",
    "most_searches",
    "needed_since",
    "path_tokens",
    "predicted",
    "refusal",
    "settled",
    "split",
    "tokens_of",
    "tokens_said",
    "used_of",
    "used_up",
    "warning",
]
