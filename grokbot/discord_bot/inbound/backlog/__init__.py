"""What was said while nobody listened: each shard's session, what it missed, and openings that a stop left.

Not here: what becomes of a message (`inbound.messages`), what is kept for it (`engine.library.backlog`).
"""

from __future__ import annotations

from grokbot.discord_bot.inbound.backlog.sessions import Sessions

__all__ = ["Sessions"]
