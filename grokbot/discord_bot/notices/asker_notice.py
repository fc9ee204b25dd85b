"""The small reply to a person who waited long for an answer: it is there, or it broke off.

Not here: the answer (`answers`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.response import State
from grokbot.discord_bot.notices.say import try_to_say
from grokbot.discord_bot.notices.texts.answer_text import answer_broke_off, answer_is_there
from grokbot.discord_bot.rate_limits import Rank

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from grokbot.discord_bot.rate_limits import Traffic
    from grokbot.display import Shown
    from grokbot.engine.turns import RunningAnswer

TOLD: Mapping[State, Callable[[int], str]] = {State.DONE: answer_is_there, State.FAILED: answer_broke_off}
"""The reply after an answer that took long, by its end; other ends have none."""


async def tell_asker(
    traffic: Traffic, running: RunningAnswer, shown: Shown, channel: discord.PartialMessageable
) -> None:
    """One small reply to the person who waited long, and nobody else. A person who stopped the answer needs none.

    No reply for answers that a restart interrupted: otherwise everybody would get one at once.

    Args:
        traffic: What may be sent, and when.
        running: The answer.
        shown: How it was shown.
        channel: Where it stands.
    """
    words, asker_id = TOLD.get((await running.end()).state), _asker_in_discord(running, shown)
    if asker_id is None or words is None:
        return
    asker = discord.Object(asker_id)
    only = discord.AllowedMentions(everyone=False, roles=False, users=[asker], replied_user=False)
    question = next((ref for ref in reversed(running.asked.messages) if ref.channel_id == channel.id), None)
    under: dict[str, Any] = {}
    if question is not None:
        message = channel.get_partial_message(question.message_id)
        under["reference"] = message.to_reference(fail_if_not_exists=False)
    await try_to_say(
        traffic,
        channel,
        words(asker.id),
        nonce=f"{running.id[-20:]}-told",
        rank=Rank.OTHER,
        allowed_mentions=only,
        **under,
    )


def readers_of(running: RunningAnswer, shown: Shown) -> Collection[int]:
    """The authors, in Discord, of what it answers. People of an import, whose ids are below zero, are none."""
    asker_id = _asker_in_discord(running, shown)
    return running.asked.writer_ids or ([asker_id] if asker_id is not None and asker_id > 0 else ())


def _asker_in_discord(running: RunningAnswer, shown: Shown) -> int | None:
    """The person who waits for it in Discord. People who asked through the API learn of its end there."""
    return None if shown.said else running.asked.asker_id or None
