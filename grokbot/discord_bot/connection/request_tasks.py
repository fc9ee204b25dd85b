"""Requests to Discord, each in its own task: once begun it runs to its end, even if its caller is cancelled.

discord.py holds locks while it sleeps through a limit. A request that is cancelled there leaves them locked: under a
limit on the whole bot, nothing could be sent again. So this sits below every call that discord.py makes.

discord.py also sleeps inside the request that uses up a limit, although its answer is there: here the caller goes on at
once, and the next request waits if it has the same limit. Not here: when something is sent (`rate_limits.gate`), what
happens to a failed request (`answers.retry_state`, `rate_limits.retry`).
"""

from __future__ import annotations

import asyncio
import json
from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import discord
from discord import utils
from discord.http import HTTPClient, Route
from discord.webhook.async_ import AsyncWebhookAdapter

from grokbot.conversation.text import in_words
from grokbot.discord_bot.rate_limits import retry_doubted

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from types import SimpleNamespace

    from discord.http import Ratelimit

    from grokbot.process.health import Pulse

T = TypeVar("T")

LIMITS = aiohttp.ClientTimeout(total=300.0, sock_connect=10.0, sock_read=30.0)
"""Seconds of silence after which a request has failed, as with a broken connection. discord.py sets none, and
aiohttp's own would let an answer hang for five minutes."""

REFUSES = "Discord refuses requests ({reason})"
FAILS = "Discord fails to answer requests (HTTP {status})"
UNREACHED = "Discord cannot be reached ({reason})"

OPENINGS = ("POST /channels/{channel_id}/messages/{message_id}/threads:", "POST /channels/{channel_id}/threads:")
OPENINGS_AT_ONCE = 5
"""Threads that may be opened at once in a channel while Discord names no limit for it."""

_ANSWER: ContextVar[asyncio.Future[Any] | None] = ContextVar("answer", default=None)
"""Set to Discord's response to this task's request, once it is read."""


_to_json = utils._to_json  # noqa: SLF001 - discord.py's only way to write what it sends


def _in_words(obj: Any) -> str:
    """JSON of what is sent, in the language of the task that sends it: labels, menus and forms hold `Sentence`s."""
    return _to_json(in_words(obj))


utils._to_json = _in_words  # noqa: SLF001 - also inside of forms with files, which no request shows us


class RequestTasks:
    """The requests of one connection."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def carry(self, request: Coroutine[Any, Any, T]) -> T:
        """The result of the request. Cancelling the caller does not cancel the request.

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
        # wait() does not cancel them with the caller; awaiting the task itself would.
        await asyncio.wait([task, answer], return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else answer.result()

    async def abandon(self) -> None:
        """Cancels running requests: this connection sends nothing afterwards, so no lock is missed."""
        self._closed = True
        left = set(self._tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # maybe nobody waits for it any more


def hear_answers(trace: aiohttp.TraceConfig) -> None:
    """Makes a connection report when a response is read. Call it before the connection is made."""

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
            is_json = answer.headers.get("Content-Type") == "application/json"  # the same test as in discord.py
            waiting.set_result(json.loads(params.chunk) if is_json else params.chunk.decode())

    trace.on_request_end.append(heard)
    trace.on_response_chunk_received.append(read)


class TaskHTTPClient(HTTPClient):
    """discord.py's client of Discord's API, with each request in a task. Replaces the one that discord.py makes."""

    def __init__(self, plain: HTTPClient, under_way: RequestTasks, pulse: Pulse) -> None:
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
        self._pulse = pulse
        if plain.http_trace is not None:
            hear_answers(plain.http_trace)

    async def request(self, route: Route, **given: Any) -> Any:
        """One request, with all its limits and retries."""
        answer = await self._under_way.carry(self._noted(route, given))
        self._pulse.answered()  # though it may still sleep through the limit that it has used up
        return answer

    async def probe(self) -> None:
        """A cheap request, to see whether Discord answers any. Failures are only noted."""
        try:
            await self.request(Route("GET", "/users/@me"))
        except discord.DiscordServerError:
            pass  # noted already, as are broken connections
        except discord.DiscordException as error:  # of other requests this says nothing: they ask for more
            self._pulse.failed(REFUSES.format(reason=getattr(error, "status", "rate limit")))
        except (aiohttp.ClientError, OSError, TimeoutError):
            pass

    async def _noted(self, route: Route, given: Mapping[str, Any]) -> Any:
        """The request; its outcome is a sign of life, or a failure. A refusal of this request alone is neither."""
        self._pulse.asked()
        try:
            answer = await super().request(route, timeout=LIMITS, **given)
        except discord.HTTPException as error:
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._pulse.failed(REFUSES.format(reason=error.status))
            elif error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                self._pulse.failed(FAILS.format(status=error.status))
            raise
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self._pulse.failed(UNREACHED.format(reason=type(error).__name__))
            raise
        self._pulse.answered()
        return answer

    def get_ratelimit(self, key: str) -> Ratelimit:
        """discord.py's state of a limit. For an unknown limit it sends one request at a time.

        Fifty people asking in one channel would wait for each other's threads; once Discord names a limit, that counts.
        """
        new = key not in self._buckets
        limit = super().get_ratelimit(key)
        if new and key.startswith(OPENINGS):
            limit.limit = limit.remaining = OPENINGS_AT_ONCE
        return limit

    async def close(self) -> None:
        """Closes the connections and ends running requests."""
        await super().close()
        await self._under_way.abandon()


class TaskWebhookAdapter(AsyncWebhookAdapter):
    """discord.py's other client: responses to interactions, and their follow-ups."""

    def __init__(self, under_way: RequestTasks) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # discord.py's
        self._under_way = under_way

    async def request(self, *given: Any, **more: Any) -> Any:
        """One request, with all its limits and retries.

        Right after an acknowledgement, Discord may not yet know the interaction that it has just sent.
        """
        request = super().request
        if more.get("files"):  # the first try reads them to their end
            return await self._under_way.carry(request(*given, **more))
        return await retry_doubted(lambda: self._under_way.carry(request(*given, **more)), "answer to an interaction")
