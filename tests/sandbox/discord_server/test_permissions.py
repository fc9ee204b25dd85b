"""Who may do what where, computed as documented."""

import pytest

from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Guild, Permission, Person
from grokbot.sandbox.discord_server.rules.permission_bits import ALL
from grokbot.sandbox.discord_server.state.permissions import in_channel, in_guild


@pytest.fixture
def place() -> tuple[Guild, Channel, Person]:
    sandbox = DiscordSandbox()
    guild = sandbox.create_guild("Test server")
    alice = sandbox.create_user("alice")
    guild.add_member(alice)
    return guild, guild.create_text_channel("general"), alice


def test_a_member_overwrite_wins_over_roles_and_roles_over_everyone(place: tuple[Guild, Channel, Person]) -> None:
    guild, channel, alice = place
    role = guild.create_role("writers")
    guild.add_member(alice, roles=(role,))
    channel.set_overwrite(guild.everyone, deny=Permission.SEND_MESSAGES)
    assert not in_channel(channel, alice.id) & Permission.SEND_MESSAGES
    channel.set_overwrite(role, allow=Permission.SEND_MESSAGES)
    assert in_channel(channel, alice.id) & Permission.SEND_MESSAGES
    channel.set_overwrite(alice, deny=Permission.SEND_MESSAGES)
    assert not in_channel(channel, alice.id) & Permission.SEND_MESSAGES


def test_who_cannot_see_a_channel_can_do_nothing_in_it(place: tuple[Guild, Channel, Person]) -> None:
    guild, channel, alice = place
    channel.set_overwrite(guild.everyone, deny=Permission.VIEW_CHANNEL)
    assert in_channel(channel, alice.id) == Permission(0)


def test_an_administrator_and_the_owner_pass_every_overwrite(place: tuple[Guild, Channel, Person]) -> None:
    guild, channel, alice = place
    channel.set_overwrite(guild.everyone, deny=ALL)
    guild.add_member(alice, permissions=Permission.ADMINISTRATOR)
    assert in_channel(channel, alice.id) == ALL
    assert in_channel(channel, guild.owner_id) == ALL


def test_a_stranger_has_no_permissions(place: tuple[Guild, Channel, Person]) -> None:
    guild, channel, alice = place
    guild.remove_member(alice)
    assert in_guild(guild, alice.id) == in_channel(channel, alice.id) == Permission(0)


def test_without_sending_there_is_no_pinging_embedding_or_attaching(place: tuple[Guild, Channel, Person]) -> None:
    guild, channel, alice = place
    channel.set_overwrite(guild.everyone, deny=Permission.SEND_MESSAGES)
    lost = Permission.MENTION_EVERYONE | Permission.EMBED_LINKS | Permission.ATTACH_FILES
    assert not in_channel(channel, alice.id) & lost
    assert in_channel(channel, alice.id) & Permission.READ_MESSAGE_HISTORY
