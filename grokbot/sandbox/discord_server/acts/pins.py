"""Pinning messages: permission, the limit and what is announced. Not here: requests (`rest.messages`)."""

from grokbot.sandbox.discord_server.acts import messages
from grokbot.sandbox.discord_server.rules.errors import refusal
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import GUILDS, PINS_ADD, Json
from grokbot.sandbox.discord_server.state.model import Message, Reference, User
from grokbot.sandbox.discord_server.state.permissions import require
from grokbot.sandbox.discord_server.state.world import World

PINS_MAX = 250


def pin(world: World, actor: User, message: Message, *, pinned: bool) -> None:
    """Pin or unpin a message; a new pin is announced in the channel.

    Args:
        world: All state.
        actor: Needs PIN_MESSAGES.
        message: The message.
        pinned: False unpins.

    Raises:
        RefusedError: 50013 without PIN_MESSAGES, 50083 in an archived thread, 50021 for a system message, 30003 above
            the limit.
    """
    channel = message.channel
    require(channel, actor, Permission.PIN_MESSAGES)
    if channel.archived:
        raise refusal("thread_archived")
    if message.kind not in messages.EDITABLE_KINDS:
        raise refusal("system_message")
    if pinned and sum(m.pinned for m in channel.messages) >= PINS_MAX:
        raise refusal("too_many_pins")
    changed = message.pinned != pinned
    message.pinned = pinned
    if not changed:
        return
    world.publish_message("MESSAGE_UPDATE", message)
    data: Json = {"channel_id": str(channel.id), "last_pin_timestamp": None}
    if channel.guild is not None:
        data["guild_id"] = str(channel.guild.id)
    world.publish_in(channel, "CHANNEL_PINS_UPDATE", data, intents=GUILDS)
    if pinned:
        notice = Message(world.ids.make(), channel, actor, "", world.clock.wall(), kind=PINS_ADD)
        notice.reference = Reference(channel.id, message.id, None if channel.guild is None else channel.guild.id)
        messages.post(world, notice)
