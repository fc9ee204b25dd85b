"""/mod block, unblock and blocks.

Not here: whom a block concerns (`policy.blocks`), keeping it (`engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import duration_of, is_endless
from grokbot.discord_bot.commands.mod.groups import REASON_LENGTH, mod, now
from grokbot.discord_bot.members import moderator_of
from grokbot.discord_bot.notices import answering, tell
from grokbot.discord_bot.notices.texts.moderator_tables import blocks_listed
from grokbot.discord_bot.notices.texts.moderator_text import NAME_ONE, NOT_BLOCKED, NOT_ME, blocked, unblocked
from grokbot.policy.blocks import BlockKind

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client

PERMANENTLY = "permanently"


@mod.command(name="block", description="Block a person, role or channel from using Grok, for a while or permanently")
@app_commands.describe(
    user="Whom to block",
    role="Or everyone with this role",
    channel="Or a channel with its threads, or a category",
    time="How long, such as 30m, 2h, 3d or 1w (default: forever)",
    reason="Why, for the blocked person and the audit log",
)
async def block(
    interaction: discord.Interaction[Client],
    user: discord.User | None = None,
    role: discord.Role | None = None,
    channel: discord.abc.GuildChannel | discord.Thread | None = None,
    time: app_commands.Range[str, 1, 40] = PERMANENTLY,
    reason: app_commands.Range[str, 1, REASON_LENGTH] = "",
) -> None:
    """Takes effect at once and replaces an earlier block."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        kind, subject_id = _named(user, role, channel)
        if subject_id == interaction.application_id:
            raise UserError(NOT_ME)
        until = None if is_endless(time) else now() + duration_of(time)
        await interaction.client.engine.moderation.blocks.add(who, kind, subject_id, until=until, reason=reason)
        await tell(interaction, blocked(kind, subject_id, until, reason))


@mod.command(name="unblock", description="Lift a block")
@app_commands.describe(user="Person to unblock", role="Or which role", channel="Or which channel", reason="Why")
async def unblock(
    interaction: discord.Interaction[Client],
    user: discord.User | None = None,
    role: discord.Role | None = None,
    channel: discord.abc.GuildChannel | discord.Thread | None = None,
    reason: app_commands.Range[str, 1, REASON_LENGTH] = "",
) -> None:
    """Ends a block early."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        kind, subject_id = _named(user, role, channel)
        held = await interaction.client.engine.moderation.blocks.lift(who, kind, subject_id, reason=reason)
        await tell(interaction, unblocked(kind, subject_id) if held else NOT_BLOCKED)


@mod.command(name="blocks", description="List all blocks, with end and reason")
async def blocks(interaction: discord.Interaction[Client]) -> None:
    """The blocks in force, newest first."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        await tell(interaction, blocks_listed(await interaction.client.engine.moderation.blocks.held(who)))


def _named(
    user: discord.User | None, role: discord.Role | None, channel: discord.abc.Snowflake | None
) -> tuple[BlockKind, int]:
    """The one target that was given.

    Raises:
        UserError: None was given, or several.
    """
    named = [(BlockKind.USER, user), (BlockKind.ROLE, role), (BlockKind.CHANNEL, channel)]
    given = [(kind, one.id) for kind, one in named if one is not None]
    if len(given) != 1:
        raise UserError(NAME_ONE)
    return given[0]
