"""What goes wrong while people talk, by kind; each kind brings so many faults into a round, at times drawn by its seed.

Not here: the ground (`ground`), what is counted afterwards (`count`).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from grokbot.sandbox.grok_server import Script
from grokbot.store.maintenance import StoreFault, make_backup, restore, verify

from .count import Excuse
from .ground import Wishes
from .operations import reloads, updates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from .daemon import Daemon
    from .ground import Ground

MISCONFIGURED = 78
"""The exit code after which systemd does not start the daemon again (`RestartPreventExitStatus`)."""

BITE_SECONDS = 5.0
"""To end and to start what the watchdog bites: WatchdogSec passes thrice before that, at the longest."""

EDIT, SEND = ("PATCH", "/channels/*/messages/*"), ("POST", "/channels/*/messages")


async def kills(here: Ground, count: int) -> None:
    """Power cuts, and between them orderly ends; in both cases also while it starts."""
    for _ in range(count):
        await here.lull(0.2, 5.0)
        await here.daemon.kill()
        await _begin_again(here)
        if here.random.random() < 0.3:
            await here.lull(0.2, 3.0)
            await here.daemon.terminate()
            await _begin_again(here)
    await here.ready()


async def _begin_again(here: Ground) -> None:
    if here.random.random() < 0.5:
        await here.lull(0.0, 3.0)
    await here.daemon.start()
    if here.random.random() < 0.8:
        await here.ready()


async def cuts(here: Ground, count: int) -> None:
    """The gateway's connection breaks, is closed or is to be made anew; or nobody is let in for a while."""
    discord = here.stage.discord
    ways: tuple[dict[str, Any], ...] = (
        {},
        {"abort": True},
        {"code": 1001},
        {"code": 4000},
        {"resumable": False},
        {"resumable": False, "abort": True},
    )
    for _ in range(count):
        await here.lull(0.5, 4.0)
        away = here.random.random() < 0.4
        discord.shut_gateway(shut=away)
        discord.disconnect(**here.random.choice(ways))
        await here.lull(2.0, 9.0)
        discord.shut_gateway(shut=False)
        await here.ready()


async def outages(here: Ground, count: int) -> None:
    """REST fails in every way there is, for a while; or it refuses what it should not."""
    for _ in range(count):
        await here.lull(1.0, 4.0)
        await here.random.choice((_refused_connections, _refusals, *(_failing(**way) for way in _FAILURES)))(here)


_FAILURES: tuple[dict[str, Any], ...] = (
    {"status": 503},
    {"status": 502, "applied": True},
    {"reset": "before"},
    {"reset": "after"},
    {"delay": 12.0},
)


def _failing(**way: Any) -> Callable[[Ground], Awaitable[None]]:
    async def fail(here: Ground) -> None:
        here.stage.discord.faults.add("*", "**", times=None, **way)
        await here.lull(4.0, 25.0)
        here.stage.discord.faults.clear()

    return fail


async def _refused_connections(here: Ground) -> None:
    await here.stage.discord.refuse_connections()
    await here.lull(4.0, 25.0)
    await here.stage.discord.listen()


async def _refusals(here: Ground) -> None:
    """Now and then a single request is refused that has nothing wrong with it."""
    codes = {403: (50001, 50013), 404: (10003, 10008)}
    for _ in range(here.random.randint(5, 20)):
        await here.lull(0.1, 1.0)
        method, path = here.random.choice((EDIT, EDIT, SEND))
        status = here.random.choice(tuple(codes))
        here.stage.discord.faults.add(method, path, status=status, code=here.random.choice(codes[status]))
    here.stage.discord.faults.clear()


async def limits(here: Ground, count: int) -> None:
    """Discord's limit on everything is reached, over and over, whatever is being done."""
    for _ in range(count):
        await here.lull(0.5, 3.0)
        wait = here.random.choice((0.5, 2.0, 6.0))
        times = here.random.choice((1, 3, 20))
        here.stage.discord.faults.add("*", "**", status=429, everywhere=True, retry_after=wait, times=times)
        await here.lull(2.0, 8.0)
        here.stage.discord.faults.clear()


async def models(here: Ground, count: int) -> None:
    """xAI is away or overloaded, for a minute at the longest, or breaks off what it says.

    In between it is there for so long that whoever waits for it finds it.
    """
    grok = here.stage.grok
    for _ in range(count):
        await here.lull(12.0, 20.0)
        if here.random.random() < 0.5:
            await grok.close()
            await here.lull(2.0, 60.0)
            await grok.start()
            continue
        fail, after = here.random.choice((("overloaded", 0), ("overloaded", 15), ("rate_limit", 15), ("internal", 15)))
        grok.answers_by(_broken(here, fail, after))
        await here.lull(2.0, 25.0)
        grok.answers_by(here.books.script)


def _broken(here: Ground, fail: str, after: int) -> Callable[[Any], Script]:
    def script(turns: Any) -> Script:
        if not after:
            return Script(fail=fail)
        text = here.books.script(turns).text
        return Script(text=text, reasoning="", fail=fail, fail_after_tokens=after)

    return script


async def disks(here: Ground, count: int) -> None:
    """No room is left where the database is, in mid-answer too; now and then it ends, or is killed, meanwhile."""
    for _ in range(count):
        await here.lull(0.5, 3.0)
        here.disk.fill(here.daemon)
        await here.lull(1.0, 12.0)
        if here.random.random() < 0.3:
            await here.random.choice((here.daemon.kill, here.daemon.terminate))()
            await here.daemon.start()
            await here.lull(1.0, 6.0)
        here.disk.free(here.daemon)
        await here.ready()


async def clocks(here: Ground, count: int) -> None:
    """The machine's clock jumps by hours, both ways; now and then a start comes in between."""
    for _ in range(count):
        await here.lull(0.5, 4.0)
        here.daemon.set_clock(here.random.uniform(-8.0, 8.0) * 3600.0)
        await here.lull(0.5, 4.0)
        if here.random.random() < 0.4:
            await here.random.choice((here.daemon.kill, here.daemon.terminate))()
            await _begin_again(here)
        elif here.random.random() < 0.4:
            here.stage.discord.disconnect(resumable=False)
            await here.ready()
    await here.ready()


async def restores(here: Ground, count: int) -> None:
    """Somebody puts an older database in the place of the newer one, or none."""
    copy = here.daemon.folder / "copy"
    for _ in range(count):
        await here.resting()
        with closing(sqlite3.connect(here.database)) as now, closing(sqlite3.connect(copy)) as then:
            now.backup(then)
        here.crowd.begin()
        await here.lull(6.0, 15.0)
        if here.random.random() < 0.5:
            await here.crowd.end()
        else:
            await here.resting()
        await here.daemon.kill()
        here.books.forgive()  # what was under way then, no database knows of
        _replace(here.database, copy if here.random.random() < 0.7 else None)
        await here.daemon.start()
        await here.ready()
        await here.lull(1.0, 5.0)
        here.crowd.begin()
        await here.lull(4.0, 8.0)


async def bites(here: Ground, count: int) -> None:
    """The event loop stands still, or Discord answers no request: the watchdog has to end the daemon, in time."""
    ways = [here.random.sample(pair, 2) for pair in ((_silence, _refusal), (_stopped, _held_up))]
    clock = asyncio.get_running_loop().time
    for number in range(count):
        await here.until(lambda: here.daemon.manager.is_ready)
        await here.lull(0.5, 3.0)
        starts, begun = here.daemon.starts, clock()
        await ways[number % 2][number // 2 % 2](here)
        await here.until(partial(_began, here, starts))
        here.daemon.slow += clock() - begun > 3 * here.daemon.manager.watchdog + BITE_SECONDS
        await here.lull(0.0, 5.0)
        here.stage.discord.faults.clear()
        await here.ready()


def _began(here: Ground, starts: int) -> bool:
    return here.daemon.starts > starts


async def _stopped(here: Ground) -> None:
    _signal(here, signal.SIGSTOP)


async def _held_up(here: Ground) -> None:
    _signal(here, signal.SIGUSR2)


async def _silence(here: Ground) -> None:
    here.stage.discord.faults.add("*", "**", times=None, reset="before", delay=600.0)


async def _refusal(here: Ground) -> None:
    here.stage.discord.faults.add("*", "**", times=None, status=503)


def _signal(here: Ground, number: signal.Signals) -> None:
    assert here.daemon.pid is not None
    os.kill(here.daemon.pid, number)


async def backups(here: Ground, count: int) -> None:
    """A backup is made while people talk and the connection is bad; later it is restored, and people talk on."""
    copy, discord = here.daemon.folder / "copy", here.stage.discord
    for _ in range(count):
        await here.lull(2.0, 6.0)
        if here.random.random() < 0.5:
            discord.disconnect(resumable=here.random.random() < 0.5)
        else:
            discord.faults.add("*", "**", status=429, everywhere=True, retry_after=1.0, times=3)
        await asyncio.to_thread(make_backup, here.database, copy)
        _check(verify(copy, at_rest=True))
        await here.lull(4.0, 12.0)
        discord.faults.clear()
        await here.daemon.terminate()
        here.books.forgive()  # what was under way then, the backup does not know of; what is asked from now on, it must
        done = await asyncio.to_thread(restore, here.database, copy)
        assert done.aside is not None
        _check(verify(here.database))
        done.aside.unlink()  # the disk is small
        await here.lull(0.0, 4.0)
        await here.daemon.start()
        await here.ready()
        await here.lull(4.0, 8.0)


def _check(faults: Sequence[StoreFault]) -> None:
    if faults:
        raise AssertionError(faults)


def _replace(database: Path, by: Path | None) -> None:
    for end in ("", "-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    if by is not None:
        shutil.copy(by, database)


@dataclass(frozen=True)
class Kind:
    """One kind of trouble: what causes it, and what a round with it is like.

    Attributes:
        rounds_of: How many faults make one round of the long form.
        excuse: What it brings along that is no loss.
        ends: Whether the daemon may end by itself, to be started again.
        forgetful: Whether Discord forgets soon what was sent before: as if it had been down for minutes, not seconds.
        watchdog: WatchdogSec of the unit.
        bites: Whether it may end by that. In all other weather it must not.
    """

    cause: Callable[[Ground, int], Awaitable[None]]
    rounds_of: int = 5
    excuse: Excuse = Excuse.NONE
    ends: bool = False
    forgetful: bool = False
    watchdog: float = 30.0
    bites: bool = False

    def ended_wrongly(self, daemon: Daemon) -> bool:
        """Whether it came to an end that it should not have: also one after which systemd lets it be."""
        bitten = daemon.bitten and not self.bites
        return bool(daemon.slow or bitten or (daemon.ends and not self.ends) or MISCONFIGURED in daemon.ends)

    def wishes(self, seed: int, members: int, tempo: float = 1.0) -> Wishes:
        """What the round of this seed is played with."""
        nonces = 3.0 if self.forgetful and seed % 2 else 300.0
        # In a post of which the database has forgotten that it was answered there, what was answered is context.
        context = 0 if Excuse.FORGOTTEN in self.excuse else 10
        return Wishes(members=members, nonces=nonces, tempo=tempo, context=context, watchdog=self.watchdog)


KINDS = {
    "kills": Kind(kills, 10, Excuse.BROKEN_OFF, forgetful=True),
    "cuts": Kind(cuts, 10),
    "outages": Kind(outages),
    "limits": Kind(limits),
    "models": Kind(models),
    "disks": Kind(disks, 5, Excuse.BROKEN_OFF | Excuse.REFUSED, ends=True),
    "clocks": Kind(clocks, 5, Excuse.BROKEN_OFF),
    "restores": Kind(restores, 2, Excuse.FORGOTTEN),
    "watchdog": Kind(bites, 4, Excuse.BROKEN_OFF, ends=True, watchdog=4.0, bites=True),
    "backups": Kind(backups, 2, Excuse.FORGOTTEN | Excuse.BROKEN_OFF),
    "reload": Kind(reloads, 10),
    "update": Kind(updates, 6, Excuse.BROKEN_OFF, ends=True),
}
