"""Limits for calls before it is known who makes them: how many from one address, how long a request may take.

Not here: who calls (`callers`), gRPC's own services (`server.builtin_services`), connections (`server.connections`).
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
"""Calls at once from one address of which it is not known yet who makes them: more than a person may have at once."""

MOST_LOOKS = 8
"""Calls of the health service at once from one address: a watch of it may last for weeks, and has no key."""

MOST_LOOKS_OF_ALL = 100

BODY_SECONDS = 120.0
"""How long a request may take to arrive, once it is known who calls."""


async def read(context: Context, seconds: float) -> bytes:
    """The one request of a call. Nothing of it is taken from the wire before, but for the window of its stream.

    Args:
        context: The call.
        seconds: How long the request may take to arrive.

    Raises:
        StalledError: It did not arrive in time.
        UserError: There is none.
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
    """Counts calls of unknown callers by their network. Calls on the socket are not counted."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        self._looks: Counter[str] = Counter()

    @contextmanager
    def counted(self, peer: str) -> Iterator[None]:
        """While it is found out who calls.

        Raises:
            TooManyCallsError: There are too many such calls from there.
        """
        with _counted(self._calls, peer, MOST_CALLS):
            yield

    @contextmanager
    def looking(self, peer: str) -> Iterator[None]:
        """While a call goes on that needs no key.

        Raises:
            TooManyCallsError: There are too many of them.
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
