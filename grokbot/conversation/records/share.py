"""A share: a public, read-only view of one path up to one response, until it is revoked.

Not here: the token itself (only its hash is kept), what a page shows (`documents`), who may share (`engine`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One path, shown to anyone with the token. Later responses never appear: a path up to a response does not grow."""

    token_hash: str
    """SHA-256 of the token, in hexadecimal."""
    response_id: str
    """The last response shown."""
    conversation_id: str
    """The conversation it was shared from: a branch's path runs through responses of another."""
    created_by: int
    """Discord id of the person who shared it."""
    created_at: datetime
    names: bool
    """Whether people appear under their names rather than as "Person 1" and so on."""
    revoked_at: datetime | None = None
