"""The audit log's lines: who did what to whom, why and when.

Ids only: no name and no message text, since nothing is ever removed from it. Not here: keeping it (`store`), who may
read it (`engine`), how it is shown (`discord_bot`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PROGRAM = 0
"""The actor of what the program does without a person: a filter, retention. No Discord user has this id."""

LONGEST_REASON = 512
"""Longest stored reason in characters; the same as Discord's own audit log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the log."""

    id: str
    """Sortable by time."""
    at: datetime
    guild_id: int | None
    """None: the operator, or something in direct messages."""
    actor_id: int
    action: str
    """One word or two with a dot, such as `block` or `filter.add`."""
    target: str = ""
    """Whom or what, as `user:123`, `channel:5`, `conversation:01…`; empty for the server itself."""
    reason: str = ""
    """Why, in the moderator's own words; at most LONGEST_REASON characters are kept."""
    details: Mapping[str, str | int | bool | None] = field(default_factory=dict)
    """Further details, such as until when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines to find; None matches all."""

    actor_id: int | None = None
    target: str | None = None
    action: str | None = None
    since: datetime | None = None
    """At this time or later."""
    until: datetime | None = None
    """Before this time."""


EVERYTHING = AuditFilter()


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A part of the log, newest first."""

    entries: tuple[AuditEntry, ...]
    total: int
    """How many lines match the filter."""
