"""The buttons of an answer: the row under it, its menu, and what a press does.

Not here: when a row goes (`answers.old_rows`), the rest of an answer's messages (`answers`).
"""

from __future__ import annotations

from grokbot.discord_bot.answers.buttons.actions import resampled_at
from grokbot.discord_bot.answers.buttons.answer_button import AnswerButton
from grokbot.discord_bot.answers.buttons.menu import show_menu

__all__ = ["AnswerButton", "resampled_at", "show_menu"]
