"""What every act of a moderator needs: the right to it, a line in the audit log, and that others are told.

Not here: the acts themselves (`moderation`, `filters`, `guild_settings`, `purge`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import NotAllowedError
from grokbot.conversation.records import Acted, AuditEntry
from grokbot.policy.blocks import EVERY_SERVER
from grokbot.policy.rights import ONLY_MODERATORS, check_moderates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.engine.admission import RulesCache
    from grokbot.engine.context import Context
    from grokbot.engine.library import Titles
    from grokbot.engine.turns import TurnRunner
    from grokbot.engine.xai_deletion import XaiDeletion
    from grokbot.policy.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What moderators' acts are done with.

    Args:
        context: Settings, store, clock, ids and events.
        rules: What is set, to be read anew after a change.
        runner: The answers under way.
        xai_deletion: What deletes at xAI.
        titles: Who writes titles, and may be writing one of what goes.
        answer_waiting: Begins the turns of what waits.
    """

    context: Context
    rules: RulesCache
    runner: TurnRunner
    xai_deletion: XaiDeletion
    titles: Titles
    answer_waiting: Callable[[], Awaitable[None]]


class Acting:
    """A part of `Moderation`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._store = tools.context.store
        self._rules = tools.rules
        self._now = tools.context.now

    def _may(self, who: Actor) -> int:
        """In which server somebody moderates; the operator outside of any: in all of them (0).

        Raises:
            NotAllowedError: They may not.
        """
        guild_id = self._where(who)
        check_moderates(who, guild_id)
        return guild_id

    def _may_in_server(self, who: Actor) -> int:
        """The same for what is set in single servers only. Raises as `_may`."""
        guild_id = self._may(who)
        if guild_id == EVERY_SERVER:
            raise NotAllowedError(ONLY_MODERATORS)
        return guild_id

    def _where(self, who: Actor) -> int:
        return EVERY_SERVER if who.guild_id is None else who.guild_id

    def _entry(
        self, who: Actor, guild_id: int, action: str, target: str = "", reason: str = "", /, **details: Any
    ) -> AuditEntry:
        return AuditEntry(
            id=self._tools.context.new_id(),
            at=self._now(),
            guild_id=None if guild_id == EVERY_SERVER else guild_id,
            actor_id=who.id,
            action=action,
            target=target,
            reason=reason,
            details=details,
        )

    def _acted(self, entry: AuditEntry) -> None:
        """It is written down: what is set is read anew, and who watches is told."""
        self._rules.changed(EVERY_SERVER if entry.guild_id is None else entry.guild_id)
        self._tools.context.events.publish(Acted(entry=entry))
