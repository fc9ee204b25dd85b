"""Places for new conversations: opened once, however long Discord is away, and across a restart.

The request is kept before Discord is asked for anything (`Backlog.kept`). A thread under a message has the message's
id, so there is never a second one; one without a message is found by its name, if an earlier try opened it. Not here:
how a thread is opened (`threads.threads`), who may begin a conversation (`engine`).
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import AlreadyKnownError
from grokbot.conversation.response import Mode
from grokbot.conversation.text import in_language
from grokbot.discord_bot.answers import is_strange
from grokbot.discord_bot.content import thread_name
from grokbot.discord_bot.inbound.refetch import attached_again
from grokbot.discord_bot.notices import post
from grokbot.discord_bot.notices.texts.answer_text import asked
from grokbot.discord_bot.rate_limits import PATIENCE, Kind, retry_request
from grokbot.discord_bot.threads import around, thread_wishes, threads
from grokbot.engine.admission import Opening
from grokbot.engine.turns import Question
from grokbot.policy.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.records.opening import PendingOpening
    from grokbot.discord_bot.client import Client
    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)

KEPT = ("id", "name", "guild_id", "channel_id", "parent_id", "category_id", "moderator")
"""What `Command` keeps of its author, besides their roles."""

LOOKED_AT = 50
"""Messages to search for what an earlier try has sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that begins a conversation, and its author. See `PendingOpening.command`."""

    name: str
    prompt: str
    token: str
    """The token that answers the command for 15 minutes."""
    mode: str | None = None
    model: str | None = None
    persona: str | None = None
    effort: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    private: bool = False
    in_channel: bool = False
    """Whether it begins in the channel where it was given, without a thread."""
    images: bool = False
    """Whether it makes images: then it is not given again, for it may have been paid for."""
    quoted_id: int | None = None
    pointed_at: list[int] | None = None
    """Channel and id of the message that it asks about, which may have attachments."""
    person: dict[str, Any] = field(default_factory=dict)
    title: str | None = None
    """What Grok calls it; "": it gets its name from the question; None: Grok was not asked yet."""
    thread_id: int | None = None
    starter_id: int | None = None
    """The message that shows it in Discord, once there is one."""

    @classmethod
    def read(cls, text: str) -> Command:
        """Reads the result of `written`."""
        return cls(**json.loads(text))

    @property
    def written(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    def question(self, message_id: int, channel_id: int, attachments: tuple[AttachedFile, ...] = ()) -> Question:
        """The command's question, once a message in Discord shows it.

        Args:
            message_id: That message.
            channel_id: Where.
            attachments: What it asks about.
        """
        return Question(
            Actor(**{name: self.person[name] for name in KEPT}, role_ids=frozenset(self.person["role_ids"])),
            self.prompt,
            message_id,
            channel_id,
            quoted_id=self.quoted_id,
            attachments=attachments,
        )

    def opening(self, wanted: PendingOpening, channel_id: int, channel_ids: tuple[int, ...] = ()) -> Opening:
        """How the conversation of this command begins.

        Args:
            wanted: The kept command.
            channel_id: The thread, or the channel of direct messages.
            channel_ids: The channel and category around the thread, for their settings.
        """
        return Opening(
            guild_id=wanted.guild_id,
            channel_id=channel_id,
            owner_id=wanted.user_id,
            mode=Mode(self.mode) if self.mode is not None else None,
            model=self.model,
            persona=self.persona,
            effort=self.effort,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            in_channel=self.in_channel,
            title=self.title,
            channel_ids=channel_ids,
        )


def as_kept(actor: Actor) -> dict[str, Any]:
    """An actor as `Command` keeps them."""
    return {name: getattr(actor, name) for name in KEPT} | {"role_ids": sorted(actor.role_ids)}


async def opened_apart(engine: Engine, wanted_id: int, apart: threads.Apart) -> discord.Thread:
    """Opens a thread without a message, or returns the one that an earlier try left without a conversation.

    Args:
        engine: Knows which threads have conversations.
        wanted_id: The interaction or message that it is opened for.
        apart: The thread to open.

    Raises:
        AlreadyKnownError: A lost database already began the conversation there.
        discord.DiscordException, aiohttp.ClientError, OSError: Discord refused, or is away for too long.
    """

    async def open_it() -> discord.Thread:
        return await _left_behind(engine, wanted_id, apart) or await threads.apart(apart)

    thread = await retry_request(open_it, "thread", seconds=PATIENCE)
    if thread.last_message_id is not None and await answered_in(engine, thread):
        raise AlreadyKnownError
    return thread


async def answered_in(engine: Engine, thread: discord.Thread) -> bool:
    """Whether a lost database has given an answer in a thread.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: That could not be read.
    """
    if await engine.places.conversation_in(thread.id) is not None:
        return False
    found = await retry_request(lambda: _newest(thread), "history", seconds=PATIENCE)
    return any([await is_strange(engine, message) for message in found if message.author.id == thread.guild.me.id])


async def begun_in_thread(
    bot: Client,
    wanted: PendingOpening,
    command: Command,
    attachments: tuple[AttachedFile, ...] | None = None,
) -> discord.Thread:
    """Opens a thread for a command, beside the place of the command, and begins its conversation.

    Args:
        bot: The client.
        wanted: The kept command: by whom, where and when.
        command: What it asks for.
        attachments: What it asks about; None: not read yet.

    Raises:
        UserError, NotAllowedError, LimitReachedError: It may not begin, or no thread is possible.
        AlreadyKnownError: It has begun before.
        discord.DiscordException, aiohttp.ClientError, OSError: Discord refused, or is away for too long.
    """
    guild = bot.get_guild(wanted.guild_id or 0)
    place = threads.checked_place(guild and guild.get_channel(wanted.channel_id), private=command.private)
    minutes = (await thread_wishes(bot.engine, bot.settings, place)).archive_minutes
    if command.title is None and command.thread_id is None:
        ahead = await bot.engine.titles.ahead(command.prompt, command.opening(wanted, place.id, around(place)))
        command = replace(command, title=ahead.title)
        if command.title is not None:  # the next try finds the thread by its name
            await bot.engine.backlog.keep(replace(wanted, command=command.written))
    apart = threads.Apart(place, command.title or command.prompt, minutes, command.private)
    with bot.new_threads.opened_under(place.id):
        thread = await _thread_known(place, command) or await opened_apart(bot.engine, wanted.id, apart)
        async with threads.closed_on_trouble(thread):
            if command.private:
                person = discord.Object(wanted.user_id)
                await retry_request(lambda: thread.add_user(person), "member", seconds=PATIENCE)
            starter_id = await _starter(bot, thread, wanted, command)
            await bot.engine.backlog.keep(_come_so_far(wanted, command, thread.id, starter_id))
            attached = attachments if attachments is not None else await attached_again(bot, command.pointed_at)
            try:
                await bot.engine.turns.ask(
                    command.question(starter_id, thread.id, attached), command.opening(wanted, thread.id, around(place))
                )
            except AlreadyKnownError:
                log.info("discord.command_again interaction=%d", wanted.id)
    return thread


async def _thread_known(place: discord.TextChannel, command: Command) -> discord.Thread | None:
    """The thread that an earlier attempt opened and noted; discord.py does not know it if it is archived."""
    there = place.get_thread(command.thread_id or 0)
    if there is not None or command.thread_id is None:
        return there
    thread_id = command.thread_id
    found = await retry_request(lambda: place.guild.fetch_channel(thread_id), "thread", seconds=PATIENCE)
    return found if isinstance(found, discord.Thread) else None


async def begun_directly(
    bot: Client,
    wanted: PendingOpening,
    command: Command,
    first: Callable[[str], Awaitable[discord.Message]] | None = None,
    attachments: tuple[AttachedFile, ...] | None = None,
) -> None:
    """Begins the conversation of a command in the channel where it was given: direct messages, or one without threads.

    Args:
        bot: The bot.
        wanted: The kept command.
        command: What it asks for.
        first: Posts the question, as the command's reply; None if the command can no longer be answered.
        attachments: What it asks about; None: not read yet.

    Raises:
        UserError, NotAllowedError, LimitReachedError: It may not begin.
        discord.DiscordException, aiohttp.ClientError, OSError: Discord refused, or is away for too long.
    """
    kind = discord.ChannelType.private if wanted.guild_id is None else None
    channel = bot.get_partial_messageable(wanted.channel_id, guild_id=wanted.guild_id, type=kind)
    starter_id = await _starter(bot, channel, wanted, command, first)
    await bot.engine.backlog.keep(_come_so_far(wanted, command, None, starter_id))
    # Only now: the old one stays current until the new one has its start.
    surroundings = around(bot.get_channel(wanted.channel_id))
    conversation = await bot.engine.turns.open(command.opening(wanted, wanted.channel_id, surroundings))
    attached = attachments if attachments is not None else await attached_again(bot, command.pointed_at)
    await bot.engine.turns.ask(command.question(starter_id, wanted.channel_id, attached), conversation)


def _come_so_far(wanted: PendingOpening, command: Command, thread_id: int | None, starter_id: int) -> PendingOpening:
    """Notes the progress, so that a stop just afterwards does not begin it again."""
    return replace(wanted, command=replace(command, thread_id=thread_id, starter_id=starter_id).written)


async def _starter(
    bot: Client,
    channel: discord.Thread | discord.PartialMessageable,
    wanted: PendingOpening,
    command: Command,
    first: Callable[[str], Awaitable[discord.Message]] | None = None,
) -> int:
    """The message that shows the question; an earlier try's, if there is one."""
    if command.starter_id is not None:
        return command.starter_id
    with in_language(await bot.language_at(wanted.guild_id, wanted.channel_id)):
        text = asked(command.name, command.prompt)
    # A new command has sent nothing yet, and a new thread contains nothing yet.
    in_thread = isinstance(channel, discord.Thread)
    again = channel.last_message_id is not None if isinstance(channel, discord.Thread) else first is None

    async def say() -> int:
        nonlocal again
        if again and (there := await starter_in(bot, channel, wanted.id, text)) is not None:
            return there
        again = True
        if first is not None:
            return (await first(text)).id
        await bot.traffic.urgent(channel.id, Kind.SEND)
        # For the same nonce Discord would return what an earlier try has sent to another thread.
        return (await post(channel, text, nonce=f"{channel.id if in_thread else wanted.id}-q")).id

    return await retry_request(say, "question", seconds=PATIENCE)


async def starter_in(bot: Client, channel: discord.abc.Messageable, wanted_id: int, text: str) -> int | None:
    """Our message that shows the question, if a channel has one.

    Args:
        bot: The client.
        channel: Where to look.
        wanted_id: The interaction; the message came after it.
        text: What it says; its first line may be in another language.
    """
    question = text.strip().partition("\n")[2]
    async for message in channel.history(limit=LOOKED_AT, after=discord.Object(wanted_id), oldest_first=True):
        if message.author == bot.user and message.content.partition("\n")[2] == question:
            return message.id
    return None


async def _left_behind(engine: Engine, wanted_id: int, apart: threads.Apart) -> discord.Thread | None:
    """A thread of ours that was opened for this and has no conversation yet.

    None if it may have been opened for somebody else who asks the same at the same time: two people in one thread, or
    one in another's private one, are worse than a thread that stays empty.
    """
    name = thread_name(apart.text, threads.FALLBACK_NAME)
    others = [each for each in await engine.backlog.openings() if each.id != wanted_id]
    if any(_may_be_of(each, apart, name) for each in others):
        return None
    me = apart.place.guild.me.id
    for thread in apart.place.threads:
        ours = thread.owner_id == me and thread.id > wanted_id and thread.is_private() == apart.private
        if ours and thread.name == name and await engine.places.conversation_in(thread.id) is None:
            return thread
    return None


def _may_be_of(other: PendingOpening, apart: threads.Apart, name: str) -> bool:
    if other.channel_id != apart.place.id:
        return False
    if not other.command:  # a message, whose words are not kept; only its private thread does not hang under it
        return apart.private
    command = Command.read(other.command)
    return thread_name(command.title or command.prompt, threads.FALLBACK_NAME) == name


async def _newest(thread: discord.Thread) -> list[discord.Message]:
    return [message async for message in thread.history(limit=LOOKED_AT)]
