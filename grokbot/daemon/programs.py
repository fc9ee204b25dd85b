"""The engine for one program, without Discord: `grokbot chat` begins it where no daemon runs.

Not here: the daemon (`daemon`).
"""

from __future__ import annotations

import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from grokbot.api.server import serving as serving_api
from grokbot.conversation.errors import DiscordError
from grokbot.daemon.composition import facts_of, opened_engine
from grokbot.engine.admission import NOT_ASKED, Membership
from grokbot.engine.context import Context, Events, id_maker
from grokbot.engine.engine import Engine
from grokbot.store import Store
from grokbot.xai.client import GrokClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.policy.actor import Actor
    from grokbot.settings import Settings


@asynccontextmanager
async def embedded(settings: Settings) -> AsyncIterator[str]:
    """Everything but Discord and the share pages, for one program. Yields the gRPC target.

    Only this user can open the socket; it goes at the end, with any call still running. Ignores `api.listen`.

    Raises:
        ConfigurationError: A setting or the database is wrong.
        StoreError: The database cannot be used, most often because a daemon has it open.
    """
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(opened_engine(settings, Events(), _nobody))
        await engine.recovery.recover()  # answers waiting to be shown in Discord stay for a daemon
        await engine.xai_deletion.resume()
        target = await stack.enter_async_context(_private_api(settings, engine))
        stack.push_async_callback(engine.drain, 0.0)
        yield target


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[str]:
    """The API over a database that is only read, for one program, also beside a running daemon. Yields the gRPC target.

    Asks nothing of xAI, continues and ends nothing. Calls that change something fail.

    Raises:
        ConfigurationError: The database is another version's, or its address is wrong.
        StoreError: The database cannot be read.
    """
    async with AsyncExitStack() as stack:
        grok = GrokClient(settings.xai)
        stack.push_async_callback(grok.close)
        store = await Store.read_only(settings.store.url)
        stack.push_async_callback(store.close)
        context = Context(settings, store, grok, lambda: datetime.now(UTC), id_maker(), Events())
        engine = Engine(context, Membership(_nobody))
        yield await stack.enter_async_context(_private_api(settings, engine))


@asynccontextmanager
async def _private_api(settings: Settings, engine: Engine) -> AsyncIterator[str]:
    """The API on a socket that only this user can open. Yields its target."""
    with tempfile.TemporaryDirectory(prefix="grokbot-") as folder:  # mode 0700
        here = settings.api.model_copy(update={"listen": (f"unix:{folder}/api.sock",)})
        async with serving_api(here, engine, facts_of(engine)) as api:
            yield api.addresses[0]


async def _nobody(_user_id: int, _guild_id: int, _channel_id: int) -> Actor | None:
    """Without Discord there is nobody to ask."""
    raise DiscordError(NOT_ASKED)
