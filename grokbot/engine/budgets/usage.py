"""Usage, for those who may see it: the operator sees everything, people what they asked for themselves.

Not here: adding up (`store`), limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.conversation.records import By, Spent
    from grokbot.engine.context import Context
    from grokbot.policy.actor import Actor


class Spending:
    """One for the process."""

    def __init__(self, context: Context) -> None:
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
