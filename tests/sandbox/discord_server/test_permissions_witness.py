"""Our permissions against somebody else's computation of the same documented algorithm."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from simcord.backend import permissions as witness
from simcord.backend.models import Channel as TheirChannel
from simcord.backend.models import Guild as TheirGuild
from simcord.backend.models import Member as TheirMember
from simcord.backend.models import Overwrite as TheirOverwrite
from simcord.backend.models import Role as TheirRole
from simcord.enums import OverwriteType

from grokbot.sandbox.discord_server import DiscordSandbox, Permission
from grokbot.sandbox.discord_server.state.permissions import in_channel, in_guild

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server.state.model import GuildRole, User

BITS = st.sets(st.sampled_from(sorted(set(Permission) - {Permission.ADMINISTRATOR}))).map(
    lambda chosen: Permission(sum(chosen))
)
NEED_SENDING = (
    Permission.MENTION_EVERYONE | Permission.SEND_TTS_MESSAGES | Permission.ATTACH_FILES | Permission.EMBED_LINKS
)


@given(
    everyone=BITS, roles=st.lists(BITS, min_size=2, max_size=2), overwrites=st.lists(st.tuples(BITS, BITS), max_size=4)
)
def test_roles_and_overwrites_add_up_to_what_the_witness_says(
    everyone: Permission, roles: list[Permission], overwrites: list[tuple[Permission, Permission]]
) -> None:
    discord = DiscordSandbox()
    guild = discord.create_guild("Test server")
    channel = guild.create_text_channel("general")
    alice = discord.create_user("alice")
    ours = [guild.create_role(f"r{n}", held) for n, held in enumerate(roles)]
    guild.set_permissions(guild.everyone, everyone)
    guild.add_member(alice, roles=tuple(ours))
    targets: list[GuildRole | User] = [guild.everyone, *ours, alice]
    for target, (allow, deny) in zip(targets, overwrites, strict=False):
        channel.set_overwrite(target, allow=allow, deny=deny)

    theirs = TheirGuild(guild.id, "Test server", guild.owner_id)
    theirs.roles = {role.id: TheirRole(role.id, role.name, int(role.permissions)) for role in [guild.everyone, *ours]}
    theirs.members[alice.id] = TheirMember(alice.id, [role.id for role in ours])
    place = TheirChannel(channel.id, 0, "general", guild.id)
    place.overwrites = [
        TheirOverwrite(i, OverwriteType.MEMBER if o.kind else OverwriteType.ROLE, int(o.allow), int(o.deny))
        for i, o in channel.overwrites.items()
    ]
    now = datetime.now(UTC)
    assert int(in_guild(guild, alice.id)) == witness.compute(theirs, alice.id, None, now=now)
    expected = Permission(witness.compute(theirs, alice.id, place, now=now))
    # The witness leaves the documented implicit denials to its callers.
    if not expected & Permission.SEND_MESSAGES:
        expected &= ~NEED_SENDING
    if not expected & Permission.VIEW_CHANNEL:
        expected = Permission(0)
    assert in_channel(channel, alice.id) == expected
