"""The facts in Discord's messages that decide whether one is for us, and the names in it.

Not here: the verdict (`triggers`, pure), what a model can read of it (`message_reader`).
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import discord

from grokbot.discord_bot.content.plain_text import Names
from grokbot.discord_bot.content.triggers import Heard

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation


_COMMAND = re.compile(r"[!?]\w")
"""How commands of other bots begin. No question does; a mention answers it all the same."""


def from_person(message: discord.Message) -> bool:
    """Whether a person wrote it: no bot, no webhook, no system message."""
    written = message.type in (discord.MessageType.default, discord.MessageType.reply)
    return written and not message.author.bot and message.webhook_id is None


def heard(message: discord.Message, own_id: int, conversation: Conversation | None, *, sees_all: bool) -> Heard:
    """The facts that decide whether a message is for us.

    Args:
        message: The message.
        own_id: The bot's.
        conversation: The one in this channel.
        sees_all: Whether Discord shows us messages that do not mention us; otherwise those arrive empty.
    """
    pointed_at = replied_to(message)
    others = [
        user for user in message.mentions if user.id != own_id and not _pinged_by_reply(user, pointed_at, message)
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
        replies_to_other=pointed_at is not None and pointed_at.author.id != own_id,
        calls_other=_COMMAND.match(message.content) is not None,
    )


def names_of(message: discord.Message, own_id: int) -> Names:
    """The names behind the ids in a message, as far as Discord sent them or the cache has them."""
    guild = message.guild
    found = {i: guild.get_channel_or_thread(i) for i in message.raw_channel_mentions} if guild is not None else {}
    return Names(
        users={user.id: user.display_name for user in message.mentions},
        roles={role.id: role.name for role in message.role_mentions},
        own_roles=_own_roles(message, own_id),
        channels={i: channel.name for i, channel in found.items() if channel is not None},
    )


def wording_of(message: discord.Message) -> str:
    """A digest of what the writer wrote and attached: it changes with an edit, and with nothing else.

    Derived content changes without an edit: names, embeds, the message that is replied to, files that come or not. The
    same words in another message have another digest.
    """
    digest = hashlib.blake2b(digest_size=12, key=message.id.to_bytes(8))
    digest.update(message.content.encode(errors="surrogatepass"))
    for attachment_id in sorted(attachment.id for attachment in message.attachments):
        digest.update(b"\0%d" % attachment_id)
    return digest.hexdigest()


def _mentions_groups(message: discord.Message, own_id: int) -> bool:
    """Whether the message mentions everyone, or a role that is not ours alone."""
    return message.mention_everyone or any(not _is_own(role, own_id) for role in message.role_mentions)


def _is_own(role: discord.Role, own_id: int) -> bool:
    return role.tags is not None and role.tags.bot_id == own_id


def mentions(message: discord.Message, own_id: int) -> bool:
    """Whether the message addresses us: by a mention, by a reply that pings, or by the role that is ours alone."""
    if any(user.id == own_id for user in message.mentions):
        return True
    return bool(_own_roles(message, own_id))


def _own_roles(message: discord.Message, own_id: int) -> frozenset[int]:
    """The mentioned roles that are ours alone; Discord does not list those that may not ping."""
    found = {role.id for role in message.role_mentions if _is_own(role, own_id)}
    if message.guild is not None and message.raw_role_mentions and (ours := message.guild.self_role) is not None:
        found |= {ours.id} & set(message.raw_role_mentions)
    return frozenset(found)


def replied_to(message: discord.Message) -> discord.Message | None:
    """The message that this one replies to, if it still exists."""
    if message.type is not discord.MessageType.reply or message.reference is None:
        return None
    resolved = message.reference.resolved
    return resolved if isinstance(resolved, discord.Message) else None


def _pinged_by_reply(
    user: discord.User | discord.Member, pointed_at: discord.Message | None, message: discord.Message
) -> bool:
    """A reply's ping is in `mentions` too; the reply itself has its own rule."""
    return pointed_at is not None and user.id == pointed_at.author.id and f"{user.id}>" not in message.content
