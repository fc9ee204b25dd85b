"""What is told of a person's own: what went when they had everything deleted, and what is kept of them.

Not here: finding and deleting it (`store`, `engine`), how it is written down (`documents`).
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
"""In place of the id of a person who had everything of theirs deleted. No person of Discord's has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """That a person does, or did, not want to be read. Times are in UTC."""

    user_id: int
    since: datetime
    until: datetime | None
    """None: it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What went of a person in one conversation."""

    whole: bool
    """Whether the conversation itself is gone: nobody else had written in it."""
    responses: int
    """Words of theirs and answers to them."""
    messages: tuple[MessageRef, ...]
    """Where those stand in Discord."""
    xai_ids: tuple[str, ...]
    """Under which ids xAI keeps answers that saw them."""
    untitled: tuple[str, ...]
    """Conversations that are left whose title went."""
    texts: tuple[str, ...]
    """What they had said and is looked for in answers to others; not to be kept."""
    unnamed: Conversation | None
    """The conversation, without a title, if its thread may still be called by words of theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What went of a person beside conversations."""

    stars: int
    shares: int
    keys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedEverything:
    """What went when a person had everything of theirs deleted."""

    messages: tuple[MessageRef, ...]
    """Where it stood in Discord: for whoever can delete it there."""
    responses: int
    """Words of theirs and answers to them."""
    conversations: int
    """Those of them that are gone as a whole: nobody else had written in them."""
    stars: int
    shares: int
    keys: int
    """Keys of the API, which open nothing any more."""
    unnamed: tuple[Conversation, ...]
    """Conversations, without a title, whose threads may still be called by words of theirs."""
    clean: bool
    """Whether nothing is left in the database's files either; if not, that follows within a day or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of a person beside conversations."""

    opted_out: datetime | None
    noticed: datetime | None
    """When they were told what is kept."""
    stars: Sequence[str]
    """Ids of conversations."""
    shares: Sequence[Share]
    keys: Sequence[ApiKey]
    blocks: Sequence[Mapping[str, Any]]
    """Those against them, by column."""
    usage: Sequence[Mapping[str, Any]]
    """One for each answer, by column; oldest first."""
