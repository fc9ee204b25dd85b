"""Amounts as moderators type them: `5`, `50k`, `$2.50`. Pure.

Not here: what is limited (`policy.budgets.limits`).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.conversation.text.sentences import Sentence
from grokbot.policy.budgets import LimitUnit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.conversation.text import OthersText

NO_AMOUNT = Sentence("Give an amount such as `5`, `50k`, `1.5M`, or `$2.50` for money.")
LARGEST = 10**18
"""In any unit: a larger number would not fit a 64-bit column."""

_AMOUNT = re.compile(r"(\$)?\s*([0-9]{1,15}(?:\.[0-9]{1,10})?)\s*([km])?", re.IGNORECASE)
_SIZES: Mapping[str, int] = {"": 1, "k": 1_000, "m": 1_000_000}


def amount(text: OthersText, unit: LimitUnit) -> int:
    """An amount in a limit's unit; money in ticks.

    Raises:
        UserError: It is not an amount, is too large, or is a fraction of a whole unit.
    """
    typed = _AMOUNT.fullmatch(text.strip().replace(",", "").replace("_", ""))
    if typed is None or (typed[1] and unit is not LimitUnit.COST):
        raise UserError(NO_AMOUNT)
    value = Decimal(typed[2]) * _SIZES[(typed[3] or "").lower()]
    whole = value * TICKS_A_DOLLAR if unit is LimitUnit.COST else value
    if whole != whole.to_integral_value() or whole > LARGEST:
        raise UserError(NO_AMOUNT)
    return int(whole)
