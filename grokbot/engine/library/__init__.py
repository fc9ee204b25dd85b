"""Conversations as things to keep: lists, titles, stars, shares, imports; and images beside them.

Not here: their answers (`turns`, `variants`).
"""

from __future__ import annotations

from grokbot.engine.library.backlog import Backlog, CaughtUp
from grokbot.engine.library.images import Images
from grokbot.engine.library.library import SHOWN_SECONDS, Library
from grokbot.engine.library.message_places import MessagePlaces
from grokbot.engine.library.stuck_answers import Stuck, StuckAnswer, StuckAnswers
from grokbot.engine.library.summaries import ONLY_IN_SERVERS, Summaries
from grokbot.engine.library.titles import TitleChanged, Titles
from grokbot.engine.library.withdraw import Withdrawal

__all__ = [
    "ONLY_IN_SERVERS",
    "SHOWN_SECONDS",
    "Backlog",
    "CaughtUp",
    "Images",
    "Library",
    "MessagePlaces",
    "Stuck",
    "StuckAnswer",
    "StuckAnswers",
    "Summaries",
    "TitleChanged",
    "Titles",
    "Withdrawal",
]
