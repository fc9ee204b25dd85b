"""Who has added the app, and what follows: to a server, or to a person's account.

Not here: which commands a person's client offers (people.py).
"""

from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import EPHEMERAL, Json
from grokbot.sandbox.discord_server.state.interactions import Interaction
from grokbot.sandbox.discord_server.state.model import Channel, Message, User
from grokbot.sandbox.discord_server.state.permissions import in_channel
from grokbot.sandbox.discord_server.state.world import World

OUTSIDE = Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE
"""The application's permissions where the bot is not (documented for direct messages)."""


def owners(world: World, user: User, channel: Channel, data: Json, target: Message | None) -> Json:
    """`authorizing_integration_owners`. A press goes by the command that brought the message, whoever presses.

    Args:
        world: All state.
        user: Who gave the command.
        channel: Where.
        data: It names the command.
        target: The message with the pressed button.
    """
    if target is not None and target.interaction is not None:
        found: Json = target.interaction["authorizing_integration_owners"]
        return found
    scope = None if channel.guild is None else channel.guild.id
    command = next((c for c in world.commands.all_for(scope) if c["id"] == data.get("id")), None)
    installs = [0, 1] if command is None else command.get("integration_types") or [0]
    server = {"0": "0" if scope is None else str(scope)} if channel.is_with_bot and 0 in installs else {}
    return server | ({"1": str(user.id)} if user.id in world.installed and 1 in installs else {})


def hidden(interaction: Interaction) -> int:
    """Documented: without "Use External Apps" only the person sees what an app says that the server did not add."""
    channel, held = interaction.channel, in_channel(interaction.channel, interaction.user.id)
    outside = channel.guild is not None and "0" not in interaction.owners
    return EPHEMERAL if outside and not held & Permission.USE_EXTERNAL_APPS else 0
