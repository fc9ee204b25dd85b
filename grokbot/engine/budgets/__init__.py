"""What turns may cost: reserved before, settled after; prices and charts.

Not here: the arithmetic (`policy.budgets`), the rows (`store.budgets`).
"""

from __future__ import annotations

from grokbot.engine.budgets.budgets import Budgets
from grokbot.engine.budgets.chart_renderer import ChartError, ChartRenderer
from grokbot.engine.budgets.limit_use import Used
from grokbot.engine.budgets.price_list import KEY_REFUSED, PriceList
from grokbot.engine.budgets.side_requests import SideRequests, Taken
from grokbot.engine.budgets.usage import Spending

__all__ = [
    "KEY_REFUSED",
    "Budgets",
    "ChartError",
    "ChartRenderer",
    "PriceList",
    "SideRequests",
    "Spending",
    "Taken",
    "Used",
]
