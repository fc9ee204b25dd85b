"""Takes the used buttons away from under an answer that another one goes on with.

Done when the answer that goes on is shown, in the channel's order, so that no repeated edit of the one before brings
them back; and again after a start, if that answer does not stand there to its end. Not here: the buttons (`buttons`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.discord_bot.answers.buttons import ids_in, ids_of, view_without
from grokbot.discord_bot.answers.controls import BROKEN_OFF
from grokbot.discord_bot.rate_limits import SEND_ERRORS, Kind, Rank, retry_request

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.rate_limits import ChannelTraffic
    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)


async def put_away(
    channel: discord.PartialMessageable, engine: Engine, traffic: ChannelTraffic, continued_id: str
) -> None:
    """Removes the controls under an answer that was continued; its other buttons stay.

    A failure is only logged: the continued answer stands all the same.

    Args:
        channel: Where the answer is shown.
        engine: Knows its messages.
        traffic: What may be sent in the channel, and when.
        continued_id: The answer.
    """
    try:
        places = [ref for ref in await engine.places.places_of(continued_id) if ref.channel_id == channel.id]
        if places:
            await _put_away_from(channel, traffic, max(ref.message_id for ref in places))
    except (*SEND_ERRORS, StoreError) as error:
        log.warning("discord.buttons_stay response=%s error=%s", continued_id, error)


async def _put_away_from(channel: discord.PartialMessageable, traffic: ChannelTraffic, message_id: int) -> None:
    """The turn is taken first: nothing of the answer that goes on is edited yet, and the button soon goes away."""
    await traffic.turn(Kind.EDIT, rank=lambda: Rank.FIRST)
    message = await retry_request(lambda: channel.fetch_message(message_id), "look at buttons")
    view = view_without(message, BROKEN_OFF)
    if ids_of(view) != ids_in(message):
        partial = channel.get_partial_message(message_id)  # a whole one's edit would also bring link previews back
        await retry_request(lambda: partial.edit(view=view), "used buttons")
