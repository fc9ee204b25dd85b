"""The list of calls to the sandbox, and waiting for a change.

Here: bookkeeping on the event loop. Not here: decisions about answers.
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
    """One call, from arrival to end; updated while it runs.

    Attributes:
        method: Name of the method, such as "GetCompletionChunk".
        request: The message as it arrived.
        metadata: Its metadata, names in lower case. Contains the key.
        started: The event loop's clock, in seconds.
        ended: The same clock; None while the call is running.
        tokens_sent: Tokens of reasoning and answer handed to the network.
        cancelled: The client disconnected, or its deadline passed, before the end.
        status: The name of the status sent to the client; None while running and if cancelled.
        response_id: The id of the answer, once there is one.
        cost_ticks: The cost reported to the client; None if none was.
        prompt_tokens: Tokens in the prompt.
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
        """The request's system prompt; "" if it has none."""
        if not isinstance(self.request, GetCompletionsRequest):
            return ""
        told = [message for message in self.request.messages if message.role == MessageRole.ROLE_SYSTEM]
        return "\n\n".join(part.text for message in told for part in message.content)

    @property
    def person(self) -> str:
        """Whose request it is, as told to xAI's abuse control; "" if it is not told."""
        if isinstance(self.request, GetCompletionsRequest) and self.request.safety_identifier:
            return self.request.safety_identifier
        return str(getattr(self.request, "user", ""))


@dataclass(slots=True, eq=False)
class ChangeWatch:
    """Wakes tasks that wait for a condition when something has changed. There is no polling."""

    watchers: list[Callable[[], None]] = field(default_factory=list)
    """Called on every change; each must be quick and must not raise."""
    _waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = field(default_factory=list)
    _scheduled: bool = False

    def happened(self) -> None:
        """Report a change; waiting tasks check again, once per turn of the loop."""
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

    async def until(self, condition: Callable[[], bool], timeout: float) -> None:  # noqa: ASYNC109 - the caller's choice
        """Wait until `condition` holds.

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
