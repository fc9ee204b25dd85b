"""Is this message for us? Pure: facts about a message in, a verdict out.

Not here: finding the facts in Discord's objects (`message_parser`), what the model sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Verdict(Enum):
    """How a message is handled."""

    LEAVE = auto()
    """It is not for us."""
    GO_ON = auto()
    """A turn of the conversation in this channel."""
    BEGIN_HERE = auto()
    """It begins a conversation in this very channel: a direct message, a forum post, somebody else's thread."""
    OPEN_THREAD = auto()
    """It begins a conversation in a thread of its own."""
    IN_CHANNEL = auto()
    """It is answered in this channel, where conversations stand side by side."""
    NO_DIRECT = auto()
    """A direct message while those are off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The facts about a message."""

    from_person: bool
    """Written by a person: no bot, no webhook, no system message."""
    direct: bool
    """In a direct-message channel."""
    in_thread: bool
    own_thread: bool = False
    """A thread that we opened ourselves; a stop may have come before its conversation was written down."""
    held_here: bool
    """This channel has a conversation."""
    mention_only: bool
    """In that conversation, only messages that mention us are answered."""
    mentions_us: bool
    mentions_others: bool
    """Mentions at least one other person, a role, or everyone."""
    replies_to_other: bool
    """A reply to somebody who is not us."""
    every_message: bool = False
    """Every message here begins a conversation: in a channel, or the first of a forum post."""
    in_channel: bool = False
    """Conversations stand side by side in this channel, without threads."""
    continues: bool = False
    """A reply to a message of one of those."""
    calls_other: bool = False
    """A command of another bot, such as `!play`."""


def verdict(heard: Heard, *, answer_direct_messages: bool) -> Verdict:
    """How a message is handled. People who talk to each other are left alone."""
    if not heard.from_person:
        return Verdict.LEAVE
    if heard.direct:
        if not answer_direct_messages:
            return Verdict.NO_DIRECT
        return Verdict.GO_ON if heard.held_here else Verdict.BEGIN_HERE
    if heard.mentions_us:
        return _answered(heard)
    ours = heard.held_here or heard.own_thread or heard.continues or (heard.every_message and not heard.calls_other)
    if not ours or heard.mention_only or heard.mentions_others or heard.replies_to_other:
        return Verdict.LEAVE
    return _answered(heard)


def _answered(heard: Heard) -> Verdict:
    if heard.held_here:
        return Verdict.GO_ON
    if heard.in_thread or heard.own_thread:
        return Verdict.BEGIN_HERE
    return Verdict.IN_CHANNEL if heard.in_channel else Verdict.OPEN_THREAD
