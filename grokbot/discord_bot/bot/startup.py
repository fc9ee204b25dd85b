"""Logging in, connecting and closing, with discord.py's exceptions turned into what an operator can act on.

Not here: what the bot does while it is connected (`bot`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import discord
from stamina.instrumentation import set_on_retry_hooks

from grokbot.conversation.errors import ConfigurationError
from grokbot.discord_bot.bot.bot import GrokBot
from grokbot.discord_bot.connection import AWAY, ReconnectPauses, point_at
from grokbot.discord_bot.rate_limits import in_short

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from grokbot.engine.engine import Engine
    from grokbot.settings import DiscordSettings

ClientT = TypeVar("ClientT", bound=discord.Client)

log = logging.getLogger(__name__)

BAD_TOKEN = (
    "Discord does not accept discord.token. Reset the token in the developer portal under Bot, and set the new one."  # noqa: S105 - no token
)
AUTHENTICATION_FAILED = 4004
"""The gateway's close code for a token that it does not accept (Discord's documentation)."""

NO_INTENT = (
    "The message content intent is off, so people must mention the bot in each message. Switch it on in Discord's "
    "developer portal under Bot, Privileged Gateway Intents."
)


class DiscordUnreachableError(Exception):
    """Discord cannot be reached; a later try may help."""


async def logged_in(
    settings: DiscordSettings,
    engine: Engine,
    away: Callable[[DiscordUnreachableError], None],
    *,
    public_url: str | None = None,
) -> GrokBot:
    """A bot that may write, but hears nothing yet; the caller closes it. Waits as long as Discord is away.

    Args:
        settings: Where Discord is, and how the bot appears there.
        engine: Answers the bot's questions.
        away: Called after each failed try.
        public_url: Where share pages are served.

    Raises:
        ConfigurationError: Discord does not accept the token.
    """
    point_at(settings)
    set_on_retry_hooks(())  # retries are logged here, by name and without the errors' texts
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # the bot has no voice, so it misses nothing
    pauses = ReconnectPauses()
    while True:
        try:
            return await _logged_in(settings, engine, public_url)
        except DiscordUnreachableError as error:
            pause = pauses.delay()
            log.warning("discord.away error=%s again_in=%.1f", error, pause)
            away(error)
        await asyncio.sleep(pause)


@asynccontextmanager
async def connected(bot: GrokBot) -> AsyncIterator[asyncio.Task[None]]:
    """Connects the bot to the gateway and closes it at the end; the task ends when the connection does, for good.

    Commands are registered meanwhile: comparing them takes as long as the gateway does.

    The task raises:
        ConfigurationError: Discord does not accept the token, or no longer grants an intent.
        UnreachableError: Discord closed the connection for good.
    """
    connection = asyncio.create_task(_connect(bot), name="discord connection")
    commands = asyncio.create_task(_with_commands(bot), name="commands")
    try:
        yield connection
    finally:
        await bot.close()
        for each in (connection, commands):  # either may be pausing before its next try, which closing does not end
            each.cancel()
        await asyncio.wait([connection, commands])
        if not connection.cancelled() and (error := connection.exception()) is not None:
            log.warning("discord.connection_ended error=%s", in_short(error))


async def _logged_in(settings: DiscordSettings, engine: Engine, public_url: str | None) -> GrokBot:
    bot = await login(GrokBot(engine, message_content=True, public_url=public_url), settings)
    if not bot.may_read_messages:
        log.warning("discord.no_message_content %s", NO_INTENT)
        await bot.close()
        bot = await login(GrokBot(engine, message_content=False, public_url=public_url), settings)
    try:
        await bot.prepare()
    except BaseException as error:
        await bot.close()
        if isinstance(error, AWAY):
            raise unreachable(settings, error) from None
        raise
    return bot


async def login(client: ClientT, settings: DiscordSettings) -> ClientT:
    """Logs in, without connecting; closes the client if that fails.

    Raises:
        ConfigurationError: Discord does not accept the token.
        UnreachableError: Discord does not answer.
    """
    try:
        await client.login(settings.token.get_secret_value())
    except BaseException as error:
        await client.close()
        if isinstance(error, discord.LoginFailure):
            raise ConfigurationError("discord.token", BAD_TOKEN) from None
        if isinstance(error, AWAY):
            raise unreachable(settings, error) from None
        raise
    return client


async def _connect(bot: GrokBot) -> None:
    try:
        await bot.connect(reconnect=True)
    except discord.PrivilegedIntentsRequired:
        raise ConfigurationError("discord.token", NO_INTENT) from None
    except discord.ConnectionClosed as closed:
        if closed.code == AUTHENTICATION_FAILED:
            raise ConfigurationError("discord.token", BAD_TOKEN) from None
        raise DiscordUnreachableError(f"Discord closed the connection with code {closed.code}") from None


async def _with_commands(bot: GrokBot) -> None:
    try:
        await bot.register_commands()
    except Exception:
        log.exception("discord.commands_not_synced")  # messages are answered all the same


def unreachable(settings: DiscordSettings, error: BaseException) -> DiscordUnreachableError:
    """The error for Discord's being `AWAY`."""
    return DiscordUnreachableError(f"Discord cannot be reached at {settings.api_url}: {_reason(error)}")


def _reason(error: BaseException) -> str:
    """An error's name without the request's content."""
    return f"HTTP {error.status}" if isinstance(error, discord.HTTPException) else str(error) or type(error).__name__
