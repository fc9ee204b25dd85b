"""Answers that are stuck, and what the operator can do about one: have it shown again, or give it up.

Here: which they are, and why, as far as that is known. Not here: sampling and saving (`turns.runner`), showing
(`discord_bot`), which tries by itself for a long time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.draft import Phase
from grokbot.conversation.errors import UNKNOWN_RESPONSE, NotFoundError, UserError
from grokbot.conversation.forest import asker_of
from grokbot.conversation.response import Sender
from grokbot.conversation.text import Sentence
from grokbot.display import stands
from grokbot.engine.turns import AnswerAbandoned, AnswerLeft, WaitingRefused, answered_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.context import Context
    from grokbot.engine.turns import Recovery, RunningAnswer, TurnRunner

log = logging.getLogger(__name__)

SHOWN_WITHIN = 20.0
"""Seconds to wait for an answer that is shown again."""

ABANDONED = Sentence("The bot's operator has ended this. Ask again if you still want an answer.")

NOT_IN_DISCORD = "Its conversation is not in Discord."
NOT_ON_THE_PATH = "another answer stands in its place, and is what Discord shows"
STILL_ANSWERING = "It is being written. `grokbot answers abandon` stops it."
NO_XAI = "xAI cannot be reached; it is tried again"
NOT_SAVED = "the database does not take its end; it is tried again"
NEVER_TRIED = "its turn in Discord has not come yet"


class Stuck(StrEnum):
    """How an answer is stuck."""

    WAITING = "waiting"
    """A person's message, whose turn does not begin."""
    SILENT = "silent"
    """It is being written, and nothing new comes."""
    UNENDED = "unended"
    """It was being written when the bot stopped, and could not be given its end since."""
    UNSAVED = "unsaved"
    """It has ended, and the database did not take its end."""
    UNSHOWN = "unshown"
    """It has ended, and Discord does not show all of it."""


LONG: Mapping[Stuck, timedelta] = {
    Stuck.WAITING: timedelta(minutes=1),
    Stuck.SILENT: timedelta(minutes=2),  # models that reason are silent for a while
    Stuck.UNENDED: timedelta(seconds=30),
    Stuck.UNSAVED: timedelta(0),
    Stuck.UNSHOWN: timedelta(seconds=30),
}
"""After what time it counts as stuck."""


@dataclass(frozen=True, slots=True)
class StuckAnswer:
    """An answer, or a question without one. No text of it."""

    kind: Stuck
    response_id: str
    conversation: Conversation
    asker_id: int | None
    since: datetime
    why: str
    """A clause for the operator."""


class StuckAnswers:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        runner: The answers under way.
        recovery: Gives answers to the displays again.
    """

    def __init__(self, context: Context, runner: TurnRunner, recovery: Recovery) -> None:
        self._store = context.store
        self._events = context.events
        self._now = context.now
        self._runner = runner
        self._recovery = recovery

    async def listed(self) -> Sequence[StuckAnswer]:
        """All of them, longest first.

        Raises:
            StoreError: They could not be read.
        """
        now = self._now()
        found = [each for each in await self._all() if now - each.since >= LONG[each.kind]]
        return sorted(found, key=lambda each: each.since)

    async def show_again(self, response_id: str, by: int) -> str:
        """Has an answer shown once more where messages of it are missing in Discord; what is there stays.

        Args:
            response_id: An answer that has ended, stuck or not.
            by: Discord's id of the operator, for the log.

        Returns:
            "" once it is shown; otherwise why it is not.

        Raises:
            NotFoundError: There is no such answer.
            UserError: It has not ended, or is of a conversation that is not in Discord.
            StoreError: It could not be read.
        """
        response = await self._store.responses.get(response_id)
        if response is None or response.sender is not Sender.MODEL:
            raise NotFoundError(UNKNOWN_RESPONSE)
        conversation = await self._store.conversations.get(response.conversation_id)
        if conversation is None or conversation.channel_id is None:
            raise UserError(NOT_IN_DISCORD)
        if not response.state.ended:
            raise UserError(STILL_ANSWERING)
        log.info("answers.show_again turn=%s by=%d", response_id, by)
        await self._store.messages.show_again(response_id)
        display = self._runner.display
        if not display.has(response_id):
            display.hindered(response_id, "")
            for given in await self._recovery.again(conversation.id, [response_id]):
                self._events.publish(AnswerLeft(given.running, given.shown))
            if not display.has(response_id):
                return NOT_ON_THE_PATH
        await display.done_with(response_id, SHOWN_WITHIN)
        return display.why_not(response_id)

    async def abandon(self, response_id: str, by: int) -> Stuck:
        """Gives an answer up: it ends as stopped with what it has, or nobody tries to show it any more.

        A person whose message waits is told so.

        Args:
            response_id: The answer, or the waiting message.
            by: Discord's id of the operator, for the log.

        Returns:
            What it was.

        Raises:
            NotFoundError: No such answer is under way, waits or is left to show.
            StoreError: It could not be noted.
        """
        found = next((each for each in await self._all() if each.response_id == response_id), None)
        if found is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        log.warning("answers.abandoned turn=%s was=%s by=%d", response_id, found.kind.value, by)
        match found.kind:
            case Stuck.WAITING:
                await self._refuse(found.conversation, response_id)
            case Stuck.SILENT:
                await self._runner.stop([each for each in self._runner.running if each.id == response_id])
            case Stuck.UNENDED:
                await self._recovery.end_left(response_id)
            case Stuck.UNSAVED:
                async with self._runner.locks.held(found.conversation.id) as lock:
                    await self._runner.save(lock)
            case Stuck.UNSHOWN:
                self._events.publish(AnswerAbandoned(response_id))
                await self._store.messages.shown_whole(response_id)
        return found.kind

    async def _refuse(self, conversation: Conversation, human_id: str) -> None:
        async with self._runner.locks.held(conversation.id):
            waiting = [each for each in await self._store.queue.of(conversation.id) if each.id == human_id]
            refs = tuple(await self._store.messages.of(human_id)) if waiting else ()
            for ref in refs:
                await self._store.queue.drop(ref.message_id)
        for human in waiting:
            self._events.publish(WaitingRefused(conversation, human.author, refs, UserError(ABANDONED)))

    async def _all(self) -> Sequence[StuckAnswer]:
        """Whatever waits, runs or is left to show, for however short a time."""
        running = {each.id for each in self._runner.running}
        found = [self._of_running(each) for each in self._runner.running]
        unsaved = {ending.answer.id: ending.answer for ending in self._runner.locks.endings}
        for response in unsaved.values():
            found += await self._of(Stuck.UNSAVED, response, NOT_SAVED)
        for response in await self._store.turns.unended():
            if response.id not in running and response.id not in unsaved:
                found += await self._of(Stuck.UNENDED, response, "the last start could not end it")
        for conversation_id in await self._store.queue.conversations():
            for human in await self._store.queue.of(conversation_id):
                found += await self._of(Stuck.WAITING, human, self._why_waiting(conversation_id))
        for response in await self._store.messages.unshown():
            standing = await self._store.placement.get(response.conversation_id)
            for each in await self._of(
                Stuck.UNSHOWN, response, self._runner.display.why_not(response.id) or NEVER_TRIED
            ):
                here = each.conversation
                if here.channel_id is not None and stands(standing, response.id, here.leaf_id):
                    found.append(each)
        return found

    def _of_running(self, answer: RunningAnswer) -> StuckAnswer:
        since, phase = self._now() - timedelta(seconds=answer.silent_for), answer.draft.phase
        why = f"xAI sends nothing new ({phase.value})" if phase is not Phase.WAITING else NO_XAI
        return StuckAnswer(Stuck.SILENT, answer.id, answer.conversation, answer.asked.asker_id, since, why)

    async def _of(self, kind: Stuck, response: Response, why: str) -> Sequence[StuckAnswer]:
        """It, unless its conversation is gone by now."""
        conversation = await self._store.conversations.get(response.conversation_id)
        if conversation is None:
            return ()
        humans = [response] if response.sender is Sender.HUMAN else await answered_by(self._store, response)
        since = response.finished_at or response.created_at
        return [StuckAnswer(kind, response.id, conversation, asker_of(humans), since, why)]

    def _why_waiting(self, conversation_id: str) -> str:
        if self._runner.pause is not None:
            return "answers are paused: `grokbot unpause`"
        if any(each.conversation.id == conversation_id for each in self._runner.running):
            return "another answer is being written there"
        if any(ending.answer.conversation_id == conversation_id for ending in self._runner.locks.endings):
            return "the database does not take the end of the answer before it"
        return "its turn could not begin: see the log"
