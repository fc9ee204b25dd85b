"""Facts about one person's data: what was deleted for them, and what is kept of them.

Not here: finding and deleting it (`store`, `engine`), how it is exported (`documents`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from grokbot.conversation.records.operator import ApiKey
    from grokbot.conversation.records.share import Share
    from grokbot.conversation.response import Conversation, MessageRef

NOBODY = 0
"""Replaces the id of a person who deleted all their data. No Discord user has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A person does not, or did not, want to be read. Times are in UTC."""

    user_id: int
    since: datetime
    until: datetime | None
    """None: it still holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was deleted for a person in one conversation."""

    whole: bool
    """Whether the whole conversation is gone: nobody else had written in it."""
    responses: int
    """Their messages and the answers to them."""
    messages: tuple[MessageRef, ...]
    """The Discord messages of those."""
    xai_ids: tuple[str, ...]
    """The ids under which xAI keeps answers that saw them."""
    untitled: tuple[str, ...]
    """Remaining conversations that lost their title."""
    texts: tuple[str, ...]
    """Their messages' texts, to be found in answers to others; not to be stored."""
    unnamed: Conversation | None
    """The conversation, without a title, if its thread may still be named after their words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What was deleted for a person beside conversations."""

    stars: int
    shares: int
    keys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedEverything:
    """The result of deleting all of a person's data."""

    messages: tuple[MessageRef, ...]
    """Its messages in Discord, for the bot to delete."""
    responses: int
    """Their messages and the answers to them."""
    conversations: int
    """How many conversations are gone as a whole: nobody else had written in them."""
    stars: int
    shares: int
    keys: int
    """Revoked API keys."""
    unnamed: tuple[Conversation, ...]
    """Conversations, without a title, whose threads may still be named after their words."""
    clean: bool
    """Whether the database's files hold nothing either; if not, that follows within a day or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of a person beside conversations."""

    opted_out: datetime | None
    noticed: datetime | None
    """When they saw the privacy notice."""
    stars: Sequence[str]
    """Ids of conversations."""
    shares: Sequence[Share]
    keys: Sequence[ApiKey]
    blocks: Sequence[Mapping[str, Any]]
    """Those against them, by column."""
    usage: Sequence[Mapping[str, Any]]
    """One for each answer, by column; oldest first."""
    background: Sequence[Mapping[str, Any]] = ()
    """What they said before others called the bot, by column; oldest first."""
