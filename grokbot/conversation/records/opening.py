"""A request for a conversation that has no place in Discord yet. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingOpening:
    """A conversation that is about to begin. Ids are Discord's.

    Args:
        id: Of the message, or of the command's interaction.
        guild_id: None in direct messages.
        channel_id: Where it was asked for.
        user_id: By whom.
        since: UTC.
        command: The command's options, as JSON: nobody else keeps them. "" for a message, which Discord keeps.
    """

    id: int
    guild_id: int | None
    channel_id: int
    user_id: int
    since: datetime
    command: str = ""
