"""Tells the writer of a message what happened to it, except by an answer of the model: below the message.

People who did not ask for it get no private message: Discord quarantined applications that opened direct messages
unasked. Where we may not write, the log says it. Not here: interactions (`interaction_reply`), the sentences
(`answer_text`), how often a refusal is sent (`refusal_policy`, pure), retries (`rate_limits.retry`).
"""

from __future__ import annotations

import logging
import re
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import AlreadyKnownError, GrokbotError, NotAllowedError, UserError
from grokbot.conversation.text import Sentence, in_language
from grokbot.discord_bot.notices.interaction_reply import answering, row_of
from grokbot.discord_bot.notices.refusal_policy import refusal_notice
from grokbot.discord_bot.notices.say import try_to_say
from grokbot.discord_bot.notices.texts.answer_text import NOT_LET, UNEXPECTED
from grokbot.discord_bot.rate_limits import SEND_ERRORS, Fate, fate_of, in_short

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.notices.refusal_policy import Throttle
    from grokbot.discord_bot.rate_limits import Traffic
    from grokbot.engine.turns import WaitingRefused

log = logging.getLogger(__name__)

ASK_AGAIN = Sentence("Try again")
ASK_AGAIN_ID = re.compile(r"grokbot:again:(?P<message_id>[0-9]{1,20})")
NOT_THE_WRITER = Sentence("Only the person who wrote the message can ask it again.")
QUESTION_GONE = Sentence("That message is gone. Write it again.")


@asynccontextmanager
async def errors_answered(client: Client, throttle: Throttle, message: discord.Message) -> AsyncIterator[None]:
    """Answers a message with a sentence if the block raises an error; unforeseen errors are logged too.

    Args:
        client: The connection.
        throttle: Keeps a channel from getting the same sentence again.
        message: The message that is handled.
    """
    try:
        yield
    except AlreadyKnownError:
        log.info("discord.message_again message=%d", message.id)
    except GrokbotError as error:
        with in_language(await client.language_in(message.channel)):
            await _refused(client.traffic, throttle, message, error, (message.author.id, message.channel.id))
    except SEND_ERRORS as error:
        log.warning("discord.unanswered message=%d error=%s", message.id, in_short(error))
        with in_language(await client.language_in(message.channel)):
            await _tell_refusal(client.traffic, message, fate_of(error))
    except Exception:
        log.exception("discord.message_failed message=%d", message.id)
        with in_language(await client.language_in(message.channel)):
            await reply(client.traffic, message, UNEXPECTED, again=True)


async def reply(
    traffic: Traffic, message: discord.Message | discord.PartialMessage, text: str, *, again: bool = False
) -> None:
    """Replies to a message; a failure is only logged.

    Args:
        traffic: What may be sent, and when.
        message: The message; the nonce is made of its id, so it gets one reply of ours.
        text: The sentence.
        again: Whether a button asks the same again.
    """
    view: dict[str, Any] = {"view": row_of([AskAgainButton(message.id)])} if again else {}
    await try_to_say(
        traffic, message.channel, text, nonce=f"{message.id}-r", reference=message, mention_author=False, **view
    )


class AskAgainButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ASK_AGAIN_ID):
    """Asks again what was refused, for whoever wrote it; the refusal goes when it is answered."""

    def __init__(self, message_id: int) -> None:
        self.message_id = message_id
        super().__init__(
            discord.ui.Button(
                label=str(ASK_AGAIN),
                emoji="🔁",
                style=discord.ButtonStyle.secondary,
                custom_id=f"grokbot:again:{message_id}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> AskAgainButton:
        """Rebuilt from the button's id at every press."""
        return cls(int(match["message_id"]))

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Handles the message as if it came now; why it is refused again, the person alone reads."""
        async with answering(interaction):
            await interaction.response.defer()
            if not isinstance(interaction.channel, discord.abc.Messageable):
                raise UserError(QUESTION_GONE)
            try:
                message = await interaction.channel.fetch_message(self.message_id)
            except discord.NotFound:
                raise UserError(QUESTION_GONE) from None
            if message.author.id != interaction.user.id:
                raise NotAllowedError(NOT_THE_WRITER)
            message.author = interaction.user
            try:
                await interaction.client.ask_again(message)
            except AlreadyKnownError:
                log.info("discord.message_again message=%d", message.id)
            try:
                await interaction.delete_original_response()
            except SEND_ERRORS as error:
                log.info("discord.refusal_stays message=%d error=%s", message.id, in_short(error))


async def waiting_refused(client: Client, throttle: Throttle, refused: WaitingRefused) -> None:
    """Replies to messages that waited for their turn and are now refused.

    Args:
        client: The connection.
        throttle: Keeps a channel from getting the same sentence again.
        refused: The messages, and why; the newest gets the reply.
    """
    channel_id = refused.conversation.channel_id
    if channel_id is None or refused.author is None or not refused.messages:
        return
    newest = max(refused.messages, key=lambda ref: ref.message_id)
    place = client.get_partial_messageable(newest.channel_id, guild_id=refused.conversation.guild_id)
    under = place.get_partial_message(newest.message_id)
    with in_language(await client.language_at(refused.conversation.guild_id, channel_id)):
        await _refused(client.traffic, throttle, under, refused.error, (refused.author.id, channel_id))


async def _refused(
    traffic: Traffic,
    throttle: Throttle,
    under: discord.Message | discord.PartialMessage,
    error: GrokbotError,
    whose: tuple[int, int],
) -> None:
    """Sends the reason, unless there is no notice, or it was sent recently. `whose`: the ids of writer and channel."""
    author_id, channel_id = whose
    how = refusal_notice(error, author_id=author_id, channel_id=channel_id)
    if how is not None and (how.key is None or throttle.due(*how.key, time.monotonic())):
        await reply(traffic, under, how.text, again=how.again)


async def _tell_refusal(traffic: Traffic, message: discord.Message, fate: Fate) -> None:
    """Reports a failed request to Discord. If the message or its channel is gone, nobody waits."""
    if fate not in (Fate.MESSAGE_GONE, Fate.CHANNEL_GONE):
        await reply(traffic, message, NOT_LET if fate is Fate.BARRED else UNEXPECTED, again=True)
