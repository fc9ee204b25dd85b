"""Removes what people said in a place before the bot was called there: a message that is gone, or all of a person's.

What was shown with it is no longer built on at xAI. Not here: reading and writing it with turns
(`conversations.attachments`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select

from grokbot.store.database import rows_of
from grokbot.store.privacy.delete import below, forget_at_xai
from grokbot.store.tables.conversations import background, conversations, responses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from grokbot.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Which rows: those of a Discord message, or of a person; perhaps only in one server, or since a time (UTC)."""

    message_id: int | None = None
    author_id: int | None = None
    guild_id: int | None = None
    since: datetime | None = None

    @property
    def rows(self) -> Sequence[ColumnElement[bool]]:
        """Their condition."""
        if self.message_id is None and self.author_id is None:
            raise ValueError("neither a message nor a person is named")
        wanted: list[ColumnElement[bool]] = []
        if self.message_id is not None:
            wanted.append(background.c.message_id == self.message_id)
        if self.author_id is not None:
            wanted.append(background.c.author_id == self.author_id)
        if self.since is not None:
            wanted.append(background.c.at >= self.since)
        if self.guild_id is not None:
            there = select(responses.c.id).join(conversations).where(conversations.c.guild_id == self.guild_id)
            wanted.append(background.c.response_id.in_(there))
        return wanted


_THESE = background.c.response_id.in_(bindparam("these", expanding=True))
DROP_OF: Any = delete(background).where(_THESE)
"""Deletes the background of some responses, `these`."""


class Backgrounds:
    """What was said before people's messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def seen_in(self, whose: Whose) -> tuple[str, ...]:
        """Ids of the conversations that show the model these rows."""
        return await self._database.read(lambda connection: seen_in(connection, whose))

    async def take(self, whose: Whose, at: datetime) -> tuple[str, ...]:
        """Delete these rows. Returns the ids of answers at xAI that saw them; those are noted in `to_forget` too."""

        def take_background(connection: Connection) -> tuple[bool, tuple[str, ...]]:
            held = taken(connection, whose).held
            return bool(held), forget_at_xai(connection, below(connection, held), at) if held else ()

        there, xai_ids = await self._database.write(take_background)
        if there:
            await self._database.wipe(message=[whose.message_id] if whose.message_id is not None else [])
        return xai_ids


@dataclass(frozen=True, slots=True)
class Unheard:
    """What was deleted: the responses that had it, once for each message, and the texts."""

    held: Sequence[str]
    texts: frozenset[str]


def seen_in(connection: Connection, whose: Whose) -> tuple[str, ...]:
    """As `Backgrounds.seen_in`, within a transaction."""
    found = select(responses.c.conversation_id).join(background).where(*whose.rows).distinct()
    return tuple(connection.execute(found).scalars())


def overheard(connection: Connection, whose: Whose) -> int:
    """How many rows there are."""
    return connection.execute(select(func.count()).select_from(background).where(*whose.rows)).scalar_one()


def taken(connection: Connection, whose: Whose) -> Unheard:
    """Delete rows within a transaction; call `Database.wipe` afterwards."""
    found = rows_of(connection, select(background.c.response_id, background.c.text).where(*whose.rows))
    if found:
        connection.execute(delete(background).where(*whose.rows))
    return Unheard([row["response_id"] for row in found], frozenset(row["text"] for row in found))
