"""Sending, editing and deleting messages.

Here: permission checks, nonces and events, for the bot's requests and people's actions alike. Not here: the content
of a message (drafts.py), rate limits, interaction answers (interactions.py).
"""

from grokbot.sandbox.discord_server.acts import drafts, threads
from grokbot.sandbox.discord_server.acts.drafts import MessageDraft
from grokbot.sandbox.discord_server.rules.errors import invalid, refusal
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import (
    CHAT_INPUT_COMMAND,
    CONTEXT_MENU_COMMAND,
    DEFAULT,
    DIRECT_MESSAGES,
    FORUM,
    GUILD_MESSAGES,
    REPLY,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    THREAD_STARTER,
    VOICE_MESSAGE,
    Json,
)
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.clock import made_at
from grokbot.sandbox.discord_server.state.model import Channel, Message, Reference, User
from grokbot.sandbox.discord_server.state.permissions import in_channel, require, require_history
from grokbot.sandbox.discord_server.state.world import World

BULK_DELETE_DAYS = 14
_SENDABLE_FLAGS = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | VOICE_MESSAGE | 1 << 15
EDITABLE_KINDS = {DEFAULT, REPLY, CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND}
_SYSTEM_KINDS_UNDELETABLE = {THREAD_STARTER, 1, 2, 3}


def send(world: World, actor: User, channel: Channel, draft: MessageDraft) -> Message:
    """Send a message as `actor`.

    Args:
        world: All state.
        actor: The author.
        channel: Where.
        draft: The request's body and files; a known `enforce_nonce` returns the earlier message.

    Raises:
        RefusedError: Discord refuses it.
    """
    body = draft.body
    known = _repeated(world, actor, body)
    if known is not None:
        return known
    flags = int(body.get("flags") or 0) & _SENDABLE_FLAGS
    check_may_send(world, actor, channel)
    _check_parts(actor, channel, draft)
    reference, replied_to = _reference(world, actor, channel, body)
    message = drafts.build(world, actor, channel, draft, flags=flags, replied_to=replied_to)
    if reference is not None:
        message.reference = reference
        message.kind = REPLY
    threads.wake(world, channel)
    if body.get("enforce_nonce") and body.get("nonce") is not None:
        _remember(world, actor, message)
    post(world, message)
    if channel.is_thread:
        _join(world, channel, [actor, *(world.users[i] for i in message.mentions)])
    return message


def post(world: World, message: Message) -> None:
    """Put a created message into its channel, and send the event."""
    channel = message.channel
    world.messages[message.id] = message
    world.typists.pop((channel.id, message.author.id), None)
    drafts.remember_version(world, message)
    if message.ephemeral:
        channel.ephemerals.append(message)
        world.changed()
        return
    channel.log.append(message)
    channel.last_message_id = message.id
    if message.kind != THREAD_STARTER:
        channel.total_sent += 1
    world.publish_message("MESSAGE_CREATE", message)


def edit(world: World, actor: User, message: Message, draft: MessageDraft) -> Message:
    """Edit a message. In others' messages only flags can be set, with MANAGE_MESSAGES.

    Args:
        world: All state.
        actor: Who edits.
        message: Not a system message.
        draft: Absent keys leave their field unchanged.

    Raises:
        RefusedError: Discord refuses it.
    """
    channel = message.channel
    if channel.archived:
        raise refusal("thread_archived")
    threads.check_not_locked(channel, actor)
    if message.kind not in EDITABLE_KINDS:
        raise refusal("system_message")
    if message.flags & VOICE_MESSAGE:
        raise refusal("voice_edited")
    if message.author is not actor:
        if set(draft.body) - {"flags"}:
            raise refusal("not_the_author")
        require(channel, actor, Permission.MANAGE_MESSAGES)
    if draft.files:
        require(channel, actor, Permission.ATTACH_FILES)
    drafts.apply_edit(world, message, draft)
    world.publish_message("MESSAGE_UPDATE", message)
    return message


def delete(world: World, actor: User, message: Message) -> None:
    """Delete a message: one's own, or any with MANAGE_MESSAGES.

    Args:
        world: All state.
        actor: Who deletes.
        message: Others' direct messages cannot be deleted.

    Raises:
        RefusedError: 50013 or 50021.
    """
    if message.kind in _SYSTEM_KINDS_UNDELETABLE:
        raise refusal("system_message")
    if message.author is not actor:
        if message.channel.is_direct:
            raise refusal("not_in_dm")
        require(message.channel, actor, Permission.MANAGE_MESSAGES)
    remove(message)
    data: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
    _publish_removal(world, message.channel, "MESSAGE_DELETE", data)


def remove(message: Message) -> None:
    """Remove a message without an event."""
    message.deleted = True
    message.channel.total_sent -= not message.ephemeral


def delete_many(world: World, actor: User, channel: Channel, ids: list[int]) -> None:
    """Delete 2 to 100 messages at once; none may be older than two weeks.

    Args:
        world: All state.
        actor: Needs MANAGE_MESSAGES.
        channel: Messages of other channels are ignored.
        ids: Ids of deleted messages are ignored.

    Raises:
        RefusedError: 50016 for a wrong count, 50034 for one that is too old, 50035 for a duplicate id, 50013,
            50003. Then none is deleted.
    """
    if channel.is_direct:
        raise refusal("not_in_dm")
    require(channel, actor, Permission.MANAGE_MESSAGES)
    if not 2 <= len(ids) <= 100:  # noqa: PLR2004 -- documented numbers
        raise refusal("bulk_delete_count")
    if len(set(ids)) != len(ids):
        raise invalid("messages", "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
    oldest = world.clock.wall() - BULK_DELETE_DAYS * 86_400
    if any(made_at(i) < oldest for i in ids):
        raise refusal("bulk_delete_too_old")
    gone = []
    for message_id in ids:
        message = world.messages.get(message_id)
        if message is not None and message.channel is channel and not message.deleted:
            remove(message)
            gone.append(str(message_id))
    _publish_removal(world, channel, "MESSAGE_DELETE_BULK", {"ids": gone, "channel_id": str(channel.id)})


def preview(world: World, message: Message, embed: Json) -> None:
    """Add a link preview to a message, as Discord does; this does not count as an edit.

    Args:
        world: All state.
        message: The message with the link.
        embed: The preview, as JSON.
    """
    message.embeds = [*message.embeds, embed]
    world.publish_message("MESSAGE_UPDATE", message)


def forward(world: World, actor: User, message: Message, channel: Channel) -> Message:
    """Forward a message into a channel.

    Args:
        world: All state.
        actor: Must be able to read the message's channel and write in the other.
        message: The message; the forward keeps a copy of it.
        channel: The target.

    Raises:
        RefusedError: Discord refuses it.
    """
    check_may_send(world, actor, channel)
    require_history(message.channel, actor)
    if message.kind not in EDITABLE_KINDS:
        raise invalid("message_reference", "MESSAGE_REFERENCE_INVALID", "Cannot forward a system message")
    threads.wake(world, channel)
    forwarded = Message(world.ids.make(), channel, actor, "", world.clock.wall())
    guild_id = None if message.channel.guild is None else message.channel.guild.id
    forwarded.reference = Reference(message.channel.id, message.id, guild_id, kind=1)
    forwarded.snapshot = message.snapshot or payloads.snapshot(message)
    post(world, forwarded)
    if channel.is_thread:
        _join(world, channel, [actor])
    return forwarded


def by_webhook(world: World, channel: Channel, name: str, draft: MessageDraft) -> Message:
    """Post a message through a webhook of the channel.

    Args:
        world: All state.
        channel: Where.
        name: The webhook's name.
        draft: May have embeds and files.
    """
    author = User(world.ids.make(), name, bot=True)
    message = drafts.build(world, author, channel, draft)
    message.webhook_id = author.id
    threads.wake(world, channel)
    post(world, message)
    return message


def check_may_send(world: World, actor: User, channel: Channel) -> None:
    """Check that `actor` may send here.

    Args:
        world: All state.
        actor: The sender.
        channel: A forum takes only posts.

    Raises:
        RefusedError: Discord refuses it.
    """
    if channel.kind == FORUM:
        raise refusal("forum_needs_post")
    if channel.is_direct:
        _check_direct(world, actor, channel)
        return
    sending = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    require(channel, actor, sending)
    threads.check_not_locked(channel, actor)


def _check_direct(world: World, actor: User, channel: Channel) -> None:
    others = [world.users[i] for i in channel.recipient_ids if i != actor.id]
    for other in others:
        shared = any(actor.id in g.members and other.id in g.members for g in world.guilds.values())
        written = any(m.author is other for m in channel.log)
        if not other.accepts_direct_messages or not (shared or written or actor is not world.bot_user):
            raise refusal("cannot_dm")


def _check_parts(actor: User, channel: Channel, draft: MessageDraft) -> None:
    held = in_channel(channel, actor.id)
    files = draft.files or draft.body.get("attachments")
    if files and not held & Permission.ATTACH_FILES:
        raise refusal("missing_permissions")
    if draft.body.get("embeds") and not held & Permission.EMBED_LINKS:
        raise refusal("missing_permissions")


def _join(world: World, thread: Channel, users: list[User]) -> None:
    # Writing in a thread, or being mentioned in it, makes a user a member.
    for user in users:
        place = thread.parent or thread
        if user.id not in thread.members and in_channel(place, user.id) & Permission.VIEW_CHANNEL:
            threads.join(world, user, thread, user)


def _repeated(world: World, actor: User, body: Json) -> Message | None:
    if not body.get("enforce_nonce") or body.get("nonce") is None:
        return None
    known = world.nonces.get((actor.id, str(body["nonce"])))
    if known is None or world.clock.monotonic() - known[0] > world.rules.nonce_lives:
        return None
    return known[1]


def _remember(world: World, actor: User, message: Message) -> None:
    now = world.clock.monotonic()
    world.nonces[actor.id, str(message.nonce)] = (now, message)
    while world.nonces:
        first = next(iter(world.nonces))
        if now - world.nonces[first][0] <= world.rules.nonce_lives:
            break
        del world.nonces[first]


def _reference(world: World, actor: User, channel: Channel, body: Json) -> tuple[Reference | None, User | None]:
    ref = body.get("message_reference")
    if not ref or ref.get("message_id") is None:
        return None, None
    if not in_channel(channel, actor.id) & Permission.READ_MESSAGE_HISTORY:
        raise refusal("no_history")
    target = world.messages.get(int(ref["message_id"]))
    guild_id = None if channel.guild is None else channel.guild.id
    if target is None or target.deleted or target.channel is not channel:
        if ref.get("fail_if_not_exists", True):
            raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return None, None
    if target.kind not in EDITABLE_KINDS | {THREAD_STARTER}:
        text = "Cannot reply to a system message"
        raise invalid("message_reference", "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", text)
    return Reference(channel.id, target.id, guild_id), target.author


def _publish_removal(world: World, channel: Channel, name: str, data: Json) -> None:
    if channel.guild is not None:
        data["guild_id"] = str(channel.guild.id)
    world.publish_in(channel, name, data, intents=GUILD_MESSAGES if channel.guild else DIRECT_MESSAGES)
