"""Answers in conversations that are not stored: each question brings its whole history with it.

Only its row in the usage ledger remains. Not here: conversations that are kept (`add`), messages of the API.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.draft import Called, Draft, TextPiece
from grokbot.conversation.errors import ClosedError, GrokError, GrokFailure, RestartingError, StoreError, UserError
from grokbot.conversation.history import Prompt, PromptMessage, Role
from grokbot.conversation.personas import spoken_as
from grokbot.conversation.response import Mode, Response, Sender, State, TurnOptions
from grokbot.conversation.text import visible
from grokbot.conversation.text.names import safe_name
from grokbot.engine.admission import Opening, opened
from grokbot.engine.turns import RESTARTING, Paused
from grokbot.policy.admission import PAUSED
from grokbot.policy.budgets import in_dollars
from grokbot.process.turn_id import join_turn
from grokbot.store import RowRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
    from datetime import datetime

    from grokbot.conversation.draft import Events
    from grokbot.conversation.response import Conversation
    from grokbot.engine.context import Context
    from grokbot.engine.turns import Pauses, TurnQueue
    from grokbot.policy.actor import Actor
    from grokbot.store.budgets import Reserving

log = logging.getLogger(__name__)

ANEW = "\n\n"
"""Separates the text of two outputs of the model: text already sent cannot be taken back."""

NOT_A_HUMANS = "The history must end with a person's message that has text: that message is answered."


@dataclass(frozen=True, slots=True)
class StatelessPiece:
    """New in an answer: more of its text, or one whole search query."""

    text: str = ""
    query: str = ""


class StatelessAnswers:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        queue: Whether anything still begins, who may begin it, and its reservation.
        pauses: Whether answers are paused.
    """

    def __init__(self, context: Context, queue: TurnQueue, pauses: Pauses) -> None:
        self._context = context
        self._store = context.store
        self._grok = context.grok
        self._runner = queue.runner
        self._pauses = pauses
        self._budgets = queue.budgets
        self._admission = queue.admission
        self._personas = queue.terms.personas
        self._now = context.now
        self._new_id = context.new_id
        self._waiting: set[asyncio.Timeout] = set()
        context.events.subscribe(Paused, self._cut)

    async def sample(
        self,
        caller: Actor,
        history: Sequence[tuple[Sender, str]],
        *,
        persona: str = "",
        conversation_key: str = "",
        user_name: str | None = None,
    ) -> AsyncGenerator[StatelessPiece, None]:
        """Answers the last of the history. Pieces come as xAI gives them; closing the generator ends the call there.

        Args:
            caller: Whose account it goes to.
            history: The messages with their senders, in order; the last is a person's.
            persona: A persona's name; "" for none.
            conversation_key: Sends the caller's questions of one conversation to the xAI server that has its beginning
                cached. Other callers never reach that server by it, even with the same key.
            user_name: The person's name for the model; None: none.

        Raises:
            UserError: There is nothing to answer, or no such persona.
            LimitReachedError: A limit is used up.
            NotAllowedError: Answers are paused, also in the middle of one; or the bot is going down.
            GrokError: Anything that kept the answer from being whole.
        """
        self._pauses.check()
        if self._runner.draining:
            raise RestartingError(RESTARTING)
        options = await self._personas.checked(TurnOptions(persona=persona))
        conversation = self._conversation(caller, options, conversation_key)
        name = safe_name(user_name) if user_name else ""
        prompt = _prompt(history, conversation.options.system_prompt, name, await self._store.identifiers.of(caller.id))
        await self._admission.asks(caller, None, history[-1][1])
        answer = _Answer(self._new_id(), self._now(), conversation.model)
        join_turn(answer.begun.id)
        reserving = self._budgets.reserving_alone(conversation, prompt)
        await self._reserve(caller, answer, reserving, conversation)
        try:
            async with aclosing(self._grok.stream(prompt, conversation)) as stream:
                while (events := await self._next(stream)) is not None:
                    for piece in answer.pieces(events):
                        yield piece
            answer.check_whole()
            answer.state = State.DONE
        except GrokError:
            answer.state = State.FAILED
            raise
        finally:
            await self._account(caller, answer)

    async def _reserve(self, caller: Actor, answer: _Answer, reserving: Reserving, conversation: Conversation) -> None:
        try:
            async with self._admission.noting(None, caller.id, conversation):
                warnings = await self._store.reservations.add(reserving, answer.begun)
        except asyncio.CancelledError:  # it is reserved all the same, and nothing comes of it
            answer.state = State.FAILED
            await self._account(caller, answer)
            raise
        self._budgets.warn(reserving, warnings)

    async def _next(self, stream: AsyncIterator[Events]) -> Events | None:
        """The next events; None at the end. A pause interrupts the wait at any point.

        Raises:
            ClosedError: Answers are paused from now on.
        """
        self._pauses.check()
        try:
            async with asyncio.timeout(None) as waiting:
                self._waiting.add(waiting)
                try:
                    return await anext(stream)
                finally:
                    self._waiting.discard(waiting)
        except StopAsyncIteration:
            return None
        except TimeoutError:
            self._pauses.check()
            raise ClosedError(PAUSED) from None

    def _cut(self, _: Paused) -> None:
        for waiting in self._waiting:
            waiting.reschedule(asyncio.get_running_loop().time())

    def _conversation(self, caller: Actor, options: TurnOptions, key: str) -> Conversation:
        """The conversation for the xAI client. xAI sees its id, which reveals neither the caller nor the key."""
        named = hashlib.sha256(f"{caller.id}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        prompt = spoken_as(options.persona, self._context.settings.conversation.system_prompt, options.persona_text)
        opening = Opening(guild_id=None, channel_id=None, owner_id=caller.id, mode=Mode.STATELESS, system_prompt=prompt)
        return opened(opening, self._context.settings, named if key else self._new_id(), self._now())

    async def _account(self, caller: Actor, answer: _Answer) -> None:
        """Books its usage, however it ended."""
        at = self._now()
        row = answer.response()
        try:
            await self._store.ledger.add_spent(row, caller.id, at)
        except (StoreError, RowRefusedError):  # the answer was given all the same
            log.exception("stateless.account_unsaved turn=%s", row.id)
        log.info(
            "stateless.end turn=%s state=%s characters=%d dollars=%.6f",
            row.id,
            row.state.value,
            answer.draft.length,
            in_dollars(row.usage),
        )


class _Answer:
    """What has arrived of one answer, and how much of it was sent on."""

    def __init__(self, answer_id: str, at: datetime, model: str) -> None:
        self.begun = Response(
            id=answer_id,
            conversation_id="",
            parent_id=None,
            sender=Sender.MODEL,
            state=State.PENDING,
            created_at=at,
            model=model,
        )
        self.draft = Draft()
        self.state = State.STOPPED
        """The state if nothing more comes."""
        self._roles: dict[int, str] = {}
        self._output: int | None = None
        """The output of the last text sent on."""
        self._queries: list[str] = []

    def pieces(self, events: Events) -> Iterator[StatelessPiece]:
        """The new pieces in these events."""
        for event in events:
            self.draft.apply(event)
            if isinstance(event, TextPiece) and (text := self._new_text(event)):
                yield StatelessPiece(text=text)
            elif isinstance(event, Called):
                yield from map(_searched, self._new_queries())

    def check_whole(self) -> None:
        """Requires that the model came to its own end.

        Raises:
            GrokError: It was cut off, or is empty.
        """
        if not self.draft.finished and self.draft.length:
            raise GrokError(GrokFailure.BROKEN_OFF)
        if not (self.draft.finished and self.draft.text.strip()):
            raise GrokError(GrokFailure.EMPTY)

    def response(self) -> Response:
        """The answer for the ledger. Its text is for counting, if xAI reported no usage, and is not kept."""
        draft = self.draft
        words = draft.text if draft.usage is None else ""
        return replace(
            self.begun, state=self.state, model=draft.model or self.begun.model, usage=draft.taken, message=words
        )

    def _new_text(self, event: TextPiece) -> str:
        """New text of the assistant's outputs, in their order."""
        role = self._roles[event.output] = event.role or self._roles.get(event.output, "assistant")
        if role != "assistant" or not event.text or (self._output is not None and event.output < self._output):
            return ""
        anew = self._output is not None and event.output != self._output
        self._output = event.output
        return ANEW + event.text if anew else event.text

    def _new_queries(self) -> Iterator[str]:
        """Queries known by now, each once: the call of a search may come before its query."""
        for query in self.draft.queries:
            if query.text and query.text not in self._queries:
                self._queries.append(query.text)
                yield query.text


def _searched(query: str) -> StatelessPiece:
    return StatelessPiece(query=query)


def _prompt(history: Sequence[tuple[Sender, str]], system_prompt: str, user_name: str, person: str) -> Prompt:
    """The whole history. A person's name goes into its own field and into no text: there it could pass for their words.

    Raises:
        UserError: The last message is not a person's.
    """
    if not history or history[-1][0] is not Sender.HUMAN or not any(map(visible, history[-1][1])):
        raise UserError(NOT_A_HUMANS)
    system = (PromptMessage(Role.SYSTEM, system_prompt),) if system_prompt else ()
    said = (
        PromptMessage(Role.USER, text, name=user_name)
        if sender is Sender.HUMAN
        else PromptMessage(Role.ASSISTANT, text)
        for sender, text in history
        if any(map(visible, text))  # xAI takes no blank ones
    )
    return Prompt((*system, *said), person=person)
