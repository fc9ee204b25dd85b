"""An answer in Discord: its messages while it is written, its buttons, its end.

Not here: Discord's Markdown (`markdown`), when a request may be sent (`rate_limits`), slash commands (`commands`).
"""

from __future__ import annotations

from grokbot.discord_bot.answers.buttons import AnswerButton, resampled_at, show_menu
from grokbot.discord_bot.answers.lost_sends import is_strange
from grokbot.discord_bot.answers.presenter import Presenter

__all__ = ["AnswerButton", "Presenter", "is_strange", "resampled_at", "show_menu"]
