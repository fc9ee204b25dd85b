"""What was said while the bot was away: each shard's session, what it missed, and openings that a stop interrupted.

Not here: how a message is handled (`inbound.messages`), what is kept for it (`engine.library.backlog`).
"""

from __future__ import annotations

from grokbot.discord_bot.inbound.backlog.sessions import Sessions

__all__ = ["Sessions"]
