"""Answers in the replies to an interaction: of `/ask`, and wherever the bot itself is not, but somebody's app.

Nothing of Discord is needed but the interaction: no channel that the bot sees, no message that it could read. A
conversation of this kind has no place in Discord, so its buttons carry it on. Not here: the commands (`commands.ask`).
"""

from __future__ import annotations

from grokbot.discord_bot.asks.ask_buttons import ReplyButton, more_submitted
from grokbot.discord_bot.asks.asked import AskedHere, asked_in_replies, check_allowed, taken_back, thinks

__all__ = ["AskedHere", "ReplyButton", "asked_in_replies", "check_allowed", "more_submitted", "taken_back", "thinks"]
