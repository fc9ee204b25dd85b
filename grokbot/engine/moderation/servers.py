"""Which servers are new to the bot, and are told by it who it is.

Not here: what it says there (`discord_bot`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from grokbot.engine.context import Context

STILL_NEW = timedelta(days=7)
"""How long ago the bot may have joined a server that it greets: after a loss of the database none is greeted anew."""


class Servers:
    """A part of `Moderation`. All of it raises StoreError if the database fails."""

    def __init__(self, context: Context) -> None:
        self._rows = context.store.known_servers
        self._now = context.now
        self._known: frozenset[int] = frozenset()
        """As far as the database was asked: after an outage many servers come back one by one."""

    async def known(self) -> frozenset[int]:
        """The servers in which the bot was, when it last looked."""
        known, _ = await self._rows.all()
        return known

    async def met(self, joined: Mapping[int, datetime | None]) -> frozenset[int]:
        """The bot is in these servers: notes those that it did not know.

        Args:
            joined: When it joined each of them, by id; None if Discord does not say.

        Returns:
            Those to greet now. None of them is returned twice, whatever becomes of the greeting.
        """
        if joined.keys() <= self._known:
            return frozenset()
        _, before = await self._rows.all()
        now = self._now()
        since = max(before or now - STILL_NEW, now - STILL_NEW)
        added = await self._rows.add(joined, now)
        self._known |= joined.keys()
        return frozenset(each for each in added if (at := joined[each]) is not None and at > since)

    async def left(self, guild_id: int) -> None:
        """The bot is no longer in a server: if it comes back, there may be other moderators."""
        self._known -= {guild_id}
        await self._rows.forget(guild_id)
