"""/ask: a question that is answered in place, also where only the person has installed the app.

Not here: the replies and their buttons (`asks`), conversations with a thread of their own (`chat`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.text import own
from grokbot.discord_bot.asks import AskedHere, asked_in_replies, check_allowed, taken_back, thinks
from grokbot.discord_bot.commands.metadata import PROMPT_LENGTH  # noqa: TC001 - discord.py reads the annotation
from grokbot.discord_bot.commands.options import (
    ABOUT,
    EFFORTS,
    Model,
    PersonaName,
    chosen_persona,
    model_name,
    models,
    personas,
)
from grokbot.discord_bot.members import check_read
from grokbot.discord_bot.notices import answering
from grokbot.engine.admission import NOT_READ

if TYPE_CHECKING:
    from grokbot.conversation.parts import AttachedFile
    from grokbot.discord_bot.client import Client


@app_commands.command(description="Ask Grok right here, without a thread; only you see the answer")
@app_commands.describe(
    question="Your question",
    file="A picture or file to ask about",
    private="False shows the answer to everyone here (default: only you see it)",
    model=ABOUT["model"],
    persona=ABOUT["persona"],
    effort=ABOUT["effort"],
)
@app_commands.choices(effort=EFFORTS)
@app_commands.autocomplete(model=models, persona=personas)
async def ask(
    interaction: discord.Interaction[Client],
    question: app_commands.Range[str, 1, PROMPT_LENGTH],
    file: discord.Attachment | None = None,
    private: bool = True,
    model: Model | None = None,
    persona: PersonaName | None = None,
    effort: str | None = None,
) -> None:
    """Begins a conversation that goes on by the buttons under its answers."""
    async with answering(interaction), taken_back(interaction):
        check_allowed(interaction)
        await check_read(interaction, interaction.user.id, NOT_READ)
        text = own(question)
        attachments: tuple[AttachedFile, ...] = ()
        if persona is not None:
            persona = await chosen_persona(interaction, persona)
        if file is not None:  # fetching it takes longer than Discord waits
            await thinks(interaction, private=private)
            read = await interaction.client.given(file, text)
            text, attachments = read.text, read.attachments
        asked = AskedHere(
            text=text,
            private=private,
            attachments=attachments,
            model=model_name(model),
            persona=persona,
            effort=effort,
        )
        await asked_in_replies(interaction, asked)
