"""Incoming events: messages, edits, reactions, and what was missed while the bot was away; in order per channel.

Not here: the events themselves (`bot`), reading a message (`content`), showing the answer (`answers`).
"""

from __future__ import annotations

from grokbot.discord_bot.inbound.channel_queue import ChannelQueues
from grokbot.discord_bot.inbound.in_flight import InFlight
from grokbot.discord_bot.inbound.lost_access import forget_left, stop_unseen
from grokbot.discord_bot.inbound.message_events import MessageEvents
from grokbot.discord_bot.inbound.openings import Command, as_kept, begun_directly, begun_in_thread
from grokbot.discord_bot.inbound.reactions import WaitingMarks
from grokbot.discord_bot.inbound.refetch import attached_reader_of, pointed_out, reader_of

__all__ = [
    "ChannelQueues",
    "Command",
    "InFlight",
    "MessageEvents",
    "WaitingMarks",
    "as_kept",
    "attached_reader_of",
    "begun_directly",
    "begun_in_thread",
    "forget_left",
    "pointed_out",
    "reader_of",
    "stop_unseen",
]
