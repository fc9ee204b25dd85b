"""The only place that builds things and wires them together. Start, signals, drain, stop.

Not here: what is typed (`cli`), what any of the rooms does.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from grokbot.api.facts import Facts
from grokbot.api.serving import serving as serving_api
from grokbot.engine.engine import Engine
from grokbot.engine.ids import id_maker
from grokbot.engine.rereading import Rereading
from grokbot.xai.client import GrokClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    from grokbot.api.serving import Serving
    from grokbot.discord_bot.bot import GrokBot
    from grokbot.notify import Notifier
    from grokbot.settings import Settings

log = logging.getLogger(__name__)

SETTLE_SECONDS = 8.0
"""How long the last edits may take after the drain; with it, less than the unit's TimeoutStopSec."""


async def run(settings: Settings, notifier: Notifier, stop: asyncio.Event | None = None) -> None:
    """Runs the daemon until SIGTERM or SIGINT arrives, or `stop` is set.

    A second signal ends the drain at once.

    Raises:
        Misconfigured: A setting or the database is wrong; the operator has to mend it.
        Unreachable: Discord cannot be reached at the start, or closed the connection for good.
    """
    from grokbot.discord_bot.connection import connected, logged_in  # noqa: PLC0415 - `embedded` needs none of it
    from grokbot.discord_bot.membership import asked_of  # noqa: PLC0415
    from grokbot.discord_bot.rereading import reader_of  # noqa: PLC0415
    from grokbot.web.listening import serving as serving_pages  # noqa: PLC0415

    stop = stop or asyncio.Event()
    hurry = asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.enter_context(_signals(stop, hurry))
        engine = await stack.enter_async_context(_engine(settings))
        await stack.enter_async_context(serving_pages(settings.web, engine.library.shared))
        bot = await stack.enter_async_context(logged_in(settings.discord, engine, public_url=settings.web.public_url))
        engine.watch(bot.presenter.show)
        engine.titling.watch(bot.renaming.rename)
        engine.watch_refused(bot.waiting_refused)
        engine.moderation.watch(bot.logs.happened)
        for running in await engine.recover():  # not before the login: it happens once, and has to be shown
            bot.presenter.show(running)
        await engine.forgetting.resume()
        await engine.privacy.resume()
        engine.words_from(reader_of(bot))
        engine.membership.asks(asked_of(bot))
        engine.retention.begin()
        api = await stack.enter_async_context(serving_api(settings.api, engine, _facts(settings, bot)))
        connection = await stack.enter_async_context(connected(bot))
        seconds = 0.0
        try:
            await _serve(engine, bot, connection, notifier, stop)
            seconds = settings.daemon.drain_seconds
        finally:
            notifier.stopping("Letting running answers end")
            await api.closing()
            await _drain(seconds, engine, api, bot, hurry)
    log.info("daemon.stopped")


@asynccontextmanager
async def embedded(settings: Settings) -> AsyncIterator[str]:
    """Everything but Discord and the share pages, for one program: yields the gRPC target at which it is reached.

    The socket is this person's alone, and goes in the end with what still runs. `settings.api.listen` is not looked at.

    Raises:
        Misconfigured: A setting or the database is wrong.
        StoreTrouble: The database cannot be used; above all, a daemon has it open.
    """
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(_engine(settings))
        await engine.recover()  # what is to be shown in Discord waits for a daemon
        await engine.forgetting.resume()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="grokbot-"))  # mode 0700
        here = settings.api.model_copy(update={"listen": (f"unix:{folder}/api.sock",)})
        api = await stack.enter_async_context(serving_api(here, engine, _facts(settings)))
        stack.push_async_callback(engine.drain, 0.0)
        yield api.addresses[0]


@asynccontextmanager
async def _engine(settings: Settings) -> AsyncIterator[Engine]:
    """The engine with its store and its client of xAI. Whoever begins answers with it drains it before it is left."""
    async with AsyncExitStack() as stack:
        store = await Rereading.open(settings.store.url, alone=True)  # words may be elsewhere since an earlier setting
        stack.push_async_callback(store.close)
        grok = GrokClient(settings.xai)
        store.reads_from(grok)
        stack.push_async_callback(grok.close)
        engine = Engine(settings, store, grok, lambda: datetime.now(UTC), id_maker())
        stack.callback(engine.drawing.close)
        await engine.pausing.load()
        engine.prices.begin()
        stack.push_async_callback(engine.prices.close)
        yield engine


def _facts(settings: Settings, bot: GrokBot | None = None) -> Callable[[], Facts]:
    """What the daemon tells of itself, whenever it is asked."""
    installed, started_at = version("grokbot"), datetime.now(UTC)

    def now() -> Facts:
        user = bot.user if bot is not None else None
        return Facts(
            version=installed,
            started_at=started_at,
            model=settings.xai.model,
            mode=settings.conversation.mode,
            discord_connected=bot is not None and _is_connected(bot),
            discord_name=user.name if user is not None else "",
            servers=len(bot.guilds) if bot is not None else 0,
            public_url=settings.web.public_url or "",
        )

    return now


def _is_connected(bot: GrokBot) -> bool:
    """Whether the gateway can be heard now: `is_ready` stays true while the library connects again."""
    return bot.is_ready() and not any(shard.is_closed() for shard in bot.shards.values())


async def _serve(
    engine: Engine, bot: GrokBot, connection: asyncio.Task[None], notifier: Notifier, stop: asyncio.Event
) -> None:
    """Until it is told to stop. Raises what ends the connection for good."""
    await _first_of(bot.wait_until_ready(), stop.wait(), connection)
    if bot.is_ready():
        notifier.ready()
        await engine.answer_waiting()
        await _first_of(stop.wait(), connection)


async def _drain(seconds: float, engine: Engine, api: Serving, bot: GrokBot, hurry: asyncio.Event) -> None:
    """Lets running answers end; a second signal, or the time, ends them with what they have."""
    await _first_of(_all_of(engine.drain(seconds), api.drain(seconds)), hurry.wait())
    await engine.drain(0.0)
    await api.drain(0.0)
    await bot.settle(SETTLE_SECONDS)


async def _all_of(*awaited: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as group:
        for each in awaited:
            group.create_task(each)


async def _first_of(*awaited: Coroutine[Any, Any, object] | asyncio.Task[None]) -> None:
    """Waits for one of several things and forgets the others, but for tasks, which go on. Raises what it raises."""
    tasks = [a if isinstance(a, asyncio.Task) else asyncio.ensure_future(a) for a in awaited]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    mine = [task for task, given in zip(tasks, awaited, strict=True) if task is not given and not task.done()]
    for task in mine:
        task.cancel()
    if mine:
        await asyncio.wait(mine)
    for task in done:
        task.result()


@contextmanager
def _signals(stop: asyncio.Event, hurry: asyncio.Event) -> Iterator[None]:
    """The first SIGTERM or SIGINT stops, the second hurries."""

    def caught() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, caught)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
