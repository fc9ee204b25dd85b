"""Limits, reservations and the ledger.

Not here: the arithmetic (`policy.budgets`).
"""

from __future__ import annotations

from grokbot.store.budgets.limits import Limits
from grokbot.store.budgets.reservations import UNLIMITED, Payer, Reserving, allowed, reserve
from grokbot.store.budgets.settlement import Reservations, account, around_of, settle
from grokbot.store.budgets.usage import Ledger, count_used

__all__ = [
    "UNLIMITED",
    "Ledger",
    "Limits",
    "Payer",
    "Reservations",
    "Reserving",
    "account",
    "allowed",
    "around_of",
    "count_used",
    "reserve",
    "settle",
]
