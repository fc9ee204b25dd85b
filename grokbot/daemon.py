"""The only place that builds things and wires them together. Start, signals, drain, stop.

Not here: the command line (`cli`), what any of the rooms does.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

from grokbot.api.server import serving as serving_api
from grokbot.api.services import DaemonFacts
from grokbot.conversation.errors import DiscordError, StoreError
from grokbot.engine.admission import NOT_ASKED, Membership
from grokbot.engine.context import Context, Events, id_maker
from grokbot.engine.deletion import DroppedTexts
from grokbot.engine.engine import Engine
from grokbot.process.loop_lag import watched_loop
from grokbot.store import Store
from grokbot.xai.client import GrokClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    from grokbot.api.server import ApiServer
    from grokbot.discord_bot.bot import DiscordLink, DiscordUnreachableError, GrokBot
    from grokbot.engine.admission.membership import Ask
    from grokbot.engine.deletion import Reader
    from grokbot.engine.prompts.attachments import AttachedReader
    from grokbot.policy.actor import Actor
    from grokbot.process.sd_notify import Notifier
    from grokbot.settings import Settings

T = TypeVar("T")

log = logging.getLogger(__name__)

SETTLE_SECONDS = 8.0
"""How long the last edits may take after the drain."""

REST_OF_STOP_SECONDS = 25.0
"""The longest that the rest of the stop may take after the drain. The sum is less than the unit's TimeoutStopSec."""

IN_PLACE_SECONDS = 5.0
"""How often to check that the database file is still in its place."""

PATIENCE_SECONDS = 60.0
"""How long the service manager waits for the next sign of life during a slow start."""


async def run(
    settings: Settings,
    notifier: Notifier,
    stop: asyncio.Event | None = None,
    *,
    signals: bool = True,
    at_the_latest: Callable[[float], object] = float,
) -> None:
    """Runs the daemon until SIGTERM or SIGINT arrives, or `stop` is set. A second signal ends the drain at once.

    Args:
        settings: All settings.
        notifier: Reports the daemon's state to the service manager.
        stop: Ends it when it is set.
        signals: Whether SIGTERM and SIGINT end it; if not, `stop` alone does.
        at_the_latest: Called when the stop begins, with the seconds after which the process must have ended.

    Raises:
        ConfigurationError: A setting or the database is wrong; the operator has to fix it.
        UnreachableError: Discord closed the connection for good. While Discord is down, the daemon waits.
        StoreError: The database cannot be used, or was removed while the daemon ran.
    """
    from grokbot.discord_bot.bot import DiscordLink  # noqa: PLC0415 - `embedded` needs none of it
    from grokbot.documents.as_html import policy_html  # noqa: PLC0415
    from grokbot.web.listener import serving as serving_pages  # noqa: PLC0415

    stop = stop or asyncio.Event()
    hurry = asyncio.Event()
    async with AsyncExitStack() as stack:
        if signals:
            stack.enter_context(_signals(stop, hurry))
        await stack.enter_async_context(watched_loop())
        events = Events()
        discord = DiscordLink(events)
        engine = await stack.enter_async_context(
            _engine(settings, events, discord.person, discord.text, discord.attached)
        )
        await stack.enter_async_context(_in_place(engine.context.store, stop))
        policy = policy_html(settings) if settings.web.listen and settings.privacy.policy_url is None else ""
        await stack.enter_async_context(serving_pages(settings.web, engine.library.shares.shown, policy))
        await engine.recovery.recover()
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
            notifier.stopping("Finishing running answers")
            await api.closing()
            await _drain(seconds, engine, api, discord.bot, hurry)
    log.info("daemon.stopped")


@asynccontextmanager
async def embedded(settings: Settings) -> AsyncIterator[str]:
    """Everything but Discord and the share pages, for one program. Yields the gRPC target.

    Only this user can open the socket; it goes at the end, with any call still running. Ignores `api.listen`.

    Raises:
        ConfigurationError: A setting or the database is wrong.
        StoreError: The database cannot be used, most often because a daemon has it open.
    """
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(_engine(settings, Events(), _nobody))
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
        stack.callback(engine.charts.close)
        yield await stack.enter_async_context(_private_api(settings, engine))


@asynccontextmanager
async def _private_api(settings: Settings, engine: Engine) -> AsyncIterator[str]:
    """The API on a socket that only this user can open. Yields its target."""
    with tempfile.TemporaryDirectory(prefix="grokbot-") as folder:  # mode 0700
        here = settings.api.model_copy(update={"listen": (f"unix:{folder}/api.sock",)})
        async with serving_api(here, engine, _facts(settings)) as api:
            yield api.addresses[0]


@asynccontextmanager
async def _engine(
    settings: Settings,
    events: Events,
    person: Ask,
    text: Reader | None = None,
    attached: AttachedReader | None = None,
) -> AsyncIterator[Engine]:
    """The engine with its store and its xAI client. A caller that starts answers drains it before leaving.

    Args:
        settings: Of the daemon.
        events: Receives what happens.
        person: Asks Discord who somebody is in a place.
        text: Reads messages in Discord again; None: nobody does.
        attached: Reads their attachments again; None: nobody does.
    """
    async with AsyncExitStack() as stack:
        grok = GrokClient(settings.xai)
        stack.push_async_callback(grok.close)
        texts = DroppedTexts(grok, text, attached)  # some may have been dropped under an earlier setting
        store = await Store.open(settings.store.url, alone=True, text_source=texts)
        stack.push_async_callback(store.close)
        new_id = id_maker(after=await store.conversations.newest_id())
        context = Context(settings, store, grok, lambda: datetime.now(UTC), new_id, events)
        engine = Engine(context, Membership(person), texts)
        stack.callback(engine.charts.close)
        stack.push_async_callback(engine.runner.unsaved_facts.close)
        await engine.personas.folder.check()
        await engine.pauses.load()
        await store.identifiers.load()
        engine.prices.begin()
        stack.push_async_callback(engine.prices.close)
        yield engine


@asynccontextmanager
async def _in_place(store: Store, stop: asyncio.Event) -> AsyncIterator[None]:
    """Stops the daemon cleanly when its database file is removed, then raises the StoreError."""

    async def look() -> None:
        while True:
            await asyncio.sleep(IN_PLACE_SECONDS)
            try:
                await store.file.check_in_place()
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


async def _nobody(_user_id: int, _guild_id: int, _channel_id: int) -> Actor | None:
    """Without Discord there is nobody to ask."""
    raise DiscordError(NOT_ASKED)


def _facts(settings: Settings, discord: DiscordLink | None = None) -> Callable[[], DaemonFacts]:
    """The daemon's facts about itself, current at each call."""
    installed, started_at = version("grokbot"), datetime.now(UTC)

    def now() -> DaemonFacts:
        bot = discord.bot if discord is not None else None
        user = bot.user if bot is not None else None
        return DaemonFacts(
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
    """Keeps the service manager from ending a slow start, and tells it the reason.

    Yields the function to call with each reason.
    """
    status = "Connecting to Discord"

    def away(why: DiscordUnreachableError) -> None:
        nonlocal status
        status = f"{why}. Trying again"
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
    discord: DiscordLink,
    notifier: Notifier,
    stop: asyncio.Event,
    stack: AsyncExitStack,
) -> None:
    """Runs until `stop` is set. The stack closes the connection. Raises what ends the connection for good."""
    from grokbot.discord_bot.bot import connected, logged_in  # noqa: PLC0415 - `embedded` needs none of it

    async with _starting(notifier) as away:
        login = logged_in(settings.discord, engine, away, public_url=settings.web.public_url)
        if (bot := await _unless(stop, login)) is None:
            return
        connection = await stack.enter_async_context(connected(bot))
        discord.connect(bot)
        await _first_of(bot.wait_until_ready(), stop.wait(), connection)
    if bot.is_ready():
        notifier.ready()
        await engine.recovery.answer_waiting()
        await _first_of(stop.wait(), connection)


async def _drain(seconds: float, engine: Engine, api: ApiServer, bot: GrokBot | None, hurry: asyncio.Event) -> None:
    """Lets running answers finish; a second signal or the time limit ends them with the text they have."""
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
    """Waits for the first of several and cancels the rest, but not tasks passed in. Raises what the first raises."""
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
    """Its result, or None if `stop` comes first; then it is cancelled."""
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
