"""What callers from outside of Discord add to a conversation: anywhere in its forest, not only where its path ends.

The shown path follows what is added, once it has ended well; what it leads past is set aside. Not here: finding the
place in the forest, sampling again and moving about in it (`variants`), gRPC.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.options import check_options, fixed_by
from grokbot.conversation.response import AS_THE_CONVERSATION, Mode, Sender, State
from grokbot.conversation.text import visible
from grokbot.engine.admission import Opening, opened
from grokbot.engine.turns import Detour, Turn
from grokbot.policy.admission import admit

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation, Response, TurnOptions
    from grokbot.engine.context import Context
    from grokbot.engine.turns import ConversationLock, RunningAnswer, TurnQueue
    from grokbot.engine.variants import InsertionPoint, InsertionPoints, ShownPath
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

NOTHING_TO_ANSWER = "There is nothing to answer: send a message, or name a person's response."


class ProgramTurns:
    """One for the process. Nothing here waits for an answer that runs: it raises `BusyError`, and has changed nothing.

    Every method raises `NotFoundError` where there is no such thing or the caller may not see it, `ClosedError` where
    the conversation is locked or the bot paused, `RestartingError` during a stop, and `StoreError` where it could
    not be written down; then nothing has changed either.

    Args:
        context: Settings, store, clock, ids and events.
        queue: Where answers begin.
        points: Finds places to add something, for those who may.
        path: Moves the shown path.
    """

    def __init__(self, context: Context, queue: TurnQueue, points: InsertionPoints, path: ShownPath) -> None:
        self._queue = queue
        self._runner = queue.runner
        self._lookup = points.lookup
        self._access = points.lookup.access
        self._points = points
        self._path = path
        self._now = context.now
        self._settings = context.settings

    async def say(
        self,
        conversation_id: str,
        caller: Actor,
        message: str,
        parent_id: str | None,
        options: TurnOptions = AS_THE_CONVERSATION,
    ) -> RunningAnswer:
        """Says something under any response, and has it answered.

        Args:
            conversation_id: Where.
            caller: Who says it. Whoever sees a conversation may say something in it.
            message: What. "": nothing; the human response `parent_id` is answered once more.
            parent_id: A response of the conversation. None: at its beginning; that of a branch is right below the
                response that it goes on from, which may be named too.
            options: How it is to be answered. Where nothing has been said yet, the conversation takes over model,
                persona and whether the model is asked raw.

        Raises:
            UserError: Nothing in the message to read, or no message and nothing above it to answer; a parent of
                another conversation, or with nothing in it; options that there are not.
            BusyError: An answer runs in it.
        """
        check_options(options)
        return await self._runner.locks.decide(self._say(conversation_id, caller, message, parent_id, options))

    async def by_hand(
        self, conversation_id: str, caller: Actor, message: str, parent_id: str | None, *, partial: bool
    ) -> Response:
        """Adds a model's response that nobody sampled, under any response or none. The path leads to it from now on.

        Args:
            conversation_id: Where.
            caller: Who writes it: who asked what stands above it, the conversation's owner, or an operator.
            message: What the model is to have said.
            parent_id: As in `say`.
            partial: Whether it is to count as broken off.

        Raises:
            UserError: As `say`.
            NotAllowedError: It is not the caller's to decide.
            BusyError: An answer runs there.
        """
        state = State.STOPPED if partial else State.DONE
        return await self._runner.locks.decide(self._by_hand(conversation_id, caller, message, parent_id, state))

    async def replaced(self, response_id: str, caller: Actor, message: str) -> RunningAnswer | Response:
        """Adds a variant with other words beside a response. A human's is answered as the earlier ones were.

        Args:
            response_id: The response beside which it goes.
            caller: Who calls.
            message: The new text.

        Raises:
            UserError: There is nothing in the message to read.
            NotAllowedError: It is not the caller's to decide.
            BusyError: An answer runs there.
        """
        return await self._runner.locks.decide(self._replaced(response_id, caller, message))

    async def stateful(
        self,
        caller: Actor,
        prompt: str,
        *,
        response_id: str | None,
        options: TurnOptions,
        system_prompt: str | None,
    ) -> RunningAnswer:
        """One turn of a conversation that xAI keeps too.

        Args:
            caller: Who says it.
            prompt: What.
            response_id: The response after which it goes on. None: a new conversation begins, held nowhere in Discord.
            options: How it is to be answered.
            system_prompt: Of a new conversation; None: as set. Passed over where one goes on.

        Raises:
            UserError, BusyError: As `say`.
        """
        check_options(options)
        admit(None, prompt)
        if response_id:
            _, conversation, _ = await self._access.seen_response(response_id, caller)
            return await self.say(conversation.id, caller, prompt, response_id, options)
        return await self._runner.locks.decide(self._opened(caller, prompt, options, system_prompt))

    async def _say(
        self, conversation_id: str, caller: Actor, message: str, parent_id: str | None, options: TurnOptions
    ) -> RunningAnswer:
        async with self._runner.locks.held(conversation_id) as lock:
            point = await self._points.free(lock, caller, message or None)
            under = await self._points.parent(point, parent_id)
            if not message:
                return await self._answered_once_more(lock, point, under, options)
            admit(point.conversation, message)
            return await self._said(lock, point, under, message, options)

    async def _said(
        self, lock: ConversationLock, point: InsertionPoint, under: str | None, message: str, options: TurnOptions
    ) -> RunningAnswer:
        """Something is said under a response: where the path ends as in Discord, else the path turns off there."""
        conversation, at_the_end = point.conversation, under == point.conversation.leaf_id
        human = self._queue.said(conversation.id, point.actor.author, message)
        fixes = at_the_end and point.empty
        turn = Turn(
            conversation=fixed_by(self._as_begun(conversation), options) if fixes else conversation,
            humans=[human],
            options=options,
            fixes=fixes,
            actor=point.actor,
            detour=None if at_the_end else Detour(standing=point.standing, under=under),
        )
        return await self._queue.start.begin(lock, turn)

    def _as_begun(self, conversation: Conversation) -> Conversation:
        """With nothing of what an earlier first turn chose, of which nothing came: above all a model that is none."""
        if conversation.channel_id is not None:
            return conversation
        opening = Opening(guild_id=None, channel_id=None, owner_id=conversation.owner_id)
        fresh = opened(opening, self._settings, conversation.id, conversation.created_at)
        begun = {name: getattr(fresh.options, name) for name in ("raw", "reasoning_effort", "own")}
        options = replace(conversation.options, **begun)
        return replace(conversation, model=fresh.model, persona=fresh.persona, options=options)

    async def _answered_once_more(
        self, lock: ConversationLock, point: InsertionPoint, under: str | None, options: TurnOptions
    ) -> RunningAnswer:
        if under is None or point.standing.nodes[under].sender is Sender.MODEL:
            raise UserError(NOTHING_TO_ANSWER)
        turn = point.once_more(await self._points.asked_above(under), options)
        return await self._queue.start.begin(lock, turn)

    async def _by_hand(
        self, conversation_id: str, caller: Actor, message: str, parent_id: str | None, state: State
    ) -> Response:
        async with self._runner.locks.held(conversation_id) as lock:
            point = await self._points.free(lock, caller, message)
            admit(point.conversation, message)
            under = await self._points.parent(point, parent_id)
            await self._points.check_steers(point, under)
            return await self._written(point, under, message, state)

    async def _written(self, point: InsertionPoint, under: str | None, message: str, state: State) -> Response:
        answer = await self._path.add_by_hand(point, under, message, state)
        log.info("response.by_hand conversation=%s response=%s", answer.conversation_id, answer.id)
        return answer

    async def _replaced(self, response_id: str, caller: Actor, message: str) -> RunningAnswer | Response:
        response, _, _ = await self._access.seen_response(response_id, caller)
        async with self._runner.locks.held(response.conversation_id) as lock:
            of_person = response.sender is Sender.HUMAN
            point = await self._points.free(lock, caller, message)
            admit(point.conversation, message)
            asked = response.id if of_person else response.parent_id
            await self._points.check_steers(point, asked)
            if not of_person:
                return await self._written(point, response.parent_id, message, State.DONE)
            options = await self._points.options_below(point, response.id)
            return await self._said(lock, point, response.parent_id, message, options)

    async def _opened(
        self, caller: Actor, prompt: str, options: TurnOptions, system_prompt: str | None
    ) -> RunningAnswer:
        blank = system_prompt is not None and not any(map(visible, system_prompt))  # xAI takes none that is
        told = "" if blank else system_prompt
        opening = Opening(guild_id=None, channel_id=None, owner_id=caller.id, mode=Mode.STATEFUL, system_prompt=told)
        fresh = opened(opening, self._settings, self._queue.new_id(), self._now())
        conversation = fixed_by(fresh, options)
        async with self._runner.locks.held(conversation.id) as lock:
            self._lookup.check_free(lock)
            await self._queue.admission.asks(caller, None, prompt)
            human = self._queue.said(conversation.id, caller.author, prompt)
            turn = Turn(conversation=conversation, humans=[human], options=options, new=True)
            return await self._queue.start.begin(lock, turn)
