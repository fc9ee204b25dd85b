"""What calls may cost before it is known who makes them: how many from one address, how much of them is read.

Here: counting by address, reading a request under a deadline. Not here: who calls (`callers`), how many connections
there may be (`server.connections`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import grpc

from grokbot.api.calls.errors import NO_REQUEST, STALLED, TOO_LARGE, TOO_MANY_STRANGERS, Stalled, TooManyCalls, code_of
from grokbot.conversation.errors import GrokbotError, UserMistake
from grokbot.policy.networks import network_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from grokbot.api.calls.callers import Callers

    Context = grpc.aio.ServicerContext[Any, Any]

MOST_CALLS = 250
"""Calls at once from one address of which it is not known yet who makes them: more than a person may have at once."""

MOST_LOOKS = 8
"""Calls of the health service at once from one address: a watch of it may last for weeks, and has no key."""

MOST_LOOKS_OF_ALL = 100

LONGEST_LOOK = 1024
"""Bytes of such a request: the name of a service."""

LOOK_SECONDS = 5.0
BODY_SECONDS = 120.0
"""How long one request may take to arrive, of a stranger and of somebody who is known."""

REFLECTION = "/grpc.reflection."
HEALTH = "/grpc.health."


async def read(context: Context, seconds: float) -> bytes:
    """The one request of a call. Nothing of it is taken from the wire before, but for the window of its stream.

    Raises:
        Stalled: It did not arrive in time.
        UserMistake: There is none.
    """
    try:
        async with asyncio.timeout(seconds):
            request = await context.read()
    except TimeoutError:
        raise Stalled(STALLED.format(seconds=seconds)) from None
    if not isinstance(request, bytes):
        raise UserMistake(NO_REQUEST)
    return request


class Strangers:
    """Counts those who are not known, by the network that they come from; whoever is on the socket is not counted."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        self._looks: Counter[str] = Counter()

    @contextmanager
    def counted(self, peer: str) -> Iterator[None]:
        """While it is found out who calls.

        Raises:
            TooManyCalls: There are too many such calls from there.
        """
        with _counted(self._calls, peer, MOST_CALLS):
            yield

    @contextmanager
    def looking(self, peer: str) -> Iterator[None]:
        """While a call goes on that needs no key.

        Raises:
            TooManyCalls: There are too many of them.
        """
        if not peer.startswith("unix:") and self._looks.total() >= MOST_LOOKS_OF_ALL:
            raise TooManyCalls(TOO_MANY_STRANGERS)
        with _counted(self._looks, peer, MOST_LOOKS):
            yield


@contextmanager
def _counted(counter: Counter[str], peer: str, most: int) -> Iterator[None]:
    if peer.startswith("unix:"):
        yield
        return
    network = network_of(peer.partition(":")[2])
    if counter[network] >= most:
        raise TooManyCalls(TOO_MANY_STRANGERS)
    counter[network] += 1
    try:
        yield
    finally:
        counter[network] -= 1
        if not counter[network]:
            del counter[network]


class Doorway(grpc.aio.ServerInterceptor):
    """Keeps gRPC's own two services from costing much: reflection wants a key, health is counted and read in time.

    Args:
        strangers: Who counts.
        callers: Who calls.
    """

    def __init__(self, strangers: Strangers, callers: Callers) -> None:
        self._strangers = strangers
        self._callers = callers

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """As gRPC calls it, before anything of the request is read."""
        handler: Any = await continuation(handler_call_details)
        if handler is None:  # there is no such method
            return None
        if handler_call_details.method.startswith(REFLECTION):
            return grpc.stream_stream_rpc_method_handler(
                self._reflecting(handler), handler.request_deserializer, handler.response_serializer
            )
        if handler_call_details.method.startswith(HEALTH):
            streams = handler.response_streaming
            kind = grpc.stream_stream_rpc_method_handler if streams else grpc.stream_unary_rpc_method_handler
            return kind(self._looked(handler), None, handler.response_serializer)
        return cast("grpc.RpcMethodHandler[Any, Any]", handler)

    def _reflecting(self, handler: Any) -> Any:
        async def reflecting(requests: Any, context: Context) -> AsyncIterator[Any]:
            try:
                with self._strangers.counted(context.peer()):
                    await self._callers.of(context)
            except GrokbotError as error:
                await context.abort(code_of(error), str(error))
            async for answer in handler.stream_stream(requests, context):
                yield answer

        return reflecting

    def _looked(self, handler: Any) -> Any:
        look = handler.unary_stream if handler.response_streaming else handler.unary_unary

        async def looked(_: Any, context: Context) -> Any:
            try:
                with self._strangers.looking(context.peer()):
                    request = await read(context, LOOK_SECONDS)
                    if len(request) > LONGEST_LOOK:
                        raise UserMistake(TOO_LARGE)
                    return await look(handler.request_deserializer(request), context)
            except GrokbotError as error:
                await context.abort(code_of(error), str(error))

        return looked
