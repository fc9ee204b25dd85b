"""/export and /import: a conversation as a file, and back.

Not here: the formats (`documents`), storing an imported one (`engine`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import in_language
from grokbot.discord_bot.asks import check_allowed
from grokbot.discord_bot.commands.chat import directly
from grokbot.discord_bot.commands.metadata import everywhere
from grokbot.discord_bot.commands.targets import chosen, own_conversations
from grokbot.discord_bot.members import actor_of, check_read
from grokbot.discord_bot.notices import Format, answer, answering, document, say, tell
from grokbot.discord_bot.notices.texts.answer_text import goes_on_in
from grokbot.discord_bot.notices.texts.command_text import FILE_TOO_LARGE, FILE_UNREAD, NO_JSON, imported
from grokbot.discord_bot.rate_limits import in_short
from grokbot.discord_bot.threads import around, thread_wishes, threads
from grokbot.documents.as_json import from_json
from grokbot.engine.admission import NOT_READ, Opening

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client
    from grokbot.documents.transcript import Transcript

log = logging.getLogger(__name__)

IMPORT_BYTES = 10 * 1024 * 1024
"""The largest file that is read, in bytes."""

FORMATS = [app_commands.Choice(name=kind.label, value=kind.value) for kind in Format]


@app_commands.command(description="Get a conversation as a private file")
@app_commands.rename(kind="format")
@app_commands.describe(
    kind="Markdown to read, JSON to import again, HTML to print (default: Markdown)",
    conversation="One of yours (default: this one)",
)
@app_commands.choices(kind=FORMATS)
@app_commands.autocomplete(conversation=own_conversations)
async def export(
    interaction: discord.Interaction[Client], kind: str = Format.MARKDOWN.value, conversation: str | None = None
) -> None:
    """What the conversation shows now, with the names of its authors."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        await hand_out_file(interaction, await chosen(interaction, conversation), Format(kind))


async def hand_out_file(interaction: discord.Interaction[Client], conversation_id: str, kind: Format) -> None:
    """Replies privately with a conversation as a file.

    Args:
        interaction: Acknowledged.
        conversation_id: Which.
        kind: The file's format.

    Raises:
        UserError: It is empty or gone, not for this person, or too large.
    """
    person = await actor_of(interaction)
    transcript = await interaction.client.engine.library.transcripts.of_path(None, conversation_id, person, names=True)
    await answer(interaction, file=await document(interaction, transcript, kind))


@everywhere
@app_commands.command(name="import", description="Continue a conversation from a file in a new thread")
@app_commands.describe(file="A JSON file from /export")
async def import_(interaction: discord.Interaction[Client], file: discord.Attachment) -> None:
    """A new conversation that begins with the whole file; in direct messages it replaces the current one."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        await check_read(interaction, interaction.user.id, NOT_READ)
        if interaction.guild is None:
            check_allowed(interaction)
            transcript = await _read(file)
            person = await actor_of(interaction)
            await interaction.client.engine.library.transcripts.imported(transcript, directly(interaction), person)
            await tell(interaction, imported(interaction.user.display_name, len(transcript.turns)))
        else:
            await _import_into_thread(interaction, file)


async def _import_into_thread(interaction: discord.Interaction[Client], file: discord.Attachment) -> None:
    bot, channel = interaction.client, interaction.channel
    place = threads.checked_place(channel.parent if isinstance(channel, discord.Thread) else channel)
    transcript, person = await _read(file), await actor_of(interaction)
    await bot.engine.library.transcripts.check_import(transcript, person, place.guild.id)
    minutes = (await thread_wishes(bot.engine, bot.settings, place)).archive_minutes
    thread = await threads.apart(threads.Apart(place, transcript.title or _first_words(transcript), minutes))
    async with threads.closed_on_trouble(thread):
        where = Opening(
            guild_id=place.guild.id,
            channel_id=thread.id,
            owner_id=interaction.user.id,
            channel_ids=around(place),
        )
        await bot.engine.library.transcripts.imported(transcript, where, person)
        with in_language(await bot.language_at(place.guild.id)):
            text = imported(interaction.user.display_name, len(transcript.turns))
        starter = await say(bot.traffic, thread, text, nonce=f"{thread.id}-i")
    await tell(interaction, goes_on_in(thread.id))
    await bot.say_that_mentions_are_needed(thread, starter.id)


async def _read(file: discord.Attachment) -> Transcript:
    """The conversation in a file.

    Raises:
        UserError: It is too large, not text, or not an export; the text says what is wrong.
    """
    if file.size > IMPORT_BYTES:
        raise UserError(FILE_TOO_LARGE)
    try:
        content = await file.read()
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("discord.import_unread attachment=%d error=%s", file.id, in_short(error))
        raise UserError(FILE_UNREAD) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(NO_JSON) from None
    return await asyncio.to_thread(from_json, text)  # megabytes of it would hold up everybody's answers


def _first_words(transcript: Transcript) -> str:
    return next((turn.text for turn in transcript.turns if turn.text.strip()), "")
