"""A person edits what they wrote: what is asked instead, if it is for the engine at all.

Discord tells of much more than that in the same way: link previews, pins, threads that are opened. Not here: what an
edit does (`engine.variants`), the order of events (`bot`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.hearing import from_person, mentions, question

if TYPE_CHECKING:
    import discord

    from grokbot.engine.engine import Engine


def rewritten(message: discord.Message, own_id: int, *, sees_all: bool) -> bool:
    """Whether somebody changed the words of their message, as far as can be told without knowing the old ones.

    Args:
        message: As it is now.
        own_id: The bot's.
        sees_all: Whether Discord shows us messages that do not mention us; it leaves the others empty, edited or not.
    """
    if not from_person(message) or message.edited_at is None:
        return False
    return sees_all or message.guild is None or mentions(message, own_id)


async def heard_again(engine: Engine, message: discord.Message, own_id: int) -> None:
    """Asks the engine anew. A message that says what it said before changes nothing, and neither does an unknown one.

    What somebody writes who does not want to be read is not looked at.

    Raises:
        UserMistake: There is nothing left in it to answer.
        NotAllowed: Not now, or the conversation is locked.
        StoreTrouble: It could not be written down; nothing has changed.
    """
    if await engine.privacy.opted_out(message.author.id):
        return
    await engine.variants.edited(message.id, await question(engine, message, own_id))
