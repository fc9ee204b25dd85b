"""What a server's moderators are told of as it happens. Ids and kinds only: no name, no word of a message.

Not here: telling them (`discord_bot`), the audit log's own lines (`audit`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from grokbot.conversation.records.audit import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """A moderator did something, or the program by itself. It stands in the audit log."""

    entry: AuditEntry

    @property
    def guild_id(self) -> int | None:
        """In which server; None: everywhere, or in direct messages."""
        return self.entry.guild_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What somebody asked for did not begin."""

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
    """Something that moderators should know of, as a sentence: a budget that is nearly used up."""

    guild_id: int | None
    text: str


SLOW = "slow"
"""The filter did not come to an end in time, and so nothing was let through that it had not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterHit:
    """A filter found something, in what somebody asked or in an answer. Once for each filter and text."""

    guild_id: int | None
    filter_id: str
    channel_id: int | None
    response_id: str | None
    """The answer; None where it was found in what somebody asked."""
    action: str
    """`refuse`, `spoiler`, `stop` or `tell`: what the filter does; or SLOW."""


Happened: TypeAlias = Acted | Refused | SafetyRefused | ModeratorWarning | FilterHit

MODERATOR_EVENTS: tuple[type[Happened], ...] = (Acted, Refused, SafetyRefused, ModeratorWarning, FilterHit)
