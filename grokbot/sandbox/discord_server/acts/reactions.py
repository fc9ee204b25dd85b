"""Reactions and the typing indicator.

Here: the checks, the change, the event. Not here: rate limits.
"""

from grokbot.sandbox.discord_server.rules.errors import refusal
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import (
    DIRECT_REACTIONS,
    DIRECT_TYPING,
    GUILD_REACTIONS,
    GUILD_TYPING,
    Json,
)
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.model import Channel, Message, User
from grokbot.sandbox.discord_server.state.permissions import require
from grokbot.sandbox.discord_server.state.world import World

KINDS_MAX = 20
TYPING_SECONDS = 10.0
"""How long the indicator stays (documented)."""


def add(world: World, actor: User, message: Message, emoji: str) -> None:
    """Add a reaction. Joining an existing one needs no ADD_REACTIONS (documented).

    Args:
        world: All state.
        actor: Who reacts.
        message: The message.
        emoji: Unicode, or `name:id`.

    Raises:
        RefusedError: 50013, 30010 above 20 kinds, 50083 in an archived thread, 10014 for an invalid emoji.
    """
    _check_open(message)
    require(message.channel, actor, Permission.READ_MESSAGE_HISTORY)
    if emoji.isascii() and ":" not in emoji:
        raise refusal("unknown_emoji")
    if emoji not in message.reactions:
        require(message.channel, actor, Permission.ADD_REACTIONS)
        if len(message.reactions) >= KINDS_MAX:
            raise refusal("too_many_reactions")
    who = message.reactions.setdefault(emoji, set())
    if actor.id in who:
        return
    who.add(actor.id)
    data = _event(message, emoji) | {"user_id": str(actor.id), "message_author_id": str(message.author.id)}
    member = None if message.channel.guild is None else message.channel.guild.members.get(actor.id)
    if member is not None:
        data["member"] = payloads.member(member)
    _publish(world, message, "MESSAGE_REACTION_ADD", data)


def take_away(world: World, actor: User, message: Message, emoji: str, user_id: int) -> None:
    """Remove one's own reaction, or somebody else's with MANAGE_MESSAGES.

    Args:
        world: All state.
        actor: Who removes it.
        message: The message.
        emoji: Unicode, or `name:id`.
        user_id: Whose reaction.

    Raises:
        RefusedError: 50013, 50083, 10014 if there is no such reaction.
    """
    _check_open(message)
    if user_id != actor.id:
        require(message.channel, actor, Permission.MANAGE_MESSAGES)
    who = message.reactions.get(emoji)
    if who is None or user_id not in who:
        raise refusal("unknown_emoji")
    who.discard(user_id)
    if not who:
        del message.reactions[emoji]
    _publish(world, message, "MESSAGE_REACTION_REMOVE", _event(message, emoji) | {"user_id": str(user_id)})


def clear(world: World, actor: User, message: Message, emoji: str | None = None) -> None:
    """Remove all reactions, or all of one emoji, with MANAGE_MESSAGES.

    Args:
        world: All state.
        actor: Needs MANAGE_MESSAGES.
        message: The message.
        emoji: None: all.

    Raises:
        RefusedError: 50013, 50083.
    """
    _check_open(message)
    require(message.channel, actor, Permission.MANAGE_MESSAGES)
    if emoji is None:
        message.reactions.clear()
        _publish(world, message, "MESSAGE_REACTION_REMOVE_ALL", _event(message, None))
    else:
        message.reactions.pop(emoji, None)
        _publish(world, message, "MESSAGE_REACTION_REMOVE_EMOJI", _event(message, emoji))


def type_in(world: World, actor: User, channel: Channel) -> None:
    """Show `actor` as typing, for ten seconds or until they send a message.

    Args:
        world: All state.
        actor: Who types.
        channel: Where.

    Raises:
        RefusedError: 50001, 50013.
    """
    if channel.guild is not None:
        sending = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
        require(channel, actor, sending)
    now = world.clock.monotonic()
    world.typing.append((channel.id, now))
    world.typists[channel.id, actor.id] = now + TYPING_SECONDS
    data: Json = {"channel_id": str(channel.id), "user_id": str(actor.id), "timestamp": int(world.clock.wall())}
    if channel.guild is not None:
        data["guild_id"] = str(channel.guild.id)
        member = channel.guild.members.get(actor.id)
        if member is not None:
            data["member"] = payloads.member(member)
    world.publish_in(channel, "TYPING_START", data, intents=DIRECT_TYPING if channel.guild is None else GUILD_TYPING)


def _check_open(message: Message) -> None:
    if message.channel.archived:
        raise refusal("thread_archived")


def _event(message: Message, emoji: str | None) -> Json:
    data: Json = {"channel_id": str(message.channel.id), "message_id": str(message.id)}
    if message.channel.guild is not None:
        data["guild_id"] = str(message.channel.guild.id)
    if emoji is not None:
        data |= {"emoji": payloads.emoji(emoji), "burst": False, "type": 0}
    return data


def _publish(world: World, message: Message, name: str, data: Json) -> None:
    intents = DIRECT_REACTIONS if message.channel.guild is None else GUILD_REACTIONS
    world.publish_in(message.channel, name, data, intents=intents)
