"""What an operator does while people talk: the settings are read again, another version takes over, and back.

Not here: the ground (`ground`), troubles that nobody wanted (`weather`).
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import grokbot
from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest

from .launcher import RUNS

if TYPE_CHECKING:
    from .ground import Ground

RELOADED_SECONDS = 20.0
"""How long a reload may take, however busy the daemon is."""

UNDER_WAY_SECONDS = 2.0
"""Requests that began before a reload may still come."""

MOST_TURNS = 50
"""The highest value of xai.search_turns, which each request to the model repeats as it was set."""


async def reloads(here: Ground, count: int) -> None:
    """SIGHUP with other settings each time, now and then with wrong ones; Discord or the connection fails meanwhile."""
    turns = 6
    for _ in range(count):
        await here.lull(0.5, 3.0)
        trouble = here.random.random()
        if trouble < 0.3:
            here.stage.discord.disconnect(resumable=trouble < 0.15)
        elif trouble < 0.5:
            here.stage.discord.faults.add("*", "/channels/**", status=503, times=here.random.randint(1, 10))
        if here.random.random() < 0.2:
            await _reload(here, "[xai]\nsearch_turns = 0\n", "settings.not_reloaded")
        else:
            turns = here.random.choice([each for each in range(1, MOST_TURNS + 1) if each != turns])
            restart = here.random.choice(("", '[web]\nlisten = "127.0.0.1:0"\n'))
            await _reload(here, f"[xai]\nsearch_turns = {turns}\n{restart}", "settings.reloaded")
        await asyncio.sleep(UNDER_WAY_SECONDS)
        before = len(here.stage.grok.requests)
        await here.lull(2.0, 6.0)
        asked = [call.request for call in here.stage.grok.requests[before:]]
        others = {each.max_turns for each in asked if isinstance(each, GetCompletionsRequest) and each.max_turns}
        others -= {turns}
        if others:
            here.noticed.append(f"search_turns is {turns}, and the model is asked with {sorted(others)}")
    here.stage.discord.faults.clear()
    await here.ready()


async def _reload(here: Ground, settings: str, event: str) -> None:
    """Waits until the log says what became of it."""
    before = _said(here, event)
    here.daemon.reload(settings)
    try:
        async with asyncio.timeout(RELOADED_SECONDS):
            while _said(here, event) == before:  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.05)
    except TimeoutError:
        here.noticed.append(f"a reload is not followed by {event}")


def _said(here: Ground, event: str) -> int:
    return here.daemon.log.read_text(encoding="utf-8", errors="replace").count(event)


async def updates(here: Ground, count: int) -> None:
    """Another version in a folder of its own takes over, and sometimes does not start: then the one before goes on."""
    folders = [_version(here, "one"), _version(here, "two")]
    broken = _broken_version(here)
    for number in range(count):
        await here.lull(1.0, 5.0)
        await here.daemon.terminate()
        if here.random.random() < 0.3:
            here.daemon.version = broken
            await here.daemon.start()
            await asyncio.sleep(1.5)
            await here.daemon.terminate()
        here.daemon.version = folders[number % 2]
        await here.daemon.start()
        await here.ready()
        runs = here.daemon.log.read_text(encoding="utf-8", errors="replace").rpartition(RUNS)[2].splitlines()[0]
        if not Path(runs).is_relative_to(folders[number % 2]):
            here.noticed.append(f"{runs} runs, and not {folders[number % 2]}")
    here.daemon.version = None


def _version(here: Ground, name: str) -> Path:
    """A copy of everything that the daemon is made of."""
    folder = here.daemon.folder / "versions" / name
    if not folder.exists():
        for room in (Path(grokbot.__file__).parent, Path(__file__).parents[1]):
            shutil.copytree(room, folder / room.name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _broken_version(here: Ground) -> Path:
    folder = here.daemon.folder / "versions" / "broken"
    (folder / "tests").mkdir(parents=True, exist_ok=True)
    (folder / "tests" / "__init__.py").write_text("raise SystemExit(1)\n", encoding="utf-8")
    return folder
