"""The only way to send the bot's own sentences in Discord: to a channel, or as the reply to an interaction.

Nobody is pinged, a channel gets each sentence once, and requests are repeated while Discord is away. Not here: when a
reply or an interaction gets a sentence (`send`, `interaction_reply`), answers of the model (`answers`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord

from grokbot.discord_bot.rate_limits import SEND_ERRORS, Kind, Rank, in_short, retry_request

if TYPE_CHECKING:
    from grokbot.discord_bot.rate_limits import Traffic

log = logging.getLogger(__name__)

NOBODY = discord.AllowedMentions.none()


async def post(channel: discord.abc.Messageable, text: str | None, *, nonce: str, **given: Any) -> discord.Message:
    """Sends a sentence to a channel: one request; take a turn first. `say` also waits for the turn.

    Args:
        channel: Where.
        text: The sentence; None for a panel, which is given as `view`.
        nonce: The same for every attempt, at most 25 characters.
        **given: More for discord.py's `send`.
    """
    return await channel.send(text, nonce=nonce, **{"allowed_mentions": NOBODY, **given})


async def say(
    traffic: Traffic,
    channel: discord.abc.MessageableChannel,
    text: str | None,
    *,
    nonce: str,
    rank: Rank = Rank.FIRST,
    **given: Any,
) -> discord.Message:
    """Sends a sentence to a channel, and again while Discord is away.

    Args:
        traffic: What may be sent, and when.
        channel: Where.
        text: The sentence.
        nonce: The same for every try, so that Discord drops a repeat; at most 25 characters.
        rank: How much it matters.
        given: More for discord.py's `send`; `allowed_mentions` if somebody should be pinged.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: Discord refuses it.
    """
    line = traffic.channel(channel.id)
    sent_at = await line.turn(Kind.SEND, rank=lambda: rank)
    message = await retry_request(lambda: post(channel, text, nonce=nonce, **given), "sentence")
    line.returned(Kind.SEND, sent_at)
    return message


async def try_to_say(
    traffic: Traffic,
    channel: discord.abc.MessageableChannel,
    text: str | None,
    *,
    nonce: str,
    rank: Rank = Rank.FIRST,
    **given: Any,
) -> None:
    """Like `say`; a failure is only logged.

    Args:
        traffic: As in `say`, like the rest.
        channel: Where.
        text: The sentence.
        nonce: The same for every attempt.
        rank: How much it matters.
        **given: More for discord.py's `send`.
    """
    try:
        await say(traffic, channel, text, nonce=nonce, rank=rank, **given)
    except SEND_ERRORS as error:
        log.warning("discord.untold channel=%d nonce=%s error=%s", channel.id, nonce, in_short(error))


async def answer(
    to: discord.Interaction[Any] | discord.Webhook, text: str = "", *, private: bool = True, **given: Any
) -> discord.Message:
    """Replies to an acknowledged interaction.

    Args:
        to: The interaction, or its webhook if an earlier process acknowledged it.
        text: The sentence.
        private: Whether only the person sees it.
        given: More for discord.py's `send`.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: Discord refuses it.
    """
    webhook = to if isinstance(to, discord.Webhook) else to.followup
    if text:
        given["content"] = text  # a panel has none
    return await webhook.send(ephemeral=private, allowed_mentions=NOBODY, wait=True, **given)
