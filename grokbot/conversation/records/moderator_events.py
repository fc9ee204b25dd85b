"""Events for a server's moderators. Ids and kinds only: no name, no word of a message.

Not here: sending them (`discord_bot`), the audit log's own lines (`audit`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from grokbot.conversation.records.audit import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """A moderator, or the program itself, did something. It is in the audit log."""

    entry: AuditEntry

    @property
    def guild_id(self) -> int | None:
        """The server; None: everywhere, or in direct messages."""
        return self.entry.guild_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request was refused before it began."""

    guild_id: int | None
    person_id: int
    why: str
    """One word: `blocked`, `paused`, `locked`, `place`, `role`, `filter`, `limit`, `other`."""
    channel_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRefused:
    """xAI declined to answer: its usage guidelines do not allow it."""

    guild_id: int | None
    response_id: str
    channel_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeratorWarning:
    """A limit of a day or a month is nearly used up."""

    guild_id: int | None
    user_id: int | None
    """Whose limit; None: the whole server's."""
    counted: str
    """What the limit counts, as `policy.budgets.Counted`."""
    amount: int
    used: int
    """Including what running answers have reserved."""


SLOW = "slow"
"""The filter took too long, so no text passed that it had not checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterHit:
    """A filter matched in a question or an answer. Once for each filter and text."""

    guild_id: int | None
    filter_id: str
    channel_id: int | None
    response_id: str | None
    """The answer; None for a match in a question."""
    action: str
    """`refuse`, `spoiler`, `stop` or `tell`: what the filter does; or SLOW."""
    number: int = 0
    name: str = ""
    """What moderators call the filter."""


Happened: TypeAlias = Acted | Refused | SafetyRefused | ModeratorWarning | FilterHit

MODERATOR_EVENTS: tuple[type[Happened], ...] = (Acted, Refused, SafetyRefused, ModeratorWarning, FilterHit)
