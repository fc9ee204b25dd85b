"""Discord's message turned into what the engine is asked: who wrote where, what a model can read of it.

Not here: whether it is for us (`addressing`), Discord's markup itself (`readable`, pure).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import aiohttp
import discord

from grokbot.conversation.quoting import in_reply
from grokbot.conversation.response import Author
from grokbot.discord_bot.addressing import Heard
from grokbot.discord_bot.persons import writer_of
from grokbot.discord_bot.readable import Names, readable
from grokbot.engine.engine import Question

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation
    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)

FILE_BYTES = 128 * 1024
"""A larger text file is not shown to the model; Discord makes a file of every text that is too long to be pasted."""

MESSAGE_BYTES = 256 * 1024
"""What all files of one message may hold together: it is sent again with every later turn."""

TEXT_ENDINGS = (".txt", ".md", ".csv", ".json", ".log", ".py", ".js", ".ts", ".html", ".css", ".toml", ".yaml", ".yml")


def from_person(message: discord.Message) -> bool:
    """Whether a person wrote it: no bot, no webhook, no system message."""
    written = message.type in (discord.MessageType.default, discord.MessageType.reply)
    return written and not message.author.bot and message.webhook_id is None


def heard(message: discord.Message, own_id: int, conversation: Conversation | None, *, sees_all: bool) -> Heard:
    """The facts by which a message is found to be for us or not.

    Args:
        message: What was written.
        own_id: The bot's.
        conversation: The one that is held there.
        sees_all: Whether Discord shows us messages that do not mention us; it leaves the others empty.
    """
    replied_to = _replied_to(message)
    others = [
        user for user in message.mentions if user.id != own_id and not _pinged_by_reply(user, replied_to, message)
    ]
    return Heard(
        from_person=from_person(message),
        direct=message.guild is None,
        in_thread=isinstance(message.channel, (discord.Thread, discord.PartialMessageable)),
        own_thread=isinstance(message.channel, discord.Thread) and message.channel.owner_id == own_id,
        held_here=conversation is not None,
        mention_only=not sees_all or (conversation is not None and conversation.options.mention_only),
        mentions_us=mentions(message, own_id),
        mentions_others=bool(others) or _mentions_groups(message, own_id),
        replies_to_other=replied_to is not None and replied_to.author.id != own_id,
    )


async def question(engine: Engine, message: discord.Message, own_id: int) -> Question:
    """What a message asks, by whom and where, with text files read.

    What it replies to is left out if whoever wrote that does not want to be read.

    Raises:
        StoreTrouble: It could not be found out who may be read.
    """
    text = readable(message.content, names_of(message), own_id=own_id)
    quoted, replied_to = _quoted(message, own_id), _replied_to(message)
    if replied_to and await engine.privacy.opted_out(replied_to.author.id, replied_to.created_at):
        quoted = ""
    read: list[str] = []
    unread: list[str] = []
    left = MESSAGE_BYTES
    for attachment in message.attachments:
        content = await _content(attachment) if attachment.size <= left else None
        left -= attachment.size if content is not None else 0
        if content is None:
            unread.append(attachment.filename)
        else:
            read.append(f"[file {attachment.filename}]\n{content}")
    pieces = [p for p in (quoted, text, *read) if p.strip()]
    if pieces and unread:
        pieces.append(f"[attached, but not shown to you: {', '.join(unread)}]")
    return Question(
        author=Author(message.author.id, message.author.display_name),
        text="\n\n".join(pieces),
        message_id=message.id,
        channel_id=message.channel.id,
        files=len(unread),
        person=await writer_of(engine, message),
        quoted_id=replied_to.author.id if replied_to and quoted else None,
    )


def names_of(message: discord.Message) -> Names:
    """The names behind the ids in a message, as far as Discord sent them with it or the cache knows them."""
    guild = message.guild
    roles = {role.id: role.name for role in message.role_mentions}
    if guild is None:
        return Names(users={user.id: user.display_name for user in message.mentions}, roles=roles, channels={})
    channels = {i: guild.get_channel_or_thread(i) for i in message.raw_channel_mentions}
    return Names(
        users={user.id: user.display_name for user in message.mentions},
        roles=roles,
        channels={i: channel.name for i, channel in channels.items() if channel is not None},
    )


def _mentions_groups(message: discord.Message, own_id: int) -> bool:
    """Whether the message calls everyone, or a role that is not ours alone."""
    return message.mention_everyone or any(not _is_own(role, own_id) for role in message.role_mentions)


def _is_own(role: discord.Role, own_id: int) -> bool:
    return role.tags is not None and role.tags.bot_id == own_id


def mentions(message: discord.Message, own_id: int) -> bool:
    """Whether the message addresses us: by a mention, by a reply that pings, or by the role that is ours alone."""
    if any(user.id == own_id for user in message.mentions):
        return True
    return any(_is_own(role, own_id) for role in message.role_mentions)


def _replied_to(message: discord.Message) -> discord.Message | None:
    if message.type is not discord.MessageType.reply or message.reference is None:
        return None
    resolved = message.reference.resolved
    return resolved if isinstance(resolved, discord.Message) else None


def _pinged_by_reply(
    user: discord.User | discord.Member, replied_to: discord.Message | None, message: discord.Message
) -> bool:
    """A reply's ping stands in `mentions` too; the reply itself is looked at by its own rule."""
    return replied_to is not None and user.id == replied_to.author.id and f"{user.id}>" not in message.content


def _quoted(message: discord.Message, own_id: int) -> str:
    """What the message replies to, unless that is ours and so stands in the conversation already."""
    replied_to = _replied_to(message)
    if replied_to is None or replied_to.author.id == own_id or not replied_to.content.strip():
        return ""
    return in_reply(replied_to.author.display_name, readable(replied_to.content, names_of(replied_to), own_id=own_id))


async def _content(attachment: discord.Attachment) -> str | None:
    """A text file's text; None for what is no text, too large, or cannot be fetched."""
    kind = attachment.content_type or ""
    if not (kind.startswith("text/") or attachment.filename.lower().endswith(TEXT_ENDINGS)):
        return None
    if attachment.size > FILE_BYTES:
        return None
    try:
        return (await attachment.read()).decode("utf-8", errors="replace")
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        log.warning("discord.attachment_unread message_attachment=%d", attachment.id, exc_info=True)
        return None
