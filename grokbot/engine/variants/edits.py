"""A person edits their message: it is answered again, or what followed its earlier wording comes back.

Not here: sampling another answer to the same (`variants`), taking a message back (`engine`), Discord's events.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowedError, RestartingError
from grokbot.conversation.options import again
from grokbot.conversation.parts import identities
from grokbot.conversation.response import AS_THE_CONVERSATION, Response, Sender, State
from grokbot.conversation.text.sentences import Sentence
from grokbot.engine.turns import RESTARTING, Detour, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.conversation.response import Conversation, MessageRef, TurnOptions
    from grokbot.display import Node, Standing
    from grokbot.engine.context import Context
    from grokbot.engine.turns import ConversationLock, Question, RunningAnswer, TurnQueue
    from grokbot.engine.variants.shown_path import ShownPath

log = logging.getLogger(__name__)

EDIT_LATER = Sentence("I am still answering another message here, so I keep your earlier text. Edit it again later.")
EDIT_PASSED = Sentence("The conversation has moved on, so this edit changes nothing. Ask again below.")
EDIT_ASIDE = Sentence(
    "This message is hidden, so this edit changes nothing. Switch back to it first, then edit it again."
)


@dataclass(frozen=True, slots=True)
class _Edit:
    """An edit that changes something, and where."""

    question: Question
    asked: Response
    conversation: Conversation


class Edits:
    """Handles edits.

    Args:
        context: Settings, store, clock, ids and events.
        queue: The order of turns.
        path: Moves back to an earlier wording.
    """

    def __init__(self, context: Context, queue: TurnQueue, path: ShownPath) -> None:
        self._store = context.store
        self._queue = queue
        self._runner = queue.runner
        self._path = path
        self._now = context.now

    async def edited(self, message_id: int, question: Question) -> RunningAnswer | None:
        """Replaces a message's old text with its new one.

        A waiting message changes in place. A running answer to it is stopped first. A message that was answered, or
        whose turn failed, is answered again in the same messages, and what came after it is set aside; others answered
        together with it are asked again as they are. If it is edited back to an earlier text, what followed that comes
        back, and nothing is sampled. Off the shown path an edit is refused: a comma would switch the thread.

        Args:
            message_id: The message.
            question: Its new text; its author must be the message's.

        Returns:
            The new answer; None if none begins: unknown messages, the same text, one that waits, one edited back.

        Raises:
            UserError: There is nothing left in it to answer.
            NotAllowedError: Not there, or not now, or the conversation is locked.
            StoreError: It could not be saved; nothing has changed.
        """
        asked = await self._store.messages.response(message_id)
        if asked is None:
            return None
        result: asyncio.Future[RunningAnswer | None] = asyncio.get_running_loop().create_future()
        async with self._runner.locks.held(asked.conversation_id) as lock:
            await self._try(lock, message_id, question, result)
        return await result

    async def _try(
        self, lock: ConversationLock, message_id: int, question: Question, result: asyncio.Future[RunningAnswer | None]
    ) -> None:
        """Does it, or stops the answer to the message and does it as the first thing after that."""
        try:
            edit = await self._checked(message_id, question)
            running = lock.running
            answers_it = running is not None and any(ref.message_id == message_id for ref in running.asked.messages)
            if edit is None:
                result.set_result(None)
            elif edit.asked.state is State.PENDING:
                await self._store.queue.reword(message_id, question.actor.author, question.text, question.attachments)
                result.set_result(None)
            elif running is not None and answers_it:
                lock.then.append(partial(self._try, lock, message_id, question, result))
                self._runner.end_early(running, State.STOPPED)
            else:
                result.set_result(await self._replaced(lock, edit))
        except Exception as error:  # noqa: BLE001 - the caller gets it through the result
            result.set_exception(error)

    async def _checked(self, message_id: int, question: Question) -> _Edit | None:
        asked = await self._store.messages.response(message_id)
        if asked is None or asked.sender is not Sender.HUMAN or asked.author is None or asked.erased:
            return None
        if asked.author.id != question.actor.id or _holds(asked, question):
            return None
        conversation = await self._store.conversations.get(asked.conversation_id)
        if conversation is None:
            return None
        question.check(conversation)
        self._queue.budgets.check_sees(conversation, question.attachments)
        await self._queue.admission.asks(question.actor, conversation, question.words)
        return _Edit(question, asked, conversation)

    async def _replaced(self, lock: ConversationLock, edit: _Edit) -> RunningAnswer | None:
        if lock.running is not None:
            raise NotAllowedError(EDIT_LATER)
        if self._runner.draining:
            raise RestartingError(RESTARTING)
        await self._runner.save(lock)
        conversation = (
            await self._store.conversations.get(lock.key) or edit.conversation
        )  # its leaf may just have moved
        standing = await self._store.placement.get(lock.key)
        _check_place(standing, edit.asked.id, conversation.leaf_id)
        together = standing.chain_from(edit.asked.id, conversation.leaf_id)
        versions = await self._store.responses.some(_all_versions(standing, together))
        texts = {response.id: response for response in versions}
        earlier = _edited_back(standing, together, texts, edit.question)
        if earlier is not None and standing.nodes[standing.returning_leaf(earlier[-1])].answered:
            await self._brought_back(conversation, standing, together, earlier)
            return None
        return await self._answered_anew(lock, replace(edit, conversation=conversation), standing, together, texts)

    async def _answered_anew(
        self,
        lock: ConversationLock,
        edit: _Edit,
        standing: Standing,
        together: Sequence[str],
        texts: Mapping[str, Response],
    ) -> RunningAnswer:
        conversation, now = edit.conversation, edit.question
        said = self._queue.said(
            conversation.id,
            now.actor.author,
            now.text,
            quoted_id=now.quoted_id,
            background=texts[together[0]].background,  # as it was when they first asked
            attachments=now.attachments,
        )
        humans = [said, *(replace(texts[i], id=self._queue.new_id(), created_at=self._now()) for i in together[1:])]
        shown = next((node for node in standing.answers_to(together[-1]) if node.id in standing.placed), None)
        turn = Turn(
            conversation=conversation,
            humans=humans,
            options=again(conversation, await self._options_of(shown)),
            actor=now.actor,
            detour=Detour(
                standing=standing,
                under=edit.asked.parent_id,
                messages=_moved(standing, together, [human.id for human in humans]),
            ),
            instead_of=shown.id if shown is not None else None,
        )
        log.info("turn.edited conversation=%s response=%s", lock.key, edit.asked.id)
        return await self._queue.start.begin(lock, turn)

    async def _options_of(self, answer: Node | None) -> TurnOptions:
        """The options of an answer: the new wording is answered the same way."""
        found = await self._store.responses.some([answer.id]) if answer is not None else ()
        return found[0].options if found else AS_THE_CONVERSATION

    async def _brought_back(
        self, conversation: Conversation, before: Standing, together: Sequence[str], earlier: Sequence[str]
    ) -> None:
        leaf_id = before.returning_leaf(earlier[-1])
        after = before.grown((), _moved(before, together, earlier))
        await self._path.move(conversation, before, leaf_id, after=after)
        log.info("turn.edited_back conversation=%s response=%s", conversation.id, earlier[0])


def _holds(response: Response, content: Question | Response) -> bool:
    """Whether a response has this text and these attachments."""
    text = content.message if isinstance(content, Response) else content.text
    return response.message == text and identities(response.attachments) == identities(content.attachments)


def _check_place(standing: Standing, asked: str, leaf_id: str | None) -> None:
    """Requires a message on the shown path, or one at its end whose answer failed.

    Raises:
        NotAllowedError: It is neither.
    """
    path = standing.path(leaf_id)
    if asked in path:
        return
    below = standing.began_below(asked)
    if below is not None and below not in path:
        raise NotAllowedError(EDIT_ASIDE)
    if any(node.counts for node in standing.children[standing.chain_from(asked, leaf_id)[-1]]):
        raise NotAllowedError(EDIT_ASIDE)
    if below != leaf_id:
        raise NotAllowedError(EDIT_PASSED)


def _moved(standing: Standing, held: Sequence[str], hold: Sequence[str]) -> Sequence[MessageRef]:
    """The messages that hold these, with what they hold instead."""
    instead = dict(zip(held, hold, strict=True))
    return [replace(ref, response_id=instead[ref.response_id]) for ref in standing.refs if ref.response_id in instead]


def _all_versions(standing: Standing, together: Sequence[str]) -> Sequence[str]:
    """These, and the earlier versions of their messages."""
    messages = {ref.message_id for ref in standing.refs if ref.response_id in together}
    return [*together, *(i for i, message_id in standing.former.items() if message_id in messages)]


def _edited_back(
    standing: Standing, together: Sequence[str], texts: Mapping[str, Response], now: Question
) -> Sequence[str] | None:
    """An earlier version of the same messages with exactly the new content, if it was answered."""
    wanted: list[Question | Response] = [now, *(texts[response_id] for response_id in together[1:])]
    held = {ref.response_id: ref.message_id for ref in standing.refs}
    found: list[str] = []
    parent_id = standing.nodes[together[0]].parent_id
    for response_id, content in zip(together, wanted, strict=True):
        same = [
            node.id
            for node in standing.children[parent_id]
            if node.id in texts
            and _holds(texts[node.id], content)
            and not texts[node.id].erased
            and held.get(response_id) in (standing.former.get(node.id), held.get(node.id))
            and standing.leads_to_answer(node.id)
        ]
        if not same:
            return None
        parent_id = same[-1]
        found.append(same[-1])
    return found
