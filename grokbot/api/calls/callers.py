"""Identifies callers, by key or by socket, and limits their concurrent calls.

Not here: what a caller may see and do (`engine`), the keys themselves (`engine.programs.api_keys`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from grokbot.api.calls.errors import NO_KEY, TOO_MANY_CALLS, WRONG_KEY, TooManyCallsError, UnauthenticatedError
from grokbot.policy.actor import Actor, ActorKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    import grpc

    from grokbot.api.calls.unauthenticated import AnonymousCalls

KEY = "apikey"
"""The metadata name under which clients of the prompt_ide SDK of 2024 send their key."""

MOST_CALLS = 200
"""Concurrent calls of one person's keys. Callers on the socket without a key have the whole machine anyway."""

MOST_READ = 8
"""Requests of one person read at the same time: each may be of the maximum size."""


class Callers:
    """Identifies callers.

    Args:
        caller_of: The owner of a key; None if the key is invalid.
        opens: Whether a caller's credential is still valid.
        anonymous: Counts calls of callers not identified yet.
        operator_id: Tells the Discord id used for the socket without a key; 0 for nobody.
    """

    def __init__(
        self,
        caller_of: Callable[[str], Awaitable[Actor | None]],
        opens: Callable[[Actor], bool],
        operator_id: Callable[[], int],
        anonymous: AnonymousCalls,
    ) -> None:
        self._caller_of = caller_of
        self._opens = opens
        self._operator_id = operator_id
        self._anonymous = anonymous
        self._calls: Counter[int] = Counter()
        self._reading: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()
        """Of those whose requests are read now."""

    async def of(self, context: grpc.aio.ServicerContext[Any, Any]) -> Actor:
        """The caller of this call.

        Raises:
            UnauthenticatedError: A key is needed, and it is missing or invalid.
        """
        keys = [value for name, value in context.invocation_metadata() or () if name == KEY]
        if not keys:
            if context.peer().startswith("unix:"):  # from the transport, not the client
                return Actor(id=self._operator_id(), name="operator", kind=ActorKind.OPERATOR)
            raise UnauthenticatedError(NO_KEY)
        key = keys[0]
        with self._anonymous.counted(context.peer()):
            caller = await self._caller_of(key) if len(keys) == 1 and isinstance(key, str) else None
        if caller is None:
            raise UnauthenticatedError(WRONG_KEY)
        return caller

    def check(self, caller: Actor) -> None:
        """Check a caller before each message of a stream: a watch may last for weeks, and must not outlast its key.

        Raises:
            UnauthenticatedError: The key was revoked.
        """
        if not self._opens(caller):
            raise UnauthenticatedError(WRONG_KEY)

    def reading(self, caller: Actor) -> AbstractAsyncContextManager[None]:
        """Hold while reading a caller's request; their others wait, so that not all are in memory at once."""
        return nullcontext() if not caller.key_id else self._reading.setdefault(caller.id, asyncio.Semaphore(MOST_READ))

    @contextmanager
    def counted(self, caller: Actor) -> Iterator[None]:
        """Hold while a caller's call runs.

        Raises:
            TooManyCallsError: They have the maximum number of calls.
        """
        if not caller.key_id:
            yield
            return
        if self._calls[caller.id] >= MOST_CALLS:
            raise TooManyCallsError(TOO_MANY_CALLS.format(most=MOST_CALLS))
        self._calls[caller.id] += 1
        try:
            yield
        finally:
            self._calls[caller.id] -= 1
            if not self._calls[caller.id]:
                del self._calls[caller.id]
