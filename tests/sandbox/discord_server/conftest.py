"""A small bot on the real, unmodified discord.py, pointed at the loopback Discord."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from grokbot.sandbox.discord_server import DiscordSandbox, Rules


class SmallBot(discord.Client):
    """Keeps what it hears; a test sets `on_said` to act on messages."""

    def __init__(self, intents: discord.Intents, **options: Any) -> None:
        super().__init__(intents=intents, **options)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.edits: list[discord.Message] = []
        self.events: list[str] = []
        self.on_said: Callable[[discord.Message], Awaitable[None]] | None = None
        self.news = asyncio.Event()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)
        self.news.set()
        if self.on_said is not None and message.author != self.user:
            await self.on_said(message)

    async def on_message_edit(self, _before: discord.Message, after: discord.Message) -> None:
        self.edits.append(after)
        self.news.set()

    async def on_socket_event_type(self, event: str) -> None:
        self.events.append(event)
        self.news.set()

    async def hears(self, content: str) -> discord.Message:
        """The message that says this; waits for it."""
        await self.until(lambda: any(message.content == content for message in self.heard))
        return next(message for message in self.heard if message.content == content)

    async def until(self, condition: Callable[[], Any], timeout: float = 5.0) -> None:  # noqa: ASYNC109 -- for tests
        async with asyncio.timeout(timeout):
            while not condition():
                self.news.clear()
                await self.news.wait()


AnyClient = TypeVar("AnyClient", bound=discord.Client)
Start = Callable[..., Awaitable[DiscordSandbox]]
Join = Callable[..., Awaitable[SmallBot]]


@asynccontextmanager
async def connected(sandbox: DiscordSandbox, bot: AnyClient) -> AsyncIterator[AnyClient]:
    await bot.login(sandbox.token)
    runner = asyncio.create_task(bot.connect())
    try:
        ready = asyncio.create_task(bot.wait_until_ready())
        await asyncio.wait({ready, runner}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await runner
        yield bot
    finally:
        await bot.close()
        await asyncio.gather(runner, return_exceptions=True)


@pytest.fixture
async def start(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Start a loopback Discord with the given rules; by default without rate limits."""
    async with AsyncExitStack() as stack:

        async def begin(rules: Rules | None = None) -> DiscordSandbox:
            sandbox = await stack.enter_async_context(DiscordSandbox(rules or Rules().unlimited()))
            monkeypatch.setattr(Route, "BASE", sandbox.api_url)
            monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sandbox.gateway_url))
            stack.callback(_check_sound, sandbox)
            return sandbox

        yield begin


def _check_sound(sandbox: DiscordSandbox) -> None:
    assert sandbox.crashes == []
    assert sandbox.unknown_routes == []


@pytest.fixture
async def join() -> AsyncIterator[Join]:
    """Log a bot in; `setup` runs on it before, e.g. to add commands."""
    async with AsyncExitStack() as stack:

        async def begin(
            sandbox: DiscordSandbox,
            *,
            intents: discord.Intents | None = None,
            setup: Callable[[SmallBot], Awaitable[None]] | None = None,
            **options: Any,
        ) -> SmallBot:
            # discord.py waits this long after the last guild before it says that it is ready.
            options.setdefault("guild_ready_timeout", 0.05)
            bot = SmallBot(intents or discord.Intents.all(), **options)
            if setup is not None:
                await setup(bot)
            return await stack.enter_async_context(connected(sandbox, bot))

        yield begin
