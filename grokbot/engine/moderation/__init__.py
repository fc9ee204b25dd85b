"""What moderators do: blocks, filters, limits, pauses, purges, settings of a server.

Not here: asking these rules when a turn begins (`admission`).
"""

from __future__ import annotations

from grokbot.engine.moderation.moderation import Moderation

__all__ = ["Moderation"]
