"""Facts about conversations without their text: lines of a list, and one conversation's details and usage.

Not here: finding them (`store`), who may look (`engine`), how it is shown (`discord_bot`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from grokbot.conversation.response import Conversation, MessageRef, Response, Usage

FIRST_WORDS = 100
"""Characters of the first human message in a list, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedConversation:
    """One line of a person's list of conversations."""

    conversation: Conversation
    starred: bool
    """By the person whose list it is."""
    responses: int
    """All of the conversation's own, from people and Grok, on its path or not."""
    first_words: str
    """The beginning of the first message, at most FIRST_WORDS characters; empty if there is none."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a person's list."""

    entries: tuple[ListedConversation, ...]
    total: int
    """Length of the whole list."""
    unknown: int = 0
    """In how many places there may be more: whether the person may see those could not be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """One conversation's details and usage."""

    conversation: Conversation
    """With the options of its next turn."""
    starred: bool
    """By the person who asks."""
    responses: int
    """All of its own, from people and Grok, on its path or not."""
    variants: int
    """Of the answer at its leaf, including itself; 0 if the leaf is no answer."""
    tokens: Usage
    """The sum over its own answers. `cost_ticks` is None if xAI reported no cost for any of them."""
    kept_until: datetime | None
    """Until when xAI keeps the answer at its leaf; None if it does not."""
    branches: int
    """How many other conversations branch off from a response of this one."""
    shares: int
    """How many shares are not revoked."""
    people: int
    """How many have written in it."""
    seconds: float = 0.0
    """How long its answers took together."""
    pictures: int = 0
    """How many are attached to its messages; files beside the text likewise."""
    files: int = 0
    background: int = 0
    """How many messages of others are shown to the model as background."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerInfo:
    """One answer's details and usage."""

    answer: Response
    conversation: Conversation
    """With the options that the answer was sampled with."""
    pictures: int = 0
    """How many attached ones the model was shown; files beside the text likewise."""
    files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedConversation:
    """What a deleted conversation left elsewhere."""

    conversation: Conversation
    """As it was."""
    messages: tuple[MessageRef, ...]
    """Its messages in Discord, by response."""
    xai_ids: tuple[str, ...]
    """The ids under which xAI keeps its answers."""
