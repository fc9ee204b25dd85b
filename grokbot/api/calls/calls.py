"""Runs every method: identifies the caller, checks the request, turns errors into codes.

A service is an object with one coroutine per method of its descriptor, named in snake_case, that takes request and
caller and returns the answer, or an async generator of answers. Not here: the methods (`services.chat` and so
on).
"""

from __future__ import annotations

import asyncio
import keyword
import logging
import re
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import grpc
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from grokbot.api.calls.errors import NO_MESSAGE, UNFORESEEN, code_of
from grokbot.api.calls.unauthenticated import BODY_SECONDS, read
from grokbot.api.messages.text_limits import check_fields, check_texts
from grokbot.conversation.errors import GrokbotError, UserError
from grokbot.process import metrics

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence

    from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
    from google.protobuf.message import Message

    from grokbot.api.calls.callers import Callers
    from grokbot.policy.actor import Actor

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
    Answering: TypeAlias = Callable[[Any, Actor], Awaitable[Message]]
    Streaming: TypeAlias = Callable[[Any, Actor], Awaitable[AsyncGenerator[Message, None]]]

log = logging.getLogger(__name__)

LIGHT_REQUEST = 16_384
"""Bytes up to which a request is parsed on the event loop: most have a few hundred."""


def handler_of(service: ServiceDescriptor, parts: Sequence[object], callers: Callers) -> grpc.GenericRpcHandler:
    """Build the gRPC handlers of a service. Each method is found on one of the parts.

    Args:
        service: Its descriptor, from the generated code.
        parts: Objects that each implement some methods; the first with a method handles it.
        callers: Identifies callers by the key of their call.

    Raises:
        LookupError: None of them has one of its methods.
    """
    handlers = {method.name: _handler(method, _found(method.name, parts), callers) for method in service.methods}
    return grpc.method_handlers_generic_handler(service.full_name, handlers)


def python_name(method: str) -> str:
    """GetConversation is get_conversation, Import is import_."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", method).lower()
    return f"{name}_" if keyword.iskeyword(name) else name


def _found(method: str, parts: Sequence[object]) -> Any:
    found = next((getattr(part, python_name(method)) for part in parts if hasattr(part, python_name(method))), None)
    if found is None:
        raise LookupError(f"nothing answers {method}")
    return found


def _handler(method: MethodDescriptor, does: Any, callers: Callers) -> grpc.RpcMethodHandler[Any, Any]:
    """Requests are read here as bytes, once the caller is known: gRPC would first read all of a stranger's.

    So every method takes a stream of requests and reads the first; on the wire that is the same.
    """
    call = _Call(method.name, GetMessageClass(method.input_type), callers)
    write = GetMessageClass(method.output_type).SerializeToString
    if method.server_streaming:
        return grpc.stream_stream_rpc_method_handler(_streaming(call, does), response_serializer=write)
    return grpc.stream_unary_rpc_method_handler(_answering(call, does), response_serializer=write)


def _answering(call: _Call, does: Answering) -> Any:
    async def called(_: object, context: Context) -> Message:
        async with call.entered(context) as (message, caller):
            return await does(message, caller)
        raise AssertionError("an error ends the call")  # pragma: no cover - `abort` raises

    return called


def _streaming(call: _Call, does: Streaming) -> Any:
    async def called(_: object, context: Context) -> None:
        # Written here rather than yielded: a client that disconnects cancels this coroutine, which then closes the
        # generator before the call ends. gRPC itself would leave an abandoned one to the garbage collector.
        entered = call.entered(context)
        async with entered as (message, caller), aclosing(await does(message, caller)) as stream:
            async for answer in stream:
                call.callers.check(caller)
                await context.write(answer)

    return called


@dataclass(frozen=True, slots=True)
class _Call:
    """The steps common to all calls of one method."""

    name: str
    request: type[Message]
    callers: Callers

    @asynccontextmanager
    async def entered(self, context: Context) -> AsyncIterator[tuple[Message, Actor]]:
        """Surround the method: its errors end the call with their code and text."""
        try:
            caller = await self.callers.of(context)
            with self.callers.counted(caller):
                async with self.callers.reading(caller):
                    request = await read(context, BODY_SECONDS)
                if len(request) <= LIGHT_REQUEST:
                    message = self._read(request)
                else:
                    message = await asyncio.to_thread(self._read, request)
                yield message, caller
        except GrokbotError as error:
            code, text = code_of(error), str(error)
            log.info("api.refused method=%s code=%s error=%s", self.name, code.name, type(error).__name__)
        except asyncio.CancelledError:
            log.debug("api.cancelled method=%s", self.name)
            metrics.API_CALLS.labels(self.name, grpc.StatusCode.CANCELLED.name).inc()
            raise
        except Exception:
            code, text = grpc.StatusCode.INTERNAL, UNFORESEEN
            log.exception("api.failed method=%s", self.name)
        else:
            metrics.API_CALLS.labels(self.name, grpc.StatusCode.OK.name).inc()
            return
        metrics.API_CALLS.labels(self.name, code.name).inc()
        await context.abort(code, text)

    def _read(self, request: bytes) -> Message:
        check_fields(request, cast("Descriptor", self.request.DESCRIPTOR))
        try:
            message = self.request.FromString(request)
        except DecodeError:
            raise UserError(NO_MESSAGE.format(name=self.request.DESCRIPTOR.full_name)) from None
        check_texts(message)
        return message
