"""What a model can read of a message: words, files, embeds and forwards; and the context of a question.

The context is the message that it replies to and, if it begins a conversation in somebody else's thread, that thread's
title and first message. People who opted out are not read. Not here: whether a message is for us (`triggers`), how the
parts are put together (`conversation.text.quotations`, pure), fetching files (`attachments`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.parts import ImagePart
from grokbot.conversation.response import Author, Overheard
from grokbot.conversation.text import quotations, shortened
from grokbot.conversation.text.background import LONGEST
from grokbot.discord_bot.content.attachments import Attachments, FileSource
from grokbot.discord_bot.content.brought import Brought, attached_to, displayed, embedded, made, pictured_in
from grokbot.discord_bot.content.downloads import downloads_of
from grokbot.discord_bot.content.message_parser import names_of, replied_to, wording_of
from grokbot.discord_bot.content.nearby import readable_by, words_of
from grokbot.discord_bot.content.plain_text import Names, readable
from grokbot.discord_bot.members import writer_of
from grokbot.discord_bot.rate_limits import SEND_ERRORS, Kind, in_short, retry_request
from grokbot.engine.turns import Question
from grokbot.policy.actor import Actor
from grokbot.policy.admission import ALL_READ, MESSAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.content.attachments import File

log = logging.getLogger(__name__)


class MessageReader:
    """Reads messages; one per bot.

    Args:
        bot: The connection.
    """

    def __init__(self, bot: Client) -> None:
        self._bot = bot
        self._engine = bot.engine
        self._files = Attachments(downloads_of(bot))

    async def question(self, message: discord.Message, *, begins: bool = False) -> Question:
        """What a message asks, by whom and where.

        Args:
            message: The message.
            begins: Whether it begins a conversation, which does not know earlier messages.

        Raises:
            StoreError: The database could not say who may be read.
        """
        brought = Brought()
        brought.add(await self._files.read(attached_to(message)), message)
        await self._forwarded(message, brought)
        await self._replied_to(message, brought, begins=begins)
        if begins:
            await self._called_in(message, brought)
        await self._previewed(message, brought)
        return Question(
            actor=await writer_of(self._engine, message),
            text=brought.composed("\n\n".join(self._words(message, names_of(message, self._bot.own_id)))),
            message_id=message.id,
            channel_id=message.channel.id,
            unread=brought.not_shown,
            attachments=brought.attachments,
            quoted_id=brought.quoted_id,
            wording=wording_of(message),
            background=brought.background,
            quotes=frozenset(brought.quoted),
        )

    async def said(self, message: discord.Message, left: int = MESSAGE_BYTES) -> Question:
        """The content of a message that somebody points at, as if its writer asked it. A forward's is another's.

        Raises:
            StoreError: The database could not say who may be read.
        """
        brought = Brought(left=left)
        brought.add(await self._files.read(attached_to(message), left), message)
        brought.add(await self._pictures_in(message.embeds), message)
        await self._forwarded(message, brought)
        words = [*self._words(message, names_of(message, self._bot.own_id)), *embedded(message.embeds)]
        return Question(
            actor=Actor(id=message.author.id, name=message.author.display_name),
            text=brought.composed("\n\n".join(words)),
            message_id=message.id,
            channel_id=message.channel.id,
            unread=brought.not_shown,
            attachments=brought.attachments,
            quoted_id=brought.quoted_id,
        )

    async def given(self, attachment: discord.Attachment, text: str) -> Question:
        """A question with a file that came with a command: no message holds it. Actor and place are left out."""
        brought = Brought()
        brought.add(await self._files.read([FileSource.of(attachment)]), None)
        words = brought.composed(text)
        return Question(Actor(id=0, name=""), words, 0, 0, unread=brought.not_shown, attachments=brought.attachments)

    async def picture(self, attachment: discord.Attachment) -> ImagePart | None:
        """An attached picture, prepared as those of messages are; None if it cannot be read, or is none."""
        [file] = await self._files.read([FileSource.of(attachment)])
        part = file.attached.part(file.attached.data or b"") if file.attached is not None else None
        return part if isinstance(part, ImagePart) else None

    def _words(self, message: discord.Message | discord.MessageSnapshot, names: Names) -> Iterator[str]:
        """What the person wrote or made themselves."""
        if text := readable(message.content, names, own_id=self._bot.own_id).strip():
            yield text
        yield from displayed(message.components)
        yield from made(message)

    async def _pictures_in(self, embeds: Sequence[discord.Embed]) -> Sequence[File]:
        """The pictures of embeds that can be shown; nobody attached the others."""
        return [file for file in await self._files.read(pictured_in(embeds)) if file.attached is not None]

    async def _previewed(self, message: discord.Message, brought: Brought) -> None:
        """Adds what Discord shows of the links in a message."""
        pictures = Brought()
        pictures.add(await self._pictures_in(message.embeds), message)
        text = pictures.composed("\n\n".join(embedded(message.embeds)))
        if text:
            brought.quotes.append(quotations.preview(text))
            brought.take(pictures.attached, None)

    async def _forwarded(self, message: discord.Message, brought: Brought) -> None:
        if not message.message_snapshots:
            return
        writer = await self._writer_of_forwarded(message)
        if writer is not None and await self._engine.privacy.opted_out(*writer):
            return
        for snapshot in message.message_snapshots:
            inner = Brought(left=brought.left)
            inner.add(await self._files.read(attached_to(snapshot), inner.left), message)
            inner.add(await self._pictures_in(snapshot.embeds), message)
            text = inner.composed("\n\n".join((*self._words(snapshot, Names()), *embedded(snapshot.embeds))))
            if text:
                brought.quotes.append(quotations.forwarded(text))
            whose = writer[0] if writer is not None and writer[0] != message.author.id else None
            brought.take(inner.attached, whose, inner.not_shown if text else ALL_READ)
            brought.left = inner.left
            brought.unread += inner.unread if not text else ()
        if writer is not None and writer[0] != message.author.id:
            brought.quoted_id = writer[0]

    async def _writer_of_forwarded(self, message: discord.Message) -> tuple[int, datetime] | None:
        """The author of a forwarded message, and its time, if they can be found: a forward does not contain them."""
        origin = message.reference
        if origin is None or origin.message_id is None:
            return None
        at = discord.utils.snowflake_time(origin.message_id)
        known = await self._engine.places.response_at(origin.message_id)
        if known is not None and known.author is not None:
            return known.author.id, at
        found = await self._fetched(self._bot.get_channel(origin.channel_id), origin.message_id)
        return (found.author.id, at) if found is not None else None

    async def _replied_to(self, message: discord.Message, brought: Brought, *, begins: bool) -> None:
        """Adds the message that this one replies to, unless it is ours and so already part of the conversation."""
        pointed_at = replied_to(message)
        if pointed_at is None or (pointed_at.author.id == self._bot.own_id and not begins):
            return
        if await self._engine.privacy.opted_out(pointed_at.author.id, pointed_at.created_at):
            return
        said = await self.said(pointed_at, brought.left)
        if not said.text:
            return
        brought.quotes.append(quotations.in_reply(said.actor.name, said.text))
        brought.quoted.add(pointed_at.id)
        whose = said.quoted_id or pointed_at.author.id
        writer_id = whose if whose != message.author.id else None
        brought.take(said.attachments, writer_id, said.unread)
        brought.quoted_id = writer_id or brought.quoted_id

    async def _called_in(self, message: discord.Message, brought: Brought) -> None:
        """Adds the title and first message of somebody else's thread in which we are called."""
        thread = message.channel
        if not isinstance(thread, discord.Thread) or thread.owner_id == self._bot.own_id:
            return
        opted_out = self._engine.privacy.opted_out
        if await opted_out(thread.owner_id, thread.created_at or message.created_at):
            return  # the title is theirs
        place = "forum post" if isinstance(thread.parent, discord.ForumChannel) else "thread"
        first = await self._first_message(thread, message.author) if thread.id != message.id else None
        if first is None or await opted_out(first.author.id, first.created_at):
            brought.quotes.insert(0, quotations.called_in(place, thread.name))
            return
        said = await self.said(first, brought.left)
        writer_id = said.quoted_id or first.author.id
        if brought.quoted_id in (None, writer_id) or writer_id == message.author.id:
            brought.quotes.insert(0, quotations.called_in(place, thread.name, said.actor.name, said.text))
            brought.quoted.add(first.id)
            brought.take(said.attachments, writer_id if writer_id != message.author.id else None)
            if said.text and writer_id != message.author.id:
                brought.quoted_id = writer_id
        else:
            brought.quotes.insert(0, quotations.called_in(place, thread.name))
            author = Author(first.author.id, first.author.display_name)
            text = shortened("\n".join(words_of(first, self._bot.own_id)), LONGEST)
            brought.background = (Overheard(first.id, author, first.created_at, text),)

    async def _first_message(
        self, thread: discord.Thread, reader: discord.User | discord.Member
    ) -> discord.Message | None:
        """Fetches a thread's first message, which has the thread's id; it may be in the channel above.

        None also if the person who calls us may not read what was said there before.
        """
        there = thread if isinstance(thread.parent, discord.ForumChannel) else thread.parent
        if there is None or not isinstance(reader, discord.Member) or not readable_by(there, reader):
            return None
        return await self._fetched(there, thread.id)

    async def _fetched(self, channel: object, message_id: int) -> discord.Message | None:
        """Fetches a message; None if it is gone, or we may not see it."""
        if not isinstance(channel, (discord.TextChannel, discord.Thread, discord.VoiceChannel, discord.StageChannel)):
            return None
        if not readable_by(channel, channel.guild.me):
            return None
        await self._bot.traffic.urgent(channel.id, Kind.OTHER)
        try:
            return await retry_request(lambda: channel.fetch_message(message_id), "message")
        except SEND_ERRORS as error:
            log.info("discord.message_unread message=%d error=%s", message_id, in_short(error))
            return None
