"""`grokbot sandbox` in the terminal: a play, or both servers alone for other programs.

Not here: the servers (`sandbox`), the page (page.py), parsing (`cli`).
"""

from __future__ import annotations

import asyncio
import os
import shlex
import stat
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console

from grokbot.sandbox.stage import stage
from grokbot.sandbox.story import Film, Player, StoryStep
from grokbot.sandbox.story.picture import Look, Pictures
from grokbot.sandbox.story.values import BOT
from grokbot.sandbox_run.page import PageOptions, page, quiet_logs, stop_signals
from grokbot.sandbox_run.ports import Ports
from grokbot.sandbox_run.stories import FIRST_STORY, load_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from grokbot.sandbox.stage import Stage
    from grokbot.sandbox.story import Story


async def serve(ports: Ports) -> None:
    """Keeps both servers running until Ctrl-C or SIGTERM, and prints what another program needs."""
    with stop_signals() as stop:
        async with stage(discord_port=ports.discord, grok_port=ports.grok) as here:
            for name, value in here.environment().items():
                print(f"export {name}={shlex.quote(value)}")
            print(f"# Discord: {here.discord.api_url}   Grok: {here.grok.target}")
            print("# Say something as alice in #general, once a bot is connected:")
            say = f'{{"author": "alice", "channel": "general", "content": "{here.discord.bot_user.mention} hello"}}'
            print(f"# curl -d {shlex.quote(say)} {here.discord.world.origin}/sandbox/say")
            print("# Ctrl-C ends both.", flush=True)
            await stop.wait()


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """What is played in the terminal.

    Attributes:
        ports: Where the servers listen.
        mode: How Grok is asked: stateless or stateful.
        say: What is said; empty: standard input, or the story.
        script: A story's file or name; None: the story that comes along.
        picture: A file for a picture of the thread.
        look: How pictures look.
    """

    ports: Ports = field(default_factory=Ports)
    mode: str = "stateless"
    say: Sequence[str] = ()
    script: str | None = None
    picture: Path | None = None
    look: Look = field(default_factory=Look)


async def play(options: PlayOptions) -> None:
    """Runs the daemon between both servers and plays a story through it.

    Raises:
        StoryError: The story cannot be read or played.
        PictureError: A picture cannot be made.
        TimeoutError: An answer did not come to its end.
    """
    quiet_logs()
    console = Console()
    story = load_story(options.script or FIRST_STORY)
    around = PageOptions(ports=options.ports, mode=options.mode, story=story, notice="")
    async with page(around) as (served, bot, here):
        film, pictures = Film(here.discord, console), None
        if options.picture is not None:
            several = sum(step.act == "picture" for step in story.steps) > 1
            pictures = Pictures(here.discord, options.picture, options.look, several=several)
        paint = pictures.paint if pictures is not None else None
        player = Player(story, here.discord, here.grok, bot, served.troubles, paint)
        async for step in _steps(options, story):
            await film.show(player.play_step(step))
        await film.show(player.settle())
        if pictures is not None and not pictures.made:
            await player.play_step(StoryStep(0, "picture", what="thread"))
        for made in pictures.made if pictures is not None else ():
            console.print(f"Picture: {made}", style="dim")
        if pictures is not None and pictures.missed:
            console.print("Chromium is not installed, so pictures are SVG.", style="dim")
        console.print(f"\n{_summary(player, here)}", style="dim")


def _summary(player: Player, here: Stage) -> str:
    """What it took, counted by the loopback Discord."""
    requests = here.discord.requests
    edits = sum(1 for call in requests if call.method == "PATCH")
    return (
        f"{player.answers} turns · {len(requests)} requests to Discord, {edits} of them edits · "
        f"{here.discord.count_429} rate limits hit · {len(here.grok.requests)} requests to Grok"
    )


def lines_are_piped_in() -> bool:
    """Whether standard input is a pipe or a file: a terminal and /dev/null say nothing."""
    try:
        kind = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):  # it is closed
        return False
    return stat.S_ISFIFO(kind) or stat.S_ISREG(kind) or stat.S_ISSOCK(kind)


async def _steps(options: PlayOptions, story: Story) -> AsyncIterator[StoryStep]:
    """What was given, what comes in on standard input, or the story's own steps."""
    said = 0
    async for text in _lines(options):
        mention = "" if said else f"{BOT} "
        said += 1
        yield StoryStep(said, "says", story.people[0].name, f"{mention}{text}", answered=True)
    if not said:
        for step in story.steps:
            yield step


async def _lines(options: PlayOptions) -> AsyncIterator[str]:
    for text in options.say:
        yield text
    if not options.say and options.script is None and lines_are_piped_in():
        while text := await asyncio.to_thread(sys.stdin.readline):
            if text.strip():
                yield text.strip()
