"""What callers from outside of Discord add to a conversation: anywhere in its forest, not only at the end of its path.

The shown path moves to an addition that ended well; what it bypasses is set aside. Not here: finding the place in the
forest, sampling again and moving about in it (`variants`), gRPC.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.options import effective, fixed_by
from grokbot.conversation.response import AS_THE_CONVERSATION, Mode, Sender, State
from grokbot.conversation.text import own, visible
from grokbot.engine.admission import Opening, opened
from grokbot.engine.programs.uploads import NO_FILES
from grokbot.engine.turns import Detour, Turn
from grokbot.policy.admission import admit

if TYPE_CHECKING:
    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.response import Conversation, Response, TurnOptions
    from grokbot.conversation.text import OthersText
    from grokbot.engine.context import Context
    from grokbot.engine.programs.uploads import MessageFiles
    from grokbot.engine.turns import ConversationLock, RunningAnswer, TurnQueue
    from grokbot.engine.variants import InsertionPoint, InsertionPoints, ShownPath
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

NOTHING_TO_ANSWER = "There is nothing to answer: send a message, or name a person's response."


class ProgramTurns:
    """One for the process. Nothing here waits for a running answer: it raises `BusyError`, and has changed nothing.

    Every method raises `NotFoundError` if there is no such thing or the caller may not see it, `ClosedError` if the
    conversation is locked or the bot paused, `RestartingError` during a stop, and `StoreError` if it could not be
    saved; then nothing has changed either.

    Args:
        context: Settings, store, clock, ids and events.
        queue: Begins answers.
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
        self._context = context

    async def say(
        self,
        conversation_id: str,
        caller: Actor,
        message: str,
        parent_id: str | None,
        options: TurnOptions = AS_THE_CONVERSATION,
        upload: MessageFiles = NO_FILES,
    ) -> RunningAnswer:
        """Adds a message under any response, and has it answered.

        Args:
            conversation_id: Where.
            caller: Who says it. Anybody who sees a conversation may write in it.
            message: What. "": nothing; the human response `parent_id` is answered once more.
            parent_id: A response of the conversation. None: at its beginning; that of a branch is right below the
                response that it continues, which may be named too.
            options: How to answer it. In an empty conversation they also set its model, persona and whether the model
                is asked raw.
            upload: Its files.

        Raises:
            UserError: An invisible message, or none and nothing above it to answer; a parent of another conversation,
                or an empty one; unknown options.
            BusyError: An answer runs in it.
        """
        options = await self._queue.terms.personas.checked(options)
        return await self._runner.locks.decide(self._say(conversation_id, caller, message, parent_id, options, upload))

    async def by_hand(
        self, conversation_id: str, caller: Actor, message: str, parent_id: str | None, *, partial: bool
    ) -> Response:
        """Adds a model's response that nobody sampled, under any response or none. The path leads to it from now on.

        Args:
            conversation_id: Where.
            caller: Who writes it: the asker of what stands above it, the conversation's owner, or an operator.
            message: The model's supposed text.
            parent_id: As in `say`.
            partial: Whether it counts as broken off.

        Raises:
            UserError: As `say`.
            NotAllowedError: It is not the caller's to decide.
            BusyError: An answer runs there.
        """
        state = State.STOPPED if partial else State.DONE
        return await self._runner.locks.decide(self._by_hand(conversation_id, caller, message, parent_id, state))

    async def replaced(self, response_id: str, caller: Actor, message: str) -> RunningAnswer | Response:
        """Adds a variant with another text beside a response. A human's is answered as the earlier ones were.

        Args:
            response_id: The response beside which it goes.
            caller: Who calls.
            message: The new text.

        Raises:
            UserError: The message is invisible.
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
        mode: Mode | None = Mode.STATEFUL,
        upload: MessageFiles = NO_FILES,
    ) -> RunningAnswer:
        """One turn that continues from any response, or begins a conversation, by default one that xAI keeps too.

        Args:
            caller: Who says it.
            prompt: What.
            response_id: The response to continue. None: a new conversation begins, with no place in Discord.
            options: How to answer it.
            system_prompt: For a new conversation; None: as set. Ignored if one continues.
            mode: Of a new conversation; None: as set. Ignored if one continues.
            upload: The message's files.

        Raises:
            UserError, BusyError: As `say`.
        """
        options = await self._queue.terms.personas.checked(options)
        said = upload.with_words(prompt)
        admit(None, said)
        if response_id:
            _, conversation, _ = await self._access.seen_response(response_id, caller)
            return await self.say(conversation.id, caller, prompt, response_id, options, upload)
        return await self._runner.locks.decide(
            self._opened(caller, said, options, system_prompt, mode, upload.attached)
        )

    async def _say(
        self,
        conversation_id: str,
        caller: Actor,
        message: str,
        parent_id: str | None,
        options: TurnOptions,
        upload: MessageFiles,
    ) -> RunningAnswer:
        whole = upload.with_words(message)
        async with self._runner.locks.held(conversation_id) as lock:
            point = await self._points.free(lock, caller, whole or None)
            under = await self._points.parent(point, parent_id)
            if not whole:
                return await self._answered_once_more(lock, point, under, options)
            admit(point.conversation, whole)
            if upload == NO_FILES:
                whole = _of_one(point.conversation, message)
            return await self._said(lock, point, under, whole, options, upload.attached)

    async def _said(
        self,
        lock: ConversationLock,
        point: InsertionPoint,
        under: str | None,
        message: str,
        options: TurnOptions,
        attached: tuple[AttachedFile, ...],
    ) -> RunningAnswer:
        """Adds a message under a response: at the end of the path as in Discord, else the path turns off there."""
        conversation, at_the_end = point.conversation, under == point.conversation.leaf_id
        self._queue.budgets.check_sees(effective(conversation, options), attached)
        human = self._queue.said(conversation.id, point.actor.author, message, attachments=attached)
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
        """Without the choices of an earlier first turn that failed: above all an unknown model."""
        if conversation.channel_id is not None:
            return conversation
        opening = Opening(guild_id=None, channel_id=None, owner_id=conversation.owner_id)
        fresh = opened(opening, self._context.settings, conversation.id, conversation.created_at)
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
            said = _of_one(point.conversation, message)
            return await self._said(lock, point, response.parent_id, said, options, response.attachments)

    async def _opened(
        self,
        caller: Actor,
        prompt: str,
        options: TurnOptions,
        system_prompt: str | None,
        mode: Mode | None,
        attached: tuple[AttachedFile, ...],
    ) -> RunningAnswer:
        blank = system_prompt is not None and not any(map(visible, system_prompt))  # xAI takes no blank one
        told = "" if blank else system_prompt
        opening = Opening(guild_id=None, channel_id=None, owner_id=caller.id, mode=mode, system_prompt=told)
        fresh = opened(opening, self._context.settings, self._queue.new_id(), self._now())
        conversation = fixed_by(fresh, options)
        async with self._runner.locks.held(conversation.id) as lock:
            self._lookup.check_free(lock)
            await self._queue.admission.asks(caller, None, prompt)
            self._queue.budgets.check_sees(conversation, attached)
            human = self._queue.said(conversation.id, caller.author, prompt, attachments=attached)
            turn = Turn(conversation=conversation, humans=[human], options=options, new=True)
            return await self._queue.start.begin(lock, turn)


def _of_one(conversation: Conversation, message: OthersText) -> str:
    """What a program says for somebody: among several people it must not pass for another's words."""
    return own(message) if conversation.several_people else message
