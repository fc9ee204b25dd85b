"""Turns a model's Markdown into Discord messages: translates, splits, and never changes a finished message. Pure.

Not here: status lines and buttons around it (`answers`).
"""

from __future__ import annotations

from grokbot.discord_bot.markdown.line_translator import in_fence
from grokbot.discord_bot.markdown.message_texts import GrowingAnswer, split
from grokbot.discord_bot.markdown.splitter import DISCORD_LIMIT, MINIMUM_LIMIT

__all__ = ["DISCORD_LIMIT", "MINIMUM_LIMIT", "GrowingAnswer", "in_fence", "split"]
