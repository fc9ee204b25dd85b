"""A star as a reaction under an answer works like the Star button, for the person who reacts.

Not here: what a star is (`engine.library.library`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import discord

    from grokbot.engine.engine import Engine

STAR = "⭐"
VARIANT = "\N{VARIATION SELECTOR-16}"
"""Some clients append it to the star, to draw it as an emoji: it is the same star."""


def is_star(payload: discord.RawReactionActionEvent, own_id: int) -> bool:
    """Whether a person added or removed a star on what may be a message of ours.

    Only when it is added does Discord name the message's author and, in servers, whether the person is a bot.
    """
    by_bot = payload.user_id == own_id or (payload.member is not None and payload.member.bot)
    of_another = payload.message_author_id not in (None, own_id)
    star = payload.emoji.id is None and (payload.emoji.name or "").removesuffix(VARIANT) == STAR
    return star and not by_bot and not of_another


async def starred(engine: Engine, payload: discord.RawReactionActionEvent) -> None:
    """Stores that the star was added or removed. On a message that is not an answer it means nothing.

    Raises:
        StoreError: It could not be stored.
    """
    added = payload.event_type == "REACTION_ADD"
    await engine.library.stars.set_by_message(payload.message_id, payload.user_id, on=added)
