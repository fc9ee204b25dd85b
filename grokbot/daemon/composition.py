"""What the daemon with Discord and the one without have in common: the engine with its store, facts for the API.

Not here: what runs and in what order (`daemon`, `programs`).
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from grokbot.api.services import DaemonFacts
from grokbot.daemon.status_line import Activity, LifePhase, status_line
from grokbot.engine.admission import Membership
from grokbot.engine.context import Context, id_maker
from grokbot.engine.deletion import DroppedTexts
from grokbot.engine.engine import Engine
from grokbot.process.health import Health
from grokbot.store import Store
from grokbot.store.maintenance import BackupFolder
from grokbot.xai.client import GrokClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from grokbot.discord_bot.bot import DiscordLink
    from grokbot.engine.admission.membership import Ask
    from grokbot.engine.context import Events
    from grokbot.engine.deletion import Reader
    from grokbot.engine.prompts.attachments import AttachedReader
    from grokbot.settings import Settings


@asynccontextmanager
async def opened_engine(
    settings: Settings,
    events: Events,
    person: Ask,
    health: Health | None = None,
    text: Reader | None = None,
    attached: AttachedReader | None = None,
) -> AsyncIterator[Engine]:
    """The engine with its store and its xAI client. A caller that starts answers drains it before leaving.

    Args:
        settings: Of the daemon.
        events: Receives what happens.
        person: Asks Discord who somebody is in a place.
        health: Learns how the database and xAI are; None: nobody does.
        text: Reads messages in Discord again; None: nobody does.
        attached: Reads their attachments again; None: nobody does.
    """
    async with AsyncExitStack() as stack:
        health = health or Health()
        grok = GrokClient(settings.xai, health=health)
        stack.push_async_callback(grok.close)
        texts = DroppedTexts(grok, text, attached)  # some may have been dropped under an earlier setting
        backups = BackupFolder.of(settings.store)
        store = await Store.open(settings.store.url, alone=True, text_source=texts, backups=backups, health=health)
        stack.push_async_callback(store.close)
        new_id = id_maker(after=await store.conversations.newest_id())
        context = Context(settings, store, grok, lambda: datetime.now(UTC), new_id, events, health)
        engine = Engine(context, Membership(person), texts)
        stack.push_async_callback(engine.runner.unsaved_facts.close)
        await engine.personas.folder.check()
        await engine.pauses.load()
        await store.identifiers.load()
        engine.prices.begin()
        stack.push_async_callback(engine.prices.close)
        yield engine


def activity_of(engine: Engine, discord: DiscordLink | None) -> Activity:
    """What the daemon does now."""
    bot = discord.bot if discord is not None else None
    servers = len(bot.guilds) if bot is not None else 0
    return Activity(servers, len(engine.runner.running), engine.context.settings_note)


def facts_of(
    engine: Engine, discord: DiscordLink | None = None, phase: Callable[[], LifePhase] = lambda: LifePhase.SERVING
) -> Callable[[], DaemonFacts]:
    """The daemon's facts about itself, current at each call.

    Args:
        engine: Its engine.
        discord: Its link to Discord; None: it has none.
        phase: How far it is.
    """
    installed, started_at = version("grokbot"), datetime.now(UTC)

    def now() -> DaemonFacts:
        bot = discord.bot if discord is not None else None
        user, settings = bot.user if bot is not None else None, engine.context.settings
        return DaemonFacts(
            version=installed,
            started_at=started_at,
            model=settings.xai.model,
            mode=settings.conversation.mode,
            discord_connected=discord is not None and discord.is_connected,
            discord_name=user.name if user is not None else "",
            servers=len(bot.guilds) if bot is not None else 0,
            public_url=settings.web.public_url or "",
            settings_note=engine.context.settings_note,
            backup_note=engine.context.backup_note,
            summary=status_line(phase(), engine.context.health.troubles, activity_of(engine, discord)),
            parts=engine.context.health.parts() if discord is not None else (),
        )

    return now
