"""The commands that begin a conversation: /chat, /new and the menu "Ask Grok".

Not here: commands on an existing conversation (`conversation`, `context_menus` and the others beside this).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.conversation.records.opening import PendingOpening
from grokbot.conversation.response import Mode
from grokbot.conversation.text import Sentence, about, own, visible
from grokbot.discord_bot.asks import AskedHere, asked_in_replies, check_allowed, taken_back, thinks
from grokbot.discord_bot.commands.metadata import PROMPT_LENGTH, everywhere, said
from grokbot.discord_bot.commands.options import (
    ABOUT,
    EFFORTS,
    MODES,
    NO_WISHES,
    Length,
    Model,
    PersonaName,
    Temperature,
    Wishes,
    chosen_persona,
    model_name,
    models,
    personas,
)
from grokbot.discord_bot.inbound import Command, as_kept, begun_directly, begun_in_thread, pointed_out
from grokbot.discord_bot.members import actor_of, bot_is_here, check_read
from grokbot.discord_bot.notices import answer, answering, conclude, defer
from grokbot.discord_bot.notices.texts.answer_text import (
    NEW_CONVERSATION,
    NOTHING_IN_MESSAGE,
    ONLY_IN_DIRECT_MESSAGES,
    goes_on_in,
)
from grokbot.discord_bot.notices.texts.options_text import effort_note
from grokbot.discord_bot.notices.texts.privacy_text import ANOTHERS
from grokbot.discord_bot.threads import around, channel_ways, thread_wishes, threads
from grokbot.engine.admission import NOT_READ, Opening
from grokbot.engine.turns import Question

if TYPE_CHECKING:
    from grokbot.conversation.parts import AttachedFile
    from grokbot.discord_bot.client import Client
    from grokbot.policy.actor import Actor

NEW_IN_CHANNEL = Sentence("New conversation. Your next message here begins it.")
EACH_MENTION = Sentence("Here, every mention of me begins a new conversation. Reply to an answer to continue from it.")


@everywhere
@app_commands.command(description="Ask Grok something in a new thread")
@app_commands.describe(
    prompt="Your message",
    mode="Who keeps the history (default: the bot's setting)",
    private="A thread for you and people you add (default: the channel's setting)",
    **ABOUT,
)
@app_commands.choices(mode=MODES, effort=EFFORTS)
@app_commands.autocomplete(model=models, persona=personas)
async def chat(  # noqa: PLR0913, PLR0917 - a command's options
    interaction: discord.Interaction[Client],
    prompt: app_commands.Range[str, 1, PROMPT_LENGTH],
    mode: str | None = None,
    model: Model | None = None,
    persona: PersonaName | None = None,
    effort: str | None = None,
    temperature: Temperature | None = None,
    length: Length | None = None,
    private: bool | None = None,
) -> None:
    """Begins a conversation with a first question."""
    async with answering(interaction):
        await check_read(interaction, interaction.user.id, NOT_READ)
        prompt = own(prompt)
        if persona is not None:
            persona = await chosen_persona(interaction, persona)
        chosen = Mode(mode) if mode is not None else None
        wishes = Wishes(chosen, model_name(model), persona, effort, temperature, length)
        if interaction.guild is None:
            await _chat_directly(interaction, prompt, wishes)
        else:
            await _chat_in_thread(interaction, prompt, wishes, private=private)


@everywhere
@app_commands.command(description="Start a new conversation, in direct messages and channels without threads")
async def new(interaction: discord.Interaction[Client]) -> None:
    """Messages after this belong to a new conversation: all in direct messages, and in a channel the person's own."""
    async with answering(interaction):
        in_server = interaction.guild is not None
        ways = await channel_ways(interaction.client.engine, interaction.channel)
        if not in_server:
            check_allowed(interaction)
        elif not (ways.in_channel and ways.every_message):
            raise UserError(EACH_MENTION if ways.in_channel else ONLY_IN_DIRECT_MESSAGES)
        actor = await actor_of(interaction)
        await interaction.client.engine.admission.asks(actor, interaction.guild_id, None)
        await interaction.response.defer(ephemeral=in_server)
        await interaction.client.engine.turns.open(directly(interaction))
        await answer(interaction, NEW_IN_CHANNEL if in_server else NEW_CONVERSATION, private=in_server)


@app_commands.context_menu(name="Ask Grok", extras=said("Ask Grok about this message in a new thread"))
async def ask_grok(interaction: discord.Interaction[Client], message: discord.Message) -> None:
    """Asks about somebody's message; Discord sends its content even without the privileged intent.

    Where the bot is not, there is no thread: the person is answered privately, in place.
    """
    async with answering(interaction), taken_back(interaction):
        check_allowed(interaction)
        await check_read(interaction, interaction.user.id, NOT_READ)
        await check_read(interaction, message.author.id, ANOTHERS, at=message.created_at)
        if (
            message.attachments or message.message_snapshots or message.embeds
        ):  # fetching takes longer than Discord waits
            in_thread = interaction.guild is not None and not await _answers_in_channel(interaction)
            if bot_is_here(interaction):
                await defer(interaction, ephemeral=in_thread)
            else:
                await thinks(interaction, private=True)
        asked = await interaction.client.read(message)
        if not any(visible(character) for character in asked.text):
            raise UserError(asked.unread.sentence or NOTHING_IN_MESSAGE)
        prompt = about(message.author.display_name, asked.text)
        whose = asked.quoted_id or message.author.id
        if not bot_is_here(interaction):
            files = (replace(each, channel_id=None, message_id=None) for each in pointed_out(asked, whose))
            asking = AskedHere(text=prompt, attachments=tuple(files), quoted_id=whose)  # the place is none of its own
            await asked_in_replies(interaction, asking)
            return
        pointed_at = PointedAt(message.channel.id, message.id, whose, pointed_out(asked, whose))
        if interaction.guild is None:
            await _chat_directly(interaction, prompt, pointed_at=pointed_at)
        else:
            await _chat_in_thread(interaction, prompt, pointed_at=pointed_at)


@dataclass(frozen=True, slots=True)
class PointedAt:
    """A message that somebody asks about, its writer, and what is attached to it."""

    channel_id: int
    message_id: int
    writer_id: int
    attachments: tuple[AttachedFile, ...]


async def _chat_directly(
    interaction: discord.Interaction[Client],
    prompt: str,
    wishes: Wishes = NO_WISHES,
    *,
    pointed_at: PointedAt | None = None,
) -> None:
    """A new conversation in the channel itself: of direct messages, or one without threads."""
    bot, here = interaction.client, _channel_of(interaction)
    if interaction.guild is None:
        check_allowed(interaction)
    threads.check_writable(interaction.channel)
    actor = await actor_of(interaction)
    await bot.engine.turns.check(_ahead(actor, prompt, here, pointed_at), interaction.guild_id)
    command = _command(interaction, prompt, wishes, actor, pointed_at=pointed_at)
    command = replace(command, in_channel=interaction.guild is not None)
    wanted = _wanted(interaction, here, command)

    async def first(text: str) -> discord.Message:
        return await answer(interaction, text, private=False)

    async with bot.engine.backlog.kept(wanted):
        await defer(interaction)
        await begun_directly(bot, wanted, command, first, _attached(pointed_at))


async def _chat_in_thread(
    interaction: discord.Interaction[Client],
    prompt: str,
    wishes: Wishes = NO_WISHES,
    *,
    private: bool | None = None,
    pointed_at: PointedAt | None = None,
) -> None:
    """A new conversation in a thread beside the place where the command was given."""
    bot, channel = interaction.client, interaction.channel
    if not private and await _answers_in_channel(interaction):
        await _chat_directly(interaction, prompt, wishes, pointed_at=pointed_at)
        return
    beside = channel.parent if isinstance(channel, discord.Thread) else channel
    wishes_here = await thread_wishes(bot.engine, bot.settings, beside)
    private = wishes_here.private if private is None else private
    place = threads.checked_place(beside, private=private)
    actor = await actor_of(interaction)
    await bot.engine.turns.check(_ahead(actor, prompt, place.id, pointed_at), place.guild.id)
    command = _command(interaction, prompt, wishes, actor, private=private, pointed_at=pointed_at)
    wanted = _wanted(interaction, place.id, command)
    async with bot.engine.backlog.kept(wanted):
        await defer(interaction, ephemeral=True)
        thread = await begun_in_thread(bot, wanted, command, _attached(pointed_at))
    note = await _note(interaction, thread.id, wishes)
    await conclude(interaction, "\n".join(filter(None, [goes_on_in(thread.id), note])))
    await bot.say_that_mentions_are_needed(thread, thread.id)


async def _answers_in_channel(interaction: discord.Interaction[Client]) -> bool:
    return (await channel_ways(interaction.client.engine, interaction.channel)).in_channel


async def _note(interaction: discord.Interaction[Client], thread_id: int, wishes: Wishes) -> str:
    """What the new conversation's model makes of the wanted effort, where it is something else."""
    if wishes.effort is None:
        return ""
    conversation = await interaction.client.engine.places.conversation_in(thread_id)
    return "" if conversation is None else effort_note(conversation.model, wishes.effort)


def _ahead(actor: Actor, prompt: str, channel_id: int, pointed_at: PointedAt | None) -> Question:
    return Question(actor, prompt, 0, channel_id, attachments=_attached(pointed_at) or ())


def _attached(pointed_at: PointedAt | None) -> tuple[AttachedFile, ...] | None:
    return pointed_at.attachments if pointed_at is not None else None


def _command(
    interaction: discord.Interaction[Client],
    prompt: str,
    wishes: Wishes,
    actor: Actor,
    *,
    private: bool = False,
    pointed_at: PointedAt | None = None,
) -> Command:
    return Command(
        name=interaction.user.display_name,
        prompt=prompt,
        token=interaction.token,
        mode=wishes.mode.value if wishes.mode is not None else None,
        model=wishes.model,
        persona=wishes.persona,
        effort=wishes.effort,
        temperature=wishes.temperature,
        max_tokens=wishes.length,
        private=private,
        quoted_id=pointed_at.writer_id if pointed_at is not None else None,
        pointed_at=[pointed_at.channel_id, pointed_at.message_id] if pointed_at is not None else None,
        person=as_kept(actor),
    )


def _wanted(interaction: discord.Interaction[Client], channel_id: int, command: Command) -> PendingOpening:
    return PendingOpening(
        id=interaction.id,
        guild_id=interaction.guild_id,
        channel_id=channel_id,
        user_id=interaction.user.id,
        since=interaction.created_at,
        command=command.written,
    )


def directly(interaction: discord.Interaction[Client]) -> Opening:
    """How a conversation begins in the channel where the command was given: of direct messages, or without threads."""
    return Opening(
        guild_id=interaction.guild_id,
        channel_id=_channel_of(interaction),
        owner_id=interaction.user.id,
        in_channel=interaction.guild_id is not None,
        channel_ids=around(interaction.channel)[1:],
    )


def _channel_of(interaction: discord.Interaction[Client]) -> int:
    if interaction.channel_id is None:
        raise UserError(ONLY_IN_DIRECT_MESSAGES)
    return interaction.channel_id
