"""The pause: no answers until somebody ends it, also after a restart.

Waiting messages stay stored and are answered afterwards. Not here: what begins an answer and checks it first
(`engine`, `programs.add`, `programs.stateless`, `library.titles`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from grokbot.conversation.records import Pause
from grokbot.conversation.titles import cut_at_word, one_line
from grokbot.engine.context import WholeTasks
from grokbot.engine.turns.events import Paused
from grokbot.policy.admission import check_open

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.engine.context import Context
    from grokbot.engine.turns.runner import TurnRunner


log = logging.getLogger(__name__)

LONGEST_REASON = 300
"""Characters of a reason: it is shown with every refusal."""


class Pauses:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        runner: Ends answers for a pause.
        answer_waiting: Begins the turns of waiting messages.
    """

    def __init__(self, context: Context, runner: TurnRunner, answer_waiting: Callable[[], Awaitable[None]]) -> None:
        self._store = context.store
        self._runner = runner
        self._now = context.now
        self._answer_waiting = answer_waiting
        self._changing = asyncio.Lock()
        self._changes = WholeTasks("pausing")
        self._events = context.events

    @property
    def state(self) -> Pause | None:
        """The current pause; None if there is none."""
        return self._runner.pause

    def check(self) -> None:
        """Requires that nothing is paused; call it before anything that leads to an answer.

        Raises:
            ClosedError: Answers are paused.
        """
        check_open(self._runner.pause)

    async def load(self) -> None:
        """Call at start, before any answer: a pause outlives the process.

        Raises:
            StoreError: It could not be read.
        """
        pause = self._runner.pause = await self._store.guild_settings.pause()
        if pause is not None:
            log.warning("answers.paused since=%s by=%d", pause.since.isoformat(), pause.by)

    async def pause(self, by: int, reason: str = "") -> Pause:
        """Begins a pause, or gives the current one another reason. Ends running answers, which keep their text.

        Args:
            by: Discord id of the person; 0 is the operator at the machine.
            reason: Shown to people, on one line.

        Raises:
            StoreError: It could not be kept; nothing is paused.
        """
        return await self._changes.run(self._paused(by, cut_at_word(one_line(reason), LONGEST_REASON)))

    async def unpause(self) -> None:
        """Ends the pause, and begins to answer waiting messages. Does nothing without a pause.

        Raises:
            StoreError: It could not be kept, and all stays paused; or the waiting messages could not be read.
        """
        await self._changes.run(self._unpaused())

    async def _paused(self, by: int, reason: str) -> Pause:
        async with self._changing:
            earlier = self._runner.pause
            pause = Pause(since=earlier.since if earlier is not None else self._now(), by=by, reason=reason)
            await self._store.guild_settings.set_pause(pause)
            self._runner.pause = pause
            log.warning("answers.paused by=%d running=%d", by, len(self._runner.running))
            self._events.publish(Paused())
            await self._end_all()
            return pause

    async def _unpaused(self) -> None:
        async with self._changing:
            if self._runner.pause is None:
                return
            await self._store.guild_settings.set_pause(None)
            self._runner.pause = None
            log.warning("answers.unpaused")
        await self._answer_waiting()

    async def _end_all(self) -> None:
        """Also ends answers already decided on but not yet begun."""
        while True:
            await self._runner.stop(self._runner.running)
            await self._runner.locks.decided()
            if not self._runner.running:
                return
