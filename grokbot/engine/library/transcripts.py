"""Conversations as documents: a path as a transcript for exports, and imports.

Not here: formats and names (`documents`), shares (`shares`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotFoundError, UserError
from grokbot.conversation.parts import AttachedFile
from grokbot.conversation.response import Author, Response, Sender, State, TitleBy
from grokbot.conversation.text import Sentence
from grokbot.conversation.titles import LONGEST_OF_PERSON, cut_at_word, one_line
from grokbot.documents.transcript import transcript_of
from grokbot.engine.admission import GONE, opened
from grokbot.store import NotStoredError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Conversation
    from grokbot.documents.transcript import Transcript, TranscriptTurn
    from grokbot.engine.admission import Access, Admission, Opening
    from grokbot.engine.budgets import Budgets
    from grokbot.engine.context import Context
    from grokbot.engine.library.conversation_options import ConversationOptions
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

NOTHING_SAID = Sentence("Nothing has been said in this conversation yet.")
NOTHING_TO_IMPORT = Sentence("This file has no messages to import.")


class Transcripts:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        access: Who may see what.
        admission: Who may import.
        budgets: What they have left.
        options: How conversations are answered.
    """

    def __init__(
        self, context: Context, access: Access, admission: Admission, budgets: Budgets, options: ConversationOptions
    ) -> None:
        self._context = context
        self._store = context.store
        self._now = context.now
        self._new_id = context.new_id
        self._access = access
        self._admission = admission
        self._budgets = budgets
        self._options = options

    async def of_path(
        self,
        response_id: str | None,
        conversation_id: str,
        actor: Actor,
        *,
        names: bool,
    ) -> Transcript:
        """The path up to a response, for an export, if the actor may read it.

        Args:
            response_id: The last one; None: the leaf.
            conversation_id: Which.
            actor: Who reads it.
            names: Whether people's names stay in it.

        Raises:
            UserError: It is gone or not for them, the response is not in it, or it is empty.
        """
        conversation, actor = await self._access.seen(conversation_id, actor)
        if response_id is not None:
            await self._access.check_in(conversation, response_id, actor)
        return await self.of(conversation, response_id, names=names)

    async def of(self, conversation: Conversation, response_id: str | None, *, names: bool) -> Transcript:
        """As `of_path`, for somebody who is known to have access.

        Args:
            conversation: Which.
            response_id: The last one; None: the leaf.
            names: Whether people's names stay in it.

        Raises:
            UserError: The response is not in it, or it is empty.
        """
        leaf = response_id or conversation.leaf_id or conversation.branched_from
        try:
            path = await self._store.responses.path(leaf)
        except NotStoredError:
            raise NotFoundError(GONE) from None
        transcript = await self.read(conversation, path, names=names)
        if not transcript.turns:
            raise UserError(NOTHING_SAID)
        return transcript

    async def read(self, conversation: Conversation, path: Sequence[Response], *, names: bool) -> Transcript:
        """Makes a transcript of a path, in a thread: finding names in long texts would hold up other answers.

        Args:
            conversation: Whose title and people it has.
            path: From the root on.
            names: False replaces people's names in all texts.
        """
        conversation = await self._options.current(conversation)
        others = () if names else await self._store.conversations.people(conversation.id)
        return await asyncio.to_thread(transcript_of, conversation, path, names=names, others=others)

    async def check_import(
        self, transcript: Transcript, actor: Actor, guild_id: int | None, *, ahead: bool = True
    ) -> None:
        """Whether somebody may import this; call it before making a thread for it. Raises as `imported`.

        Args:
            transcript: What they would import.
            actor: Who imports it.
            guild_id: The server; None outside servers.
            ahead: True for a dry run: nothing is reported, the real check follows in `imported`.
        """
        said = [transcript.title, *(each.name for turn in transcript.turns for each in turn.attachments)]
        for turn in transcript.turns:
            said += (turn.text, turn.reasoning, *(query.text for query in turn.queries), *turn.citations)
        await self._admission.brings(actor, guild_id, "\n\n".join(filter(None, said)), ahead=ahead)
        async with self._admission.noting_of(actor.id, guild_id, actor.channel_id):
            await self._budgets.check(actor, guild_id)

    async def imported(self, transcript: Transcript, opening: Opening, actor: Actor) -> Conversation:
        """Stores an exported conversation as one path, in the place of `opening`.

        Its people have names, but no ids and no rights. Answers can be resampled and continued. Its options apply as
        far as they are possible there; a persona's words never come from the file.

        Args:
            transcript: What was exported.
            opening: Its place.
            actor: Who imports it.

        Raises:
            UserError: It is empty.
            NotAllowedError, LimitReachedError: As `Turns.ask`: it begins a conversation, with all its text. It costs
                nothing before somebody asks something there, and counts as a turn.
            StoreError: It could not be kept.
        """
        await self.check_import(transcript, actor, opening.guild_id, ahead=False)
        opening = await self._options.imported(opening, transcript.model, transcript.chosen, actor)
        begun = opened(opening, self._context.settings, self._new_id(), self._now())
        brought = self._path_of(transcript.turns, begun)
        if not brought:
            raise UserError(NOTHING_TO_IMPORT)
        title = cut_at_word(one_line(transcript.title), LONGEST_OF_PERSON)
        conversation = replace(begun, title=title, title_by=TitleBy.PERSON if title else None, leaf_id=brought[-1].id)
        await self._store.conversations.add_forest(conversation, brought)
        await self._store.ledger.add_imported(conversation, actor.id)
        log.info("conversation.imported conversation=%s responses=%d", conversation.id, len(brought))
        return conversation

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
        at = min(turn.at, conversation.created_at)  # nothing imported is newer than the import
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
            attachments=tuple(
                AttachedFile(kind=each.kind, name=each.name, size=each.size) for each in turn.attachments
            ),
        )
