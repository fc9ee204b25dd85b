"""What the audit log tells: who did what to whom, why and when.

Ids only: no name, no word of a message, for nothing is ever taken out of it again. Not here: keeping it (`store`), who
may read it (`engine`), how it is said (`discord_bot`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PROGRAM = 0
"""The actor of what the program did by itself: a filter, a retention. No person of Discord's has this id."""

LONGEST_REASON = 512
"""Characters of a reason that are kept; Discord's own audit log keeps as many."""


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
    """Whom or what, as `user:123`, `channel:5`, `conversation:01…`; empty where it is the server itself."""
    reason: str = ""
    """Why, in the moderator's own words; at most LONGEST_REASON characters are kept."""
    details: Mapping[str, str | int | bool | None] = field(default_factory=dict)
    """What more there is to tell, such as until when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines are looked for; what is None does not matter."""

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
    """How many there are with this filter."""
