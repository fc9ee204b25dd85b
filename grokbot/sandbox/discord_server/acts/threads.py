"""Threads and channels: creating, editing, archiving, joining, deleting.

Here: the documented rules of the page "Threads" and of "Modify Channel". Not here: messages in them.
"""

from collections.abc import Iterable

from grokbot.sandbox.discord_server.rules.errors import FormErrors, refusal
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import (
    ANNOUNCEMENT,
    CHANNEL_NAME_CHANGE,
    DEFAULT,
    FORUM,
    GUILD_MEMBERS,
    GUILDS,
    HAS_THREAD,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
    THREAD_CREATED,
    THREAD_STARTER,
    Json,
)
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.model import Channel, Message, Reference, User
from grokbot.sandbox.discord_server.state.permissions import in_channel, require
from grokbot.sandbox.discord_server.state.world import Event, World

AUTO_ARCHIVE_MINUTES = (60, 1440, 4320, 10080)
NAME_MAX = 100
_ANNOUNCEMENT_THREAD = 10


def from_message(world: World, actor: User, message: Message, body: Json) -> Channel:
    """Open a public thread under a message; it gets the message's id.

    Args:
        world: All state.
        actor: Becomes its owner.
        message: A user's message without a thread.
        body: The request's JSON.

    Raises:
        RefusedError: 160004 if the message has one already, 50024 where threads are impossible, 50013, 50021, 50035.
    """
    channel = message.channel
    if channel.kind not in {TEXT, ANNOUNCEMENT}:
        raise refusal("wrong_channel_type")
    require(channel, actor, Permission.CREATE_PUBLIC_THREADS)
    if message.kind not in {DEFAULT, 19, 20, 23}:
        raise refusal("system_message")
    _check_form(body)
    if message.thread is not None or message.id in world.channels:
        raise refusal("thread_exists")
    kind = PUBLIC_THREAD if channel.kind == TEXT else _ANNOUNCEMENT_THREAD
    thread = _make(world, actor, channel, body, kind, thread_id=message.id)
    message.thread = thread
    message.flags |= HAS_THREAD
    _announce(world, thread, actor)
    world.publish_message("MESSAGE_UPDATE", message)
    starter = Message(world.ids.make(), thread, actor, "", world.clock.wall(), kind=THREAD_STARTER)
    starter.author = message.author
    starter.reference = Reference(channel.id, message.id, _guild_id(channel))
    world.messages[starter.id] = starter
    thread.log.append(starter)
    world.publish_message("MESSAGE_CREATE", starter)
    return thread


def without_message(world: World, actor: User, channel: Channel, body: Json) -> Channel:
    """Open a thread without a message; private unless the type says otherwise (documented default of v10).

    Args:
        world: All state.
        actor: Becomes its owner.
        channel: The parent.
        body: The request's JSON.

    Raises:
        RefusedError: 50024 where such threads are impossible, 50013, 50035.
    """
    kind = int(body.get("type") or PRIVATE_THREAD)
    if channel.kind not in {TEXT, ANNOUNCEMENT} or kind not in {_ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD}:
        raise refusal("wrong_channel_type")
    needed = Permission.CREATE_PRIVATE_THREADS if kind == PRIVATE_THREAD else Permission.CREATE_PUBLIC_THREADS
    require(channel, actor, needed)
    _check_form(body)
    thread = _make(world, actor, channel, body, kind)
    _announce(world, thread, actor)
    if kind != PRIVATE_THREAD:
        note = Message(world.ids.make(), channel, actor, thread.name, world.clock.wall(), kind=THREAD_CREATED)
        note.reference = Reference(thread.id, None, _guild_id(channel))
        world.messages[note.id] = note
        channel.log.append(note)
        channel.last_message_id = note.id
        world.publish_message("MESSAGE_CREATE", note)
    return thread


def forum_post(world: World, actor: User, forum: Channel, body: Json) -> Channel:
    """Open a forum post's thread; the caller sends its first message, with the thread's id.

    Args:
        world: All state.
        actor: Becomes its owner.
        forum: The parent.
        body: The request's JSON.

    Raises:
        RefusedError: 50024 if this is no forum, 50013, 50035.
    """
    if forum.kind != FORUM:
        raise refusal("wrong_channel_type")
    require(forum, actor, Permission.SEND_MESSAGES)
    _check_form(body)
    thread = _make(world, actor, forum, body, PUBLIC_THREAD)
    thread.applied_tags = [int(tag) for tag in body.get("applied_tags") or []]
    _announce(world, thread, actor)
    return thread


def modify(world: World, actor: User, channel: Channel, body: Json) -> Channel:
    """Change a channel or thread: name, topic, slow mode; in threads also archived, locked, auto-archive.

    Args:
        world: All state.
        actor: Who changes it.
        channel: Changed in place.
        body: The request's JSON; absent keys leave their field unchanged.

    Raises:
        RefusedError: 50013, 50083 for an archived thread that stays archived, 50035, 50003.
    """
    if channel.is_direct:
        raise refusal("not_in_dm")
    _check_form(body, named=False)
    if channel.is_thread:
        _check_thread_edit(channel, actor, body)
        _apply_thread(world, channel, body)
    else:
        require(channel, actor, Permission.MANAGE_CHANNELS)
        channel.topic = body.get("topic", channel.topic)
        channel.nsfw = bool(body.get("nsfw", channel.nsfw))
    channel.slowmode = int(body.get("rate_limit_per_user", channel.slowmode) or 0)
    if body.get("name") is not None and body["name"] != channel.name:
        channel.name = body["name"]
        channel.names.append(channel.name)
        world.channel_changed(channel)
        if channel.is_thread:
            _note_rename(world, actor, channel)
    else:
        world.channel_changed(channel)
    return channel


def wake(world: World, thread: Channel) -> None:
    """Reopen an archived thread because somebody writes in it; the caller has checked the lock."""
    if thread.archived:
        thread.archived = False
        thread.archive_changed = world.clock.wall()
        world.channel_changed(thread)


def check_not_locked(channel: Channel, actor: User) -> None:
    """Check that `actor` may write: in a locked thread only moderators can.

    Raises:
        RefusedError: 160005.
    """
    if channel.locked and not in_channel(channel, actor.id) & Permission.MANAGE_THREADS:
        raise refusal("thread_locked")


def join(world: World, actor: User, thread: Channel, user: User) -> None:
    """Add a member to a thread.

    Args:
        world: All state.
        actor: Who adds them; `user` when joining.
        thread: Not archived.
        user: The new member.

    Raises:
        RefusedError: 50083 if it is archived, 50013 if `user` cannot see its parent, 50024 for a channel.
    """
    check_is_thread(thread)
    if thread.archived:
        raise refusal("thread_archived")
    if actor is not user:
        sending = Permission.SEND_MESSAGES_IN_THREADS
        require(thread, actor, sending)
    if thread.parent is not None and not in_channel(thread.parent, user.id) & Permission.VIEW_CHANNEL:
        raise refusal("missing_permissions")
    if user.id in thread.members:
        return
    thread.members[user.id] = world.clock.wall()
    if user is world.bot_user:
        world.publish_in(thread, "THREAD_CREATE", payloads.thread(thread), intents=GUILDS)
    _tell_members(world, thread, added=[user])


def leave(world: World, actor: User, thread: Channel, user: User) -> None:
    """Remove a member from a thread.

    Args:
        world: All state.
        actor: Who removes them.
        thread: Not archived.
        user: The member; does nothing for anyone else.

    Raises:
        RefusedError: 50083 if it is archived, 50013 when removing others without MANAGE_THREADS.
    """
    check_is_thread(thread)
    if thread.archived:
        raise refusal("thread_archived")
    own_private = thread.is_private_thread and thread.owner_id == actor.id
    if actor is not user and not own_private:
        require(thread, actor, Permission.MANAGE_THREADS)
    if thread.members.pop(user.id, None) is not None:
        _tell_members(world, thread, removed=[user])


def remove(world: World, actor: User, channel: Channel) -> None:
    """Delete a channel or thread; does nothing to a direct-message channel.

    Args:
        world: All state.
        actor: Who deletes it.
        channel: Deleted with its threads.

    Raises:
        RefusedError: 50013.
    """
    if channel.is_direct:
        return
    require(channel, actor, Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS)
    data = payloads.channel(channel)
    seen = world.bot_sees(channel)
    for gone in [channel, *channel.threads]:
        gone.deleted = True
    guild_id = _guild_id(channel)
    if channel.is_thread:
        keep = ("id", "guild_id", "parent_id", "type")
        data = {key: data[key] for key in keep}
    if seen:
        world.publish(Event("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", data, GUILDS, guild_id))
    else:
        world.changed("CHANNEL_DELETE")


def listed(threads: Iterable[Channel], actor: User, *, has_more: bool | None = None) -> Json:
    """The documented list of threads.

    Args:
        threads: In any order.
        actor: Whose memberships the list includes.
        has_more: None: the list has no such key.
    """
    found = list(threads)
    mine = [payloads.thread_member(t, actor.id) for t in found if actor.id in t.members]
    listing: Json = {"threads": [payloads.thread(t) for t in found], "members": mine}
    return listing if has_more is None else listing | {"has_more": has_more}


def check_is_thread(channel: Channel) -> None:
    """Refuse channels that are not threads.

    Raises:
        RefusedError: 50024.
    """
    if not channel.is_thread:
        raise refusal("wrong_channel_type")


def _make(
    world: World, actor: User, parent: Channel, body: Json, kind: int, *, thread_id: int | None = None
) -> Channel:
    now = world.clock.wall()
    thread = Channel(thread_id or world.ids.make(), world, kind, parent.guild, body["name"], parent=parent)
    thread.owner_id, thread.created, thread.archive_changed = actor.id, now, now
    thread.auto_archive_minutes = int(body.get("auto_archive_duration") or 4320)
    thread.slowmode = int(body.get("rate_limit_per_user") or 0)
    thread.invitable = bool(body.get("invitable", True))
    thread.names.append(thread.name)
    thread.members[actor.id] = now
    world.channels[thread.id] = thread
    if parent.guild is not None:
        parent.guild.threads.append(thread)
    return thread


def _announce(world: World, thread: Channel, actor: User) -> None:
    data = payloads.thread(thread) | {"newly_created": True}
    world.publish_in(thread, "THREAD_CREATE", data, intents=GUILDS)
    _tell_members(world, thread, added=[actor])


def _tell_members(
    world: World, thread: Channel, added: list[User] | None = None, removed: list[User] | None = None
) -> None:
    added, removed = added or [], removed or []
    data: Json = {
        "id": str(thread.id),
        "guild_id": str(_guild_id(thread)),
        "member_count": min(50, len(thread.members)),
        "added_members": [
            payloads.thread_member(thread, user.id) | {"member": _member(thread, user)} for user in added
        ],
        "removed_member_ids": [str(user.id) for user in removed],
    }
    # Without the members intent a bot gets only events about itself (documented with the event).
    own = any(user is world.bot_user for user in [*added, *removed])
    if own or world.bot_sees(thread):
        world.publish(Event("THREAD_MEMBERS_UPDATE", data, GUILDS if own else GUILD_MEMBERS, _guild_id(thread)))
    else:
        world.changed("THREAD_MEMBERS_UPDATE")


def _member(thread: Channel, user: User) -> Json | None:
    who = None if thread.guild is None else thread.guild.members.get(user.id)
    return None if who is None else payloads.member(who)


def _check_form(body: Json, *, named: bool = True) -> None:
    errors = FormErrors()
    name = body.get("name")
    if named and name is None:
        errors.required("name")
    elif name is not None:
        errors.length("name", str(name), 1, NAME_MAX)
    duration = body.get("auto_archive_duration")
    if duration is not None and duration not in AUTO_ARCHIVE_MINUTES:
        errors.choice("auto_archive_duration", ", ".join(str(minutes) for minutes in AUTO_ARCHIVE_MINUTES))
    slowmode = body.get("rate_limit_per_user")
    if slowmode is not None and not 0 <= int(slowmode) <= 21_600:  # noqa: PLR2004 -- documented: six hours
        errors.add("rate_limit_per_user", "NUMBER_TYPE_MAX", "int value should be less than or equal to 21600.")
    errors.check()


def _check_thread_edit(thread: Channel, actor: User, body: Json) -> None:
    held = in_channel(thread, actor.id)
    moderator, own = bool(held & Permission.MANAGE_THREADS), thread.owner_id == actor.id
    if thread.archived and body.get("archived") is not False:
        raise refusal("thread_archived")
    if "locked" in body or "rate_limit_per_user" in body:
        allowed = moderator
    elif set(body) <= {"archived"} and body.get("archived") is False and not thread.locked:
        allowed = moderator or own or actor.id in thread.members
    else:
        allowed = moderator or (own and not thread.locked)
    if not allowed:
        raise refusal("missing_permissions")


def _apply_thread(world: World, thread: Channel, body: Json) -> None:
    thread.locked = bool(body.get("locked", thread.locked))
    thread.auto_archive_minutes = int(body.get("auto_archive_duration") or thread.auto_archive_minutes)
    thread.invitable = bool(body.get("invitable", thread.invitable))
    if body.get("applied_tags") is not None:
        thread.applied_tags = [int(tag) for tag in body["applied_tags"]]
    if body.get("archived") is not None and bool(body["archived"]) != thread.archived:
        thread.archived = bool(body["archived"])
        thread.archive_changed = world.clock.wall()


def _note_rename(world: World, actor: User, thread: Channel) -> None:
    note = Message(world.ids.make(), thread, actor, thread.name, world.clock.wall(), kind=CHANNEL_NAME_CHANGE)
    world.messages[note.id] = note
    thread.log.append(note)
    thread.last_message_id = note.id
    world.publish_message("MESSAGE_CREATE", note)


def _guild_id(channel: Channel) -> int | None:
    return None if channel.guild is None else channel.guild.id
