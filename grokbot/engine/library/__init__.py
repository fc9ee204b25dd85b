"""Conversations as things that people keep: lists, titles, stars, shares, imports.

Not here: their answers (`turns`, `variants`).
"""

from __future__ import annotations

from grokbot.engine.library.library import SHOWN_SECONDS, Library
from grokbot.engine.library.message_places import InDiscord
from grokbot.engine.library.titles import Titling
from grokbot.engine.library.withdraw import TakingBack

__all__ = ["SHOWN_SECONDS", "InDiscord", "Library", "TakingBack", "Titling"]
