"""A key of the API: whose it is, how far it reaches, and whether it still opens anything.

Not here: the secret itself (only its hash is kept), who uses it (`policy.actor`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One key. It stays in the list when it is revoked: what was done with it was done."""

    id: str
    owner_id: int
    """Discord's id of whose it is."""
    name: str
    """How they are called in conversations."""
    everything: bool
    """Whether it opens all conversations, or those alone that its owner takes part in."""
    created_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    """To the hour; None where it never was."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when, who wanted it, and what they said of it."""

    since: datetime
    by: int
    """Discord's id; 0 for the operator at the machine."""
    reason: str = ""
