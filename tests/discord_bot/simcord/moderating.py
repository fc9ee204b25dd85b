"""What the tests of moderators' commands share: a moderator, what they were told, what stands in the audit log.

Not here: what is proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from simcord.components import walk_components

from grokbot.policy.actor import Actor
from tests.discord_bot.simcord.commanding import only

if TYPE_CHECKING:
    from simcord.actors import MemberActor
    from simcord.builders import ChannelHandle

    from tests.discord_bot.simcord.house import House


def moderator(house: House, name: str = "mia", **permissions: bool) -> MemberActor:
    """Somebody who may manage messages, by a role of their own."""
    granted = discord.Permissions(**(permissions or {"manage_messages": True}))
    role = house.guild.create_role(f"role of {name}", permissions=granted)
    return house.guild.add_member(house.env.create_user(name), roles=[role])


def seen_by_all(house: House) -> None:
    """Shows /mod to everybody, as a server's owner can: that Discord hides it is no lock."""
    [command] = [each for (name, _), each in house.env.backend.commands[None].items() if name == "mod"]
    command["default_member_permissions"] = None


def strip_roles(house: House, member: MemberActor) -> None:
    """Takes away all that somebody may."""
    house.env.backend.guilds[house.guild.id].members[member.id].role_ids.clear()


def acting(house: House, member: MemberActor) -> Actor:
    """The same person as the engine knows them."""
    return Actor(id=member.id, name=member.name, guild_id=house.guild.id, moderator=True)


async def audited(house: House, member: MemberActor) -> list[tuple[int, str, str, str]]:
    """(who, action, target, reason) of each line, newest first."""
    page = await house.engine.moderation.records.audit(acting(house, member), limit=50)
    return [(entry.actor_id, entry.action, entry.target, entry.reason) for entry in page.entries]


async def says(member: MemberActor, channel: ChannelHandle, name: str, /, **options: object) -> str:
    """What a command answers, to nobody but who gave it."""
    message = only(await member.slash(channel, f"mod {name}", **options))
    return message.content or words(message)


def words(message: Any) -> str:
    """What a panel says, from top to bottom, with its buttons' labels."""
    return "\n".join(part.get("content") or part.get("label") or "" for part in walk_components(message.components))
