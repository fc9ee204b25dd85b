"""Messages that another bot deletes and reposts through a webhook under their writer's name: they count as theirs.

The only sign: the same text in the same place within seconds, and the first message is gone. The two events come in
either order. Every other webhook is ignored. Not here: how the message is handled (`bot`).
"""

from __future__ import annotations

import asyncio
import copy
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from grokbot.discord_bot.content import from_person

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

Said: TypeAlias = "tuple[int, str, tuple[str, ...]]"

APART_SECONDS = 5.0
"""Seconds between the two events, and between a message and its repost."""

HOLD_SECONDS = 2.0
"""Seconds in which a message that was deleted just after it was written may still be reposted."""

REMEMBERED = 1_000
"""Messages to remember."""


@dataclass(slots=True)
class _Original:
    message: discord.Message
    at: float
    deleted: asyncio.Event = field(default_factory=asyncio.Event)
    deleted_at: float = 0.0
    taken: asyncio.Event = field(default_factory=asyncio.Event)


class Reposts:
    """Recognizes reposts; one per bot.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lately: OrderedDict[int, _Original] = OrderedDict()

    def wrote(self, message: discord.Message) -> None:
        """Notes a person's message, which may be reposted."""
        if message.guild is None or not from_person(message) or _said(message) is None:
            return
        self._lately[message.id] = _Original(message, self._clock())
        while len(self._lately) > REMEMBERED or self._is_past(next(iter(self._lately.values()))):
            self._lately.popitem(last=False)

    async def original(self, message: discord.Message) -> discord.Message | None:
        """The message that a webhook reposted, once that is deleted; None if it is no repost."""
        said = _said(message)
        if message.webhook_id is None or message.interaction_metadata is not None or said is None:
            return None
        same = [one for one in self._lately.values() if not one.taken.is_set() and _said(one.message) == said]
        found = next((one for one in reversed(same) if not self._is_past(one)), None)
        if found is None:
            return None
        found.taken.set()
        try:
            async with asyncio.timeout(APART_SECONDS):
                await found.deleted.wait()
        except TimeoutError:  # it still exists: somebody just repeats it
            found.taken.clear()
            return None
        return found.message

    async def stands_in_for(self, message_id: int, *, hold: bool) -> bool:
        """A message was deleted. True if another one took its place; with `hold`, waits a moment for that."""
        found = self._lately.get(message_id)
        if found is None or self._is_past(found):
            return False
        found.deleted_at = self._clock()
        found.deleted.set()
        if not found.taken.is_set() and hold:
            try:
                async with asyncio.timeout(HOLD_SECONDS):
                    await found.taken.wait()
            except TimeoutError:
                return False
        return found.taken.is_set()

    def is_replaced(self, message_id: int) -> bool:
        """Whether a message is gone and has a repost in its place."""
        found = self._lately.get(message_id)
        return found is not None and found.deleted.is_set() and found.taken.is_set()

    def _is_past(self, one: _Original) -> bool:
        since = one.deleted_at if one.deleted.is_set() else one.at
        return self._clock() - since > APART_SECONDS


def as_original(message: discord.Message, original: discord.Message) -> discord.Message:
    """A webhook's message as if the original's writer had written it."""
    message = copy.copy(message)
    message.author, message.webhook_id, message.type = original.author, None, original.type
    message.reference = original.reference
    message.mentions, message.role_mentions = original.mentions, original.role_mentions
    message.mention_everyone = original.mention_everyone
    return message


def _said(message: discord.Message) -> Said | None:
    """A message's place, text and files; None if it has nothing to recognize it by."""
    files = tuple(sorted(attachment.filename for attachment in message.attachments))
    text = message.content.strip()
    return (message.channel.id, text, files) if text or files else None
