"""Opt-outs, privacy notices, and what is stored about a person outside conversations.

Not here: erasing it all (`erase_person`), when that happens (`engine.privacy.privacy`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, insert, literal, select, update

from grokbot.conversation.records import ApiKey, Kept, OptOut
from grokbot.store.database import rows_of
from grokbot.store.keys import KEYS
from grokbot.store.tables.budgets import usage_ledger
from grokbot.store.tables.conversations import api_keys, background, conversations, noticed, optouts, shares, stars
from grokbot.store.tables.moderation import blocks
from grokbot.store.tables.rows import share_of_row
from grokbot.store.tables.types import Moment

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Table

    from grokbot.store.database import Database

_USER = bindparam("user", type_=conversations.c.owner_id.type)
_OPT_OUTS = select(optouts)
_HOLDS = optouts.c.until.is_(None)
_OUT_AGAIN = (
    update(optouts).where(optouts.c.user_id == _USER, ~_HOLDS).values(since=bindparam("at", type_=Moment()), until=None)
)
_OPT_IN = update(optouts).where(optouts.c.user_id == _USER, _HOLDS).values(until=bindparam("at", type_=Moment()))
_ENDED_BEFORE = delete(optouts).where(optouts.c.until < bindparam("before", type_=Moment()))
_WAS_NOTICED = select(noticed.c.at).where(noticed.c.user_id == _USER)
_SINCE = select(optouts.c.since).where(optouts.c.user_id == _USER, _HOLDS)

_STARS = select(stars.c.conversation_id).where(stars.c.user_id == _USER).order_by(stars.c.conversation_id)
_SHARES = select(shares).where(shares.c.created_by == _USER).order_by(shares.c.created_at)
_KEYS = KEYS.where(api_keys.c.owner_id == _USER).order_by(api_keys.c.id)
_USAGE = select(usage_ledger).where(usage_ledger.c.user_id == _USER).order_by(usage_ledger.c.at)
_BACKGROUND = (
    select(background.c.message_id, background.c.author_name, background.c.at, background.c.text)
    .where(background.c.author_id == _USER)
    .distinct()
    .order_by(background.c.message_id)
)
_BLOCKS = select(blocks).where(blocks.c.kind == "user", blocks.c.subject_id == _USER).order_by(blocks.c.created_at)


class PersonRows:
    """People's privacy choices, and their data outside conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def opt_out(self, user_id: int, at: datetime) -> bool:
        """Opt a person out: their messages are not read. Returns whether that is new."""

        def opt_out(connection: Connection) -> bool:
            again = connection.execute(_OUT_AGAIN, {"user": user_id, "at": at}).rowcount > 0
            return again or noted(connection, optouts, user_id, since=at)

        new = await self._database.write(opt_out)
        await self._database.note_gone(optout=[user_id])
        return new

    async def opt_in(self, user_id: int, at: datetime) -> bool:
        """Opt a person back in, from now on. Returns whether that is new."""
        new = await self._database.write(lambda c: c.execute(_OPT_IN, {"user": user_id, "at": at}).rowcount > 0)
        await self._database.note_gone(optin=[user_id])
        return new

    async def opt_outs(self) -> tuple[OptOut, ...]:
        """All active opt-outs, and those that ended recently."""
        return tuple(OptOut(**row) for row in await self._database.rows(_OPT_OUTS))

    async def forget_opt_outs(self, before: datetime) -> None:
        """Drop opt-outs that ended before a time."""

        def forget_opt_outs(connection: Connection) -> None:
            connection.execute(_ENDED_BEFORE, {"before": before})

        await self._database.write(forget_opt_outs)

    async def note_notice(self, user_id: int, at: datetime) -> bool:
        """Note that a person has seen the privacy notice. Returns whether that is new."""
        return await self._database.write(lambda connection: noted(connection, noticed, user_id, at=at))

    async def was_noticed(self, user_id: int) -> bool:
        """Whether a person has seen the privacy notice."""
        return bool(await self._database.rows(_WAS_NOTICED, {"user": user_id}))

    async def kept_of(self, user_id: int) -> Kept:
        """What is stored about a person outside conversations, as one snapshot."""
        of = {"user": user_id}

        def kept_of(connection: Connection) -> Kept:
            return Kept(
                opted_out=connection.execute(_SINCE, of).scalar_one_or_none(),
                noticed=connection.execute(_WAS_NOTICED, of).scalar_one_or_none(),
                stars=tuple(connection.execute(_STARS, of).scalars()),
                shares=tuple(share_of_row(row) for row in rows_of(connection, _SHARES, of)),
                keys=tuple(ApiKey(**row) for row in rows_of(connection, _KEYS, of)),
                blocks=tuple(dict(row) for row in rows_of(connection, _BLOCKS, of)),
                usage=tuple(dict(row) for row in rows_of(connection, _USAGE, of)),
                background=tuple(dict(row) for row in rows_of(connection, _BACKGROUND, of)),
            )

        return await self._database.read(kept_of)


def noted(connection: Connection, table: Table, user_id: int, **more: Any) -> bool:
    """Add a person's row to a table with one row per person. Returns whether it is new.

    Args:
        connection: Of the transaction.
        table: The table.
        user_id: The person.
        more: The other columns of the row.
    """
    values = {"user": user_id, **more}
    named = [bindparam(name, type_=table.c[name].type) for name in more]
    known = exists().where(table.c.user_id == _USER)
    row = select(_USER, *named).where(~known, literal(1) == 1)
    return connection.execute(insert(table).from_select(["user_id", *more], row), values).rowcount > 0
