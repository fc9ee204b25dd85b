"""Who calls: by the key, or by the socket; and how many calls they make at once.

Not here: what a caller may see and do (`engine`), keys themselves (`engine.programs.api_keys`).
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from grokbot.api.calls.errors import NO_KEY, TOO_MANY_CALLS, WRONG_KEY, TooManyCallsError, UnauthenticatedError
from grokbot.policy.actor import Actor, ActorKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    import grpc

    from grokbot.api.calls.unauthenticated import AnonymousCalls

KEY = "apikey"
"""The metadata in which clients of the prompt_ide SDK of 2024 send their key."""

MOST_CALLS = 200
"""Calls under way at once by one person's keys. Whoever uses the socket without a key has the whole machine."""

MOST_READ = 8
"""Requests of one person that are read at once: each may be as large as the server takes."""


class Callers:
    """Finds out who calls.

    Args:
        caller_of: Whom a key belongs to; None where it opens nothing.
        opens: Whether what let a caller in still does.
        anonymous: Counts calls before it is known who makes them.
        operator_id: Whose id it is that speaks on the socket without a key, by Discord's ids; 0 for nobody's.
    """

    def __init__(
        self,
        caller_of: Callable[[str], Awaitable[Actor | None]],
        opens: Callable[[Actor], bool],
        operator_id: int,
        anonymous: AnonymousCalls,
    ) -> None:
        self._caller_of = caller_of
        self._opens = opens
        self._operator = Actor(id=operator_id, name="operator", kind=ActorKind.OPERATOR)
        self._anonymous = anonymous
        self._calls: Counter[int] = Counter()
        self._reading: defaultdict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(MOST_READ))

    async def of(self, context: grpc.aio.ServicerContext[Any, Any]) -> Actor:
        """Who makes this call.

        Raises:
            UnauthenticatedError: A key is needed and there is none, or it opens nothing.
        """
        keys = [value for name, value in context.invocation_metadata() or () if name == KEY]
        if not keys:
            if context.peer().startswith("unix:"):  # as the transport says, not the client
                return self._operator
            raise UnauthenticatedError(NO_KEY)
        key = keys[0]
        with self._anonymous.counted(context.peer()):
            caller = await self._caller_of(key) if len(keys) == 1 and isinstance(key, str) else None
        if caller is None:
            raise UnauthenticatedError(WRONG_KEY)
        return caller

    def check(self, caller: Actor) -> None:
        """Before each message of a stream: a watch may last for weeks, and must not outlast its key.

        Raises:
            UnauthenticatedError: The key was revoked meanwhile.
        """
        if not self._opens(caller):
            raise UnauthenticatedError(WRONG_KEY)

    def reading(self, caller: Actor) -> AbstractAsyncContextManager[None]:
        """While a request of theirs is read; the next ones wait meanwhile, so that not all of them are in memory."""
        return nullcontext() if caller is self._operator else self._reading[caller.id]

    @contextmanager
    def counted(self, caller: Actor) -> Iterator[None]:
        """While a call of theirs is under way.

        Raises:
            TooManyCallsError: They make so many already that there is no room for it.
        """
        if caller is self._operator:
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
