"""An engine behind the API that a daemon would serve, on a socket of its own, in front of a loopback Grok.

Not here: what is proved with it. Other tests take it too: the SDK's, the command line's.
"""

from __future__ import annotations

import math
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.api.server import ApiServer, serving
from grokbot.api.services import DaemonFacts
from grokbot.sandbox.grok_server import GrokRules, GrokSandbox
from grokbot.settings import ApiSettings
from tests.engine.house import House, living

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.engine.engine import Engine

OWNER_ID = 111
"""Whose the socket is: alice's, as everywhere in tests."""

STARTED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class ServedHouse:
    """A house that can be called."""

    house: House
    serving: ApiServer
    facts: DaemonFacts = field(repr=False)

    @property
    def target(self) -> str:
        """The first address, as a client wants it."""
        return self.serving.addresses[0]

    @property
    def engine(self) -> Engine:
        return self.house.engine

    @property
    def grok(self) -> GrokSandbox:
        return self.house.grok

    async def key(self, owner_id: int = 222, name: str = "bob", *, everything: bool = False) -> str:
        """A new key's secret."""
        _, secret = await self.engine.api_keys.make(owner_id, name, everything=everything)
        return secret


def fast_rules() -> GrokRules:
    """A Grok that holds nobody up."""
    return GrokRules(tokens_per_second=math.inf, tokens_per_chunk=8, query_seconds=0.0)


@asynccontextmanager
async def serving_house(
    folder: Path,
    *,
    mode: str = "stateless",
    rules: GrokRules | None = None,
    api: ApiSettings | None = None,
    titles: bool = False,
    public_url: str = "",
    tries: int = 1,
) -> AsyncIterator[ServedHouse]:
    """One life of everything but Discord. `folder` keeps the database, so that a second life goes on with it.

    Args:
        folder: Where the database is.
        mode: How conversations reach the model.
        rules: How the loopback Grok behaves; as fast as it can, where they are left out.
        api: Where it listens; a private Unix socket, where it is left out.
        titles: Whether Grok names conversations.
        public_url: Where share pages would be; "" where none are.
        tries: How often the client asks xAI for the same.
    """
    async with AsyncExitStack() as stack:
        grok = await stack.enter_async_context(GrokSandbox(rules or fast_rules()))
        house = await stack.enter_async_context(
            living(grok, folder / "grokbot.sqlite3", mode, tries, titles=titles, public_url=public_url)
        )
        await house.engine.pauses.load()
        # A socket's path has 107 bytes at most, and a test's own folder may have more.
        private = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="api-")))
        settings = api or ApiSettings(listen=(f"unix:{private}/api.sock",), owner_id=OWNER_ID)
        context = house.engine.context
        context.settings = context.settings.model_copy(update={"api": settings})
        facts = DaemonFacts(
            version="0.0.0", started_at=STARTED, model="grok-4.7", mode=mode, servers=1, public_url=public_url
        )
        served = await stack.enter_async_context(serving(settings, house.engine, lambda: facts))
        stack.push_async_callback(house.engine.drain, 0.0)  # first of all, as a daemon does: answers have their end
        yield ServedHouse(house, served, facts)
