"""Both loopback servers with a small Discord guild, and the settings that point a daemon at them.

Not here: the daemon (`cli` runs it beside this), what people say and how it is shown (`player`).
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import SecretStr

from grokbot.sandbox.discord_server import DiscordSandbox, Rules
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

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from grokbot.sandbox.discord_server import Channel, Person

LATENCY_SECONDS = 0.06
"""Latency of every request to Discord, about that of the real one."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a sandbox session needs."""

    discord: DiscordSandbox
    grok: GrokSandbox
    general: Channel
    alice: Person
    bob: Person

    def settings(
        self,
        folder: Path,
        *,
        mode: str = "stateless",
        drain_seconds: float = 5.0,
        titles: bool = False,
        notice: str = "",
    ) -> Settings:
        """A daemon's settings for these servers.

        Args:
            folder: The folder of its database.
            mode: The conversation mode: stateless or stateful.
            drain_seconds: How long running answers may continue after a stop.
            titles: Whether conversations get titles.
            notice: The privacy notice; empty: none.
        """
        return Settings(
            discord=DiscordSettings(
                token=SecretStr(self.discord.token),
                api_url=self.discord.api_url,
                gateway_url=self.discord.gateway_url,
            ),
            xai=XaiSettings(api_key=SecretStr(self.grok.api_key), target=self.grok.target, insecure=True),
            store=StoreSettings(url=str(folder / "grokbot.sqlite3")),
            conversation=ConversationSettings.model_validate({"mode": mode, "titles": titles}),
            daemon=DaemonSettings(drain_seconds=drain_seconds, log_level="warning"),
            privacy=PrivacySettings(notice=notice),
        )

    def environment(self) -> dict[str, str]:
        """The same for another process."""
        return {
            "GROKBOT_DISCORD__TOKEN": self.discord.token,
            "GROKBOT_DISCORD__API_URL": self.discord.api_url,
            "GROKBOT_DISCORD__GATEWAY_URL": self.discord.gateway_url,
            "GROKBOT_XAI__API_KEY": self.grok.api_key,
            "GROKBOT_XAI__TARGET": self.grok.target,
            "GROKBOT_XAI__INSECURE": "true",
        }


@asynccontextmanager
async def servers(
    rules: Rules | None = None,
    grok_rules: GrokRules | None = None,
    *,
    discord_port: int = 0,
    grok_port: int = 0,
) -> AsyncIterator[tuple[DiscordSandbox, GrokSandbox]]:
    """Start both servers, empty.

    Args:
        rules: As in `stage`, like all arguments.
        grok_rules: The loopback Grok's rules.
        discord_port: The loopback Discord's port.
        grok_port: The loopback Grok's port.

    Raises:
        OSError, RuntimeError: A port is taken.
    """
    async with AsyncExitStack() as stack:
        world = DiscordSandbox(rules or Rules(latency=LATENCY_SECONDS), port=discord_port)
        discord = await stack.enter_async_context(world)
        grok = await stack.enter_async_context(GrokSandbox(replace(grok_rules or GrokRules(), port=grok_port)))
        yield discord, grok


@asynccontextmanager
async def stage(
    rules: Rules | None = None,
    grok_rules: GrokRules | None = None,
    *,
    discord_port: int = 0,
    grok_port: int = 0,
) -> AsyncIterator[Stage]:
    """Start both servers, with a guild, a channel and two people.

    Args:
        rules: The loopback Discord's limits; by default the real one's.
        grok_rules: The loopback Grok's rules; by default the real one's.
        discord_port: Its port on 127.0.0.1; 0 for a free one.
        grok_port: The loopback Grok's port; 0 for a free one.

    Raises:
        OSError, RuntimeError: A port is taken.
    """
    async with servers(rules, grok_rules, discord_port=discord_port, grok_port=grok_port) as (discord, grok):
        guild = discord.create_guild("The sandbox")
        general = guild.create_text_channel("general")
        alice = discord.create_user("alice", display_name="Alice")
        bob = discord.create_user("bob", display_name="Bob")
        yield Stage(discord, grok, general, alice, bob)
