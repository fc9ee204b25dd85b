"""A branch: a new thread that continues from an answer, linked both ways.

Not here: who may branch and what a branch is (`engine`), opening threads (`threads`), what asks for one
(`answers.buttons`, `commands`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import in_language
from grokbot.discord_bot.members import actor_of, bot_is_here
from grokbot.discord_bot.notices import acknowledged, answer, say, tell
from grokbot.discord_bot.notices.texts.answer_text import NO_BRANCH_HERE, branched_from, branched_to, goes_on_in
from grokbot.discord_bot.rate_limits import SEND_ERRORS, in_short
from grokbot.discord_bot.threads import threads
from grokbot.discord_bot.threads.policy import around, thread_wishes
from grokbot.engine.admission import Opening

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation
    from grokbot.discord_bot.client import Client

log = logging.getLogger(__name__)

BRANCH = "🌿"
"""Before the name of the thread that it branched from."""


def place_beside(channel: Any) -> discord.TextChannel | None:
    """The channel in which a branch of what stands in this one has its thread; None: it can have none."""
    beside = channel.parent if isinstance(channel, discord.Thread) else channel  # some channels have none
    return beside if isinstance(beside, discord.TextChannel) else None


async def branched_off(interaction: discord.Interaction[Client], response_id: str) -> None:
    """Opens a thread beside the current one. Call it deferred, inside a block that reports errors.

    Raises:
        UserError: There is nothing to continue from, or no thread can be opened here.
        NotAllowedError: The person may not, or we lack permissions.
    """
    bot, actor = interaction.client, await actor_of(interaction)
    conversation, _ = await bot.engine.variants.branch_point(response_id, actor)
    held_in = interaction.channel
    beside = place_beside(held_in) if bot_is_here(interaction) else None
    if beside is None:
        raise UserError(NO_BRANCH_HERE)
    # A branch must not show everyone what only some could see.
    alone = conversation.options.asked and not _stands(interaction)
    private = alone or (isinstance(held_in, discord.Thread) and held_in.is_private())
    place = threads.checked_place(beside, private=private)
    minutes = (await thread_wishes(bot.engine, bot.settings, place)).archive_minutes
    name = conversation.title or (held_in.name if isinstance(held_in, discord.Thread) else threads.FALLBACK_NAME)
    name = f"{BRANCH} {name.removeprefix(BRANCH).lstrip()}"
    with bot.new_threads.opened_under(place.id):
        thread = await threads.apart(threads.Apart(place, name, minutes, private))
        where = Opening(guild_id=place.guild.id, channel_id=thread.id, owner_id=actor.id, channel_ids=around(place))
        async with threads.closed_on_trouble(thread):
            if private:
                await thread.add_user(interaction.user)
            await bot.engine.variants.branch(response_id, actor, where)
            await _say_where_from(bot, thread, await _link(interaction, conversation, response_id))
    await _say_where_to(interaction, thread)
    await bot.say_that_mentions_are_needed(thread, thread.id)


async def _say_where_from(bot: Client, thread: discord.Thread, link: str) -> None:
    """The first line of the new thread."""
    with in_language(await bot.language_in(thread)):
        words = branched_from(link)
    await say(bot.traffic, thread, words, nonce=f"{thread.id}-b", suppress_embeds=True)


async def _say_where_to(interaction: discord.Interaction[Any], thread: discord.Thread) -> None:
    """The reply in the old place. The branch exists: if this fails, only the log says so."""
    await acknowledged(interaction)
    if interaction.type is discord.InteractionType.application_command:
        await tell(interaction, goes_on_in(thread.id))  # a command's first answer is private; the public one follows
    with in_language(await interaction.client.language_in(thread)):
        words = branched_to(thread.id)
    try:
        await answer(interaction, words, private=False)
    except SEND_ERRORS as error:
        log.warning("discord.untold interaction=%d error=%s", interaction.id, in_short(error))


def _stands(interaction: discord.Interaction[Any]) -> bool:
    """Whether the message with the pressed button stands there for all."""
    return interaction.message is not None and not interaction.message.flags.ephemeral


async def _link(interaction: discord.Interaction[Client], conversation: Conversation, response_id: str) -> str:
    """A link to the answer's last message, or to the place where there is none that others see."""
    channel_id = conversation.channel_id or interaction.channel_id
    place = f"https://discord.com/channels/{conversation.guild_id or '@me'}/{channel_id}"
    messages = [ref.message_id for ref in await interaction.client.engine.places.places_of(response_id)]
    return f"{place}/{max(messages)}" if messages else place
