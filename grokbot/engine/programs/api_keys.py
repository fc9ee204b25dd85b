"""API keys: making, listing and revoking them, and whom a secret lets in.

A secret is shown once; only its hash is kept. Not here: which calls need a key (`api`).
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotFoundError, StoreError, UserError
from grokbot.conversation.records import ApiKey
from grokbot.conversation.titles import one_line
from grokbot.policy.actor import Actor, ActorKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.engine.context import Context

log = logging.getLogger(__name__)

PREFIX = "gbk_"
"""The prefix of every secret, so that a leaked one can be recognized."""

SECRET_BYTES = 32
"""256 random bits; 43 characters after the prefix."""

LONGEST_NAME = 100
"""Characters of an owner's name."""

NO_NAME = "A key needs its owner's name: at most 100 characters, on one line."
NOBODY = "A key needs its owner's Discord id."
NO_KEY = "No key has this id."


class ApiKeys:
    """One for the process."""

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._now = context.now
        self._new_id = context.new_id
        self._revoked: set[str] = set()
        """Those revoked since the start: only their calls can still be under way."""

    async def make(self, owner_id: int, name: str, *, everything: bool = False) -> tuple[ApiKey, str]:
        """Makes a key for a person.

        Args:
            owner_id: The owner's Discord id; 0 is the operator at the machine.
            name: The owner's name in conversations.
            everything: Whether it opens all conversations, or only those that they take part in.

        Returns:
            The key and its secret, which cannot be shown again.

        Raises:
            UserError: There is no such person, or the name is invisible.
            StoreError: It could not be kept.
        """
        if owner_id < 0:
            raise UserError(NOBODY)
        name = one_line(name)
        if not name or len(name) > LONGEST_NAME:
            raise UserError(NO_NAME)
        key = ApiKey(id=self._new_id(), owner_id=owner_id, name=name, everything=everything, created_at=self._now())
        secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        await self._store.keys.add(key, _hash(secret))
        log.info("key.made key=%s owner=%d everything=%s", key.id, owner_id, everything)
        return key, secret

    async def listed(self) -> Sequence[ApiKey]:
        """All keys, revoked ones too, oldest first."""
        return await self._store.keys.all()

    async def revoke(self, key_id: str) -> ApiKey:
        """Revokes a key permanently: for every call from now on, and for running streams from their next message on.

        Raises:
            NotFoundError: There is none of this id.
            StoreError: It could not be kept; the key still opens.
        """
        key = await self._store.keys.revoke(key_id, self._now())
        if key is None:
            raise NotFoundError(NO_KEY)
        self._revoked.add(key.id)
        log.info("key.revoked key=%s", key_id)
        return key

    async def caller_of(self, secret: str) -> Actor | None:
        """The caller with a secret; None if it is unknown or revoked.

        Raises:
            StoreError: It could not be looked up.
        """
        key = await self._store.keys.by_hash(_hash(secret))
        if key is None or key.revoked_at is not None:
            return None
        await self._note_use(key)
        kind = ActorKind.OPERATOR if key.everything else ActorKind.KEY
        return Actor(id=key.owner_id, name=key.name, kind=kind, key_id=key.id)

    def opens(self, caller: Actor) -> bool:
        """Whether a caller's key still works. It does no I/O, so it can run for every message."""
        return caller.key_id not in self._revoked

    async def _note_use(self, key: ApiKey) -> None:
        """To the hour, and saved no more often: it must not cost a call anything."""
        hour = self._now().replace(minute=0, second=0, microsecond=0)
        if key.used_at is not None and key.used_at >= hour:
            return
        try:
            await self._store.keys.note_use(key.id, hour)
        except StoreError:  # the key works all the same
            log.exception("key.use_unsaved key=%s", key.id)


def _hash(secret: str) -> str:
    """The stored form of a secret, of garbage too. Secrets are random, so a fast hash keeps them secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
