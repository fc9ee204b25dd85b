"""/privacy: what is stored about a person, for that person: the notice, an export, deleting all, opting out.

The question before everything is deleted lives in the button's id. Not here: what is stored and what goes (`engine`),
deleting messages in Discord (`threads.bulk_delete`).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.discord_bot.notices import (
    FILE_BYTES,
    PanelItem,
    answering,
    redraw,
    redrawn_if_possible,
    row_of,
    show,
    tell,
)
from grokbot.discord_bot.notices.texts.privacy_text import (
    DELETE_ALL,
    DELETE_DATA,
    DELETE_NOTHING,
    EXPORT_TOO_LARGE,
    EXPORTED,
    GET_DATA,
    KEEP_ALL,
    NO_NOTICE,
    NOT_READ_NOW,
    OPTED_IN,
    OPTED_IN_ALREADY,
    OPTED_OUT,
    OPTED_OUT_ALREADY,
    POLICY,
    READ_AGAIN,
    STOP_READING,
    SURE,
    clickable,
    deleted,
    deleting,
)
from grokbot.discord_bot.threads import DeletionProgress, remove
from grokbot.documents.about_person import FILE_NAME

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from grokbot.discord_bot.client import Client


class PrivacyButton(PanelItem, template=r"grokbot:privacy:(?P<what>export|delete|optout|optin)"):
    """A button under the notice: runs the command of its name."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """As the command does, for the person who presses."""
        await RUN[self.match["what"]].callback(interaction)  # type: ignore[call-arg] # a command of no group's class


privacy = app_commands.Group(
    name="privacy",
    description="What I store about you, and your choices",
)


class ForgetButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"grokbot:forget:(?P<go>[01]):(?P<user>\d{1,20})",
):
    """A button below the question whether to delete everything of a person."""

    def __init__(self, user_id: int, *, go: bool) -> None:
        self.user_id = user_id
        self.go = go
        super().__init__(
            discord.ui.Button(
                label=str(DELETE_ALL if go else KEEP_ALL),
                style=discord.ButtonStyle.danger if go else discord.ButtonStyle.secondary,
                custom_id=f"grokbot:forget:{int(go)}:{user_id}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> ForgetButton:
        """Rebuilt from the button's id at every press."""
        return cls(int(match["user"]), go=match["go"] == "1")

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Always deletes the data of the person who presses: the id only says whose question it was."""
        async with answering(interaction):
            await interaction.response.defer()
            if not self.go or interaction.user.id != self.user_id:
                await redraw(interaction, DELETE_NOTHING)
                return
            gone = await interaction.client.engine.privacy.delete_everything(interaction.user.id)
            for conversation in gone.unnamed:
                interaction.client.rename(conversation)
            if gone.messages:
                await redrawn_if_possible(interaction, deleting(0, len(gone.messages)))

            async def told(progress: DeletionProgress) -> None:
                await redrawn_if_possible(interaction, deleting(progress.done, progress.of))

            done = await remove(interaction.client, gone.messages, told)
            await redrawn_if_possible(interaction, deleted(gone, done.deleted, done.left))


@privacy.command(name="notice", description="Show what is stored about you, where, for how long, and what goes to xAI")
async def notice(interaction: discord.Interaction[Client]) -> None:
    """Showing it counts as having shown the notice."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        kept, user_id = interaction.client.engine.privacy, interaction.user.id
        out = await kept.opted_out(user_id)
        said = clickable(kept.notice or str(NO_NOTICE), interaction.client.command_mention)
        await show(
            interaction, f"{NOT_READ_NOW}\n\n{said}" if out else said, view=row_of(_choices(kept.policy_url, out=out))
        )
        await kept.noticed(user_id)


@privacy.command(name="export", description="Get all your data as a zip of JSON and Markdown")
async def export(interaction: discord.Interaction[Client]) -> None:
    """Visible only to the person who asks."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        content = await interaction.client.engine.privacy.export(interaction.user.id)
        most = interaction.guild.filesize_limit if interaction.guild is not None else FILE_BYTES
        if len(content) > most:
            raise UserError(EXPORT_TOO_LARGE)
        await show(interaction, EXPORTED, files=[discord.File(io.BytesIO(content), FILE_NAME)])


@privacy.command(name="delete", description="Delete all your data permanently; asks first")
async def delete(interaction: discord.Interaction[Client]) -> None:
    """Says what would go and asks."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        user_id = interaction.user.id
        await show(interaction, SURE, view=row_of([ForgetButton(user_id, go=True), ForgetButton(user_id, go=False)]))


@privacy.command(name="optout", description="Stop the bot from reading, storing or sending your messages to xAI")
async def optout(interaction: discord.Interaction[Client]) -> None:
    """Applies in all servers and in direct messages."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        new = await interaction.client.engine.privacy.opt_out(interaction.user.id, interaction.created_at)
        await tell(interaction, OPTED_OUT if new else OPTED_OUT_ALREADY)


@privacy.command(name="optin", description="Let the bot read your messages again")
async def optin(interaction: discord.Interaction[Client]) -> None:
    """From now on; messages from the time in between stay unread."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        new = await interaction.client.engine.privacy.opt_in(interaction.user.id, interaction.created_at)
        await tell(interaction, OPTED_IN if new else OPTED_IN_ALREADY)


def _choices(policy_url: str | None, *, out: bool) -> list[discord.ui.Button[discord.ui.View]]:
    """The buttons under the notice.

    Args:
        policy_url: The public policy; None: there is none.
        out: Whether the person has opted out.
    """
    labels = {"export": GET_DATA, "delete": DELETE_DATA, **({"optin": READ_AGAIN} if out else {"optout": STOP_READING})}
    buttons: list[discord.ui.Button[discord.ui.View]] = [
        discord.ui.Button(label=str(label), custom_id=f"grokbot:privacy:{name}") for name, label in labels.items()
    ]
    return buttons if policy_url is None else [*buttons, discord.ui.Button(label=str(POLICY), url=policy_url)]


RUN: Mapping[str, app_commands.Command[Any, ..., None]] = {
    "export": export,
    "delete": delete,
    "optout": optout,
    "optin": optin,
}
"""The commands that buttons run, by the end of their ids."""

PRIVACY_ITEMS = (ForgetButton, PrivacyButton)
"""The buttons below their replies; they still work after a restart."""
