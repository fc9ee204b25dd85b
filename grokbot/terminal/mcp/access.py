"""A daemon for each call of a tool: the running one, or one that lives as long as calls need it.

A client of the protocol keeps `grokbot mcp` running for days. So nothing is held between calls: a daemon may be
started, stopped and started again meanwhile, and its database is free. Not here: starting one (`embedded_daemon`).
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from grokbot.terminal.daemon_access import reached_or_begun

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from grokbot.sdk import Client
    from grokbot.terminal.daemon_access import Way


class SharedAccess:
    """One for the program: calls at the same time share a client.

    Args:
        way: The running daemon.
        sandbox: Whether to answer by a made-up Grok instead, which lives as long as the program.
        config: The settings, for when no daemon runs.
    """

    def __init__(self, way: Way, *, sandbox: bool, config: Path | None) -> None:
        self._way = way
        self._sandbox = sandbox
        self._config = config
        self._lock = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._client: Client | None = None
        self._users = 0

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """A client, for the time of one call.

        Raises:
            ApiError: The named daemon does not answer.
            CommandFailedError: No daemon runs, and none could be started.
        """
        async with self._lock:
            if self._client is None:
                access = reached_or_begun(self._way, sandbox=self._sandbox, config=self._config, tell=str)
                self._client = await self._stack.enter_async_context(access)
            self._users += 1
            client = self._client
        try:
            yield client
        finally:
            async with self._lock:
                self._users -= 1
                if not self._users and not self._sandbox:
                    await self.close()

    async def close(self) -> None:
        """Leave the daemon, or end the one that was started."""
        self._client = None
        await self._stack.aclose()
