"""A person edits a message: what it asks instead, if it is for the engine at all.

Discord reports much more in the same way: link previews, pins, threads that are opened. Not here: what an edit does
(`engine.variants.variants`), the order of events (`bot`).
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import GrokbotError, RestartingError, StoreError
from grokbot.discord_bot.content import from_person, mentions, wording_of
from grokbot.discord_bot.inbound.slow_reads import read_soon

if TYPE_CHECKING:
    import asyncio

    from grokbot.discord_bot.content import MessageReader
    from grokbot.engine.engine import Engine
    from grokbot.engine.turns import Question

REMEMBERED = 10_000
"""Messages to remember that became no turn."""

LATELY = timedelta(minutes=15)
"""An unknown message that was edited this recently may be asked now."""


def rewritten(message: discord.Message, own_id: int, *, sees_all: bool) -> bool:
    """Whether somebody changed the words of their message, as far as one can see without the old ones.

    Args:
        message: As it is now.
        own_id: The bot's.
        sees_all: Whether Discord shows us messages that do not mention us; otherwise those are empty, edited or not.
    """
    if not from_person(message) or message.edited_at is None:
        return False
    return sees_all or message.guild is None or mentions(message, own_id)


class Wordings:
    """The words of messages that became no turn: an edit may make them one."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, str] = OrderedDict()

    def note(self, message: discord.Message) -> bool:
        """Notes the current words of a message. True if they were edited just now, as far as one can see."""
        before = self._known.pop(message.id, None)
        now = self._known[message.id] = wording_of(message)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        if before is not None:
            return before != now
        return message.edited_at is not None and discord.utils.utcnow() - message.edited_at < LATELY


async def apply_edit(
    engine: Engine, reader: MessageReader, message: discord.Message, reading: asyncio.Future[Question] | None
) -> bool:
    """Applies an edit of a message to the conversation. Returns whether the message was known.

    Nothing changes if the text is the same, or its writer has opted out.

    Args:
        engine: Asks again.
        reader: Reads the message as it is now.
        message: The edited message.
        reading: The result of `reader`, if already begun; None: read it here.

    Raises:
        StillReadingError: Reading takes long.
        UserError: There is nothing left in it to answer.
        NotAllowedError: Not now, or the conversation is locked.
        StoreError: It could not be stored; nothing has changed.
    """
    known = await engine.places.place_of(message.id)
    if known is None:
        return False
    wording = wording_of(message)
    if wording == known.wording or await engine.privacy.opted_out(message.author.id):
        return True
    begins = await engine.places.begins(message.id)
    question = await read_soon(lambda: reader.question(message, begins=begins), reading)
    try:
        await engine.variants.edited(message.id, question)
    except (RestartingError, StoreError):
        raise  # it must be handled later
    except GrokbotError:
        await engine.places.now_says(message.id, wording)  # one report is enough
        raise
    await engine.places.now_says(message.id, wording)
    return True
