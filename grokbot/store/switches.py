"""Switches that stay as they are across restarts: whether answers are paused, everywhere or in one server.

Not here: what a pause does (`engine.pausing`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from grokbot.conversation.pausing import Pause
from grokbot.store.database import OnDatabase
from grokbot.store.rows import storable
from grokbot.store.tables import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

EVERYWHERE = 0
"""In place of a server's id. No server of Discord's has it."""

_SCOPE, _PAUSE = "guild", "pause"

_THIS = (
    settings.c.scope == _SCOPE,
    settings.c.scope_id == bindparam("guild"),
    settings.c.name == _PAUSE,
)
_SET = insert(settings)
_ONE = select(settings.c.value, settings.c.changed_by, settings.c.changed_at).where(*_THIS)
_CLEAR = delete(settings).where(*_THIS)


class Switches(OnDatabase):
    """The part of the Store that is about switches. Every method raises StoreTrouble as `Database` does."""

    async def pause(self, guild_id: int = EVERYWHERE) -> Pause | None:
        """The pause that holds in a server, or everywhere; None where none does."""
        rows = await self._database.rows(_ONE, {"guild": guild_id})
        if not rows:
            return None
        told = json.loads(rows[0]["value"])
        return Pause(since=rows[0]["changed_at"], by=rows[0]["changed_by"], reason=told["reason"])

    async def set_pause(self, pause: Pause | None, guild_id: int = EVERYWHERE) -> None:
        """Keep that answers are paused, instead of an earlier pause if there is one; None: no longer."""

        def set_pause(connection: Connection) -> None:
            connection.execute(_CLEAR, {"guild": guild_id})
            if pause is None:
                return
            row = {
                "scope": _SCOPE,
                "scope_id": guild_id,
                "name": _PAUSE,
                "value": storable(json.dumps({"reason": pause.reason}, ensure_ascii=False)),
                "changed_by": pause.by,
                "changed_at": pause.since,
            }
            connection.execute(_SET, row)

        await self._database.write(set_pause)
