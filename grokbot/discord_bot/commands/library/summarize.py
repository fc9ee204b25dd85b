"""/summarize: what was said in the channel lately, told to the person alone.

Not here: reading messages (`content.nearby`), who may have a summary and who pays (`engine.library.summaries`).
"""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import DiscordError, NotAllowedError, UserError
from grokbot.conversation.text import moment_of
from grokbot.discord_bot.commands.metadata import everywhere
from grokbot.discord_bot.content import CHANNELS, NearbyMessages
from grokbot.discord_bot.markdown import DISCORD_LIMIT, GrowingAnswer
from grokbot.discord_bot.members import actor_of
from grokbot.discord_bot.notices import answering, show, tell
from grokbot.discord_bot.notices.texts.command_text import (
    CANNOT_BE_READ,
    NO_CONTENT,
    NOT_READABLE,
    NOT_YOURS_TO_READ,
    summarized,
)
from grokbot.discord_bot.rate_limits import SEND_ERRORS
from grokbot.engine.library import ONLY_IN_SERVERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.discord_bot.client import Client

MOST = 500
LATELY = 100
"""Messages that are looked at where nothing else is said."""

MOST_PARTS = 4
"""Messages of a reply; a longer summary is attached as a file."""


@everywhere
@app_commands.command(description="Summarize what was said in this channel; only you see it")
@app_commands.describe(
    messages=f"How many of the last messages, up to {MOST} (default: {LATELY})",
    since="Only what was said since then, such as 2h, 1d or yesterday",
)
async def summarize(
    interaction: discord.Interaction[Client],
    messages: app_commands.Range[int, 1, MOST] | None = None,
    since: app_commands.Range[str, 1, 40] | None = None,
) -> None:
    """Of people who have not opted out; nothing of it is stored."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        bot, channel, now = interaction.client, interaction.channel, discord.utils.utcnow()
        if not isinstance(channel, CHANNELS):
            raise UserError(ONLY_IN_SERVERS)
        after = moment_of(since, now) if since is not None else None
        actor = await actor_of(interaction)
        await bot.engine.summaries.check(actor)
        _check_readable(interaction)
        most = messages or (LATELY if since is None else MOST)
        try:
            said = await NearbyMessages(bot).since(channel, most, now, after)
        except SEND_ERRORS as error:
            raise DiscordError(CANNOT_BE_READ) from error
        text, read = await bot.engine.summaries.make(actor, said)
        head = summarized(len(read), len({each.author.id for each in read}), read[0].at)
        parts = await asyncio.to_thread(_parts, text, DISCORD_LIMIT - len(head) - 1)
        if len(parts) > MOST_PARTS:
            await show(interaction, head, files=[discord.File(io.BytesIO(text.encode()), "summary.md")])
            return
        for number, part in enumerate(parts):
            await tell(interaction, part if number else f"{head}\n{part}")


def _parts(markdown: str, limit: int) -> Sequence[str]:
    answer = GrowingAnswer(limit)
    answer.feed(markdown)
    return answer.finished()


def _check_readable(interaction: discord.Interaction[Client]) -> None:
    """Both the person and the bot must be allowed to read what was said here.

    Raises:
        NotAllowedError: One of them is not.
    """
    if not interaction.client.intents.message_content:
        raise NotAllowedError(NO_CONTENT)
    for rights, refusal in ((interaction.permissions, NOT_YOURS_TO_READ), (interaction.app_permissions, NOT_READABLE)):
        if not (rights.administrator or (rights.view_channel and rights.read_message_history)):
            raise NotAllowedError(refusal)
