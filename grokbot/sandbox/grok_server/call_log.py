"""What happened in the sandbox, for those who look on: the list of calls, and waiting for a change.

Here: bookkeeping on the event loop. Not here: any decision about an answer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest, MessageRole

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message


@dataclass(slots=True, eq=False)
class RecordedCall:
    """One call, from its arrival to its end; it is updated while it runs.

    Attributes:
        method: Name of the method, such as "GetCompletionChunk".
        request: The message as it arrived.
        metadata: What came with it, names in lower case. Holds the key.
        started: The event loop's clock, in seconds.
        ended: The same clock; None while the call is under way.
        tokens_sent: Tokens of reasoning and answer that were handed to the network.
        cancelled: The client went away, or its deadline passed, before the end.
        status: The name of the status that the client was sent; None while under way and when cancelled.
        response_id: The id of the answer, once there is one.
        cost_ticks: What the client was told that it costs; None where it was told nothing.
        prompt_tokens: Tokens that the model was shown.
    """

    method: str
    request: Message
    metadata: dict[str, str]
    started: float
    ended: float | None = None
    tokens_sent: int = 0
    cancelled: bool = False
    status: str | None = None
    response_id: str = ""
    cost_ticks: int | None = None
    prompt_tokens: int = 0

    @property
    def system_prompt(self) -> str:
        """What the request told the model before all else; "" where it told nothing."""
        if not isinstance(self.request, GetCompletionsRequest):
            return ""
        told = [message for message in self.request.messages if message.role == MessageRole.ROLE_SYSTEM]
        return "\n\n".join(part.text for message in told for part in message.content)


@dataclass(slots=True, eq=False)
class ChangeWatch:
    """Wakes those who wait for something to become true, when something has changed. There is no polling."""

    watchers: list[Callable[[], None]] = field(default_factory=list)
    """Called at every change; each must be quick and must not raise."""
    _waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = field(default_factory=list)
    _scheduled: bool = False

    def happened(self) -> None:
        """Something changed; whoever waits looks again, once for all changes of one turn of the loop."""
        for watcher in self.watchers:
            watcher()
        if self._waiting and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._scheduled = False
        for condition, future in tuple(self._waiting):
            if not future.done() and condition():
                future.set_result(None)

    async def until(self, condition: Callable[[], bool], timeout: float) -> None:  # noqa: ASYNC109 - whoever waits says for how long
        """Returns as soon as `condition` holds.

        Raises:
            TimeoutError: It did not hold within `timeout` seconds.
        """
        if condition():
            return
        entry = (condition, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(timeout):
                await entry[1]
        finally:
            self._waiting.remove(entry)
