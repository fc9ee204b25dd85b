"""SIGHUP: the settings are read again, and whoever does not look for new ones is told of them.

Not here: which settings can change while the daemon runs (`settings`), what happens if they are wrong
(`engine.context.reload`).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from grokbot.api.server import read_certificate
from grokbot.daemon.waits import beside
from grokbot.engine.admission.personas import PersonaFolder
from grokbot.engine.context import Reload
from grokbot.process import logs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from grokbot.api.server import ApiServer
    from grokbot.daemon.report import Report
    from grokbot.engine.engine import Engine
    from grokbot.settings import Settings


@asynccontextmanager
async def reloading(
    engine: Engine, api: ApiServer, report: Report, read: Callable[[], Settings] | None, again: asyncio.Event
) -> AsyncIterator[None]:
    """Reads the settings again whenever `again` is set, and tells the service manager.

    Args:
        engine: Its context holds the settings in effect.
        api: Has the certificate.
        report: Tells of it.
        read: Reads all settings; None: nothing does.
        again: Set when it is to be done.
    """
    if read is None:
        yield
        return
    reload = Reload(
        engine.context, read, (partial(_certificate, api), partial(_personas, engine), partial(_xai, engine))
    )

    async def keep() -> None:
        while await again.wait():
            again.clear()
            report.reloading()
            await reload.again()
            daemon = engine.context.settings.daemon
            logs.reconfigure(daemon.log_level, daemon.log_format)
            report.reloaded()

    async with beside(keep(), "reload"):
        yield


async def _certificate(api: ApiServer, settings: Settings) -> Callable[[], object]:
    """Read again even if its files have the same names: it may have been renewed."""
    return partial(api.certificates.use, await asyncio.to_thread(read_certificate, settings.api))


async def _personas(engine: Engine, settings: Settings) -> Callable[[], object]:
    if settings.conversation.personas_dir == engine.context.settings.conversation.personas_dir:
        return lambda: None
    folder = PersonaFolder(settings.conversation.personas_dir)
    await folder.check()
    return lambda: setattr(engine.personas, "folder", folder)


async def _xai(engine: Engine, settings: Settings) -> Callable[[], object]:
    before, after = engine.context.settings.xai, settings.xai

    def use() -> None:
        engine.context.grok.use(after)
        if (before.api_key, before.model) != (after.api_key, after.model):
            engine.prices.again()  # which also tries the key, and looks for the model

    return use
