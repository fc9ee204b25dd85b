"""Sends the beats of a plan when they are due.

Here: the only waiting of the sandbox. Not here: what is sent.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.admission.door import CallFailedError
from grokbot.sandbox.grok_server.failures import FAILURES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.grok_server.answers.plans import Beat, Plan
    from grokbot.sandbox.grok_server.answers.scripts import Script

#: Maximum tokens per chunk when the sender is late; without a limit a stall would end in one huge chunk.
LATE: Final = 32


class AnswerStream:
    """One answer being sent. `send` takes the beats of one chunk and whether it is the last."""

    def __init__(self, plan: Plan, script: Script, send: Callable[[list[Beat], bool], Awaitable[None]]) -> None:
        self._plan = plan
        self._script = script
        self._send = send
        self._pending: list[Beat] = []
        self._written = 0
        endless = math.isinf(plan.tokens_per_second)
        self._most = plan.tokens_per_chunk if endless else max(LATE, plan.tokens_per_chunk)

    async def run(self) -> None:
        """Send everything, or as much as the script allows.

        Raises:
            CallFailedError: The script ends the answer with a failure.
        """
        loop = asyncio.get_running_loop()
        start = loop.time()
        for beat in self._plan.beats():
            if self._strikes(beat):
                await self._strike()
            wait = start + beat.at - loop.time()
            if wait > 0:
                await self._flush(last=False)
                # Writing took time too: compute the remaining wait again.
                await asyncio.sleep(start + beat.at - loop.time())
            elif len(self._pending) >= self._most or (self._pending and self._pending[-1].index != beat.index):
                await self._flush(last=False)  # at xAI too a chunk belongs to one output
            self._pending.append(beat)
            self._written += beat.token
        await self._flush(last=True)

    async def _flush(self, *, last: bool) -> None:
        if self._pending:
            beats, self._pending = self._pending, []
            await self._send(beats, last)

    def _strikes(self, beat: Beat) -> bool:
        limit = self._script.fail_after_tokens if self._script.fail else self._script.hang_after_tokens
        return limit is not None and (self._written >= limit or beat.last)

    async def _strike(self) -> None:
        await self._flush(last=False)
        if self._script.fail:
            raise CallFailedError(FAILURES[self._script.fail])
        # Only the client's disconnect, or the end of the sandbox, ends this.
        await asyncio.get_running_loop().create_future()
