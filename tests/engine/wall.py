"""What stands in Discord, as whoever shows answers would write it: each message with what it says.

It sends a message for each answer that has none, after those for what it answers and stands nowhere yet, and writes
over those that have some. Not here: when anything may be
sent, how it is laid out (the bot's own tests).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import MessageRef, Sender
from grokbot.engine.turns import AnswerGiven

if TYPE_CHECKING:
    import itertools

    from grokbot.display import Shown, VariantNumber
    from grokbot.engine.turns import RunningAnswer

    from .house import House


@dataclass
class Wall:
    """Watches an engine from now on. One answer after the other is brought there, as in one channel."""

    house: House
    says: dict[int, str] = field(default_factory=dict)
    """By message: the answer, or "aside" and the place."""
    posted: dict[int, str] = field(default_factory=dict)
    """By message: what was said elsewhere and is posted for who said it."""
    given: list[AnswerGiven] = field(default_factory=list)
    numbers: itertools.count[int] | None = None
    """Of the messages that it sends; the house's, where none are given."""

    def __post_init__(self) -> None:
        self._line = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.house.engine.events.subscribe(AnswerGiven, self.show)

    def show(self, given: AnswerGiven) -> None:
        self.given.append(given)
        task = asyncio.create_task(self._bring_if_open(given))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring_if_open(self, given: AnswerGiven) -> None:
        """What a test leaves under way when its house closes is missed by `check`, if it asks."""
        with suppress(StoreError):
            if given.running.conversation.channel_id is not None:
                await self._bring(given)

    async def _bring(self, given: AnswerGiven) -> None:
        engine, running = self.house.engine, given.running
        async with self._line:
            await running.end()
            shown = await engine.places.shown_now(running, given.shown)
            if shown is None:
                return
            await self._post(running, shown)
            messages = [ref.message_id for ref in shown.messages]
            if not messages:
                messages = [await self._sent(running, running.id, 0)]
            for message in messages:
                self.says[message] = said(running, shown)
            await engine.places.shown_whole(running.id)

    async def _post(self, running: RunningAnswer, shown: Shown) -> None:
        for human in shown.said:
            if not await self.house.store.messages.of(human.id):
                self.posted[await self._sent(running, human.id, 1)] = human.message

    async def _sent(self, running: RunningAnswer, response_id: str, part: int) -> int:
        number = next(self.numbers or self.house.numbers)
        channel_id = running.conversation.channel_id
        assert channel_id is not None
        await self.house.engine.places.shown(MessageRef(number, channel_id, response_id, part))
        return number

    async def leave(self) -> None:
        """As in a crash: nothing more is brought there."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def still(self) -> None:
        """Everything that was given stands there."""
        async with asyncio.timeout(20):
            await self.house.settled()
            while self._tasks or self.house.engine.runner.running:
                await asyncio.gather(*self._tasks, *(running.end() for running in self.house.engine.runner.running))
                await self.house.settled()

    async def shows(self) -> list[str]:
        """What the messages say from above to below, once all is still."""
        await self.still()
        return [self.says[number] for number in sorted(self.says)]

    async def check(self, channel: int) -> None:
        """It shows exactly the answers of the path; all else is set aside or says why it failed; nothing is left."""
        await self.still()
        store = self.house.store
        held = await self.house.held(channel)
        path = [
            response for response in await store.responses.path(held.leaf_id) if response.conversation_id == held.id
        ]
        answers = {response.id: response.message for response in path if response.sender is Sender.MODEL}
        placed = await store.messages.in_conversation(held.id)
        stand = {ref.response_id: ref.message_id for ref in reversed(placed)}
        for response in path:
            if response.sender is Sender.HUMAN and not response.manual and not response.erased:
                assert response.id in stand
        for ref in placed:
            response = await self.house.kept(ref.response_id)
            if response.sender is Sender.HUMAN:
                assert self.posted.get(ref.message_id, response.message) == response.message or response.erased
                continue
            if response.parent_id in stand:
                assert stand[response.parent_id] < ref.message_id
            says = self.says[ref.message_id]
            if response.id in answers:
                assert says == response.message
                del answers[response.id]
            else:
                assert says.startswith("aside") or not response.answered
        assert answers == {}
        ids = {response.id for response in path}
        assert not [left for left in await store.messages.unshown() if left.id in ids or not left.answered]


def said(running: RunningAnswer, shown: Shown) -> str:
    snapshot = running.snapshot()
    if shown.aside is not None:
        return f"aside {_of(shown.aside)}"
    return snapshot.text or f"({snapshot.trouble})"


def _of(variant: VariantNumber) -> str:
    return f"{variant.number}/{variant.of}"
