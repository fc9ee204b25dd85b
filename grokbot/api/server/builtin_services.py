"""Limits on gRPC's own two services, health and reflection. Not here: our services' calls (`calls.calls`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import grpc

from grokbot.api.calls.errors import TOO_LARGE, code_of
from grokbot.api.calls.unauthenticated import read
from grokbot.conversation.errors import GrokbotError, UserError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from grokbot.api.calls import AnonymousCalls, Callers
    from grokbot.api.calls.unauthenticated import Context

LONGEST_LOOK = 1024
"""Bytes of such a request: a service's name."""

LOOK_SECONDS = 5.0
"""Time for such a request to arrive."""

REFLECTION = "/grpc.reflection."
HEALTH = "/grpc.health."


class BuiltinServices(grpc.aio.ServerInterceptor):
    """Reflection needs a key. Health checks need none, so they are counted, small and must arrive within seconds.

    Args:
        anonymous: Counts calls of callers not identified yet.
        callers: Identifies callers.
    """

    def __init__(self, anonymous: AnonymousCalls, callers: Callers) -> None:
        self._anonymous = anonymous
        self._callers = callers

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Called by gRPC before anything of the request is read."""
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
                with self._anonymous.counted(context.peer()):
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
                with self._anonymous.looking(context.peer()):
                    request = await read(context, LOOK_SECONDS)
                    if len(request) > LONGEST_LOOK:
                        raise UserError(TOO_LARGE)
                    return await look(handler.request_deserializer(request), context)
            except GrokbotError as error:
                await context.abort(code_of(error), str(error))

        return looked
