"""The operator's limits, from the settings. Pure.

Not here: the settings themselves (`settings.limits`), what limits do (`budgets`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.policy.budgets import OPERATOR, Counted, Limit, LimitUnit, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.settings import LimitsSettings

_SETTINGS: Mapping[str, Counted] = {
    "turns_per_minute": Counted.TURNS_A_MINUTE,
    "answers_at_once": Counted.ANSWERS_AT_ONCE,
    "tokens_per_day": Counted.TOKENS_A_DAY,
    "tokens_per_month": Counted.TOKENS_A_MONTH,
    "dollars_per_day": Counted.COST_A_DAY,
    "dollars_per_month": Counted.COST_A_MONTH,
}


def operators_limits(settings: LimitsSettings) -> tuple[Limit, ...]:
    """The settings' limits: for all turns together, and for each person."""
    found: list[Limit] = []
    for prefix, scope in (("", Scope.EVERYWHERE), ("member_", Scope.MEMBER)):
        for name, counted in _SETTINGS.items():
            amount = getattr(settings, prefix + name)
            if amount is None:
                continue
            whole = round(amount * TICKS_A_DOLLAR) if counted.unit is LimitUnit.COST else amount
            found.append(Limit(guild_id=OPERATOR, scope=scope, counted=counted, amount=whole))
    return tuple(found)


def operators_own(limit: Limit) -> bool:
    """Whether only the operator sees its amounts: the ceiling, and what counts across servers."""
    return limit.guild_id == OPERATOR and limit.scope is not Scope.MEMBER
