"""Threads: opened, renamed, branched, shared from, and emptied.

Not here: the messages of an answer (`answers`).
"""

from __future__ import annotations

from grokbot.discord_bot.threads.branch import branched_off, place_beside
from grokbot.discord_bot.threads.bulk_delete import DeletionProgress, remove
from grokbot.discord_bot.threads.deletion_question import DeleteButton, DeleteChoice, deletion_question
from grokbot.discord_bot.threads.policy import ThreadWishes, around, channel_ways, thread_wishes
from grokbot.discord_bot.threads.rename import Renaming
from grokbot.discord_bot.threads.share import hand_out
from grokbot.discord_bot.threads.threads import check_unlocked

__all__ = [
    "DeleteButton",
    "DeleteChoice",
    "DeletionProgress",
    "Renaming",
    "ThreadWishes",
    "around",
    "branched_off",
    "channel_ways",
    "check_unlocked",
    "deletion_question",
    "hand_out",
    "place_beside",
    "remove",
    "thread_wishes",
]
