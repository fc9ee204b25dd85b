"""/set, and the choices that people have for models, personas and effort.

Its own command, since `/chat` begins something: a command of Discord cannot have options and subcommands at once. Not
here: beginning a conversation (`chat`), what is chosen for one answer (`conversation`), what follows (`engine`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.conversation.errors import GrokbotError, UserError
from grokbot.conversation.response import AS_THE_CONVERSATION, Mode, TurnOptions
from grokbot.conversation.text import Sentence
from grokbot.discord_bot.commands.metadata import everywhere
from grokbot.discord_bot.commands.targets import CHOICES, CHOOSING_SECONDS, here
from grokbot.discord_bot.members import actor_of
from grokbot.discord_bot.notices import answering, tell
from grokbot.discord_bot.notices.texts.options_text import (
    EFFORT_CHOICES,
    effort_note,
    model_choice,
    options_shown,
    persona_choice,
)
from grokbot.discord_bot.rate_limits import in_short

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.client import Client

log = logging.getLogger(__name__)

MODES = [
    app_commands.Choice(name="stateless: the bot keeps the history", value=Mode.STATELESS.value),
    app_commands.Choice(name="stateful: xAI keeps it for 30 days", value=Mode.STATEFUL.value),
]
EFFORTS = [app_commands.Choice(name=text, value=effort) for effort, text in EFFORT_CHOICES.items()]

MODEL_LENGTH = 100
PERSONA_LENGTH = 40
MOST_TOKENS = 1_000_000

NO_MODEL = Sentence("That is not a model name.")

Model = app_commands.Range[str, 1, MODEL_LENGTH]
PersonaName = app_commands.Range[str, 1, PERSONA_LENGTH]
Temperature = app_commands.Range[float, 0, 2]
Length = app_commands.Range[int, 1, MOST_TOKENS]

ABOUT = {
    "model": "Which xAI model answers, with its context and its price for a million tokens in and out",
    "persona": "How Grok speaks",
    "effort": "How long Grok thinks; more costs more",
    "temperature": "How freely Grok words its answers, from 0 to 2",
    "length": "Tokens of an answer at most; a token is about three quarters of a word",
}
"""What each option is, for people."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person chose for a new conversation; None: the default."""

    mode: Mode | None = None
    model: str | None = None
    persona: str | None = None
    effort: str | None = None
    temperature: float | None = None
    length: int | None = None


NO_WISHES = Wishes()


def model_name(typed: str | None) -> str | None:
    """A model's name as it was typed.

    Raises:
        UserError: It cannot be one.
    """
    if typed is None:
        return None
    name = typed.strip()
    if not name or not name.isprintable():
        raise UserError(NO_MODEL)
    return name


async def chosen_persona(interaction: discord.Interaction[Client], name: str) -> str:
    """The persona of this name, as conversations know it, if it may be chosen here.

    Raises:
        UserError: There is none of this name, or it may not.
    """
    actor = await actor_of(interaction)
    found = await interaction.client.engine.personas.found(name, actor.guild_id, actor.channel_ids)
    return found.options.persona or ""


async def models(interaction: discord.Interaction[Client], current: str) -> list[app_commands.Choice[str]]:
    """The models of xAI's list, the operator's own first."""
    prices, wanted = interaction.client.engine.prices, current.strip().lower()
    found = [name for name in prices.models if wanted in name.lower() and len(name) <= MODEL_LENGTH]
    return [app_commands.Choice(name=model_choice(name, prices.listed(name)), value=name) for name in found[:CHOICES]]


async def personas(interaction: discord.Interaction[Client], current: str) -> list[app_commands.Choice[str]]:
    """The personas that are allowed here; empty if they cannot be found in time."""
    engine, wanted = interaction.client.engine, current.strip().casefold()
    try:
        async with asyncio.timeout(CHOOSING_SECONDS):
            actor = await actor_of(interaction)
            allowed = await engine.personas.allowed(interaction.guild_id, actor.channel_ids)
    except (GrokbotError, TimeoutError) as error:
        log.warning("discord.no_choices interaction=%d error=%s", interaction.id, in_short(error))
        return []
    named = [(persona_choice(persona), name) for name, persona in allowed.items()]
    fits = [app_commands.Choice(name=text, value=name) for text, name in named if wanted in text.casefold()]
    return fits[:CHOICES]


@everywhere
@app_commands.command(name="set", description="Change model, persona, effort, temperature or length here")
@app_commands.describe(**ABOUT, reset="Go back to what the conversation began with")
@app_commands.choices(effort=EFFORTS)
@app_commands.autocomplete(model=models, persona=personas)
async def set_(
    interaction: discord.Interaction[Client],
    model: Model | None = None,
    persona: PersonaName | None = None,
    effort: str | None = None,
    temperature: Temperature | None = None,
    length: Length | None = None,
    reset: bool = False,
) -> None:
    """Applies from the next answer on; without options it shows what applies."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        conversation, options = await here(interaction), interaction.client.engine.library.options
        wanted = TurnOptions(
            model=model_name(model), persona=persona, effort=effort, temperature=temperature, max_tokens=length
        )
        if wanted == AS_THE_CONVERSATION and not reset:
            now = await options.current(conversation)
        else:
            now = await options.set(conversation.id, await actor_of(interaction), wanted, reset=reset)
        await tell(interaction, options_shown(now, effort_note(now.model, effort)))
