"""Requests to Discord, each in a task of its own: once begun it runs to its end, whatever becomes of who waits for it.

discord.py holds locks while it sleeps a limit out. A request that is cancelled there leaves them closed: under a limit
on the whole bot nothing would be sent any more, by anybody. So this stands below every call of discord.py's, whoever
makes it.

It also sleeps inside the request that empties a limit, although that has its answer: whoever made it goes on at once,
and what comes next waits, if it goes to the same limit. Not here: when something is sent (`rate_limits.gate`), what
becomes of a request that fails (`answers.retry_state`, `rate_limits.retry`).
"""

from __future__ import annotations

import asyncio
import json
from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from discord.http import HTTPClient
from discord.webhook.async_ import AsyncWebhookAdapter

from grokbot.discord_bot.rate_limits import retry_doubted

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import SimpleNamespace

    from discord.http import Ratelimit, Route

T = TypeVar("T")

LIMITS = aiohttp.ClientTimeout(total=300.0, sock_connect=10.0, sock_read=30.0)
"""Seconds after which a request of which nothing is heard has failed, as one whose connection breaks. discord.py sets
none, and with aiohttp's own an answer would stand still for five minutes."""

OPENINGS = ("POST /channels/{channel_id}/messages/{message_id}/threads:", "POST /channels/{channel_id}/threads:")
OPENINGS_AT_ONCE = 5
"""Threads that are opened at once in a channel, as long as Discord names no limit for it."""

_ANSWER: ContextVar[asyncio.Future[Any] | None] = ContextVar("answer", default=None)
"""Done with what Discord said to the request of this task, once that is read."""


class RequestTasks:
    """One for a connection."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def carry(self, request: Coroutine[Any, Any, T]) -> T:
        """What the request gives. Whoever is cancelled while waiting here leaves the request as it is.

        Raises:
            aiohttp.ClientConnectionError: The connection is closed.
        """
        if self._closed:
            request.close()
            raise aiohttp.ClientConnectionError("the connection to Discord is closed")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        before = _ANSWER.set(answer)
        task = asyncio.create_task(request, name="request to Discord")
        _ANSWER.reset(before)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        # Neither ends with its waiter, as the task would if it were awaited itself.
        await asyncio.wait([task, answer], return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else answer.result()

    async def abandon(self) -> None:
        """Ends what is under way: nothing is sent over this connection ever after, so no lock is missed."""
        self._closed = True
        left = set(self._tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # nobody may wait for it any more


def hear_answers(trace: aiohttp.TraceConfig) -> None:
    """Lets a connection tell who waits for a request that its answer is there. Before the connection is made."""

    async def heard(
        session: aiohttp.ClientSession,  # noqa: ARG001  # aiohttp's signature
        context: SimpleNamespace,
        params: aiohttp.TraceRequestEndParams,
    ) -> None:
        context.answer = params.response

    async def read(
        session: aiohttp.ClientSession,  # noqa: ARG001  # aiohttp's signature
        context: SimpleNamespace,
        params: aiohttp.TraceResponseChunkReceivedParams,
    ) -> None:
        waiting, answer = _ANSWER.get(), context.answer
        well = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        if well and waiting is not None and not waiting.done():
            is_json = answer.headers.get("Content-Type") == "application/json"  # as discord.py looks at it
            waiting.set_result(json.loads(params.chunk) if is_json else params.chunk.decode())

    trace.on_request_end.append(heard)
    trace.on_response_chunk_received.append(read)


class TaskHTTPClient(HTTPClient):
    """discord.py's client of Discord's API. Takes the place of the plain one that discord.py makes for itself."""

    def __init__(self, plain: HTTPClient, under_way: RequestTasks) -> None:
        super().__init__(
            plain.loop,
            plain.connector,
            proxy=plain.proxy,
            proxy_auth=plain.proxy_auth,
            unsync_clock=not plain.use_clock,
            http_trace=plain.http_trace,
            max_ratelimit_timeout=plain.max_ratelimit_timeout,
        )
        self._under_way = under_way
        if plain.http_trace is not None:
            hear_answers(plain.http_trace)

    async def request(self, route: Route, **given: Any) -> Any:
        """One request, through all limits and repeats."""
        return await self._under_way.carry(super().request(route, timeout=LIMITS, **given))

    def get_ratelimit(self, key: str) -> Ratelimit:
        """discord.py's state of a limit. Where it knows none it sends one request after the other.

        Fifty people who ask in one channel would wait for each other's threads; as soon as Discord names a limit for
        these, that counts.
        """
        new = key not in self._buckets
        limit = super().get_ratelimit(key)
        if new and key.startswith(OPENINGS):
            limit.limit = limit.remaining = OPENINGS_AT_ONCE
        return limit

    async def close(self) -> None:
        """Closes the connections, and what is still under way ends with them."""
        await super().close()
        await self._under_way.abandon()


class TaskWebhookAdapter(AsyncWebhookAdapter):
    """discord.py's other way to Discord: answers to interactions, and what follows them."""

    def __init__(self, under_way: RequestTasks) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # discord.py's
        self._under_way = under_way

    async def request(self, *given: Any, **more: Any) -> Any:
        """One request, through all limits and repeats.

        Right after an acknowledgement Discord may not know the interaction yet that it has just told of.
        """
        request = super().request
        if more.get("files"):  # which the first one reads to their end
            return await self._under_way.carry(request(*given, **more))
        return await retry_doubted(lambda: self._under_way.carry(request(*given, **more)), "answer to an interaction")
