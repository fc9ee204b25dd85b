"""`grokbot sandbox` in the terminal: a play, or both servers alone for other programs.

Not here: the servers (`sandbox`), the page (page.py), parsing (`cli`).
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from grokbot import daemon
from grokbot.process.sd_notify import Notifier
from grokbot.sandbox.player import PLAY, Player, ScriptLine
from grokbot.sandbox.stage import stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the servers listen on 127.0.0.1; 0 for a free port."""

    discord: int = 0
    grok: int = 0


async def serve(ports: Ports) -> None:
    """Keeps both servers running until Ctrl-C or SIGTERM, and prints what another program needs."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with stage(discord_port=ports.discord, grok_port=ports.grok) as here:
        for name, value in here.environment().items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"# Discord: {here.discord.api_url}   Grok: {here.grok.target}")
        print("# Say something as alice in #general, once a bot is connected:")
        say = f'{{"author": "alice", "channel": "general", "content": "{here.discord.bot_user.mention} hello"}}'
        print(f"# curl -d {shlex.quote(say)} {here.discord.world.origin}/sandbox/say")
        print("# Ctrl-C ends both.", flush=True)
        await stop.wait()


async def play(ports: Ports, say: tuple[str, ...], mode: str, picture: Path | None) -> None:
    """Runs the daemon between both servers and plays a conversation through it.

    Args:
        ports: Where the servers listen.
        say: What is said; empty: standard input, or the play that comes along.
        mode: How Grok is asked: stateless or stateful.
        picture: A file for an SVG of the thread.

    Raises:
        TimeoutError: An answer did not come to its end.
    """
    console = Console()
    stop = asyncio.Event()
    with tempfile.TemporaryDirectory(prefix="grokbot-") as folder:
        async with stage(discord_port=ports.discord, grok_port=ports.grok) as here:
            settings = here.settings(Path(folder), mode=mode, titles=True)
            running = asyncio.create_task(daemon.run(settings, Notifier(None), stop))
            player = Player(here, console, picture)
            playing = asyncio.create_task(player.play(_lines(say)))
            await asyncio.wait([running, playing], return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            playing.cancel()
            await asyncio.wait([running, playing])
            running.result()
            if not playing.cancelled():
                playing.result()
            console.print(f"\n{player.summary()}", style="dim")


def lines_are_piped_in() -> bool:
    """Whether standard input is a pipe or a file: a terminal and /dev/null say nothing."""
    try:
        kind = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):  # it is closed
        return False
    return stat.S_ISFIFO(kind) or stat.S_ISREG(kind) or stat.S_ISSOCK(kind)


async def _lines(say: tuple[str, ...]) -> AsyncIterator[ScriptLine]:
    """What was given, what comes in on standard input, or the play that comes along."""
    if say:
        for text in say:
            yield ScriptLine(text)
        return
    said = False
    if sys.stdin is not None and not sys.stdin.isatty():
        while text := await asyncio.to_thread(sys.stdin.readline):
            if text.strip():
                said = True
                yield ScriptLine(text.strip())
    if not said:
        for line in PLAY:
            yield line
