"""Publishes answers to the displays: new ones, and ones to redraw, hide or restore.

Not here: what should stand where (`display.placement`, pure), why that changes (`variants.variants`, `variants.edits`),
Discord.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokError, GrokFailure, StoreError
from grokbot.conversation.forest import asker_of
from grokbot.display import Shown, arranged, may_come_back, rearranged, shown, stands
from grokbot.engine.turns.events import AnswerGiven, AnswerLeft
from grokbot.engine.turns.running_answer import Asked, RunningAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.response import Conversation, MessageRef, Response
    from grokbot.display import Node, Standing
    from grokbot.engine.context import Context
    from grokbot.engine.turns.conversation_lock import ConversationLock, ConversationLocks

log = logging.getLogger(__name__)


MOST_HINDRANCES = 1_000
"""Answers of which it is remembered why they could not be shown."""

BEING_SHOWN = "Discord is being asked for it"


class AnswerDisplay:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        locks: Their locks are held for lookups.
    """

    def __init__(self, context: Context, locks: ConversationLocks) -> None:
        self._store = context.store
        self._locks = locks
        self._given: Counter[str] = Counter()
        self._waiting: set[asyncio.Event] = set()
        self._hindrances: dict[str, str] = {}
        self._events = context.events

    def give(self, given: AnswerGiven | AnswerLeft) -> None:
        """Publishes it."""
        self.expect(given.running)
        self._events.publish(given)

    def expect(self, running: RunningAnswer) -> None:
        """Notes that a display has this answer and will report when it is shown, if it has a place in Discord."""
        if running.conversation.channel_id is not None:
            self._given[running.id] += 1

    @contextmanager
    def about_to_give(self, response_ids: Sequence[str]) -> Iterator[None]:
        """Covers the time between writing down that these must be redrawn and publishing them.

        A display that finishes an old form of one meanwhile must not count as done.
        """
        self._given.update(response_ids)
        try:
            yield
        finally:
            for response_id in response_ids:
                self.was_last(response_id)

    async def shown_whole(self, response_id: str) -> None:
        """A display has shown an answer. Once all have, the next start need not give it again.

        Raises:
            StoreError: It could not be noted.
        """
        if self.was_last(response_id):
            await self._store.messages.shown_whole(response_id)

    async def note_whole(self, response_id: str) -> None:
        """Notes that an answer is shown, unless it must be redrawn by now.

        Raises:
            StoreError: It could not be noted.
        """
        if response_id not in self._given:
            self._hindrances.pop(response_id, None)
            await self._store.messages.shown_whole(response_id)

    def not_shown(self, response_id: str) -> None:
        """A display could not show an answer, and gives up. The next start gives it again."""
        self.was_last(response_id)

    def hindered(self, response_id: str, why: str) -> None:
        """A display says why it cannot show an answer, as a clause; "": nothing hinders it any more."""
        self._hindrances.pop(response_id, None)
        if why:
            self._hindrances[response_id] = why
        if len(self._hindrances) > MOST_HINDRANCES:
            del self._hindrances[next(iter(self._hindrances))]

    def why_not(self, response_id: str) -> str:
        """Why an answer is not shown, as far as the displays have said; ""; nothing is known."""
        return self._hindrances.get(response_id, BEING_SHOWN if response_id in self._given else "")

    def has(self, response_id: str) -> bool:
        """Whether a display has this answer, and will say so when it is shown or given up."""
        return response_id in self._given

    async def done_with(self, response_id: str, seconds: float) -> bool:
        """Waits until no display has this answer any more; returns whether that came in so many seconds."""
        return await self._becomes(lambda: response_id not in self._given, seconds)

    async def all_shown(self, conversation_id: str, seconds: float) -> None:
        """Waits until no display has an answer of a conversation left to show, or time is up. No lock is held.

        Raises:
            StoreError: Its answers could not be read.
        """
        own = (await self._store.placement.get(conversation_id)).nodes
        if not await self._becomes(lambda: not any(response_id in own for response_id in self._given), seconds):
            log.warning("answers.not_shown_yet conversation=%s", conversation_id)

    async def _becomes(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Waits until it is true of what the displays have; returns whether that came in time."""
        done = asyncio.Event()
        self._waiting.add(done)
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    done.clear()
                    await done.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(done)
        return True

    def was_last(self, response_id: str) -> bool:
        """A display has shown an answer. Returns whether it was the last one."""
        self._given[response_id] -= 1
        last = self._given[response_id] <= 0
        if last:
            del self._given[response_id]
            for waiting in self._waiting:
                waiting.set()
        return last

    async def give_again(
        self,
        conversation: Conversation,
        standing: Standing,
        leaf_id: str | None,
        response_ids: Sequence[str],
        troubles: Mapping[str, GrokbotError] | None = None,
        *,
        left: bool = False,
    ) -> None:
        """Publishes ended answers again. What cannot be read stays for the next start.

        Args:
            conversation: Whose they are.
            standing: As it is now.
            leaf_id: What is shown.
            response_ids: Which to redraw.
            troubles: Errors to show with one of them: another was tried in its place, and failed.
            left: Whether the last stop left them.
        """
        if not response_ids:
            return
        try:
            ended = await self.ended(conversation, standing, leaf_id, response_ids, troubles)
        except StoreError:
            log.exception("answers.not_given_again conversation=%s", conversation.id)
            return
        for given in ended:
            self.give(AnswerLeft(given.running, given.shown) if left else given)

    async def ended(
        self,
        conversation: Conversation,
        standing: Standing,
        leaf_id: str | None,
        response_ids: Sequence[str],
        troubles: Mapping[str, GrokbotError] | None = None,
    ) -> Sequence[AnswerGiven]:
        """Ended answers, in the form for the displays.

        Args:
            conversation: Where they are.
            standing: The forest, and which messages show what.
            leaf_id: The end of the path that is shown.
            response_ids: Which answers; any that have not ended are left out.
            troubles: Why some failed, by id; None: as the stored answers say.

        Raises:
            StoreError: They could not be read.
        """
        arrangement, newest = arranged(standing, leaf_id), await self.is_newest(conversation)
        nodes = [standing.nodes[i] for i in response_ids if i in standing.nodes]
        wanted = [each.id for node in nodes for each in (node, *standing.asked(node))]
        found = {response.id: response for response in await self._store.responses.some(wanted)}
        given: list[AnswerGiven] = []
        for node in nodes:
            response = found.get(node.id)
            if response is not None and response.state.ended:
                humans = [found[human.id] for human in standing.asked(node) if human.id in found]
                asked = Asked(messages_asked(standing, node), asker_of(humans))
                running = RunningAnswer(conversation, response, asked)
                running.finish(response, (troubles or {}).get(node.id) or trouble_of(response))
                unposted = Shown(said=postable(conversation, humans))
                given.append(AnswerGiven(running, shown(standing, arrangement, node.id, unposted, newest=newest)))
        return given

    async def is_newest(self, conversation: Conversation) -> bool:
        """Whether no later conversation stands below it: one direct-message channel holds several.

        Raises:
            StoreError: It could not be looked up.
        """
        if conversation.guild_id is not None or conversation.channel_id is None:
            return True
        newest = await self._store.conversations.newest_in(conversation.channel_id)
        return newest is None or newest.id == conversation.id

    async def shown_now(self, running: RunningAnswer, given: Shown) -> Shown | None:
        """How to show an answer, right before showing it. See `MessagePlaces.shown_now`."""
        if not (running.has_ended or given.messages):
            return given
        try:
            async with self._locks.held(running.conversation.id) as lock:
                return await self._brought_up_to_date(lock, running, given)
        except StoreError:
            log.exception("answer.place_unknown turn=%s", running.id)
            return given

    async def _brought_up_to_date(self, lock: ConversationLock, running: RunningAnswer, given: Shown) -> Shown | None:
        conversation = await self._store.conversations.get(lock.key)
        standing = await self._store.placement.get(lock.key)
        leaf_id = shown_leaf(lock, conversation.leaf_id) if conversation is not None else None
        if conversation is None or not stands(standing, running.id, leaf_id):
            await self._left_out(standing, running.id)
            return None
        moved = rearranged(standing, leaf_id, standing, leaf_id).moved
        if moved:  # messages that an earlier one in its place has sent meanwhile
            await self._store.messages.put(*moved)
            standing = standing.with_refs(moved)
        if not running.asked.messages:
            running.asked = replace(running.asked, messages=messages_asked(standing, standing.nodes[running.id]))
        newest = await self.is_newest(conversation)
        return shown(standing, arranged(standing, leaf_id), running.id, given, newest=newest)

    async def _left_out(self, standing: Standing, response_id: str) -> None:
        """An answer never shown that may return to the path stays to be shown then."""
        if may_come_back(standing, response_id):
            self.was_last(response_id)
        else:
            await self.shown_whole(response_id)


def postable(conversation: Conversation, humans: Sequence[Response]) -> tuple[Response, ...]:
    """The questions of an answer to post in Discord, if they are not there yet.

    Never a button's text, an import or an erased message.
    """
    if conversation.channel_id is None:
        return ()
    return tuple(human for human in humans if not human.manual and not human.erased)


def messages_asked(standing: Standing, answer: Node) -> tuple[MessageRef, ...]:
    """The messages of what an answer answers."""
    return tuple(ref for human in standing.asked(answer) for ref in standing.refs if ref.response_id == human.id)


def shown_leaf(lock: ConversationLock, leaf_id: str | None) -> str | None:
    """The leaf that the thread shows: the running answer, or the end of the last turn even if unsaved."""
    if lock.running is not None:
        return lock.running.id
    return lock.unsaved.leaf_id if lock.unsaved is not None else leaf_id


def trouble_of(response: Response) -> GrokbotError | None:
    """Why an answer ended as it did, as far as that is stored."""
    if not response.failure:
        return None
    known = response.failure in GrokFailure.__members__.values()
    return GrokError(GrokFailure(response.failure) if known else GrokFailure.OTHER)
