"""Whom a text mentions and whom it may notify, as documented for allowed_mentions."""

from typing import Any

import pytest

from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Guild, Permission, Person
from grokbot.sandbox.discord_server.state.mentions import find


@pytest.fixture
def sandbox() -> DiscordSandbox:
    return DiscordSandbox()


@pytest.fixture
def place(sandbox: DiscordSandbox) -> tuple[Guild, Channel, Person, Person]:
    guild = sandbox.create_guild("Test server")
    alice, bob = sandbox.create_user("alice"), sandbox.create_user("bob")
    guild.add_member(alice)
    guild.add_member(bob)
    return guild, guild.create_text_channel("general"), alice, bob


def test_without_allowed_mentions_everything_is_allowed(place: tuple[Guild, Channel, Person, Person]) -> None:
    guild, channel, alice, bob = place
    role = guild.create_role("team", mentionable=True)
    found = find(channel, alice, f"@everyone <@{bob.id}> <@&{role.id}>", None, None)
    assert found.pinged == {"everyone", bob.id, role.id}
    assert (found.users, found.roles, found.everyone) == ((bob.id,), (role.id,), True)


@pytest.mark.parametrize(
    ("allowed", "pinged"),
    [
        ({"parse": []}, set()),
        ({"parse": ["users"]}, {"bob"}),
        ({"parse": ["everyone"]}, {"here"}),
        ({"parse": [], "replied_user": True}, {"carol"}),
    ],
)
def test_allowed_mentions_name_what_may_ping(
    sandbox: DiscordSandbox,
    place: tuple[Guild, Channel, Person, Person],
    allowed: dict[str, Any],
    pinged: set[str],
) -> None:
    _, channel, alice, bob = place
    carol = sandbox.create_user("carol")
    found = find(channel, alice, f"<@{bob.id}> @here", allowed, carol)
    names: dict[str, int | str] = {"bob": bob.id, "carol": carol.id, "here": "here"}
    assert found.pinged == {names[name] for name in pinged}


def test_a_named_user_pings_without_the_rest(place: tuple[Guild, Channel, Person, Person]) -> None:
    _, channel, alice, bob = place
    text = f"<@{bob.id}> <@{alice.id}> @everyone"
    assert find(channel, alice, text, {"parse": [], "users": [str(bob.id)]}, None).pinged == {bob.id}


def test_everyone_and_closed_roles_need_the_permission(place: tuple[Guild, Channel, Person, Person]) -> None:
    guild, channel, alice, _ = place
    role = guild.create_role("staff")
    guild.set_permissions(guild.everyone, guild.everyone.permissions & ~Permission.MENTION_EVERYONE)
    assert find(channel, alice, f"@everyone <@&{role.id}>", None, None).pinged == frozenset()


def test_a_mention_in_code_is_only_text(place: tuple[Guild, Channel, Person, Person]) -> None:
    _, channel, alice, bob = place
    assert find(channel, alice, f"`<@{bob.id}>`\n```\n@everyone\n```", None, None).pinged == frozenset()
