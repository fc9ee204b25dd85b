"""What commands, buttons and threads may use of the connection to Discord.

Not here: events and how they are handled (`bot`), staying connected (`connection`).
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import StoreError
from grokbot.discord_bot.connection import ResilientClient
from grokbot.engine.admission import LANGUAGE
from grokbot.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from gettext import NullTranslations

    import discord
    from discord import app_commands

    from grokbot.conversation.parts import ImagePart
    from grokbot.conversation.response import Conversation
    from grokbot.discord_bot.rate_limits import Traffic
    from grokbot.engine.engine import Engine
    from grokbot.engine.turns import Question
    from grokbot.process.health import Health
    from grokbot.settings import DiscordSettings


class NewThreads:
    """Threads opened without a message whose conversation has not begun yet. One per bot.

    Discord announces a thread before it answers the request that opened it, so somebody may write there first. A thread
    under a message has the message's id; messages there wait in the queue of that id.
    """

    def __init__(self) -> None:
        self._under: defaultdict[int, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def opened_under(self, parent_id: int) -> Iterator[None]:
        """Covers the time from before the request for a thread until its conversation has begun, or cannot begin.

        Args:
            parent_id: The channel of the thread.
        """
        settled = asyncio.Event()
        self._under[parent_id].add(settled)
        try:
            yield
        finally:
            settled.set()
            self._under[parent_id].discard(settled)
            if not self._under[parent_id]:
                del self._under[parent_id]

    async def settled(self, parent_id: int) -> None:
        """Waits for the threads that are being opened in a channel now."""
        for settled in tuple(self._under.get(parent_id, ())):
            await settled.wait()


MOST_LOCALES = 10_000
"""Direct messages whose language is remembered."""


class Client(ResilientClient, ABC):
    """The bot's interface for the rest of this room."""

    tree: app_commands.CommandTree[Client]
    engine: Engine
    traffic: Traffic
    reply_traffic: Traffic
    """What may be sent by the tokens of interactions, by the interaction's id; it counts for nobody else."""
    new_threads: NewThreads
    command_ids: Mapping[str, int]
    """The ids of the slash commands by name, as far as Discord has told them."""
    public_url: str | None
    """Where share pages are served, without a slash at the end; None if they are off."""

    def __init__(self, *, health: Health, **options: Any) -> None:
        self._locales: dict[int, str] = {}
        super().__init__(health=health, **options)

    @property
    def settings(self) -> DiscordSettings:
        """How it appears in Discord, as it is now."""
        return self.engine.context.settings.discord

    def language_for(self, interaction: discord.Interaction[Any]) -> NullTranslations:
        """The language of a person who gives a command or presses a button: what only they see is in it."""
        locale = str(interaction.locale)
        if interaction.guild_id is None and interaction.channel_id is not None:
            if len(self._locales) > MOST_LOCALES:
                self._locales.clear()
            self._locales[interaction.channel_id] = locale
        return language_of(locale)

    async def language_at(self, guild_id: int | None, channel_id: int | None = None) -> NullTranslations:
        """The language of what everybody reads in a server: as set there, otherwise the one that Discord names for it.

        Args:
            guild_id: The server; None: direct messages, which have no language of their own.
            channel_id: The channel; only of direct messages it matters: the language of the last command there counts.
        """
        if guild_id is None:
            return language_of(self._locales.get(channel_id or 0, self.settings.language))
        try:
            chosen = (await self.engine.moderation.settings.effective(guild_id)).get(LANGUAGE)
        except StoreError:  # what is said is about that, perhaps
            chosen = None
        guild = self.get_guild(guild_id)
        return language_of(chosen or (str(guild.preferred_locale) if guild is not None else self.settings.language))

    async def language_in(self, channel: discord.abc.MessageableChannel) -> NullTranslations:
        """The language of what everybody reads in a channel, as `language_at` has it."""
        guild = getattr(channel, "guild", None)  # a group's channel has none
        return await self.language_at(guild.id if guild is not None else None, channel.id)

    async def language_of_reply(self, interaction: discord.Interaction[Any], *, private: bool) -> NullTranslations:
        """The language of a reply to an interaction: the person's if only they see it, else that of the place.

        Args:
            interaction: The command or press. It may come from a server that the bot is not in.
            private: Whether only the person sees the reply.
        """
        guild_id, named = interaction.guild_id, interaction.guild_locale
        if private:
            return self.language_for(interaction)
        if guild_id is not None and named is not None and self.get_guild(guild_id) is None:
            return language_of(str(named))
        return await self.language_at(guild_id, interaction.channel_id)

    @property
    def own_id(self) -> int:
        """The bot's own id; known after the login."""
        if self.user is None:
            raise RuntimeError("an event arrived before the login")
        return self.user.id

    @abstractmethod
    def in_flight(self) -> AbstractContextManager[None]:
        """While it is open, a stop waits for the task that opened it."""

    @abstractmethod
    async def read(self, message: discord.Message) -> Question:
        """Reads a message that somebody points at, as if its writer asked it.

        Raises:
            StoreError: The database could not say whether the writer opted out.
        """

    @abstractmethod
    async def picture(self, attachment: discord.Attachment) -> ImagePart | None:
        """An attached picture, prepared as those of messages are; None if it cannot be read, or is none."""

    @abstractmethod
    async def given(self, attachment: discord.Attachment, text: str) -> Question:
        """A question with a file that came with a command; its actor and place are still to be filled in."""

    @abstractmethod
    async def question(self, message: discord.Message, *, begins: bool) -> Question:
        """What a message asks.

        Args:
            message: The message.
            begins: Whether it opens a conversation.

        Raises:
            StoreError: The database could not say whether somebody opted out.
        """

    @abstractmethod
    async def handle(self, message: discord.Message, *, held: bool = False) -> bool:
        """Takes a message in.

        Args:
            message: The message.
            held: Whether the caller holds the queue of its channel.

        Returns:
            Whether it was for the bot.
        """

    @abstractmethod
    async def ask_again(self, message: discord.Message) -> bool:
        """Takes in a message that was refused before. Returns whether it was for the bot.

        Raises:
            GrokbotError, discord.DiscordException, aiohttp.ClientError, OSError: Why it is not answered now either.
            AlreadyKnownError: It was answered meanwhile.
        """

    @abstractmethod
    async def written(self, response_id: str) -> None:
        """Waits until the database knows the message in which an answer is being sent."""

    @abstractmethod
    async def say_that_mentions_are_needed(self, channel: discord.abc.MessageableChannel, message_id: int) -> None:
        """Says once, where a conversation begins, that mentions are needed, if the bot sees no other messages."""

    @abstractmethod
    async def first_used(self, interaction: discord.Interaction[Any]) -> None:
        """Shows the privacy notice to a person who uses the bot for the first time."""

    def command_mention(self, command: str) -> str:
        """A command that people can click, such as `</privacy notice:1>`; `` `/privacy notice` `` if its id is unknown.

        Args:
            command: Its name without the slash; of a group only its subcommands can be clicked.
        """
        known = self.command_ids.get(command.split(" ", maxsplit=1)[0])
        return f"</{command}:{known}>" if known is not None else f"`/{command}`"

    @abstractmethod
    def rename(self, conversation: Conversation) -> None:
        """Gives a thread the title of its conversation, when Discord allows it."""
