"""Titles of conversations: when one is due, asking Grok for it, keeping it.

Not here: a request's words and cleaning a title (`conversation.titles`), the thread's name (`discord_bot`).
"""

from __future__ import annotations

from grokbot.engine.library.titles.titles import CHANCES, NOTHING_TO_NAME, TitleChanged, Titles

__all__ = ["CHANCES", "NOTHING_TO_NAME", "TitleChanged", "Titles"]
