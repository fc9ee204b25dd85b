"""The world as Discord's JSON.

Here: one read-only function per documented object. Not here: who may see what.
"""

import hashlib
import hmac
from typing import Any
from urllib.parse import quote

from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import DIRECT, FORUM, Json
from grokbot.sandbox.discord_server.state import permissions
from grokbot.sandbox.discord_server.state.clock import iso
from grokbot.sandbox.discord_server.state.model import (
    Attachment,
    Channel,
    Guild,
    GuildRole,
    Host,
    Member,
    Message,
    User,
)
from grokbot.sandbox.grok_server.media.pictures import opened


def user(who: User) -> Json:
    """User object. Bots have a four-digit discriminator, people do not."""
    return {
        "id": str(who.id),
        "username": who.name,
        "global_name": who.display_name,
        "discriminator": "0001" if who.bot else "0",
        "avatar": None,
        "bot": who.bot,
        "public_flags": 0,
    }


def member(who: Member, *, with_user: bool = True) -> Json:
    """Guild member object; in a message event without its user."""
    found: Json = {
        "nick": who.nick,
        "avatar": None,
        "roles": [str(role_id) for role_id in who.role_ids],
        "joined_at": iso(who.joined_at),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
    }
    if with_user:
        found["user"] = user(who.user)
    return found


def role(what: GuildRole) -> Json:
    """Role object."""
    found: Json = {
        "id": str(what.id),
        "name": what.name,
        "permissions": str(int(what.permissions)),
        "position": what.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "managed": what.managed,
        "mentionable": what.mentionable,
        "flags": 0,
    }
    if what.managed and what.bot_id is not None:
        found["tags"] = {"bot_id": str(what.bot_id)}
    return found


def channel(what: Channel) -> Json:
    """Channel object, thread object or direct-message channel object."""
    if what.is_thread:
        return thread(what)
    last = None if what.last_message_id is None else str(what.last_message_id)
    found: Json = {"id": str(what.id), "type": what.kind, "last_message_id": last, "flags": 0}
    if what.kind == DIRECT:
        people = [i for i in what.recipient_ids if i != what.world.bot_user.id]
        return found | {"recipients": [user(what.world.users[i]) for i in people]}
    found |= {
        "guild_id": str(what.guild.id) if what.guild else None,
        "name": what.name,
        "topic": what.topic,
        "position": what.position,
        "nsfw": what.nsfw,
        "parent_id": None,
        "rate_limit_per_user": what.slowmode,
        "permission_overwrites": [
            {"id": str(target), "type": o.kind, "allow": str(int(o.allow)), "deny": str(int(o.deny))}
            for target, o in what.overwrites.items()
        ],
    }
    if what.kind == FORUM:
        found |= {"available_tags": what.available_tags, "default_reaction_emoji": None, "default_forum_layout": 0}
    return found


def thread(what: Channel) -> Json:
    """Thread object, with the bot's own membership if it has one."""
    bot = what.world.bot_user.id
    found: Json = {
        "id": str(what.id),
        "type": what.kind,
        "guild_id": str(what.guild.id) if what.guild else None,
        "parent_id": str(what.parent.id) if what.parent else None,
        "owner_id": str(what.owner_id),
        "name": what.name,
        "last_message_id": None if what.last_message_id is None else str(what.last_message_id),
        "rate_limit_per_user": what.slowmode,
        "message_count": what.total_sent,
        "total_message_sent": what.total_sent,
        "member_count": min(50, len(what.members)),
        "flags": 0,
        "applied_tags": [str(tag) for tag in what.applied_tags],
        "thread_metadata": {
            "archived": what.archived,
            "auto_archive_duration": what.auto_archive_minutes,
            "archive_timestamp": iso(what.archive_changed),
            "locked": what.locked,
            "create_timestamp": iso(what.created),
        },
    }
    if what.is_private_thread:
        found["thread_metadata"]["invitable"] = what.invitable
    if bot in what.members:
        found["member"] = thread_member(what, bot)
    return found


def thread_member(what: Channel, user_id: int) -> Json:
    """Thread member object."""
    return {"id": str(what.id), "user_id": str(user_id), "join_timestamp": iso(what.members[user_id]), "flags": 0}


def emoji(text: str) -> Json:
    """Partial emoji: a Unicode one, or `name:id` for a guild's."""
    name, _, emoji_id = text.partition(":")
    return {"id": emoji_id or None, "name": name, "animated": False}


def attachment(world: Host, what: Attachment) -> Json:
    """Attachment object; its link is signed and expires, like the CDN's."""
    url = attachment_url(world, what)
    found: Json = {
        "id": str(what.id),
        "filename": what.file.name,
        "size": len(what.file.data) if what.file.told_size is None else what.file.told_size,
        "url": url,
        "proxy_url": url,
        "content_type": what.file.content_type,
    }
    if what.file.description is not None:
        found["description"] = what.file.description
    if what.file.duration is not None:
        found |= {"duration_secs": what.file.duration, "waveform": what.file.waveform or ""}
    picture = opened(what.file.data) if what.file.content_type.startswith("image/") else None
    if picture is not None:
        found |= {"width": picture.width, "height": picture.height}
    return found


def attachment_url(world: Host, what: Attachment) -> str:
    """A signed link to the loopback CDN, from now on until it expires."""
    issued = int(world.clock.wall())
    expires = f"{int(issued + world.rules.cdn_link_lives):x}"
    path = f"/cdn/attachments/{what.channel_id}/{what.id}/{quote(what.file.name)}"
    return f"{world.origin}{path}?ex={expires}&is={issued:x}&hm={attachment_signature(world, what.id, expires)}"


def attachment_signature(world: Host, attachment_id: int, expires: str) -> str:
    """The signature of an attachment's link.

    Args:
        world: Its token is the key.
        attachment_id: The attachment.
        expires: As in the link: seconds since 1970 in hexadecimal.
    """
    return hmac.new(world.token.encode(), f"{attachment_id}.{expires}".encode(), hashlib.sha256).hexdigest()


def message(what: Message, *, nested: bool = False) -> Json:
    """Message object. `nested` leaves out the message it replies to, as Discord does one level down."""
    world = what.channel.world
    found: Json = {
        "id": str(what.id),
        "channel_id": str(what.channel.id),
        "type": what.kind,
        "author": user(what.author),
        "content": what.content,
        "timestamp": iso(what.created),
        "edited_timestamp": None if what.edited is None else iso(what.edited),
        "tts": what.tts,
        "mention_everyone": what.mention_everyone,
        "mentions": [user(world.users[i]) for i in what.mentions],
        "mention_roles": [str(i) for i in what.mention_roles],
        "mention_channels": [],
        "attachments": [attachment(world, a) for a in what.attachments],
        "embeds": what.embeds,
        "components": what.components,
        "pinned": what.pinned,
        "flags": what.flags,
    }
    if what.nonce is not None:
        found["nonce"] = what.nonce
    if what.reactions:
        found["reactions"] = [_reaction(world, text, who) for text, who in what.reactions.items() if who]
    if what.interaction is not None:
        found |= {"interaction_metadata": what.interaction, "webhook_id": str(world.application_id)}
        found["application_id"] = str(world.application_id)
    if what.thread is not None and not what.thread.deleted:
        found["thread"] = thread(what.thread)
    if what.webhook_id is not None:
        found["webhook_id"] = str(what.webhook_id)
    if what.snapshot is not None:
        found["message_snapshots"] = [{"message": what.snapshot}]
    if what.reference is not None:
        found |= _reference(what, nested=nested)
    return found


def snapshot(what: Message) -> Json:
    """What a forward shows of a message: everything but its author ("Message Snapshot Object")."""
    whole = message(what, nested=True)
    kept = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions")
    return {key: whole[key] for key in (*kept, "mention_roles", "components")}


def _reaction(world: Host, text: str, who: set[int]) -> Json:
    return {
        "emoji": emoji(text),
        "count": len(who),
        "count_details": {"normal": len(who), "burst": 0},
        "me": world.bot_user.id in who,
        "me_burst": False,
        "burst_colors": [],
    }


def _reference(what: Message, *, nested: bool) -> Json:
    ref = what.reference
    if ref is None:
        return {}
    pointer: Json = {"type": ref.kind, "channel_id": str(ref.channel_id)}
    if ref.message_id is not None:
        pointer["message_id"] = str(ref.message_id)
    if ref.guild_id is not None:
        pointer["guild_id"] = str(ref.guild_id)
    found: Json = {"message_reference": pointer}
    if not nested and ref.message_id is not None and ref.kind == 0:
        target = what.channel.world.messages.get(ref.message_id)
        found["referenced_message"] = None if target is None or target.deleted else message(target, nested=True)
    return found


def message_event(what: Message) -> Json:
    """Message object as the gateway sends it: with the guild, the author's member and the mentioned members."""
    found = message(what)
    guild = what.channel.guild
    if guild is None:
        return found
    found["guild_id"] = str(guild.id)
    author = guild.members.get(what.author.id)
    if author is not None:
        found["member"] = member(author, with_user=False)
    for mentioned in found["mentions"]:
        who = guild.members.get(int(mentioned["id"]))
        if who is not None:
            mentioned["member"] = member(who, with_user=False)
    return found


def guild(what: Guild, *, viewer_id: int) -> Json:
    """Guild object, in the fullest form that a request returns."""
    return {
        "id": str(what.id),
        "name": what.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "banner": None,
        "description": None,
        "owner": what.owner_id == viewer_id,
        "owner_id": str(what.owner_id),
        "region": None,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": what.preferred_locale,
        "system_channel_id": None if what.system_channel is None else str(what.system_channel.id),
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "vanity_url_code": None,
        "application_id": None,
        "max_members": 500_000,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [role(r) for r in what.roles.values()],
        "approximate_member_count": len(what.members),
    }


def guild_create(what: Guild) -> Json:
    """GUILD_CREATE: the guild, its channels and active threads, and, without presences, the bot as its only member."""
    bot = what.world.bot_user.id
    seen = [c for c in what.channels if not c.deleted]
    return guild(what, viewer_id=bot) | {
        "joined_at": iso(what.members[bot].joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(what.members),
        "members": [member(what.members[bot])],
        "channels": [channel(c) for c in seen],
        "threads": [
            thread(t)
            for t in what.threads
            if not t.deleted and not t.archived and permissions.in_channel(t, bot) & Permission.VIEW_CHANNEL
        ],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def partial_channel(what: Channel, held: Permission) -> Json:
    """Channel object in an interaction: with the caller's permissions."""
    found: dict[str, Any] = channel(what)
    found["permissions"] = str(int(held))
    return found
