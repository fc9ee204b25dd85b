"""Usage, for those who may see it: the operator sees everything, people what they asked for themselves.

Not here: adding up (`store`), limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.engine.budgets.limit_use import used_now
from grokbot.engine.budgets.operator_limits import operators_limits
from grokbot.policy.budgets import Scope, Who

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.conversation.records import By, Spent
    from grokbot.engine.budgets.limit_use import Used
    from grokbot.engine.context import Context
    from grokbot.policy.actor import Actor


class Spending:
    """One for the process."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    async def spent(
        self, caller: Actor, by: By, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Spent]:
        """The usage of answers that ended in a period.

        Args:
            caller: The operator sees everybody's, others their own.
            by: What to group by. `By.NOTHING` always gives one sum, of all; else there is one for each key with an
                answer.
            since: UTC, inclusive; None: from the beginning.
            until: UTC, exclusive; None: to the end.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.ledger.spent(by, since, until, None if caller.operator else caller.id)

    async def against_limits(self) -> Sequence[Used]:
        """What all together have used of the operator's limits for a day or a month.

        Raises:
            StoreError: It could not be read.
        """
        now = self._context.now()
        limits = [
            limit
            for limit in operators_limits(self._context.settings.limits)
            if limit.scope is Scope.EVERYWHERE and limit.counted.period is not None
        ]
        found = await self._store.limits.standings(Who(user_id=0), limits, now)
        return [used_now(limit, found[limit], now) for limit in limits]
