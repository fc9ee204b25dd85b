"""Limits on calls of unidentified callers: concurrent calls per address, and time for a request.

Not here: identifying callers (`callers`), gRPC's own services (`server.builtin_services`), connections
(`server.connections`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from grokbot.api.calls.errors import NO_REQUEST, STALLED, TOO_MANY_STRANGERS, StalledError, TooManyCallsError
from grokbot.conversation.errors import UserError
from grokbot.process.listen_addresses import network_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]

MOST_CALLS = 250
"""Concurrent calls of unidentified callers per address: more than one person may have."""

MOST_LOOKS = 8
"""Concurrent health calls per address: a health watch may last for weeks, and needs no key."""

MOST_LOOKS_OF_ALL = 100

BODY_SECONDS = 120.0
"""Time for a request to arrive after its caller is identified."""


async def read(context: Context, seconds: float) -> bytes:
    """Read a call's one request. Before this, nothing beyond its stream's window is read from the wire.

    Args:
        context: The call.
        seconds: Time for the request to arrive.

    Raises:
        StalledError: It did not arrive in time.
        UserError: There is no request.
    """
    try:
        async with asyncio.timeout(seconds):
            request = await context.read()
    except TimeoutError:
        raise StalledError(STALLED.format(seconds=seconds)) from None
    if not isinstance(request, bytes):
        raise UserError(NO_REQUEST)
    return request


class AnonymousCalls:
    """Counts calls of unidentified callers by network. Calls on the socket are not counted."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        self._looks: Counter[str] = Counter()

    @contextmanager
    def counted(self, peer: str) -> Iterator[None]:
        """Hold while identifying the caller.

        Raises:
            TooManyCallsError: There are too many such calls from this network.
        """
        with _counted(self._calls, peer, MOST_CALLS):
            yield

    @contextmanager
    def looking(self, peer: str) -> Iterator[None]:
        """Hold during a call that needs no key.

        Raises:
            TooManyCallsError: There are too many such calls.
        """
        if not peer.startswith("unix:") and self._looks.total() >= MOST_LOOKS_OF_ALL:
            raise TooManyCallsError(TOO_MANY_STRANGERS)
        with _counted(self._looks, peer, MOST_LOOKS):
            yield


@contextmanager
def _counted(counter: Counter[str], peer: str, most: int) -> Iterator[None]:
    if peer.startswith("unix:"):
        yield
        return
    network = network_of(peer.partition(":")[2])
    if counter[network] >= most:
        raise TooManyCallsError(TOO_MANY_STRANGERS)
    counter[network] += 1
    try:
        yield
    finally:
        counter[network] -= 1
        if not counter[network]:
            del counter[network]
