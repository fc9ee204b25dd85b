"""Where a round is played: both servers, a crowd, one daemon, and the judgement when all is quiet.

Not here: what goes wrong in a round (`weather`), how it is counted (`count`).
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import GrokRules
from grokbot.sandbox.stage import stage

from .books import Books
from .count import Count, Excuse, counted
from .crowd import Crowd
from .daemon import Daemon
from .disk import BYTES, Disk, small_disk
from .kept import kept_in
from .manager import service_manager

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from grokbot.sandbox.stage import Stage

QUIET_SECONDS = 60.0
"""What is wrong when nothing has changed for so long stays wrong."""

AFTERWARDS_SECONDS = 2.0
"""For so long all has to stay right, once it is."""

READY_SECONDS = 90.0

DATABASE = "grokbot.sqlite3"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a round is played with.

    Attributes:
        members: How many people there are.
        pause: Seconds between two acts of each, on average.
        nonces: Seconds in which Discord drops what is sent again.
        tempo: What all pauses between faults are multiplied with.
        titles: Whether threads get names from Grok.
        watchdog: WatchdogSec of the unit.
        context: How many messages Grok is shown of what was said before it was called into somebody's thread.
        disk: Bytes of the database's disk.
    """

    members: int = 5
    pause: float = 2.5
    nonces: float = 300.0
    tempo: float = 1.0
    titles: bool = True
    watchdog: float = 30.0
    context: int = 10
    disk: int = BYTES


@dataclass
class Ground:
    """One world, and what befalls it."""

    stage: Stage
    random: Random
    books: Books
    crowd: Crowd
    daemon: Daemon
    disk: Disk
    tempo: float
    excuse: Excuse = Excuse.NONE
    patience: float = QUIET_SECONDS
    noticed: list[str] = field(default_factory=list)
    """What else was not as it should be."""

    @property
    def database(self) -> Path:
        """The daemon's."""
        return self.disk.folder / DATABASE

    async def ready(self) -> None:
        """Waits until a daemon hears what is said."""
        await self.stage.discord.until(lambda: self.stage.discord.connected, READY_SECONDS)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for something that happens to the daemon."""
        async with asyncio.timeout(READY_SECONDS):
            while not condition():  # noqa: ASYNC110 - what happens to a process sets no event
                await asyncio.sleep(0.05)

    async def lull(self, least: float, most: float) -> None:
        """A while in which only members act."""
        await asyncio.sleep(self.random.uniform(least, most) * self.tempo)

    def count(self) -> Count:
        """What is wrong now."""
        count = counted(self.books, kept_in(self.database), self.excuse)
        count.mismatched.extend(self.noticed)
        return count

    async def resting(self) -> Count:
        """What is wrong when the crowd has gone and all is quiet."""
        await self.crowd.end()
        return await self._quiet()

    async def judged(self) -> Count:
        """What is wrong when all is quiet, and after one more start."""
        count = await self.resting()
        if count:
            return count
        await self.daemon.terminate()
        await self.daemon.start()
        await self.ready()
        return await self._quiet()

    async def _quiet(self) -> Count:
        """What is wrong once nothing is, or nothing changes any more."""
        loop = asyncio.get_running_loop()
        seen, changed, right = self._state(), loop.time(), 0.0
        while True:
            await asyncio.sleep(0.5)
            count = self.count()
            if self._state() != seen:
                seen, changed = self._state(), loop.time()
            right = 0.0 if count else right or loop.time()
            if (right and loop.time() - max(right, changed) > AFTERWARDS_SECONDS) or (
                loop.time() - changed > self.patience
            ):
                return count

    def _state(self) -> object:
        world = self.stage.discord.world
        edits = sum(len(message.versions) for message in world.messages.values())
        return edits, len(world.channels), len(self.stage.grok.requests), self.stage.grok.running


@asynccontextmanager
async def ground(seed: str, wishes: Wishes, folder: Path) -> AsyncIterator[Ground]:
    """A ground with a crowd that talks to a daemon. `folder` takes the daemon's log, and what it needs."""
    random = Random(seed)
    async with AsyncExitStack() as stack:
        rules = Rules(latency=0.02, nonce_lives=wishes.nonces)
        here = await stack.enter_async_context(stage(rules, GrokRules(directives=False)))
        assert here.general.guild is not None
        channels = [here.general, here.general.guild.create_text_channel("random")]
        channels.append(here.general.guild.create_forum_channel("posts"))
        books = Books(here.discord, lambda: (random.choice((100.0, 400.0, 2000.0)), random.choice((0.0, 0.2, 2.0))))
        here.grok.answers_by(books.script)
        crowd = Crowd(here.discord, channels, books, random, wishes.pause)
        disk = stack.enter_context(small_disk(folder / "data", wishes.disk))
        manager = stack.enter_context(service_manager(folder, wishes.watchdog))
        daemon = Daemon(folder, here.environment() | _environment(disk.folder, wishes), manager)
        place = Ground(here, random, books, crowd, daemon, disk, wishes.tempo)
        await daemon.start()
        stack.push_async_callback(daemon.kill)
        await place.ready()
        await crowd.gather(wishes.members)
        crowd.begin()
        stack.push_async_callback(crowd.end)
        yield place


def _environment(data: Path, wishes: Wishes) -> dict[str, str]:
    return {
        "GROKBOT_STORE__URL": str(data / DATABASE),
        "GROKBOT_CONVERSATION__TITLES": str(wishes.titles).lower(),
        "GROKBOT_CONVERSATION__CONTEXT_MESSAGES": str(wishes.context),
        "GROKBOT_DAEMON__DRAIN_SECONDS": "5",
        "GROKBOT_API__LISTEN": "",
    }


@asynccontextmanager
async def workplace() -> AsyncIterator[Path]:
    """A folder that stays where a round goes wrong, for whoever looks for the cause."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    yield folder
    shutil.rmtree(folder)
