"""Events that come in: messages, edits, reactions, what was missed while the bot was away; each in its channel's order.

Not here: the events themselves (`bot`), reading a message (`content`), showing the answer (`answers`).
"""

from __future__ import annotations

from grokbot.discord_bot.inbound.backfill import CatchingUp
from grokbot.discord_bot.inbound.channel_queue import InOrder
from grokbot.discord_bot.inbound.edits import Wordings, heard_again, rewritten
from grokbot.discord_bot.inbound.in_flight import Dealings
from grokbot.discord_bot.inbound.lost_access import forget_left, stop_unseen
from grokbot.discord_bot.inbound.messages import Asking, place_of
from grokbot.discord_bot.inbound.openings import Command, as_kept, begin_openings, begun_directly, begun_in_thread
from grokbot.discord_bot.inbound.reactions import is_star, starred
from grokbot.discord_bot.inbound.refetch import reader_of
from grokbot.discord_bot.inbound.reposts import Reposts, in_its_place
from grokbot.discord_bot.inbound.shard_marks import Served
from grokbot.discord_bot.inbound.slow_reads import SlowReads

__all__ = [
    "Asking",
    "CatchingUp",
    "Command",
    "Dealings",
    "InOrder",
    "Reposts",
    "Served",
    "SlowReads",
    "Wordings",
    "as_kept",
    "begin_openings",
    "begun_directly",
    "begun_in_thread",
    "forget_left",
    "heard_again",
    "in_its_place",
    "is_star",
    "place_of",
    "reader_of",
    "rewritten",
    "starred",
    "stop_unseen",
]
