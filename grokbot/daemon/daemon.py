"""The daemon from its start to its end: what is built, in what order, and what ends it.

Not here: the command line (`cli`), what any of the rooms does, how it stops (`stop`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from grokbot.api.server import serving as serving_api
from grokbot.daemon.backups import scheduled_backups
from grokbot.daemon.composition import activity_of, facts_of, opened_engine
from grokbot.daemon.database_place import in_place
from grokbot.daemon.figures import Figures
from grokbot.daemon.probes import probing
from grokbot.daemon.reload import reloading
from grokbot.daemon.report import reporting
from grokbot.daemon.stop import REST_OF_STOP_SECONDS, drained, heard_signals
from grokbot.daemon.waits import first_of, unless
from grokbot.engine.context import Events
from grokbot.process.health import PATIENCE_SECONDS, Health, HealthPart, RunningClock
from grokbot.process.loop_lag import watched_loop
from grokbot.process.traces import TRACES

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from grokbot.daemon.report import Report
    from grokbot.discord_bot.bot import DiscordLink, DiscordUnreachableError
    from grokbot.engine.engine import Engine
    from grokbot.process.sd_notify import Notifier
    from grokbot.settings import Settings

log = logging.getLogger(__name__)


async def run(
    settings: Settings,
    notifier: Notifier,
    stop: asyncio.Event | None = None,
    *,
    signals: bool = True,
    at_the_latest: Callable[[float], object] = float,
    read_again: Callable[[], Settings] | None = None,
) -> None:
    """Runs the daemon until SIGTERM or SIGINT arrives, or `stop` is set. A second signal ends the drain at once.

    SIGHUP has it read its settings again.

    Args:
        settings: All settings.
        notifier: Reports the daemon's state to the service manager.
        stop: Ends it when it is set.
        signals: Whether signals are listened to; if not, `stop` alone ends it.
        at_the_latest: Called when the stop begins, with the seconds after which the process must have ended.
        read_again: Reads the settings anew; None: nothing does, and SIGHUP is a SIGTERM.

    Raises:
        ConfigurationError: A setting or the database is wrong; the operator has to fix it.
        UnreachableError: Discord closed the connection for good. While Discord is down, the daemon waits.
        StoreError: The database cannot be used, or was removed while the daemon ran.
    """
    from grokbot.discord_bot.bot import DiscordLink  # noqa: PLC0415 - `embedded` needs none of it
    from grokbot.web.operator_site import serving_operator_site  # noqa: PLC0415

    stop = stop or asyncio.Event()
    hurry, again = asyncio.Event(), asyncio.Event()
    health = Health(RunningClock(), notifier.watchdog_seconds or PATIENCE_SECONDS)
    async with AsyncExitStack() as stack:
        if signals:
            stack.enter_context(heard_signals(stop, hurry, again if read_again is not None else None))
        await stack.enter_async_context(watched_loop())
        await stack.enter_async_context(TRACES.exporting(settings.monitoring.traces))
        report = await stack.enter_async_context(reporting(notifier, health))
        events = Events()
        discord = DiscordLink(events)
        figures = Figures(health, discord)
        await stack.enter_async_context(serving_operator_site(settings.monitoring, health, figures.measure))
        opening = opened_engine(settings, events, discord.person, health, discord.text, discord.attached)
        if (engine := await unless(stop, stack.enter_async_context(opening))) is None:
            at_the_latest(REST_OF_STOP_SECONDS)
            report.stopping()
            return
        figures.engine = engine
        store = engine.context.store
        await stack.enter_async_context(in_place(store, stop))
        await stack.enter_async_context(scheduled_backups(engine.context))
        await stack.enter_async_context(probing(health, store, engine.context.grok, discord))
        await stack.enter_async_context(_share_site(settings, engine))
        await engine.recovery.recover()
        await engine.xai_deletion.resume()
        await engine.privacy.resume()
        engine.retention.begin()
        api = await stack.enter_async_context(
            serving_api(settings.api, engine, facts_of(engine, discord, lambda: report.phase), discord.look_again)
        )
        await stack.enter_async_context(reloading(engine, api, report, read_again, again))
        seconds = 0.0
        try:
            serving = _serve(settings, engine, discord, report, stop, stack)
            await first_of(serving, engine.prices.key_refused())
            seconds = engine.context.settings.daemon.drain_seconds
        finally:
            at_the_latest(seconds + REST_OF_STOP_SECONDS)
            report.stopping()
            await api.closing()
            await drained(seconds, engine, api, discord.bot, hurry)
    log.info("daemon.stopped")


def _share_site(settings: Settings, engine: Engine) -> AbstractAsyncContextManager[str]:
    from grokbot.documents.as_html import policy_html  # noqa: PLC0415 - `embedded` needs none of it
    from grokbot.web.share_site import serving_share_site  # noqa: PLC0415

    written = lru_cache(maxsize=1)(policy_html)

    def policy() -> str:
        now = engine.context.settings
        return written(now) if now.privacy.policy_url is None else ""

    def is_mute() -> bool:
        return engine.context.health.mute is not None

    return serving_share_site(settings.web, engine.library.shares.shown, policy, is_mute)


async def _serve(
    settings: Settings,
    engine: Engine,
    discord: DiscordLink,
    report: Report,
    stop: asyncio.Event,
    stack: AsyncExitStack,
) -> None:
    """Runs until `stop` is set. The stack closes the connection. Raises what ends the connection for good."""
    from grokbot.discord_bot.bot import connected, logged_in  # noqa: PLC0415 - `embedded` needs none of it

    rest = engine.context.health.pulse(HealthPart.REST)

    def away(why: DiscordUnreachableError) -> None:
        rest.failed(f"{why}. Trying again", passing=False, remedy="Check this machine's network. It goes on trying.")

    login = logged_in(settings.discord, engine, away, public_url=settings.web.public_url)
    if (bot := await unless(stop, login)) is None:
        return
    connection = await stack.enter_async_context(connected(bot))
    discord.connect(bot)
    await first_of(bot.wait_until_ready(), stop.wait(), connection)
    if bot.is_ready():
        discord.look()
        report.serving(partial(activity_of, engine, discord))
        await engine.recovery.answer_waiting()
        await first_of(stop.wait(), connection)
