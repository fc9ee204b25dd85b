"""What happened in a server and what it took: the audit log, and what was used.

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
        """A page of the server's audit log, newest first."""
        return await self._store.audit.page(self._acts.may(who) or None, wanted, offset=offset, limit=limit)

    async def audit_all(self, who: Actor, wanted: AuditFilter = EVERYTHING) -> AsyncIterator[tuple[AuditEntry, ...]]:
        """All of it, oldest first, in batches."""
        async for batch in self._store.audit.export(self._acts.may(who) or None, wanted):
            yield batch

    async def usage(
        self, who: Actor, by: By, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[UsageSum]:
        """What answers took in the server that ended from `since` on and before `until`, and what was refused then."""
        return await self._store.ledger.used(self._acts.may_in_server(who), by, since, until)
