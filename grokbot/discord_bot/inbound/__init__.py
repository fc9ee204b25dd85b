"""Events that come in: messages, edits, reactions, what was missed while the bot was away; each in its channel's order.

Not here: the events themselves (`bot`), reading a message (`content`), showing the answer (`answers`).
"""

from __future__ import annotations

from grokbot.discord_bot.inbound.backfill import Backfill
from grokbot.discord_bot.inbound.channel_queue import ChannelQueues
from grokbot.discord_bot.inbound.edits import Wordings, apply_edit, rewritten
from grokbot.discord_bot.inbound.in_flight import InFlight
from grokbot.discord_bot.inbound.lost_access import forget_left, stop_unseen
from grokbot.discord_bot.inbound.messages import MessageHandler, place_of
from grokbot.discord_bot.inbound.openings import Command, as_kept, begin_openings, begun_directly, begun_in_thread
from grokbot.discord_bot.inbound.reactions import is_star, starred
from grokbot.discord_bot.inbound.refetch import reader_of
from grokbot.discord_bot.inbound.reposts import Reposts, as_original
from grokbot.discord_bot.inbound.shard_marks import ShardMarks
from grokbot.discord_bot.inbound.slow_reads import SlowReads

__all__ = [
    "Backfill",
    "ChannelQueues",
    "Command",
    "InFlight",
    "MessageHandler",
    "Reposts",
    "ShardMarks",
    "SlowReads",
    "Wordings",
    "apply_edit",
    "as_kept",
    "as_original",
    "begin_openings",
    "begun_directly",
    "begun_in_thread",
    "forget_left",
    "is_star",
    "place_of",
    "reader_of",
    "rewritten",
    "starred",
    "stop_unseen",
]
