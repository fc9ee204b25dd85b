"""The page of `grokbot sandbox`: first world, daemon, page, until Ctrl-C or SIGTERM.

Not here: each of these (`sandbox`, bot.py), the command line (`cli`).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import webbrowser
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.process import loop_lag
from grokbot.sandbox.first_world import first_world
from grokbot.sandbox.page import PageServer
from grokbot.sandbox.page.trouble import Trouble
from grokbot.sandbox.stage import Stage, servers
from grokbot.sandbox.story import Player, StoryError, furnish
from grokbot.sandbox_run.bot import Bot
from grokbot.sandbox_run.forests import Forests
from grokbot.sandbox_run.ports import Ports
from grokbot.settings import WebSettings, XaiSettings
from grokbot.settings.privacy import NOTICE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from pydantic import SecretStr

    from grokbot.sandbox.discord_server import DiscordSandbox, Rules
    from grokbot.sandbox.grok_server import GrokRules, GrokSandbox
    from grokbot.sandbox.story import Story
    from grokbot.settings import Settings

END_SECONDS = 1.5
"""How long the daemon may take at the end; what it has not kept by then nobody will look at."""

DRAIN_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What the page is started with.

    Attributes:
        port: Of the page on 127.0.0.1; 0 for a free one.
        ports: Of the servers.
        mode: How Grok is asked: stateless or stateful.
        key: Of the real Grok, which is then asked; None: the loopback one is.
        browser: Whether a browser is opened.
        story: What is in the world, and what can be played in it; None: the first world.
        play: Whether the story is played at once.
        notice: The bot's privacy notice; empty: none.
    """

    port: int = 0
    ports: Ports = field(default_factory=Ports)
    mode: str = "stateless"
    key: SecretStr | None = None
    browser: bool = True
    story: Story | None = None
    play: bool = False
    notice: str = NOTICE


def quiet_logs() -> None:
    """What would only frighten here: held-up loops, of both servers too, and discord.py's tracebacks of any trouble."""
    logging.getLogger(loop_lag.__name__).setLevel(logging.ERROR)
    logging.getLogger("discord").setLevel(logging.CRITICAL)


async def show_page(options: PageOptions) -> None:
    """Serves the page until Ctrl-C or SIGTERM, and prints where it is.

    Raises:
        OSError, RuntimeError: A port is taken.
    """
    quiet_logs()
    with stop_signals() as stop:
        async with page(options) as (served, bot, here), _story(options, served, bot, here):
            print(f"The sandbox is at {served.address}")
            if options.key is not None:
                print("Grok is the real one: answers are billed to your key, and what you type is sent to xAI.")
            print("Ctrl-C ends it; nothing is kept.", flush=True)
            if options.browser and _may_open_browser():
                # Some browsers are waited for until they are closed.
                threading.Thread(target=webbrowser.open, args=(served.address,), daemon=True).start()
            await stop.wait()


@asynccontextmanager
async def page(
    options: PageOptions, rules: Rules | None = None, grok_rules: GrokRules | None = None
) -> AsyncIterator[tuple[PageServer, Bot, Stage]]:
    """The page, its bot and its world; the bot is still starting.

    Args:
        options: What it is started with.
        rules: The loopback Discord's limits; by default the real one's.
        grok_rules: The loopback Grok's rules; by default the real one's.

    Raises:
        OSError, RuntimeError: A port is taken.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="grokbot-")))
        ports = options.ports
        both = await stack.enter_async_context(
            servers(rules, grok_rules, discord_port=ports.discord, grok_port=ports.grok)
        )
        here = first_world(*both) if options.story is None else _world_of(options.story, *both)
        here.discord.http.set_control(None)  # only who knows the page's address speaks for people
        settings = daemon_settings(here, folder, options)
        conversations = Forests(folder / "grokbot.sqlite3")
        stack.push_async_callback(conversations.close)
        bot = Bot(settings, here.discord, conversations, real_grok=options.key is not None)
        grok = here.grok if options.key is None else None
        title = options.story.title if options.story is not None else None
        served = await stack.enter_async_context(PageServer(here.discord, grok, bot, title=title, port=options.port))
        stack.push_async_callback(bot.stop, END_SECONDS)
        stack.push_async_callback(served.troubles.end)
        await bot.start()
        yield served, bot, here


def _world_of(story: Story, discord: DiscordSandbox, grok: GrokSandbox) -> Stage:
    guild = furnish(story, discord)
    people = list(discord.people.values())
    return Stage(discord, grok, guild.channels[0], people[0], people[-1])


@asynccontextmanager
async def _story(options: PageOptions, served: PageServer, bot: Bot, here: Stage) -> AsyncIterator[None]:
    """Lets the page play the story, at once or when it is asked to, one time after the other."""
    if options.story is None:
        yield
        return
    story, grok = options.story, here.grok if options.key is None else None
    asked = asyncio.Event()

    async def playing() -> None:
        while True:
            await asked.wait()
            asked.clear()  # who presses while it is played sees it once more
            try:
                await Player(story, here.discord, grok, bot, served.troubles).play()
            except (StoryError, TimeoutError) as error:
                print(str(error).partition("\n")[0], file=sys.stderr, flush=True)

    async def ask(_on: bool) -> None:
        asked.set()

    served.troubles.add("story_play", Trouble("Play the story", story.title, "press", ask))
    task = asyncio.create_task(playing(), name="story")
    if options.play:
        asked.set()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def daemon_settings(here: Stage, folder: Path, options: PageOptions) -> Settings:
    """The daemon's settings: as an operator would have them, with share pages on this machine.

    Args:
        here: The servers.
        folder: Of its database.
        options: What the page is started with.
    """
    port = _free_port()
    web = WebSettings(listen=f"127.0.0.1:{port}", public_url=f"http://127.0.0.1:{port}")
    found = here.settings(folder, mode=options.mode, drain_seconds=DRAIN_SECONDS, titles=True, notice=options.notice)
    discord = found.discord.model_copy(update={"user_install": True})
    changed: dict[str, object] = {"web": web, "discord": discord}
    if options.key is not None:
        changed["xai"] = XaiSettings(api_key=options.key)
    return found.model_copy(update=changed)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _may_open_browser() -> bool:
    """A browser as root is refused or harmful; one without a display would take over the terminal."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return False
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """Set by the first SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
