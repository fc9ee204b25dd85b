"""A model's Markdown as Discord's: translated, split into messages, stable while the text grows. Pure.

Not here: status lines and buttons around it (`answers`).
"""

from __future__ import annotations

from grokbot.discord_bot.markdown.message_texts import DISCORD_LIMIT, MINIMUM_LIMIT, Answer, split

__all__ = ["DISCORD_LIMIT", "MINIMUM_LIMIT", "Answer", "split"]
