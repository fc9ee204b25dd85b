"""/imagine: images of a prompt, or a change of one, as a message where the command was given.

Not here: making and showing them (`image_buttons`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.conversation.image_request import ASPECTS, LONGEST_PROMPT, MOST_IMAGES
from grokbot.conversation.text import visible
from grokbot.discord_bot.commands.images.image_buttons import show_images
from grokbot.discord_bot.commands.images.wish import Wish
from grokbot.discord_bot.commands.options import MODEL_LENGTH, Model
from grokbot.discord_bot.commands.targets import CHOICES
from grokbot.discord_bot.notices import answering
from grokbot.policy.admission import NOTHING_TO_READ

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client

SHAPES = [app_commands.Choice(name=aspect, value=aspect) for aspect in ASPECTS]


async def image_models(interaction: discord.Interaction[Client], current: str) -> list[app_commands.Choice[str]]:
    """Models that make images, as far as xAI lists them."""
    names = [name for name in interaction.client.engine.images.models if current.lower() in name.lower()]
    return [app_commands.Choice(name=name, value=name) for name in names if len(name) <= MODEL_LENGTH][:CHOICES]


@app_commands.command(description="Have Grok make images")
@app_commands.describe(
    prompt="What the images should show",
    count="How many (default: 1)",
    aspect="Width to height (default: the model decides)",
    model="Which of xAI's image models (default: the bot's setting)",
    image="An image to change as the prompt says",
)
@app_commands.choices(aspect=SHAPES)
@app_commands.autocomplete(model=image_models)
async def imagine(
    interaction: discord.Interaction[Client],
    prompt: app_commands.Range[str, 1, LONGEST_PROMPT],
    count: app_commands.Range[int, 1, MOST_IMAGES] = 1,
    aspect: str | None = None,
    model: Model | None = None,
    image: discord.Attachment | None = None,
) -> None:
    """The images come as one message, with buttons for others of the same, for changes, and to delete it."""
    async with answering(interaction):
        if not any(visible(character) for character in prompt):
            raise UserError(NOTHING_TO_READ)
        wish = Wish(prompt=prompt, count=count, aspect=aspect, model=(model or "").strip(), brought=image is not None)
        await show_images(interaction, wish, image)
