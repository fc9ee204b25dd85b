"""What leaves the house and comes back: shares of a path, exports, imports.

Not here: formats and names (`documents`), pages (`web`), everything else that is done with a conversation (`library`).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.errors import NotAllowedError, NotFoundError, UserError
from grokbot.conversation.forest import asked_last, asker_for
from grokbot.conversation.records import Share
from grokbot.conversation.response import Author, Response, Sender, State, TitleBy
from grokbot.conversation.titles import LONGEST_OF_PERSON, one_line, shortened
from grokbot.documents.transcript import transcript_of
from grokbot.engine.admission import GONE, opened, owns
from grokbot.policy.rights import may_steer
from grokbot.store import NotStoredError, RowRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Conversation
    from grokbot.documents.transcript import Transcript, TranscriptTurn
    from grokbot.engine.admission import Access, Opening
    from grokbot.engine.context import Context
    from grokbot.engine.turns import Turns
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

TOKEN_BYTES = 16
"""128 random bits; 22 characters in an address."""

SHARES_AT_ONCE = 1
"""Shares that are being read; what members ask for is not held up by them."""

KEPT_CHARACTERS = 4_000_000
"""Of transcripts of shares that are kept."""

_Shown: TypeAlias = "tuple[Conversation, tuple[Response, ...], tuple[Author, ...]]"

NOTHING_TO_SHARE = "Only an answer with something in it can be shared. Wait for it, or share up to an earlier one."
NAMES_ARE_THE_OWNERS = "Only the conversation's owner can share it with people's names."
NOTHING_SAID = "Nothing has been said in this conversation yet."
NOTHING_TO_IMPORT = "There is nothing in this file that a conversation could be made of."


class Sharing:
    """The part of the Library that is about documents.

    Args:
        context: Settings, store, clock, ids and events.
        turns: Who may bring one, and what they have left.
        access: Who may see what.
    """

    def __init__(self, context: Context, turns: Turns, access: Access) -> None:
        self._settings = context.settings
        self._store = context.store
        self.access = access
        self._admission = turns.admission
        self._budgets = turns.budgets
        self._now = context.now
        self._new_id = context.new_id
        self._reading_shares = asyncio.Semaphore(SHARES_AT_ONCE)
        self._kept: OrderedDict[str, tuple[_Shown, Transcript]] = OrderedDict()
        """What shares show, with what it was made of, by the hashes of their tokens."""

    async def share(self, response_id: str, actor: Actor, *, names: bool) -> str:
        """Shares the path up to an answer, for whoever has the token that this returns: 22 characters of an address.

        Later responses never appear. Only a hash of the token is kept, so that it cannot be told again.

        Raises:
            UserError: It is gone, or no answer with something in it.
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

    async def to_share(self, response_id: str, actor: Actor, *, names: bool) -> Transcript:
        """What `share` would show, for where no pages are served. Raises as `share` does."""
        conversation, path = await self._shareable(response_id, actor, names=names)
        return await self._read(conversation, path, names=names)

    async def unshare(self, conversation_id: str, actor: Actor) -> int:
        """Closes what was shared from a conversation: all of it for its owner and moderators, one's own for others.

        Returns:
            How many shares were open.

        Raises:
            UserError: It is gone.
            StoreError: It could not be kept; everything is still open.
        """
        created_by = None if owns(*await self.access.seen(conversation_id, actor)) else actor.id
        closed = await self._store.shares.revoke(conversation_id, self._now(), created_by)
        log.info("share.revoked conversation=%s shares=%d", conversation_id, closed)
        return closed

    async def shared(self, token: str) -> Transcript | None:
        """What a token shows; None for one that was never given or is revoked, and where all that was asked is erased.

        Raises:
            StoreError: It could not be read.
        """
        share = await self._store.shares.get(_hash(token))
        if share is None or share.revoked_at is not None:
            return None
        async with self._reading_shares:  # anybody may ask for them, as often as they like
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
        """Made again only where something that is in it has changed."""
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

    async def transcript(
        self,
        response_id: str | None,
        conversation_id: str,
        actor: Actor,
        *,
        names: bool,
    ) -> Transcript:
        """The path up to a response, or to the leaf for None: for exports, to those who may read it.

        Raises:
            UserError: It is gone or not for them, the response is not in it, or there is nothing in it.
        """
        conversation, actor = await self.access.seen(conversation_id, actor)
        if response_id is not None:
            await self.access.check_in(conversation, response_id, actor)
        return await self.transcript_of(conversation, response_id, names=names)

    async def transcript_of(self, conversation: Conversation, response_id: str | None, *, names: bool) -> Transcript:
        """The same for somebody of whom it is known that they may read it.

        Raises:
            UserError: The response is not in it, or there is nothing in it.
        """
        leaf = response_id or conversation.leaf_id or conversation.branched_from
        try:
            path = await self._store.responses.path(leaf)
        except NotStoredError:
            raise NotFoundError(GONE) from None
        transcript = await self._read(conversation, path, names=names)
        if not transcript.turns:
            raise UserError(NOTHING_SAID)
        return transcript

    async def check_import(
        self, transcript: Transcript, actor: Actor, guild_id: int | None, *, ahead: bool = True
    ) -> None:
        """Whether somebody could bring this; to be asked before anything is made for it. Raises as `imported`."""
        said = [transcript.title]
        for turn in transcript.turns:
            said += (turn.text, turn.reasoning, *(query.text for query in turn.queries), *turn.citations)
        await self._admission.brings(actor, guild_id, "\n\n".join(filter(None, said)), ahead=ahead)
        async with self._admission.noting_of(actor.id, guild_id, actor.channel_id):
            await self._budgets.check(actor, guild_id)

    async def imported(self, transcript: Transcript, opening: Opening, actor: Actor) -> Conversation:
        """Keeps a conversation that was exported once, as one path, in the place that `opening` says.

        Its people become nobody's: they have names, and no rights. Answers can be resampled and gone on from.

        Args:
            transcript: What was exported.
            opening: Where it is to be held.
            actor: Who brings it.

        Raises:
            UserError: There is nothing in it.
            NotAllowedError, LimitReachedError: As `Engine.ask`: it begins a conversation, with all that is said in it.
                It costs nothing before somebody asks something there, and counts as a turn.
            StoreError: It could not be kept.
        """
        await self.check_import(transcript, actor, opening.guild_id, ahead=False)
        begun = opened(opening, self._settings, self._new_id(), self._now())
        brought = self._path_of(transcript.turns, begun)
        if not brought:
            raise UserError(NOTHING_TO_IMPORT)
        title = shortened(one_line(transcript.title), LONGEST_OF_PERSON)
        conversation = replace(begun, title=title, title_by=TitleBy.PERSON if title else None, leaf_id=brought[-1].id)
        await self._store.conversations.add_forest(conversation, brought)
        await self._store.ledger.add_imported(conversation, actor.id)
        log.info("conversation.imported conversation=%s responses=%d", conversation.id, len(brought))
        return conversation

    async def _shareable(
        self, response_id: str, actor: Actor, *, names: bool
    ) -> tuple[Conversation, Sequence[Response]]:
        answer, conversation, actor = await self.access.seen_response(response_id, actor)
        if not answer.answered:
            raise UserError(NOTHING_TO_SHARE)
        try:
            path = await self._store.responses.path(response_id)
        except NotStoredError:
            raise NotFoundError(GONE) from None
        asker_id = asker_for(asked_last(path[:-1]), actor.id)
        self._may_steer(actor, asker_id, conversation)
        await self._admission.shows(actor, conversation)
        if names:
            await self._check_names(path, actor)
        return conversation, path

    async def _read(self, conversation: Conversation, path: Sequence[Response], *, names: bool) -> Transcript:
        """In a thread: names are looked for in all that was said, and answers go on streaming meanwhile."""
        others = () if names else await self._store.conversations.people(conversation.id)
        return await asyncio.to_thread(transcript_of, conversation, path, names=names, others=others)

    def _may_steer(self, actor: Actor, asker_id: int | None, conversation: Conversation) -> None:
        everyone = self._settings.conversation.steering == "everyone"
        may_steer(actor, asker_id, conversation.owner_id, everyone=everyone)

    async def _check_names(self, path: Sequence[Response], actor: Actor) -> None:
        """A branch shows people of the conversation that it goes on from: its owner is asked too."""
        for conversation_id in dict.fromkeys(response.conversation_id for response in path):
            if (await self.access.conversation(conversation_id)).owner_id != actor.id:
                raise NotAllowedError(NAMES_ARE_THE_OWNERS)

    def _path_of(self, turns: Sequence[TranscriptTurn], conversation: Conversation) -> list[Response]:
        speakers = dict.fromkeys(turn.speaker for turn in turns if turn.sender is Sender.HUMAN)
        people = {speaker: Author(-number, speaker) for number, speaker in enumerate(speakers, 1)}
        path: list[Response] = []
        for turn in turns:
            if turn.text.strip():
                above = path[-1].id if path else None
                path.append(self._said(turn, conversation, above, people.get(turn.speaker)))
        return path

    def _said(
        self, turn: TranscriptTurn, conversation: Conversation, above: str | None, author: Author | None
    ) -> Response:
        of_model = turn.sender is Sender.MODEL
        at = min(turn.at, conversation.created_at)  # nothing that is brought was said after it was
        return Response(
            id=self._new_id(),
            conversation_id=conversation.id,
            parent_id=above,
            sender=turn.sender,
            state=State.DONE,
            created_at=at,
            finished_at=at,
            author=None if of_model else author,
            message=turn.text,
            reasoning=turn.reasoning if of_model else "",
            queries=turn.queries if of_model else (),
            citations=turn.citations if of_model else (),
            model=turn.model if of_model else None,
            manual=True,
        )


def _characters(kept: tuple[_Shown, Transcript]) -> int:
    return sum(len(turn.text) + len(turn.reasoning) for turn in kept[1].turns)


def _hash(token: str) -> str:
    """What is kept of a token, of garbage too. It is random, so that nothing slower is needed to keep it secret."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
