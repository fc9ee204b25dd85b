"""Handing out a share: a link to its page, or the page as a file if this bot serves none.

Not here: who may share (`engine`), the page (`documents`, `web`), what asks for it (`answers.buttons`, `commands`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grokbot.conversation.text import in_language
from grokbot.discord_bot.members import actor_of
from grokbot.discord_bot.notices import Format, acknowledged, answer, document, tell
from grokbot.discord_bot.notices.texts.command_text import SHARE_FILE, SHARED_BELOW, share_link, shared

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.client import Client


async def hand_out(
    interaction: discord.Interaction[Client], response_id: str, *, here: bool = False, names: bool = False
) -> None:
    """Shares the path up to an answer. Call it inside `notices.interaction_reply.answering`, which reports errors.

    Args:
        interaction: What asked for it, acknowledged or not.
        response_id: The last answer of the share.
        here: True posts it in the channel for everybody; False shows it only to the person who asked.
        names: Whether people appear under their names.

    Raises:
        UserError: There is nothing to share.
        NotAllowedError: The person may not.
    """
    if not await acknowledged(interaction):
        await interaction.response.defer(ephemeral=True, thinking=True)
    bot, actor = interaction.client, await actor_of(interaction)
    library = bot.engine.library
    if bot.public_url is None:
        file = await document(interaction, await library.shares.preview(response_id, actor, names=names), Format.HTML)
        await _say(interaction, f"{await _shared(interaction)}." if here else SHARE_FILE, here, file=file)
    else:
        token = await library.shares.add(response_id, actor, names=names)
        address = f"{bot.public_url}/s/{token}"
        told = f"{await _shared(interaction)}: {address}" if here else share_link(address)
        await _say(interaction, told, here)


async def _shared(interaction: discord.Interaction[Client]) -> str:
    """The line for everybody."""
    with in_language(await interaction.client.language_at(interaction.guild_id, interaction.channel_id)):
        return shared(interaction.user.display_name)


async def _say(interaction: discord.Interaction[Any], text: str, here: bool, **given: Any) -> None:
    """A reply that begins private stays private, so a public one has to be a further message."""
    if here:
        await tell(interaction, SHARED_BELOW)
    await answer(interaction, text, private=not here, **given)
