"""What every moderator action needs: the right to it, a line in the audit log, and an event.

Not here: the actions themselves (`moderation`, `filters`, `guild_settings`, `purge`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import NotAllowedError
from grokbot.conversation.records import Acted, AuditEntry
from grokbot.policy.blocks import EVERY_SERVER
from grokbot.policy.rights import ONLY_MODERATORS, check_moderates

if TYPE_CHECKING:
    from grokbot.engine.admission import RulesCache
    from grokbot.engine.context import Context
    from grokbot.policy.actor import Actor


class Actions:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        rules: The cached rules, dropped after a change.
    """

    def __init__(self, context: Context, rules: RulesCache) -> None:
        self._now = context.now
        self._new_id = context.new_id
        self._events = context.events
        self._rules = rules

    def may(self, who: Actor) -> int:
        """The server in which somebody moderates; 0 (all servers) for the operator outside of any.

        Raises:
            NotAllowedError: They may not.
        """
        guild_id = EVERY_SERVER if who.guild_id is None else who.guild_id
        check_moderates(who, guild_id)
        return guild_id

    def may_in_server(self, who: Actor) -> int:
        """The same for what is set in single servers only. Raises as `may`."""
        guild_id = self.may(who)
        if guild_id == EVERY_SERVER:
            raise NotAllowedError(ONLY_MODERATORS)
        return guild_id

    def entry(
        self, who: Actor, guild_id: int, action: str, target: str = "", reason: str = "", /, **details: Any
    ) -> AuditEntry:
        """A line of the audit log for a current action.

        Args:
            who: Who does it.
            guild_id: In which server; 0: in all of them.
            action: What.
            target: To what.
            reason: Why, in their words.
            details: Other facts; nobody's message text.
        """
        return AuditEntry(
            id=self._new_id(),
            at=self._now(),
            guild_id=None if guild_id == EVERY_SERVER else guild_id,
            actor_id=who.id,
            action=action,
            target=target,
            reason=reason,
            details=details,
        )

    def done(self, entry: AuditEntry) -> None:
        """The action is saved: drops the cached rules and publishes the event."""
        self._rules.changed(EVERY_SERVER if entry.guild_id is None else entry.guild_id)
        self._events.publish(Acted(entry=entry))
