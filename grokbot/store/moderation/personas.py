"""A server's personas: adding, editing, removing and listing them.

Not here: what a persona may be (`conversation.personas`), who may change them (`engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select

from grokbot.conversation.errors import UserError
from grokbot.conversation.personas import Persona
from grokbot.conversation.text.sentences import Sentence
from grokbot.store.audit import note_audit
from grokbot.store.tables.moderation import personas
from grokbot.store.tables.rows import storable

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.records import AuditEntry
    from grokbot.store.database import Database

MOST_PERSONAS = 25
"""Of one server: what a menu, or a list of choices, shows."""

TOO_MANY_PERSONAS = Sentence("A server has at most {most} personas of its own. Remove one first.")
ALREADY_THERE = Sentence("This server has a persona of this name already. Edit it instead.")
NO_SUCH_PERSONA = Sentence("This server has no persona of this name. `/mod persona list` shows those that it has.")

_OF = personas.c.guild_id == bindparam("guild")
_THIS = (_OF, personas.c.name == bindparam("this"))
_ALL = select(personas).where(_OF).order_by(personas.c.name)
_HOW_MANY = select(func.count()).select_from(personas).where(_OF)
_ADD = insert(personas)
_REMOVE = delete(personas).where(*_THIS)


class PersonaRows:
    """Personas of servers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(
        self, guild_id: int, persona: Persona, by: int, at: datetime, entry: AuditEntry, *, new: bool
    ) -> None:
        """Add a persona, or replace the one of its name.

        Args:
            guild_id: The server.
            persona: The persona.
            by: Who writes it.
            at: UTC, when.
            entry: The line of the audit log, written with it.
            new: Whether it is added; if not, there must be one.

        Raises:
            UserError: There is one, or none; or the server has as many as it may.
        """
        row = {
            "guild_id": guild_id,
            "name": persona.name,
            "description": storable(persona.description),
            "text": storable(persona.text),
            "changed_by": by,
            "changed_at": at,
        }

        def set_persona(connection: Connection) -> None:
            there = connection.execute(_REMOVE, {"guild": guild_id, "this": persona.name}).rowcount > 0
            if there == new:
                raise UserError(ALREADY_THERE if new else NO_SUCH_PERSONA)
            if new and connection.execute(_HOW_MANY, {"guild": guild_id}).scalar_one() >= MOST_PERSONAS:
                raise UserError(TOO_MANY_PERSONAS.later(most=MOST_PERSONAS))
            connection.execute(_ADD, row)
            note_audit(connection, entry)

        await self._database.write(set_persona)

    async def remove(self, guild_id: int, name: str, entry: AuditEntry) -> bool:
        """Remove a persona. Returns whether the server had it; if not, nothing is logged.

        Args:
            guild_id: The server.
            name: The persona's.
            entry: The line of the audit log, written with it.
        """

        def remove_persona(connection: Connection) -> bool:
            removed = connection.execute(_REMOVE, {"guild": guild_id, "this": name}).rowcount > 0
            if removed:
                note_audit(connection, entry)
            return removed

        return await self._database.write(remove_persona)

    async def of(self, guild_id: int) -> tuple[Persona, ...]:
        """A server's personas, by name."""
        rows = await self._database.rows(_ALL, {"guild": guild_id})
        return tuple(Persona(row["name"], row["text"], row["description"]) for row in rows)
