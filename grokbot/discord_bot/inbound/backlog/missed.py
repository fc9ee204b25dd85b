"""What one shard has missed: since when, which places are read, and the result.

Not here: reading it (`backfill`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grokbot.process import metrics

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.inbound.backlog.shard_marks import Session

log = logging.getLogger(__name__)

LAST = 2**63
"""Newer than any message."""

OWN_READ_SECONDS = 20.0
"""Seconds that other places wait for our own threads to be read, so that an unreadable one holds nobody up."""


@dataclass(slots=True)
class Missed:
    """What one shard has missed."""

    session: Session
    since: int | None
    direct: bool
    oldest: int
    place_id: int | None = None
    """The only place to look in, with its threads; None: all."""
    until: int = LAST
    """The newest message to handle."""
    stood: int = 0
    """Our newest message from a lost database, which had handled everything up to there."""
    count: Counter[str] = field(default_factory=Counter)
    own_read: asyncio.Event = field(default_factory=asyncio.Event)
    own_left: int = 0

    @property
    def after(self) -> int:
        """The message after which our own threads are read."""
        return max(self.since or 0, self.oldest)

    @property
    def elsewhere_after(self) -> int | None:
        """The same for places where our answer may not show; None if we may never have listened."""
        if self.since is None and not self.stood:
            return None
        return max(self.after, self.stood)

    def is_wanted(self, place: object) -> bool:
        """Whether to look there at all."""
        return self.place_id is None or self.place_id in {getattr(place, "id", 0), getattr(place, "parent_id", 0)}

    def comes_by_itself(self, message_id: int) -> bool:
        """Whether the connection brings this message, too."""
        return message_id > self.until or message_id in self.session.came

    def may_read(self, place: discord.Thread | discord.TextChannel | discord.VoiceChannel) -> bool:
        """Whether we may read a place; counts those that we may not."""
        granted = place.permissions_for(place.guild.me) if getattr(place, "parent", place) is not None else None
        may = granted is None or (granted.view_channel and granted.read_message_history)
        self.count["not_allowed"] += not may
        return may

    async def own_were_read(self) -> None:
        """Waits until our own threads are read, or the time is over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.own_read.wait(), OWN_READ_SECONDS)

    def read_one(self) -> None:
        """Counts one of our own threads as read."""
        self.own_left -= 1
        if self.own_left <= 0:
            self.own_read.set()

    def tell(self) -> None:
        """Logs and counts the result."""
        answered, read = self.count["answered"], self.count["messages"]
        metrics.CAUGHT_UP.labels("answered").inc(answered)
        metrics.CAUGHT_UP.labels("not_for_it").inc(max(0, read - answered))
        log.info(
            "discord.caught_up places=%d messages=%d answered=%d not_allowed=%d unread=%d"
            " places_too_full=%d places_left_out=%d older_left_out=%s",
            *(self.count[each] for each in ("places", "messages", "answered", "not_allowed", "unread")),
            *(self.count[each] for each in ("places_too_full", "places_left_out")),
            self.since is None or self.since < self.oldest,
        )
