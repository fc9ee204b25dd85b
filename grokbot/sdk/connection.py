"""The connection to a daemon: one channel, opened by the first call, and the translation of gRPC's errors.

Here: the daemon's address, TLS, the key, unary and streaming calls. Not here: what any call is for.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import grpc
import grpc.aio

from grokbot.process.socket_path import socket_to_reach
from grokbot.sdk.errors import ApiError, StoppedError, error_of, unreachable

if TYPE_CHECKING:
    from collections.abc import Sequence

Q = TypeVar("Q")
A = TypeVar("A")

MILLISECONDS: Final = 1000
OPTIONS: Final[Sequence[tuple[str, int]]] = (
    ("grpc.max_send_message_length", -1),  # the daemon refuses too long messages, and says so
    ("grpc.max_receive_message_length", -1),
    ("grpc.keepalive_time_ms", 300 * MILLISECONDS),  # the minimum that every gRPC server allows by default
    ("grpc.max_reconnect_backoff_ms", 5 * MILLISECONDS),  # else two minutes, in which every call fails unsent
)
LOCAL_OPTIONS: Final[Sequence[tuple[str, int]]] = (*OPTIONS, ("grpc.enable_http_proxy", 0))

TARGET_VARIABLE: Final = "GROKBOT_API"
KEY_VARIABLE: Final = "GROKBOT_API_KEY"


class DaemonChannel:
    """The channel to one daemon, with the interface that gRPC's generated stubs use.

    The first call opens it, in its event loop, so that it may be created anywhere; in another
    loop it is reopened. `close()` ends running calls; an unclosed channel ends quietly with the program.

    Args:
        target: "unix:/path" or "host:port"; "" if no daemon is known: each call then raises an error.
        api_key: Sent with every call; "" for none.
        certificate: PEM of the authorities to trust, for TLS also on loopback; None: the system's, and no TLS on
            loopback.
    """

    def __init__(self, target: str, api_key: str, certificate: bytes | None) -> None:
        self.target = target
        self.metadata = (("apikey", api_key),) if api_key else ()
        self._certificate = certificate
        self._channel: grpc.aio.Channel | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def channel(self) -> grpc.aio.Channel:
        """The channel of the running loop.

        Raises:
            UnreachableError: No daemon is known.
        """
        loop = asyncio.get_running_loop()
        if self._channel is None or self._loop is not loop:
            if not self.target:
                raise unreachable("")
            self._channel, self._loop = self._opened(), loop
        return self._channel

    def _opened(self) -> grpc.aio.Channel:
        local = is_local(self.target)
        options = LOCAL_OPTIONS if local else OPTIONS
        if local and self._certificate is None:
            return grpc.aio.insecure_channel(self.target, options=options)
        tls = grpc.ssl_channel_credentials(root_certificates=self._certificate)
        return grpc.aio.secure_channel(self.target, tls, options=options)

    def unary_unary(
        self,
        method: str,
        request_serializer: Callable[[Q], bytes],
        response_deserializer: Callable[[bytes], A],
        **_: Any,
    ) -> Single[Q, A]:
        """As `grpc.aio.Channel.unary_unary`."""
        return Single(self, method, request_serializer, response_deserializer)

    def unary_stream(
        self,
        method: str,
        request_serializer: Callable[[Q], bytes],
        response_deserializer: Callable[[bytes], A],
        **_: Any,
    ) -> Streamed[Q, A]:
        """As `grpc.aio.Channel.unary_stream`."""
        return Streamed(self, method, request_serializer, response_deserializer)

    async def close(self) -> None:
        """End every call and the connection; a later call reopens it."""
        channel, self._channel = self._channel, None
        if channel is not None and self._loop is asyncio.get_running_loop():
            await channel.close()


class _Method(Generic[Q, A]):
    """A method of a daemon's channel."""

    def __init__(
        self, line: DaemonChannel, method: str, serializer: Callable[[Q], bytes], deserializer: Callable[[bytes], A]
    ) -> None:
        self.line = line
        self._arguments = (method, serializer, deserializer)


class Single(_Method[Q, A]):
    """A method with a single answer."""

    async def __call__(self, request: Q, *, timeout: float | None = None) -> A:  # noqa: ASYNC109 - as gRPC names it
        """Call it.

        Raises:
            ApiError: It failed.
        """
        call = self.line.channel().unary_unary(*self._arguments)
        with translated(self.line.target):
            return await call(request, metadata=self.line.metadata, timeout=timeout)


class Streamed(_Method[Q, A]):
    """A method with a stream of answers."""

    def __call__(self, request: Q, *, timeout: float | None = None) -> Stream[A]:
        """Return the stream; reading it begins the call."""

        def begin() -> grpc.aio.UnaryStreamCall[Q, A]:
            method = self.line.channel().unary_stream(*self._arguments)
            return method(request, metadata=self.line.metadata, timeout=timeout)

        return stream_of(begin, self.line.target)


Stream = AsyncGenerator[A, None]


async def stream_of(begin: Callable[[], grpc.aio.UnaryStreamCall[Any, A]], target: str = "") -> Stream[A]:
    """A call's answers. However the stream is left, the call has ended: it is cancelled, and its end awaited.

    Raises:
        ApiError: It failed.
    """
    with translated(target):
        call = begin()
        try:
            async for message in call:
                yield message
        finally:
            if not call.done():
                call.cancel()
                await call.code()


def messages(call: AsyncIterable[A]) -> Stream[A]:
    """The answers of a stub's call, also if the stub was created on one of gRPC's own channels."""
    if isinstance(call, AsyncGenerator):
        return call
    return stream_of(lambda: cast("grpc.aio.UnaryStreamCall[Any, A]", call))


@contextlib.contextmanager
def translated(target: str) -> Generator[None]:
    """Turn gRPC's errors into an `ApiError`."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise error_of(error.code(), error.details() or "", target) from None
    except grpc.aio.UsageError:
        raise _closed() from None
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise _closed() from None  # gRPC cancels calls so when their channel is closed: nobody cancelled this task


def _closed() -> ApiError:
    return StoppedError(grpc.StatusCode.CANCELLED, "The client was closed.")


def is_local(target: str) -> bool:
    """Whether a target stays on this machine, so that TLS adds nothing."""
    if target.startswith(("unix:", "unix-abstract:")):
        return True
    host = target.removeprefix("ipv4:").removeprefix("ipv6:").rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def line_to(target: str | None, api_key: str | None, certificate: bytes | None) -> DaemonChannel:
    """The channel for the arguments of `Client`; None takes a value from the environment.

    Args:
        target: `unix:` and a path, or host and port; None: `GROKBOT_API`, else the daemon's own socket.
        api_key: None: `GROKBOT_API_KEY`.
        certificate: PEM of the authorities to trust; None: the system's, and no TLS on loopback.

    Raises:
        ValueError: The key is invalid.
    """
    where = target or os.environ.get(TARGET_VARIABLE) or socket_to_reach(os.environ) or ""
    key = (os.environ.get(KEY_VARIABLE, "") if api_key is None else api_key).strip()  # a file ends in a line break
    if not (key.isascii() and key.isprintable()):
        raise ValueError("This is not an API key: keys are ASCII letters, digits, - and _.")
    return DaemonChannel(where, key, certificate)
