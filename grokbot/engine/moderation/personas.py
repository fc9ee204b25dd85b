"""A server's own personas: list, add, edit, remove.

Not here: which ones a place allows (`guild_settings`), what follows for a conversation (`admission.personas`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grokbot.conversation.personas import folded_name, new_persona

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.personas import Persona
    from grokbot.engine.admission import RulesCache
    from grokbot.engine.context import Context
    from grokbot.engine.moderation.actions import Actions
    from grokbot.policy.actor import Actor


class ServerPersonas:
    """The part of `Moderation` for personas. The audit log keeps their names and lengths, not their words."""

    def __init__(self, context: Context, acts: Actions, rules: RulesCache) -> None:
        self._store = context.store
        self._acts = acts
        self._rules = rules

    def check_may(self, who: Actor) -> None:
        """Requires somebody who moderates a server. Raises NotAllowedError."""
        self._acts.may_in_server(who)

    async def held(self, who: Actor) -> Sequence[Persona]:
        """The server's, by name."""
        return (await self._rules.of(self._acts.may_in_server(who))).personas

    async def set(self, who: Actor, name: str, text: str, description: str = "", *, new: bool) -> Persona:
        """Adds a persona, or edits one. Conversations that have begun with it keep the words that it had.

        Args:
            who: The moderator.
            name: Its name, as the person typed it.
            text: The instructions to the model.
            description: For people who choose; "": the first words of the text.
            new: Whether to add it; if not, there must be one.

        Raises:
            UserError: Name or text are not possible; there is one of this name, or none to edit; there are too many.
        """
        guild_id = self._acts.may_in_server(who)
        persona = await asyncio.to_thread(new_persona, name, text, description)
        action = "persona.add" if new else "persona.edit"
        entry = self._acts.entry(who, guild_id, action, f"persona:{persona.name}", characters=len(persona.text))
        await self._store.personas.set(guild_id, persona, who.id, entry.at, entry, new=new)
        self._acts.done(entry)
        return persona

    async def remove(self, who: Actor, name: str) -> bool:
        """Removes a persona. Returns whether the server had it."""
        guild_id, wanted = self._acts.may_in_server(who), folded_name(name)
        entry = self._acts.entry(who, guild_id, "persona.remove", f"persona:{wanted}")
        removed = await self._store.personas.remove(guild_id, wanted, entry)
        if removed:
            self._acts.done(entry)
        return removed
