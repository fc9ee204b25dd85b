"""Commands, presses, modals and their answers, through the real discord.py."""

import discord
import pytest
from discord import app_commands

from grokbot.sandbox.discord_server import BadOption, NotOffered, Permission
from tests.sandbox.discord_server.conftest import SmallBot


async def _chat(bot: SmallBot) -> None:
    @bot.tree.command(name="chat", description="Talk")
    async def chat(interaction: discord.Interaction, prompt: str, times: app_commands.Range[int, 1, 5] = 1) -> None:
        await interaction.response.send_message(f"{interaction.user.display_name}: {prompt * times}")

    @bot.tree.command(name="slow", description="Think first")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)
        await interaction.edit_original_response(content="done")
        await interaction.followup.send("more", ephemeral=True)

    @bot.tree.command(name="mute", description="Never answers")
    async def mute(_interaction: discord.Interaction) -> None:
        return

    group = app_commands.Group(name="mod", description="Moderation")

    @group.command(name="block", description="Block somebody")
    async def block(interaction: discord.Interaction, who: discord.Member) -> None:
        await interaction.response.send_message(f"blocked {who.display_name}", ephemeral=True)

    bot.tree.add_command(group)

    @bot.tree.context_menu(name="Ask Grok")
    async def ask(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"you asked about {message.content}")


async def test_a_slash_command_is_refused_until_it_was_synced_and_then_answered(start, join) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot = await join(sandbox, setup=_chat)
    alice = sandbox.create_user("alice", display_name="Alice")
    with pytest.raises(NotOffered):
        await alice.slash(general, "chat", prompt="hi")
    synced = await bot.tree.sync()
    assert {c.name for c in synced} == {"chat", "slow", "mute", "mod", "Ask Grok"}
    result = await alice.slash(general, "chat", prompt="hi", times=2)
    assert result.acknowledged
    assert not result.ephemeral
    assert [m.content for m in result.messages] == ["Alice: hihi"]
    assert result.messages == general.messages
