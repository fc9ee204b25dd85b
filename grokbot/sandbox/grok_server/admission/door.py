"""Admission and end of every call: the key, the call record, refusals.

Here: what all methods of all services share. Not here: the methods.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from grokbot.sandbox.grok_server.admission.call_log import ChangeWatch, RecordedCall
from grokbot.sandbox.grok_server.failures import BAD_KEY, Failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import grpc.aio
    from google.protobuf.message import Message

    Context = grpc.aio.ServicerContext[Any, Any]

STREAM: Final = "GetCompletionChunk"


class CallFailedError(Exception):
    """A call ends with a failure, which the door sends to the client."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


class Door:
    """Admits calls with the key, and records all calls."""

    def __init__(self, api_key: str, changes: ChangeWatch) -> None:
        self.requests: list[RecordedCall] = []
        self.streams = 0
        self.open = 0
        self.changes = changes
        self._expected = f"Bearer {api_key}"

    @asynccontextmanager
    async def call(self, context: Context, method: str, request: Message) -> AsyncIterator[RecordedCall]:
        """Wrap a method: record the call, check the key, and turn errors of the block into gRPC's.

        Args:
            context: gRPC's context.
            method: The method's name.
            request: As it arrived.
        """
        clock = asyncio.get_running_loop().time
        metadata = {str(key): _text(value) for key, value in context.invocation_metadata() or ()}
        record = RecordedCall(method, request, metadata, clock())
        self.requests.append(record)
        self.open += 1
        self.streams += method == STREAM
        self.changes.happened()
        try:
            self._check(metadata.get("authorization"))
            yield record
            record.status = "OK"
        except asyncio.CancelledError:
            record.cancelled = True
            raise
        except CallFailedError as refused:
            record.status = refused.failure.code.name
            await context.abort(refused.failure.code, refused.failure.text)
        finally:
            record.ended = clock()
            self.open -= 1
            self.streams -= method == STREAM
            self.changes.happened()

    def _check(self, authorization: str | None) -> None:
        if authorization != self._expected:
            raise CallFailedError(BAD_KEY)


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
