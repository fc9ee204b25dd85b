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
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from grokbot.api.server import serving as serving_api
from grokbot.api.services import Facts
from grokbot.conversation.errors import StoreError
from grokbot.engine.deletion import DroppedTexts
from grokbot.engine.engine import Engine
from grokbot.engine.ids import id_maker
from grokbot.loop_lag import watched_loop
from grokbot.store import Store
from grokbot.xai.client import GrokClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    from grokbot.api.server import Serving
    from grokbot.conversation.records import Happened
    from grokbot.conversation.response import Conversation
    from grokbot.discord_bot.bot import GrokBot
    from grokbot.discord_bot.startup import DiscordUnreachableError
    from grokbot.engine.turns import RunningAnswer, WaitingRefused
    from grokbot.sd_notify import Notifier
    from grokbot.settings import Settings

T = TypeVar("T")

log = logging.getLogger(__name__)

SETTLE_SECONDS = 8.0
"""How long the last edits may take after the drain."""

REST_OF_STOP_SECONDS = 25.0
"""All that comes after the drain, at the longest; with it, less than the unit's TimeoutStopSec."""

IN_PLACE_SECONDS = 5.0
"""How often it is looked whether the database still lies in its place."""

PATIENCE_SECONDS = 60.0
"""For how long the service manager waits for a further sign of a start that takes long."""


async def run(
    settings: Settings,
    notifier: Notifier,
    stop: asyncio.Event | None = None,
    *,
    at_the_latest: Callable[[float], object] = float,
) -> None:
    """Runs the daemon until SIGTERM or SIGINT arrives, or `stop` is set.

    A second signal ends the drain at once. `at_the_latest` is told when the stop begins, in how many seconds the
    process has to have ended whatever hinders it.

    Raises:
        ConfigurationError: A setting or the database is wrong; the operator has to mend it.
        UnreachableError: Discord closed the connection for good. One that is away is waited for.
        StoreError: The database cannot be used, or was taken away meanwhile.
    """
    from grokbot.web.listener import serving as serving_pages  # noqa: PLC0415 - `embedded` needs none of it

    stop = stop or asyncio.Event()
    hurry = asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.enter_context(_signals(stop, hurry))
        await stack.enter_async_context(watched_loop())
        engine = await stack.enter_async_context(_engine(settings))
        await stack.enter_async_context(_in_place(engine, stop))
        await stack.enter_async_context(serving_pages(settings.web, engine.library.shared))
        discord = _Discord(engine)
        for running in await engine.recover():
            discord.left(running)
        await engine.xai_deletion.resume()
        await engine.privacy.resume()
        engine.retention.begin()
        api = await stack.enter_async_context(serving_api(settings.api, engine, _facts(settings, discord)))
        seconds = 0.0
        try:
            await _serve(settings, engine, discord, notifier, stop, stack)
            seconds = settings.daemon.drain_seconds
        finally:
            at_the_latest(seconds + REST_OF_STOP_SECONDS)
            notifier.stopping("Letting running answers end")
            await api.closing()
            await _drain(seconds, engine, api, discord.bot, hurry)
    log.info("daemon.stopped")


@asynccontextmanager
async def embedded(settings: Settings) -> AsyncIterator[str]:
    """Everything but Discord and the share pages, for one program: yields the gRPC target at which it is reached.

    The socket is this person's alone, and goes in the end with what still runs. `settings.api.listen` is not looked at.

    Raises:
        ConfigurationError: A setting or the database is wrong.
        StoreError: The database cannot be used; above all, a daemon has it open.
    """
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(_engine(settings))
        await engine.recover()  # what is to be shown in Discord waits for a daemon
        await engine.xai_deletion.resume()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="grokbot-"))  # mode 0700
        here = settings.api.model_copy(update={"listen": (f"unix:{folder}/api.sock",)})
        api = await stack.enter_async_context(serving_api(here, engine, _facts(settings)))
        stack.push_async_callback(engine.drain, 0.0)
        yield api.addresses[0]


@asynccontextmanager
async def _engine(settings: Settings) -> AsyncIterator[Engine]:
    """The engine with its store and its client of xAI. Whoever begins answers with it drains it before it is left."""
    async with AsyncExitStack() as stack:
        grok = GrokClient(settings.xai)
        stack.push_async_callback(grok.close)
        texts = DroppedTexts(grok)  # some may have been dropped under an earlier setting
        store = await Store.open(settings.store.url, alone=True, text_source=texts)
        stack.push_async_callback(store.close)
        new_id = id_maker(after=await store.conversations.newest_id())
        engine = Engine(settings, store, grok, lambda: datetime.now(UTC), new_id, texts)
        stack.callback(engine.charts.close)
        stack.push_async_callback(engine.unsaved_facts.close)
        await engine.pauses.load()
        engine.prices.begin()
        stack.push_async_callback(engine.prices.close)
        yield engine


@asynccontextmanager
async def _in_place(engine: Engine, stop: asyncio.Event) -> AsyncIterator[None]:
    """Stops the daemon in good order when its database is taken away, and in the end raises that."""

    async def look() -> None:
        while True:
            await asyncio.sleep(IN_PLACE_SECONDS)
            try:
                await engine.check_in_place()
            except StoreError as trouble:
                log.critical("store.taken_away trouble=%s", trouble)
                stop.set()
                raise

    looking = asyncio.create_task(look(), name="database in place")
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait([looking])
    if not looking.cancelled():
        looking.result()


class _Discord:
    """The bot once it is there, and what is for it until then: the API is served while Discord is away."""

    def __init__(self, engine: Engine) -> None:
        self.bot: GrokBot | None = None
        self._engine = engine
        self.left: _Later[RunningAnswer] = _Later()
        self._shown: _Later[RunningAnswer] = _Later()
        self._named: _Later[Conversation] = _Later()
        self._refused: _Later[WaitingRefused] = _Later()
        self._happened: _Later[Happened] = _Later()
        engine.watch(self._shown)
        engine.titles.watch(self._named)
        engine.watch_refused(self._refused)
        engine.moderation.watch(self._happened)

    def is_there(self, bot: GrokBot) -> None:
        """From now on all goes to the bot, first what has waited for it."""
        from grokbot.discord_bot.inbound import reader_of  # noqa: PLC0415
        from grokbot.discord_bot.membership import asked_of  # noqa: PLC0415 - `embedded` needs none of it

        self.bot = bot
        self._engine.words_from(reader_of(bot))
        self._engine.membership.asks(asked_of(bot))
        self.left.give(bot.presenter.show_left)
        self._shown.give(bot.presenter.show)
        self._named.give(bot.renaming.rename)
        self._refused.give(bot.waiting_refused)
        self._happened.give(bot.logs.happened)

    @property
    def is_connected(self) -> bool:
        """Whether the gateway can be heard now: `is_ready` stays true while the library connects again."""
        bot = self.bot
        return bot is not None and bot.is_ready() and not any(shard.is_closed() for shard in bot.shards.values())


class _Later(Generic[T]):
    """Takes what is for somebody who may not be there yet."""

    def __init__(self) -> None:
        self._kept: list[T] = []
        self._take: Callable[[T], object] = self._kept.append

    def __call__(self, what: T) -> None:
        self._take(what)

    def give(self, take: Callable[[T], object]) -> None:
        """They are there."""
        self._take = take
        for each in self._kept:
            take(each)
        self._kept.clear()


def _facts(settings: Settings, discord: _Discord | None = None) -> Callable[[], Facts]:
    """What the daemon tells of itself, whenever it is asked."""
    installed, started_at = version("grokbot"), datetime.now(UTC)

    def now() -> Facts:
        bot = discord.bot if discord is not None else None
        user = bot.user if bot is not None else None
        return Facts(
            version=installed,
            started_at=started_at,
            model=settings.xai.model,
            mode=settings.conversation.mode,
            discord_connected=discord is not None and discord.is_connected,
            discord_name=user.name if user is not None else "",
            servers=len(bot.guilds) if bot is not None else 0,
            public_url=settings.web.public_url or "",
        )

    return now


@asynccontextmanager
async def _starting(notifier: Notifier) -> AsyncIterator[Callable[[DiscordUnreachableError], None]]:
    """Until it is left the service manager is kept from ending the start, and told why it takes long.

    Yields what is to be called with each reason.
    """
    status = "Connecting to Discord"

    def away(why: DiscordUnreachableError) -> None:
        nonlocal status
        status = f"{why}. It is tried again until that changes"
        notifier.starting(status, PATIENCE_SECONDS)

    async def say_again() -> None:
        while True:
            await asyncio.sleep(PATIENCE_SECONDS / 3)
            notifier.starting(status, PATIENCE_SECONDS)

    saying = asyncio.create_task(say_again())
    try:
        yield away
    finally:
        saying.cancel()
        await asyncio.wait([saying])


async def _serve(
    settings: Settings,
    engine: Engine,
    discord: _Discord,
    notifier: Notifier,
    stop: asyncio.Event,
    stack: AsyncExitStack,
) -> None:
    """Until it is told to stop. The connection is closed with the stack. Raises what ends it for good."""
    from grokbot.discord_bot.startup import connected, logged_in  # noqa: PLC0415 - `embedded` needs none of it

    async with _starting(notifier) as away:
        login = logged_in(settings.discord, engine, away, public_url=settings.web.public_url)
        if (bot := await _unless(stop, login)) is None:
            return
        connection = await stack.enter_async_context(connected(bot))
        discord.is_there(bot)
        await _first_of(bot.wait_until_ready(), stop.wait(), connection)
    if bot.is_ready():
        notifier.ready()
        await engine.answer_waiting()
        await _first_of(stop.wait(), connection)


async def _drain(seconds: float, engine: Engine, api: Serving, bot: GrokBot | None, hurry: asyncio.Event) -> None:
    """Lets running answers end; a second signal, or the time, ends them with what they have."""
    await _first_of(_all_of(engine.drain(seconds), api.drain(seconds)), hurry.wait())
    await engine.drain(0.0)
    await api.drain(0.0)
    if bot is not None:
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


async def _unless(stop: asyncio.Event, awaited: Coroutine[Any, Any, T]) -> T | None:
    """What it gives, or None: where the stop comes first it is ended."""
    task, stopped = asyncio.ensure_future(awaited), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.wait([task, stopped])
    return None if task.cancelled() else task.result()


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
