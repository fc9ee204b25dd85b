"""What a purge removes: as a plan before it, and as the result after it.

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
    """What to purge in a server: one conversation, or everything of a user since a moment (None: ever).

    Of a user: conversations that they began since then and in which nobody else wrote go whole. In all others, their
    words go, and the answers to nobody but them; other people's words and the answers to those stay.
    """

    guild_id: int
    conversation_id: str | None = None
    user_id: int | None = None
    since: datetime | None = None
    channel_id: int | None = None
    """Where the conversation is held, for the audit log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgePlan:
    """What will be removed, or what was."""

    conversations: int
    """Whole ones."""
    responses: int
    """Those that lose their words, including whole conversations."""
    shares: int
    stored: int
    """Answers at xAI to delete. Before a purge, as many as are known to be kept there."""
    messages: tuple[MessageRef, ...]
    """All of it in Discord: people's messages and the bot's."""
    background: int = 0
    """How often the model is shown something of theirs in others' conversations: as background, or quoted."""
