"""The resolved objects that Discord adds to choices in a select of users, roles or channels.

Here: the payloads of a press and of a filled-in modal. Not here: the options of commands (people.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from grokbot.sandbox.discord_server.rules.modals import PICKED, BadFieldError, filled
from grokbot.sandbox.discord_server.rules.protocol import Json, walk
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.model import Attachment, Channel, Upload
from grokbot.sandbox.discord_server.state.permissions import in_channel
from grokbot.sandbox.discord_server.state.world import World

_OF_STRINGS = 3
"""A string select: it gets no resolved data at all."""
_OF_PEOPLE, _OF_ROLES, _OF_BOTH, _OF_CHANNELS = 5, 6, 7, 8


def chosen(kind: int, values: Sequence[str], channel: Channel, user_id: int) -> Json:
    """An interaction's data about the choices in a select.

    Args:
        kind: Discord's number for the component: 3 strings, 5 users, 6 roles, 8 channels.
        values: Strings, or ids as strings.
        channel: The message's channel.
        user_id: Who chose; channels carry their permissions.
    """
    said: Json = {"values": list(values)}
    return said if kind == _OF_STRINGS else said | {"resolved": _resolved(kind, values, channel, user_id)}


def submitted(world: World, modal: Json, values: Mapping[str, Any], channel: Channel, user_id: int) -> Json:
    """An interaction's data about a filled-in modal.

    Args:
        world: Keeps the attached files.
        modal: As the bot showed it.
        values: What was filled in, by custom_id; files as Uploads.
        channel: Where.
        user_id: Who filled it in.

    Raises:
        BadFieldError: A client would not send that.
    """
    attached: Json = {}

    def sent(given: Any) -> Any:
        if not isinstance(given, list):
            return given
        for at, each in enumerate(given):
            if isinstance(each, Upload):
                attachment = Attachment(world.ids.make(), channel.id, each)
                world.attachments[attachment.id] = attachment
                attached[str(attachment.id)] = payloads.attachment(world, attachment)
                given[at] = str(attachment.id)
        return given

    rest = {name: sent(given if isinstance(given, str) else _listed(given)) for name, given in values.items()}
    parts = [filled(part, rest) for part in modal.get("components") or []]
    if rest:
        raise BadFieldError(f"the modal has no input {', '.join(rest)}")
    resolved: Json = {"attachments": attached} if attached else {}
    for part in walk(parts):
        if part["type"] in PICKED:
            for name, found in _resolved(part["type"], part["values"], channel, user_id).items():
                resolved.setdefault(name, {}).update(found)
    data: Json = {"custom_id": modal["custom_id"], "components": parts}
    return data | ({"resolved": resolved} if resolved else {})


def _in(known: Mapping[int, Any], one: str) -> bool:
    return one.isdecimal() and int(one) in known


def _listed(given: Any) -> Any:
    return list(given) if isinstance(given, list | tuple) else given


def _resolved(kind: int, values: Sequence[str], channel: Channel, user_id: int) -> Json:
    guild = channel.guild
    if guild is None:
        return {}
    resolved: Json = {}
    if kind in {_OF_PEOPLE, _OF_BOTH}:
        resolved["users"] = {
            one: payloads.user(guild.members[int(one)].user) for one in values if _in(guild.members, one)
        }
    if kind in {_OF_ROLES, _OF_BOTH}:
        resolved["roles"] = {one: payloads.role(guild.roles[int(one)]) for one in values if _in(guild.roles, one)}
    if kind == _OF_CHANNELS:
        places = [place for place in (*guild.channels, *guild.threads) if str(place.id) in values]
        resolved["channels"] = {
            str(place.id): payloads.partial_channel(place, in_channel(place, user_id)) for place in places
        }
    return resolved
