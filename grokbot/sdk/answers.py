"""The result of every method that samples: a stream of pieces of text, and a future of the whole answer.

Here: reading the stream, and settling the future however the reading ends. Not here: the requests
(`chat`, `conversation`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, TypeVar

import grpc

from grokbot.sdk.errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from contextvars import Context
    from types import TracebackType

T = TypeVar("T")


class Answer(NamedTuple, Generic[T]):
    """`token_stream, response = …`, as all sampling methods return it. Awaiting it returns it unchanged.

    Nothing is sent before the stream is read or the future awaited. Reading the stream to its end settles the future;
    awaiting the future reads the stream, if nobody else does (in the documented SDK it then never resolved), and
    the pieces stay in the stream for a later reader.

    The stream raises errors, and the future holds the same error (in the documented SDK the stream just
    ended, and only the future had the error). Closing the stream, or leaving the loop that reads it and dropping it,
    ends the call: the daemon stops the answer, and the future holds `StoppedError`. An unused future warns nobody.
    """

    token_stream: TokenStream
    response: asyncio.Future[T]

    def __await__(self) -> Generator[Any, None, Self]:
        yield from ()
        return self


def answer_of(pieces: Callable[[asyncio.Future[T]], AsyncGenerator[str, None]]) -> Answer[T]:
    """The answer whose pieces `pieces` yields; it settles the given future, with `settling`."""
    response: AnswerFuture[T] = AnswerFuture(loop=asyncio.get_running_loop())
    stream = response.unread = TokenStream(pieces(response), response)
    return Answer(stream, response)


class TokenStream(AsyncGenerator[str, None]):
    """Pieces of an answer's text, as they arrive. Works like an async generator: `aclose()` ends the call."""

    def __init__(self, pieces: AsyncGenerator[str, None], response: AnswerFuture[Any]) -> None:
        self._pieces = pieces
        self._response = response
        self._reading: asyncio.Task[None] | None = None
        self._kept: deque[str] = deque()
        self._error: Exception | None = None
        self._ended = False
        self._more = asyncio.Event()

    def __anext__(self) -> Coroutine[Any, Any, str]:
        if self._reading is not None:
            return self._next_kept()
        self._response.unread = None  # from here on the future does not read the stream, and nothing keeps us alive
        return self._pieces.__anext__()

    def asend(self, _value: None) -> Coroutine[Any, Any, str]:
        """As `anext`: there is nothing to send."""
        return self.__anext__()

    async def athrow(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> str:
        """End the call, and raise.

        Args:
            typ: The exception to raise, or its class.
            val: The exception, if `typ` is a class.
            tb: Its traceback.
        """
        await self.aclose()
        raise (
            typ if isinstance(typ, BaseException) else val if isinstance(val, BaseException) else typ()
        ).with_traceback(tb)

    async def aclose(self) -> None:
        """End the call if it is running, and wait for its end."""
        self._response.unread = None
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
            self._kept.clear()
        await self._pieces.aclose()
        fail(self._response, not_waited_for())  # if it had not begun

    def read(self) -> None:
        """Read everything in its own task and keep it for a reader of the stream."""
        self._reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        try:
            async with contextlib.aclosing(self._pieces):
                async for piece in self._pieces:
                    self._kept.append(piece)
                    self._more.set()
        except Exception as error:  # noqa: BLE001 - the future holds it too; a reader of the stream gets it
            self._error = error
        finally:
            self._ended = True
            self._more.set()

    def stop_reading(self) -> None:
        """Stop the reading that `read` began."""
        if self._reading is not None:
            self._reading.cancel()

    async def _next_kept(self) -> str:
        while not self._kept:
            if self._ended:
                error, self._error = self._error, None
                raise error or StopAsyncIteration
            self._more.clear()
            await self._more.wait()
        return self._kept.popleft()


class AnswerFuture(asyncio.Future[T]):
    """A future that reads the stream itself as soon as somebody waits for it.

    Waiting for a future, by `await`, `gather`, `wait_for` or `wait`, adds a callback: that is how it notices.
    """

    unread: TokenStream | None = None
    """The stream, until somebody begins to read it."""

    def add_done_callback(self, fn: Callable[[Self], object], /, *, context: Context | None = None) -> None:
        """As `asyncio.Future.add_done_callback`; begins to read the stream if nobody has."""
        stream, self.unread = self.unread, None
        if stream is not None and not self.done():
            stream.read()
            super().add_done_callback(lambda future: stream.stop_reading() if future.cancelled() else None)
        super().add_done_callback(fn, context=context)


@contextlib.contextmanager
def settling(response: asyncio.Future[T]) -> Generator[None]:
    """Surround an answer's generator: an error or early end settles the future.

    Raises:
        RuntimeError: The generator ended without settling the future.
    """
    try:
        yield
        if not response.done():
            raise RuntimeError("The daemon ended the answer without its final response.")  # noqa: TRY301
    except (GeneratorExit, asyncio.CancelledError):
        fail(response, not_waited_for())
        raise
    except Exception as error:
        fail(response, error)
        raise


def settle(response: asyncio.Future[T], result: T) -> None:
    """Set the result, unless the future was cancelled."""
    if not response.done():
        response.set_result(result)


def fail(response: asyncio.Future[T], error: Exception) -> None:
    """Set the error, and mark it as retrieved, so that an unused future warns nobody."""
    if not response.done():
        response.set_exception(error)
        response.exception()


def not_waited_for() -> StoppedError:
    """The error of a future whose stream was closed before its end."""
    return StoppedError(grpc.StatusCode.CANCELLED, "The answer was not read to its end.")
