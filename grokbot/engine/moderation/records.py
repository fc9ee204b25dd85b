"""A server's history and usage: the audit log, and what was used.

Not here: writing the audit log (`actions`), what callers of the API used (`budgets.usage`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.records import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from grokbot.conversation.records import AuditEntry, AuditFilter, AuditPage, By, UsageSum
    from grokbot.engine.context import Context
    from grokbot.engine.moderation.actions import Actions
    from grokbot.policy.actor import Actor


class Records:
    """A part of `Moderation`."""

    def __init__(self, context: Context, acts: Actions) -> None:
        self._store = context.store
        self._acts = acts

    async def audit(
        self, who: Actor, wanted: AuditFilter = EVERYTHING, *, offset: int = 0, limit: int = 10
    ) -> AuditPage:
        """A page of the server's audit log, newest first.

        Args:
            who: A moderator sees their server's, the operator all.
            wanted: Which entries.
            offset: How many to leave out.
            limit: How many at most.
        """
        return await self._store.audit.page(self._acts.may(who) or None, wanted, offset=offset, limit=limit)

    async def audit_all(self, who: Actor, wanted: AuditFilter = EVERYTHING) -> AsyncIterator[tuple[AuditEntry, ...]]:
        """All of it, oldest first, in batches."""
        async for batch in self._store.audit.export(self._acts.may(who) or None, wanted):
            yield batch

    async def usage(
        self, who: Actor, by: By, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[UsageSum]:
        """The usage of a server's answers that ended in a period, and how many requests were refused.

        Args:
            who: A moderator of the server.
            by: What to group by.
            since: UTC, inclusive; None: from the beginning.
            until: UTC, exclusive; None: to the end.
        """
        return await self._store.ledger.used(self._acts.may_in_server(who), by, since, until)
