"""An API key: whose it is, how far it reaches, and whether it still works. Also a pause.

Not here: the secret itself (only its hash is kept), who uses it (`policy.actor`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One key. It stays in the list after it is revoked: its past use remains visible."""

    id: str
    owner_id: int
    """The owner's Discord id."""
    name: str
    """The owner's name in conversations."""
    everything: bool
    """Whether it opens all conversations, or only those that its owner takes part in."""
    created_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    """To the hour; None if never used."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause: since when, by whom, and the reason."""

    since: datetime
    by: int
    """Discord user id; 0 for the operator at the machine."""
    reason: str = ""
