"""The channel to xAI and single calls: they are counted, end in time, and gRPC's errors are translated.

Not here: what is asked, deadlines and retries (`client`), what an error means (`errors`).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar

import grpc

from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.process import metrics
from grokbot.xai.errors import call_trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from grokbot.wire.xai import chat_pb2
    from grokbot.xai.chunks import Chunks

    StreamedCall = grpc.aio.UnaryStreamCall[chat_pb2.GetCompletionsRequest, chat_pb2.GetChatCompletionChunk]

T = TypeVar("T")

MESSAGE_BYTES = 20 * 1024 * 1024
"""The official client's message size limit, in both directions."""

CHANNEL_OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.enable_retries", 0),  # retries are made here, where it is known whether something has arrived
    ("grpc.max_reconnect_backoff_ms", 5_000),  # else two minutes, in which every try fails unsent after an outage
)
"""The official client's options, except the last two."""


def opened_channel(target: str, *, insecure: bool) -> grpc.aio.Channel:
    """A channel to this address, which connects when it is needed."""
    if insecure:
        return grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS)
    return grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(), options=CHANNEL_OPTIONS)


@asynccontextmanager
async def streamed(
    method: Callable[..., StreamedCall],
    request: chat_pb2.GetCompletionsRequest,
    metadata: Sequence[tuple[str, str]],
    seconds: float,
    chunks: Chunks,
) -> AsyncIterator[StreamedCall]:
    """One call, which has always ended after the block.

    Its errors are `automatic` only if nothing has arrived: after that the answer broke off.

    Args:
        method: Of a stub.
        request: What is asked.
        metadata: With the key.
        seconds: The deadline.
        chunks: Knows whether anything has arrived.
    """
    try:
        call = method(request, metadata=metadata, timeout=seconds)
        metrics.IN_FLIGHT.inc()
        try:
            yield call
        finally:
            if not call.done():
                call.cancel()
            metrics.IN_FLIGHT.dec()
            metrics.CALLS.labels("GetCompletionChunk", (await call.code()).name).inc()
    except grpc.aio.AioRpcError as error:
        raise _trouble(error, received=chunks.received) from None
    except grpc.aio.UsageError as error:
        raise _closed(error) from None
    except asyncio.CancelledError as error:
        if _asked_to_end():
            raise
        raise _closed(error) from None


async def answer_of(
    method: Callable[..., Awaitable[T]], request: object, authorization: tuple[str, str], seconds: float
) -> T:
    """One call with a single answer, without retries.

    Args:
        method: Of a stub.
        request: What is asked.
        authorization: The key.
        seconds: The deadline.

    Raises:
        GrokError: There is none.
    """
    code = grpc.StatusCode.CANCELLED
    try:
        with metrics.IN_FLIGHT.track_inprogress():
            answer = await method(request, metadata=(authorization,), timeout=seconds)
        code = grpc.StatusCode.OK
    except grpc.aio.AioRpcError as error:
        code = error.code()
        raise _trouble(error, received=False) from None
    except grpc.aio.UsageError as error:
        raise _closed(error) from None
    except asyncio.CancelledError as error:
        if _asked_to_end():
            raise
        raise _closed(error) from None
    else:
        return answer
    finally:
        metrics.CALLS.labels(_name_of(method), code.name).inc()


@contextmanager
def not_silent(call: StreamedCall, seconds: float) -> Iterator[Callable[[], None]]:
    """End a call that has been silent for so many seconds. Yields a function to call whenever something arrives.

    One timer checks periodically, so that each token costs only a clock reading.

    Raises:
        GrokError: It was ended for being silent.
    """
    loop = asyncio.get_running_loop()
    last, silent = loop.time(), False
    timer: asyncio.TimerHandle

    def heard() -> None:
        nonlocal last
        last = loop.time()

    def look() -> None:
        nonlocal timer, silent
        if loop.time() - last < seconds:
            timer = loop.call_at(last + seconds, look)
        else:
            silent = True
            call.cancel()

    timer = loop.call_later(seconds, look)
    try:
        yield heard
    except asyncio.CancelledError:
        if not silent or _asked_to_end():
            raise
        raise GrokError(GrokFailure.SILENT, f"nothing came for {seconds:g} s") from None
    finally:
        timer.cancel()


def _name_of(method: object) -> str:
    """The name of a stub's method, as in the protocol."""
    return bytes(getattr(method, "_method", b"")).decode().rpartition("/")[2]


def _trouble(error: grpc.aio.AioRpcError, *, received: bool) -> GrokError:
    return call_trouble(error.code().name, error.details() or "", received=received)


def _closed(error: BaseException) -> GrokError:
    """The client was closed: gRPC then cancels its calls, and refuses new ones as misuse of the channel."""
    return GrokError(GrokFailure.INTERRUPTED, f"closed: {type(error).__name__}")


def _asked_to_end() -> bool:
    """Whether this task was cancelled, rather than the call by gRPC."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
