"""The real bot in somebody else's Discord: simcord in memory, the loopback Grok over gRPC, a database file.

Here: putting it together as the daemon does, and looking at what came of it. Not here: what is proven.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
from pydantic import SecretStr
from simcord.env import Env

from grokbot.discord_bot.bot import DiscordLink, GrokBot
from grokbot.engine.admission import Membership
from grokbot.engine.context import Context, id_maker
from grokbot.engine.engine import Engine
from grokbot.sandbox.grok_server import GrokRules, GrokSandbox
from grokbot.settings import (
    ConversationSettings,
    DaemonSettings,
    DiscordSettings,
    PrivacySettings,
    Settings,
    StoreSettings,
    XaiSettings,
)
from grokbot.store import Store
from grokbot.xai.client import GrokClient
from tests.panel_words import panel_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from simcord.actors import MemberActor
    from simcord.builders import ChannelHandle, GuildHandle
    from simcord.results import InteractionResult

    from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest

PATIENCE_SECONDS = 20.0
"""What an actor's verb may take in all: it returns as soon as the bot has nothing left to do."""


@dataclass(slots=True)
class House:
    """Everything a test looks at. `bot` and `engine` are those of the newest start."""

    settings: Settings
    env: Env
    grok: GrokSandbox
    bot: GrokBot
    engine: Engine
    guild: GuildHandle
    general: ChannelHandle
    alice: MemberActor
    bob: MemberActor
    rooms: AsyncExitStack

    @property
    def mention(self) -> str:
        """How the bot is mentioned. Here, as for applications of Discord's first years, its id is not theirs."""
        return f"<@{self.env.backend.bot_user.id}>"

    def threads(self, channel: ChannelHandle | None = None) -> Sequence[ChannelHandle]:
        """The threads under a channel, oldest first."""
        return (channel or self.general).threads

    def said(self, channel: ChannelHandle) -> Sequence[str]:
        """What the bot wrote in a channel, oldest first, without what only one person sees."""
        return [m.content for m in self.written(channel)]

    def written(self, channel: ChannelHandle) -> Sequence[discord.Message]:
        """The bot's messages in a channel, oldest first."""
        own = self.env.backend.bot_user.id
        return [m for m in channel.history() if m.author.id == own and not m.flags.ephemeral and m.type in TEXT]

    def asked(self) -> Sequence[GetCompletionsRequest]:
        """The requests for an answer that Grok got, oldest first."""
        return [call.request for call in self.grok.requests if call.method == "GetCompletionChunk"]  # type: ignore[misc] # its only request

    def wanted(self, number: int = -1) -> str:
        """What the last message of a request said, with the name before it."""
        return self.asked()[number].messages[-1].content[0].text

    async def restart(self, settings: Settings | None = None) -> None:
        """Another process on the same database: a new bot, engine and store. Nothing is left in memory."""
        await self.rooms.aclose()
        self.settings = settings or self.settings
        self.engine, link = await furnish(self.settings, self.rooms)
        self.bot = make_bot(self.engine)
        await self.env.restart_bot(self.bot)
        await self.bot.register_commands()
        link.connect(self.bot)


TEXT = (discord.MessageType.default, discord.MessageType.reply, discord.MessageType.chat_input_command)


def private_words(result: InteractionResult) -> str:
    """What only the person who acted was told; fails if that is not one message, or everybody sees it."""
    pressed = result._interaction.source_message_id  # a button's own message stands there as the response
    given = [message for message in (result.response, *result.followups) if message is not None]
    told = [message for message in given if message.id != pressed]
    assert [message.ephemeral for message in told] == [True], told
    return told[0].content or panel_text(told[0].components)


def settings_for(grok: GrokSandbox, folder: Path, *, notice: str = "", **given: Any) -> Settings:
    """As an operator would write them, who shows no notice unless a test wants one; `given` are Discord's."""
    return Settings(
        discord=DiscordSettings(token=SecretStr("a-token"), **given),
        xai=XaiSettings(api_key=SecretStr(grok.api_key), target=grok.target, insecure=True),
        store=StoreSettings(url=str(folder / "grokbot.sqlite3")),
        conversation=ConversationSettings(titles=False),
        daemon=DaemonSettings(),
        privacy=PrivacySettings(notice=notice),
    )


async def furnish(settings: Settings, stack: AsyncExitStack) -> tuple[Engine, DiscordLink]:
    """Store, client and engine, as the daemon builds them."""
    store = await Store.open(settings.store.url)
    stack.push_async_callback(store.close)
    grok = GrokClient(settings.xai, tries=2, first_pause=0.01, outage_seconds=0.0)
    stack.push_async_callback(grok.close)
    context = Context(settings, store, grok, lambda: datetime.now(UTC), id_maker())
    link = DiscordLink(context.events)
    engine = Engine(context, Membership(link.person))
    stack.push_async_callback(engine.drain, 0.0)
    return engine, link


def make_bot(engine: Engine, *, message_content: bool = True) -> GrokBot:
    """A bot that has not logged in."""
    bot = GrokBot(engine, message_content=message_content)
    bot.shard_count = 1
    return bot


@asynccontextmanager
async def running(bot: GrokBot, *, check_errors: bool) -> AsyncIterator[Env]:
    """As the library's `run`, which cannot be a fixture's: it wants to leave in the context in which it was entered."""
    env = Env(bot, check_errors=check_errors, settle_timeout=PATIENCE_SECONDS)
    await env.start()
    try:
        yield env
    finally:
        await env.shutdown()
    if check_errors:
        env.raise_errors()


@asynccontextmanager
async def open_house(
    folder: Path, *, message_content: bool = True, check_errors: bool = True, **given: Any
) -> AsyncIterator[House]:
    """The bot at work in a guild with one channel and two people."""
    async with AsyncExitStack() as stack:
        grok = await stack.enter_async_context(GrokSandbox(GrokRules(tokens_per_second=2000.0)))
        rooms = await stack.enter_async_context(AsyncExitStack())
        settings = settings_for(grok, folder, **given)
        engine, link = await furnish(settings, rooms)
        bot = make_bot(engine, message_content=message_content)
        env = await stack.enter_async_context(running(bot, check_errors=check_errors))
        await bot.register_commands()
        link.connect(bot)
        guild = env.create_guild()
        general = guild.create_text_channel("general")
        alice = guild.add_member(env.create_user("alice", global_name="Alice"))
        bob = guild.add_member(env.create_user("bob", global_name="Bob"))
        yield House(settings, env, grok, bot, engine, guild, general, alice, bob, rooms)
