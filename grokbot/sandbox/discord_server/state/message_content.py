"""What a bot without the MESSAGE_CONTENT intent sees of a message."""

from grokbot.sandbox.discord_server.rules.protocol import Json
from grokbot.sandbox.discord_server.state.model import Message
from grokbot.sandbox.discord_server.state.world import World

_HIDDEN: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


def visible(world: World, data: Json) -> Json:
    """A message payload for a bot without the MESSAGE_CONTENT intent.

    Documented exceptions: direct messages, the bot's own messages and those that mention it stay whole. The message
    replied to is checked separately.
    """
    found = data
    for key in (None, "referenced_message"):
        part = data if key is None else data.get(key)
        message = world.messages.get(int(part["id"])) if part else None
        if message is None or not _needs_intent(message, world.bot_user.id):
            continue
        found = found | _HIDDEN if key is None else found | {key: data[key] | _HIDDEN}
    return found


def _needs_intent(message: Message, bot_id: int) -> bool:
    return not (message.channel.is_direct or message.author.id == bot_id or bot_id in message.mentions)
