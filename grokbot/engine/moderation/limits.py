"""Sets and removes limits.

Not here: what is left of limits (`engine.budgets`), how they work together (`policy.budgets`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.text.sentences import Sentence
from grokbot.policy.budgets import OPERATOR, Counted, Limit, Scope

if TYPE_CHECKING:
    from grokbot.engine.context import Context
    from grokbot.engine.moderation.actions import Actions
    from grokbot.policy.actor import Actor

MOST = 2**53
"""The largest amount; as ticks it is 900,000 US dollars."""

TOO_MUCH = Sentence("That number is too large. Remove the limit instead.")
OF_NOBODY = Sentence("A limit for a role or a user must name it; other limits must not.")
IN_THE_SETTINGS = Sentence(
    "For all servers, only limits of one user can be set here; the operator's other limits are in the settings."
)


class LimitSetting:
    """A part of `Moderation`."""

    def __init__(self, context: Context, acts: Actions) -> None:
        self._store = context.store
        self._acts = acts

    async def set(
        self, who: Actor, scope: Scope, scope_id: int, counted: Counted, amount: int | None, reason: str = ""
    ) -> bool:
        """Sets a limit in the moderator's server, in place of an existing one. It holds from the next turn on.

        Args:
            who: Who sets it. An operator outside of a server sets one that holds everywhere.
            scope: Whose turns it counts.
            scope_id: The role or user; 0 for all else.
            counted: What it counts.
            amount: How much, COST in ticks; None removes it.
            reason: For the audit log.

        Returns:
            Whether anything changed: False if there was none to remove.

        Raises:
            UserError: No such limit is possible.
            NotAllowedError: They do not moderate there.
            StoreError: It could not be kept.
        """
        guild_id = self._acts.may(who)
        limit = _checked(guild_id, scope, scope_id, counted, amount)
        target = scope.value + (f":{scope_id}" if scope_id else "")
        if amount is None:
            entry = self._acts.entry(who, guild_id, "limit.remove", target, reason, counted=counted.value)
            changed = await self._store.limits.remove(limit, entry)
        else:
            entry = self._acts.entry(who, guild_id, "limit.set", target, reason, counted=counted.value, amount=amount)
            await self._store.limits.set(limit, who.id, entry.at, entry)
            changed = True
        if changed:
            self._acts.done(entry)
        return changed


def _checked(guild_id: int, scope: Scope, scope_id: int, counted: Counted, amount: int | None) -> Limit:
    if amount is not None and amount > MOST:
        raise UserError(TOO_MUCH)
    if guild_id == OPERATOR and scope is not Scope.USER:
        raise UserError(IN_THE_SETTINGS)
    try:
        return Limit(guild_id=guild_id, scope=scope, scope_id=scope_id, counted=counted, amount=amount or 0)
    except ValueError:
        raise UserError(OF_NOBODY) from None
