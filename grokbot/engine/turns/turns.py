"""A person's message becomes a turn, opens a conversation with one, or waits until the current one has ended.

Not here: the order of turns (`turn_queue`), answers that are sampled again (`variants.variants`,
`variants.stop_and_retry`, `variants.edits`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UNKNOWN_RESPONSE, AlreadyKnownError, BusyError, NotFoundError, RestartingError
from grokbot.conversation.response import Conversation, MessageRef, Response, Sender
from grokbot.engine.admission import Opening, branch_of, opened
from grokbot.engine.turns.events import MessagesWait
from grokbot.engine.turns.lookup import RESTARTING, STILL_ANSWERING
from grokbot.engine.turns.turn_start import Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import TurnOptions
    from grokbot.engine.context import Context
    from grokbot.engine.turns.conversation_lock import ConversationLock
    from grokbot.engine.turns.running_answer import RunningAnswer
    from grokbot.engine.turns.turn_queue import Question, TurnQueue
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)


class Turns:
    """Receives people's messages.

    Args:
        context: Settings, store, clock, ids and events.
        queue: Begins answers.
    """

    def __init__(self, context: Context, queue: TurnQueue) -> None:
        self._context = context
        self._store = context.store
        self._events = context.events
        self._queue = queue
        self._runner = queue.runner
        self._locks = queue.runner.locks
        self._now = context.now
        self._new_id = context.new_id

    async def open(self, opening: Opening) -> Conversation:
        """Begins an empty conversation."""
        opening = await self._queue.terms.opening(opening, None)
        conversation = opened(opening, self._context.settings, self._new_id(), self._now())
        await self._store.conversations.add(conversation)
        return conversation

    async def ask(
        self, question: Question, where: Conversation | Opening, below: str | None = None
    ) -> RunningAnswer | None:
        """Turns a person's message into a turn, or lets it wait for the current one to end.

        Args:
            question: The message.
            where: Its conversation, or how one begins in a channel that has none.
            below: The response of the conversation that it replies to, in a channel with several: if the conversation
                has gone on since, another begins there, and that one stays as it is.

        Returns:
            The answer that has begun; None if the message waits.

        Raises:
            UserError: There is nothing in it to answer.
            NotAllowedError: The server's moderators do not want it (see `Admission.admitted`); answers are paused, or
                the conversation is locked.
            LimitReachedError: A limit is used up; nothing of it is kept.
            AlreadyKnownError: The same message was received before.
            BusyError, RestartingError: It would have to wait, and no message in Discord shows it.
            StoreError: It could not be saved; nothing of it is kept.
        """
        question.check(None)
        place = where if isinstance(where, Conversation) else where.guild_id
        await self._queue.admission.asks(question.actor, place, question.words)
        if question.background:
            read = await self._queue.admission.readable(question.background, question.actor.guild_id)
            question = replace(question, background=read)
        return await self._locks.decide(self._asked(question, where, below))

    async def draw(self, question: Question, conversation: Conversation, options: TurnOptions) -> RunningAnswer:
        """Turns a message into a turn that is answered with images of it.

        Args:
            question: The message: what to show.
            conversation: Where.
            options: Which model, how many, what shape: `TurnOptions.image_model` and the two below it.

        Raises:
            BusyError, RestartingError: An answer is running there, or the bot is stopping.
            Else what `ask` does.
        """
        question.check(conversation)
        await self._queue.admission.asks(question.actor, conversation, question.words)
        return await self._locks.decide(self._drawn(question, conversation.id, options))

    async def _drawn(self, question: Question, conversation_id: str, options: TurnOptions) -> RunningAnswer:
        async with self._locks.held(conversation_id) as lock:
            await self._is_new(question)
            self.check_idle(conversation_id)
            await self._runner.save(lock)
            human, messages = self._human(conversation_id, question)
            turn = Turn(
                conversation=await self._conversation(conversation_id),
                humans=[human],
                messages=messages,
                options=options,
                actor=question.actor,
            )
            return await self._queue.start.begin(lock, turn)

    def check_idle(self, conversation_id: str) -> None:
        """Requires that no answer is running in a conversation.

        Raises:
            BusyError: One is.
            RestartingError: The bot is stopping.
        """
        if self._runner.draining:
            raise RestartingError(RESTARTING)
        if any(running.conversation.id == conversation_id for running in self._runner.running):
            raise BusyError(STILL_ANSWERING)

    async def admit(self, actor: Actor, where: Conversation | int | None) -> None:
        """Whether somebody may ask anything, before what they attached is read: that takes a while.

        Raises:
            NotAllowedError, StoreError: As `ask`.
        """
        await self._queue.admission.asks(actor, where, None)

    async def check(self, question: Question, guild_id: int | None) -> None:
        """Whether a question could begin a conversation; call it before making anything for it.

        Raises:
            UserError: There is nothing in it to answer.
            NotAllowedError: As `ask`.
            LimitReachedError: A limit is used up.
        """
        question.check(None)
        await self._queue.admission.asks(question.actor, guild_id, question.words, ahead=True)
        async with self._queue.admission.noting_of(question.actor.id, guild_id, question.channel_id):
            await self._queue.budgets.check(question.actor, guild_id, question.text, question.attachments)

    async def _asked(
        self, question: Question, where: Conversation | Opening, below: str | None
    ) -> RunningAnswer | None:
        if isinstance(where, Conversation):
            return await self._go_on(where.id, question, below)
        where = await self._queue.terms.opening(where, question.actor)
        if where.channel_id is None or where.in_channel:
            return await self._begin(opened(where, self._context.settings, self._new_id(), self._now()), question)
        async with self._locks.held(f"channel {where.channel_id}"):
            already = await self._store.conversations.newest_in(where.channel_id)
            if already is not None:
                return await self._go_on(already.id, question)
            return await self._begin(opened(where, self._context.settings, self._new_id(), self._now()), question)

    async def _begin(self, conversation: Conversation, question: Question) -> RunningAnswer | None:
        async with self._locks.held(conversation.id) as lock:
            await self._is_new(question)
            self._queue.budgets.check_sees(conversation, question.attachments)
            human, messages = self._human(conversation.id, question)
            if self._runner.draining:
                self._check_waits(question)
                await self._store.conversations.add(conversation)
                await self._store.queue.add(human, *messages)
                self._events.publish(MessagesWait(conversation, tuple(messages)))
                return None
            turn = Turn(conversation=conversation, humans=[human], messages=messages, new=True, actor=question.actor)
            return await self._queue.start.begin(lock, turn)

    async def _go_on(self, conversation_id: str, question: Question, below: str | None = None) -> RunningAnswer | None:
        async with self._locks.held(conversation_id) as lock:
            await self._is_new(question)
            if below is not None and (other := await self._turned_off(lock, question, below)) is not None:
                return await self._begin(other, question)  # its source cannot go meanwhile: this lock is held
            human, messages = self._human(conversation_id, question)
            if question.attachments:
                self._queue.budgets.check_sees(await self._conversation(conversation_id), question.attachments)
            if lock.running is not None or self._runner.draining:
                self._check_waits(question)
                conversation = await self._conversation(conversation_id)
                question.check(conversation)
                await self._store.queue.add(human, *messages)
                self._events.publish(MessagesWait(conversation, tuple(messages)))
                log.info("turn.waits conversation=%s response=%s", conversation_id, human.id)
                return None
            await self._runner.save(lock)
            conversation = await self._conversation(conversation_id)
            question.check(conversation)
            waited = await self._queue.admitted(conversation, await self._queue.waiting(lock))
            humans = [*waited, human]
            turn = Turn(conversation=conversation, humans=humans, messages=messages, actor=question.actor)
            return await self._queue.begin_all(lock, turn)

    async def _turned_off(self, lock: ConversationLock, question: Question, below: str) -> Conversation | None:
        """The conversation that begins with a reply to a response; None if the response is the end of its own.

        That is so of an answer that is being written, too, and of a message that waits or is being answered.
        """
        standing = await self._store.placement.get(lock.key)
        node = standing.nodes.get(below)
        if node is None:
            return None
        asked = standing.chain_from(below, None)[-1] if node.sender is Sender.HUMAN else None
        answers = standing.answers_to(asked) if asked is not None else ()
        if lock.running is not None and lock.running.id in (below, *(each.id for each in answers)):
            return None
        if lock.running is None:
            await self._runner.save(lock)
        conversation = await self._conversation(lock.key)
        path = standing.path(conversation.leaf_id)
        above = [each.id for each in standing.up(below) if each.answered]
        answered = [each.id for each in answers if each.answered] or above[:1]
        point = max(answered, key=lambda each: (each in path, each), default=conversation.branched_from)
        at_its_end = point == (conversation.leaf_id or conversation.branched_from)
        if at_its_end and lock.running is None and not await self._queue.waiting(lock):
            return None
        opening = Opening(
            guild_id=conversation.guild_id,
            channel_id=conversation.channel_id,
            owner_id=question.actor.id,
            in_channel=True,
        )
        other = branch_of(conversation, point, opening, self._new_id(), self._now())
        log.info("conversation.branch conversation=%s from=%s", other.id, point)
        return other

    async def _is_new(self, question: Question) -> None:
        """Raises AlreadyKnown for a known message, before anything is saved: it must get no other error."""
        if question.message_id and await self._store.messages.response(question.message_id) is not None:
            raise AlreadyKnownError

    def _check_waits(self, question: Question) -> None:
        """Whether it may wait for an answer to end: not one that no message in Discord shows.

        Raises:
            BusyError, RestartingError: It may not.
        """
        if not question.message_id:
            raise RestartingError(RESTARTING) if self._runner.draining else BusyError(STILL_ANSWERING)

    async def _conversation(self, conversation_id: str) -> Conversation:
        conversation = await self._store.conversations.get(conversation_id)
        if conversation is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        return conversation

    def _human(self, conversation_id: str, question: Question) -> tuple[Response, Sequence[MessageRef]]:
        self._queue.budgets.heard(question.actor)
        human = self._queue.said(
            conversation_id,
            question.actor.author,
            question.text,
            quoted_id=question.quoted_id,
            background=question.background,
            attachments=question.attachments,
        )
        if not question.message_id:
            return human, ()
        return human, [MessageRef(question.message_id, question.channel_id, human.id, wording=question.wording)]
