"""What a purge takes away: as a plan before it, and as what went after it.

Not here: what belongs to a purge (`store`), who may do one (`engine`), deleting messages in Discord (`discord_bot`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from grokbot.conversation.response import MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeScope:
    """What is to be purged in a server: one conversation, or everything of a user since a moment (None: ever).

    Of a user: conversations that they began since then and in which nobody else wrote go whole. In all others their
    words go, and the answers to nobody but them; what others wrote, and what was answered to them, stays.
    """

    guild_id: int
    conversation_id: str | None = None
    user_id: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgePlan:
    """What goes, or what went."""

    conversations: int
    """Whole ones."""
    responses: int
    """Whose words go, those of the whole conversations too."""
    shares: int
    stored: int
    """Answers that xAI keeps and is to delete. Before a purge, it is how many it keeps as far as is known."""
    messages: tuple[MessageRef, ...]
    """Where all of it stands in Discord: people's messages and the bot's."""
