"""The resolved objects that Discord adds to choices in a select of users, roles or channels.

Here: the payload of a press. Not here: the options of commands (people.py).
"""

from collections.abc import Sequence

from grokbot.sandbox.discord_server.rules.protocol import Json
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.model import Channel
from grokbot.sandbox.discord_server.state.permissions import in_channel

_OF_STRINGS = 3
"""A string select: it gets no resolved data at all."""
_OF_PEOPLE, _OF_ROLES, _OF_CHANNELS = 5, 6, 8


def chosen(kind: int, values: Sequence[str], channel: Channel, user_id: int) -> Json:
    """An interaction's data about the choices in a select.

    Args:
        kind: Discord's number for the component: 3 strings, 5 users, 6 roles, 8 channels.
        values: Strings, or ids as strings.
        channel: The message's channel.
        user_id: Who chose; channels carry their permissions.
    """
    said: Json = {"values": list(values)}
    if kind == _OF_STRINGS:
        return said
    guild = channel.guild
    if guild is None:
        return said | {"resolved": {}}
    resolved: Json = {}
    if kind == _OF_PEOPLE:
        resolved["users"] = {one: payloads.user(guild.members[int(one)].user) for one in values}
    if kind == _OF_ROLES:
        resolved["roles"] = {one: payloads.role(guild.roles[int(one)]) for one in values}
    if kind == _OF_CHANNELS:
        places = [place for place in (*guild.channels, *guild.threads) if str(place.id) in values]
        resolved["channels"] = {
            str(place.id): payloads.partial_channel(place, in_channel(place, user_id)) for place in places
        }
    return said | {"resolved": resolved}
