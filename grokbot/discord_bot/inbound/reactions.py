"""A star as a reaction under an answer does what the Star button does, for the person who reacts.

Not here: what a star is (`engine.library.library`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import discord

    from grokbot.engine.engine import Engine

STAR = "⭐"
VARIANT = "\N{VARIATION SELECTOR-16}"
"""Some clients put it after the star: the same one, to be drawn as an emoji."""


def is_star(payload: discord.RawReactionActionEvent, own_id: int) -> bool:
    """Whether a person put or took away a star under what may be a message of ours.

    Discord says who wrote the message, and whether who reacts is a bot, only where it is put, and the latter only in
    servers.
    """
    by_bot = payload.user_id == own_id or (payload.member is not None and payload.member.bot)
    of_another = payload.message_author_id not in (None, own_id)
    star = payload.emoji.id is None and (payload.emoji.name or "").removesuffix(VARIANT) == STAR
    return star and not by_bot and not of_another


async def starred(engine: Engine, payload: discord.RawReactionActionEvent) -> None:
    """Keeps it, or that it is gone. Under a message that is no answer it means nothing to us.

    Raises:
        StoreError: It could not be kept.
    """
    added = payload.event_type == "REACTION_ADD"
    await engine.library.stars.set_by_message(payload.message_id, payload.user_id, on=added)
