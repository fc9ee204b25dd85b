"""A question that is answered in the replies to an interaction: who may ask so, and its conversation.

Not here: the replies (`reply_answer`), the command and the menu that ask (`commands`).
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowedError, UserError
from grokbot.conversation.text import in_language
from grokbot.discord_bot.asks.reply_answer import bring
from grokbot.discord_bot.members import actor_of, bot_is_here
from grokbot.discord_bot.notices import begin_reply
from grokbot.discord_bot.notices.texts.answer_text import NO_DIRECT_MESSAGES, THINKING
from grokbot.discord_bot.notices.texts.ask_text import NOT_INSTALLED
from grokbot.discord_bot.rate_limits import SEND_ERRORS
from grokbot.engine.admission import Opening
from grokbot.engine.turns import Question

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import discord

    from grokbot.conversation.parts import AttachedFile
    from grokbot.discord_bot.client import Client


_THINKS = "thinks"
"""Among the extras that discord.py lets us keep: the reply stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedHere:
    """What somebody asks, and how it is to be answered; None: as set.

    Args:
        text: The question, as the model reads it.
        private: Whether only they see the answer.
        attachments: What it asks about besides the text.
        quoted_id: Whose words it quotes.
        model: xAI's name of a model.
        persona: A persona's name.
        effort: How long the model thinks.
    """

    text: str
    private: bool = True
    attachments: tuple[AttachedFile, ...] = ()
    quoted_id: int | None = None
    model: str | None = None
    persona: str | None = None
    effort: str | None = None


def check_allowed(interaction: discord.Interaction[Client]) -> None:
    """Checks that the operator lets this person use the bot in this place.

    Raises:
        NotAllowedError: The bot is not here itself, and not everybody who installs it may use it.
        UserError: It is, and answers no direct messages.
    """
    settings = interaction.client.settings
    if bot_is_here(interaction):
        if interaction.guild_id is None and not settings.answer_direct_messages:
            raise UserError(NO_DIRECT_MESSAGES)
        return
    allowed = settings.user_install_allowed
    if not settings.user_install or (allowed and interaction.user.id not in allowed):
        raise NotAllowedError(NOT_INSTALLED)


async def asked_in_replies(interaction: discord.Interaction[Client], asked: AskedHere) -> None:
    """Begins a conversation, and answers in the replies to a command. Call it in `taken_back`.

    Args:
        interaction: The command, with or without its first reply.
        asked: The question.

    Raises:
        GrokbotError: It may not begin; the text says why.
        discord.DiscordException, aiohttp.ClientError, OSError: Discord does not take the reply.
    """
    engine, actor = interaction.client.engine, await actor_of(interaction)
    question = Question(
        actor, asked.text, 0, interaction.channel_id or 0, quoted_id=asked.quoted_id, attachments=asked.attachments
    )
    private = asked.private and not in_own_channel(interaction)
    opening = Opening(
        guild_id=actor.guild_id,
        channel_id=None,
        owner_id=actor.id,
        model=asked.model,
        persona=asked.persona,
        effort=asked.effort,
        asked=True,
        channel_ids=actor.channel_ids,
    )
    await engine.turns.check(question, actor.guild_id)
    await thinks(interaction, private=private)
    running = await engine.turns.ask(question, opening)
    if running is not None:
        await bring(interaction, await engine.answers.now(running.id, actor), private=private, in_place=True)


@asynccontextmanager
async def taken_back(interaction: discord.Interaction[Client]) -> AsyncIterator[None]:
    """Removes the line of `thinks` if the body fails: the sentence that follows is for the person alone."""
    try:
        yield
    except Exception:
        if _THINKS in interaction.extras:
            with suppress(*SEND_ERRORS):  # what went wrong is to be said all the same
                await interaction.delete_original_response()
        raise


async def thinks(interaction: discord.Interaction[Client], *, private: bool) -> None:
    """The reply stands from here on, and says that Grok thinks. Twice is harmless. Call it in `taken_back`."""
    interaction.extras[_THINKS] = True
    private = private and not in_own_channel(interaction)
    with in_language(await interaction.client.language_of_reply(interaction, private=private)):
        await begin_reply(interaction, str(THINKING), ephemeral=private)


def in_own_channel(interaction: discord.Interaction[Client]) -> bool:
    """Whether it comes from the direct messages with the bot, where nobody else reads."""
    return interaction.guild_id is None and bot_is_here(interaction)
