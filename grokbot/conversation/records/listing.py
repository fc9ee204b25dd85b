"""What is told of conversations without reading them: lines of a list, and what one conversation is and has taken.

Not here: finding them (`store`), who may look (`engine`), how it is said (`discord_bot`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from grokbot.conversation.response import Conversation, MessageRef, Usage

FIRST_WORDS = 100
"""Characters of the first human message that a list shows, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedConversation:
    """One line of a person's list of conversations."""

    conversation: Conversation
    starred: bool
    """By the person whose list it is."""
    responses: int
    """All of the conversation's own, of people and of Grok, on its path or not."""
    first_words: str
    """The beginning of what was said first, at most FIRST_WORDS characters; empty where nothing was."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a person's list."""

    entries: tuple[ListedConversation, ...]
    total: int
    """How many there are in the whole list."""
    unknown: int = 0
    """In how many places there may be others: it could not be found out whether the person sees those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What a conversation is, and what it has taken."""

    conversation: Conversation
    starred: bool
    """By who asks."""
    responses: int
    """All of its own, of people and of Grok, on its path or not."""
    variants: int
    """Of the answer at its leaf, itself counted; 0 where the leaf is no answer."""
    tokens: Usage
    """The sum over its own answers. `cost_ticks` is None where xAI named no cost for any of them."""
    kept_until: datetime | None
    """Until when xAI keeps the answer at its leaf; None where it does not."""
    branches: int
    """How many other conversations go on from a response of this one."""
    shares: int
    """How many there are that are not revoked."""
    people: int
    """How many have written in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedConversation:
    """What was left elsewhere of a conversation that is gone."""

    conversation: Conversation
    """As it was."""
    messages: tuple[MessageRef, ...]
    """Where its responses stand in Discord, by message id."""
    xai_ids: tuple[str, ...]
    """Under which ids xAI keeps answers of it."""
