"""The page's first world: a server with every kind of channel, and people with different permissions.

Not here: the servers (`stage`), what happens in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.sandbox.discord_server.rules.permission_bits import MODERATE, TALK, Permission
from grokbot.sandbox.stage import Stage

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server import DiscordSandbox
    from grokbot.sandbox.grok_server import GrokSandbox

NAME, ELSEWHERE = "The sandbox", "Another server"


def first_world(discord: DiscordSandbox, grok: GrokSandbox) -> Stage:
    """Set up an empty loopback Discord.

    Args:
        discord: The loopback Discord.
        grok: The stage's loopback Grok.
    """
    alice = discord.create_user("alice", display_name="Alice")
    bob = discord.create_user("bob", display_name="Bob")
    moderator = discord.create_user("moderator", display_name="Moderator")
    owner = discord.create_user("owner", display_name="Owner")
    guild = discord.create_guild(NAME, owner)
    guild.set_bot_permissions(TALK | Permission.MANAGE_MESSAGES | Permission.MANAGE_THREADS)
    moderators = guild.create_role("Moderators", MODERATE, mentionable=True)
    guild.add_member(alice)
    guild.add_member(bob)
    guild.add_member(moderator, roles=(moderators,))
    name = discord.bot_user.name
    general = guild.create_text_channel("general", topic=f"Mention @{name}, or use /chat, and talk on in the thread")
    guild.create_text_channel("questions", topic="Ask anything")
    guild.create_forum_channel("ideas", topic="One post for each idea")
    elsewhere = discord.create_guild(ELSEWHERE, owner, bot=False)
    elsewhere.create_text_channel("lounge", topic="This server has not added the bot: Alice brings it, with /ask")
    for person in (alice, bob):
        elsewhere.add_member(person)
    alice.install()
    private = guild.create_text_channel("moderators", topic="Only moderators see this")
    private.set_overwrite(guild.everyone, deny=Permission.VIEW_CHANNEL)
    for role in (moderators, guild.bot_role):
        private.set_overwrite(role, allow=Permission.VIEW_CHANNEL)
    return Stage(discord, grok, general, alice, bob)
