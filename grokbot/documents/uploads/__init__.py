"""Pictures and files that people bring, made ready for a model. Pure: bytes in, values out.

Each module is imported by itself: the process that reads one file needs no more than that. Not here: fetching them,
what a message says about them (`discord_bot.content`).
"""

from __future__ import annotations

__all__ = ["UnreadableError"]


class UnreadableError(Exception):
    """The document or picture cannot be read; the text says why, to follow "it"."""
