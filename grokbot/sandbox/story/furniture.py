"""Furnishes a loopback Discord that is still empty with what a story names.

Not here: what happens then (player.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.sandbox.discord_server.rules.permission_bits import MODERATE, TALK, Permission

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Guild
    from grokbot.sandbox.story.values import Story


def furnish(story: Story, discord: DiscordSandbox) -> Guild:
    """Makes the server of a story, with its channels, forums and people."""
    people = {entry: discord.create_user(entry.name, display_name=entry.shown) for entry in story.people}
    owner = next((person for entry, person in people.items() if entry.role == "owner"), None)
    guild = discord.create_guild(story.server, owner)
    for entry, person in people.items():
        person.locale = entry.locale
    guild.preferred_locale = story.people[0].locale if story.people else guild.preferred_locale
    guild.set_bot_permissions(TALK | Permission.MANAGE_MESSAGES | Permission.MANAGE_THREADS)
    moderators = guild.create_role("Moderators", MODERATE, mentionable=True)
    for entry, person in people.items():
        if person is not owner:
            guild.add_member(person, roles=(moderators,) if entry.role == "moderator" else ())
    for name in story.channels:
        guild.create_text_channel(name)
    for name in story.forums:
        guild.create_forum_channel(name)
    return guild


def elsewhere(discord: DiscordSandbox) -> Channel:
    """A channel of a server without the bot, made once. Everybody is there, and has installed the app."""
    world = discord.world
    known = next((each for each in world.guilds.values() if world.bot_user.id not in each.members), None)
    if known is not None:
        return known.channels[0]
    guild = discord.create_guild("Another server", bot=False)
    for person in discord.people.values():
        guild.add_member(person)
        person.install()
    return guild.create_text_channel("lounge")
