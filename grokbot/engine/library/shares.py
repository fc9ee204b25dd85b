"""Shares: public pages of the path up to one answer, for anyone with the token.

Not here: pages (`web`), their contents (`transcripts`, `documents`).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.errors import NotAllowedError, NotFoundError, UserError
from grokbot.conversation.forest import asked_last, asker_for
from grokbot.conversation.records import Share
from grokbot.conversation.response import Author, Response, Sender
from grokbot.conversation.text import Sentence
from grokbot.documents.transcript import transcript_of
from grokbot.engine.admission import GONE, owns
from grokbot.store import NotStoredError, RowRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Conversation
    from grokbot.documents.transcript import Transcript
    from grokbot.engine.admission import Access, Admission
    from grokbot.engine.context import Context
    from grokbot.engine.library.transcripts import Transcripts
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

TOKEN_BYTES = 16
"""128 random bits; 22 characters in an address."""

SHARES_AT_ONCE = 1
"""Shares read at the same time, so that members' requests do not wait for them."""

KEPT_CHARACTERS = 4_000_000
"""Most characters of cached transcripts of shares."""

_Shown: TypeAlias = "tuple[Conversation, tuple[Response, ...], tuple[Author, ...]]"

NOTHING_TO_SHARE = Sentence("Only an answer with text can be shared. Wait for it, or share up to an earlier one.")
NAMES_ARE_THE_OWNERS = Sentence("Only the conversation's owner can share it with people's names.")


class Shares:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        access: Who may see what.
        admission: Who is blocked.
        transcripts: Makes the pages' contents.
    """

    def __init__(self, context: Context, access: Access, admission: Admission, transcripts: Transcripts) -> None:
        self._store = context.store
        self._now = context.now
        self._access = access
        self._admission = admission
        self._transcripts = transcripts
        self._reading_shares = asyncio.Semaphore(SHARES_AT_ONCE)
        self._kept: OrderedDict[str, tuple[_Shown, Transcript]] = OrderedDict()
        """Cached transcripts with what they were made of, by the hashes of their tokens."""

    async def add(self, response_id: str, actor: Actor, *, names: bool) -> str:
        """Opens a share page of the path up to an answer. Returns its token: 22 characters of an address.

        Later responses never appear. Only a hash of the token is kept, so it cannot be shown again.

        Args:
            response_id: The last answer on the page.
            actor: Who shares it.
            names: Whether the page shows people's names.

        Raises:
            UserError: It is gone, or no answer with text.
            NotAllowedError: The person may not, or may not with names, or is blocked.
            StoreError: It could not be kept.
        """
        conversation, _ = await self._shareable(response_id, actor, names=names)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        share = Share(
            token_hash=_hash(token),
            response_id=response_id,
            conversation_id=conversation.id,
            created_by=actor.id,
            created_at=self._now(),
            names=names,
        )
        try:
            await self._store.shares.add(share)
        except RowRefusedError:  # it was deleted meanwhile
            raise NotFoundError(GONE) from None
        log.info("share.made conversation=%s response=%s names=%s", conversation.id, response_id, names)
        return token

    async def check(self, response_id: str, actor: Actor) -> Conversation:
        """The conversation that could be shared up to an answer. Raises as `add` does without names."""
        conversation, _ = await self._shareable(response_id, actor, names=False)
        return conversation

    async def preview(self, response_id: str, actor: Actor, *, names: bool) -> Transcript:
        """The contents of a page, for bots that serve none. Raises as `add` does.

        Args:
            response_id: The last answer on it.
            actor: Who wants to see it.
            names: Whether it shows people's names.
        """
        conversation, path = await self._shareable(response_id, actor, names=names)
        return await self._transcripts.read(conversation, path, names=names)

    async def close(self, conversation_id: str, actor: Actor) -> int:
        """Closes shares of a conversation: all of them for its owner and moderators, one's own for others.

        Returns:
            How many shares were open.

        Raises:
            UserError: It is gone.
            StoreError: It could not be kept; everything is still open.
        """
        created_by = None if owns(*await self._access.seen(conversation_id, actor)) else actor.id
        closed = await self._store.shares.revoke(conversation_id, self._now(), created_by)
        log.info("share.revoked conversation=%s shares=%d", conversation_id, closed)
        return closed

    async def shown(self, token: str) -> Transcript | None:
        """The page of a token; None for an unknown or revoked one, and if all questions are erased.

        Raises:
            StoreError: It could not be read.
        """
        share = await self._store.shares.get(_hash(token))
        if share is None or share.revoked_at is not None:
            return None
        async with self._reading_shares:  # anybody may request them, as often as they like
            conversation = await self._store.conversations.get(share.conversation_id)
            try:
                path = await self._store.responses.path(share.response_id)
            except NotStoredError:  # it was deleted just now
                return None
            humans = [response for response in path if response.sender is Sender.HUMAN]
            if conversation is None or (humans and all(human.erased for human in humans)):
                return None
            others = () if share.names else await self._store.conversations.people(conversation.id)
            return await self._kept_of(share, (conversation, tuple(path), tuple(others)))

    async def _kept_of(self, share: Share, of: _Shown) -> Transcript:
        """Made again only if something in it has changed."""
        kept = self._kept.get(share.token_hash)
        if kept is not None and kept[0] == of:
            self._kept.move_to_end(share.token_hash)
            return kept[1]
        conversation, path, others = of
        made = await asyncio.to_thread(transcript_of, conversation, path, names=share.names, others=others)
        self._kept[share.token_hash] = (of, made)
        self._kept.move_to_end(share.token_hash)
        while len(self._kept) > 1 and sum(map(_characters, self._kept.values())) > KEPT_CHARACTERS:
            self._kept.popitem(last=False)
        return made

    async def _shareable(
        self, response_id: str, actor: Actor, *, names: bool
    ) -> tuple[Conversation, Sequence[Response]]:
        answer, conversation, actor = await self._access.seen_response(response_id, actor)
        if not answer.answered:
            raise UserError(NOTHING_TO_SHARE)
        try:
            path = await self._store.responses.path(response_id)
        except NotStoredError:
            raise NotFoundError(GONE) from None
        asker_id = asker_for(asked_last(path[:-1]), actor.id)
        self._access.check_steers(actor, asker_id, conversation)
        await self._admission.shows(actor, conversation)
        if names:
            await self._check_names(path, actor)
        return conversation, path

    async def _check_names(self, path: Sequence[Response], actor: Actor) -> None:
        """A branch shows people of the conversation that it continues: the actor must own that one too."""
        for conversation_id in dict.fromkeys(response.conversation_id for response in path):
            if (await self._access.conversation(conversation_id)).owner_id != actor.id:
                raise NotAllowedError(NAMES_ARE_THE_OWNERS)


def _characters(kept: tuple[_Shown, Transcript]) -> int:
    return sum(len(turn.text) + len(turn.reasoning) for turn in kept[1].turns)


def _hash(token: str) -> str:
    """The stored form of a token, of garbage too. Tokens are random, so a fast hash keeps them secret."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
