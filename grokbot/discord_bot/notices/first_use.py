"""Tells people, at their first use, what is stored about them.

Nobody gets an extra message for it: people who write a message see a line under their first answer (`answers.layout`),
people who give a command or press a button see the notice itself beside the private reply. Not here: the texts (the
settings), who has been told (`engine`).
"""

from __future__ import annotations

import logging
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import StoreError
from grokbot.conversation.text import Sentence
from grokbot.discord_bot.notices.say import answer
from grokbot.discord_bot.notices.texts.privacy_text import clickable
from grokbot.discord_bot.rate_limits import SEND_ERRORS, in_short

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable

    import discord

    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)

LINE = Sentence("🔒 This bot stores our chat and sends it to xAI · /privacy notice")
"""What the settings say by default (`settings.privacy`), in the readers' language."""
NOTICE = "privacy notice"
"""The command that shows the whole notice; in the line it can be clicked."""
_NAMED = re.compile(f"`?/{NOTICE}`?")

REMEMBERED = 10_000
"""People to remember as told, so that the database is not asked each time."""


class FirstUseNotice:
    """Knows which people still have to be told; one per bot.

    Args:
        engine: Knows who has been told.
        mention: A command as people can click it.
    """

    def __init__(self, engine: Engine, mention: Callable[[str], str]) -> None:
        self._privacy = engine.privacy
        self._mention = mention
        self._known: set[int] = set()
        """People who have been told, or are being told."""

    @property
    def line(self) -> str:
        """The line under a first answer; empty: none."""
        line = self._privacy.notice_line
        return _NAMED.sub(self._mention(NOTICE), str(LINE) if line == LINE else line)

    @asynccontextmanager
    async def under(self, user_ids: Iterable[int], shown: Callable[[str], bool]) -> AsyncIterator[str]:
        """The line to show under somebody's first answer; they count as told if it was shown.

        Args:
            user_ids: The readers of the answer.
            shown: Whether a line was shown.
        """
        due = await self.due(user_ids) if (line := self.line) else ()
        try:
            yield line if due else ""
        finally:
            if due:
                await self.over(due, told=shown(line))

    async def due(self, user_ids: Iterable[int]) -> Collection[int]:
        """The people to tell now. The caller tells them, and calls `over`; meanwhile no other caller gets them.

        If the database cannot say whether somebody was told, they are told another time.
        """
        unknown = [user_id for user_id in user_ids if user_id not in self._known]
        self._known.update(unknown)  # at once: two messages at the same moment are one first use
        due = []
        for user_id in unknown:
            try:
                if await self._privacy.notice_due(user_id):
                    due.append(user_id)
            except StoreError:
                log.warning("discord.notice_unknown", exc_info=True)
                self._known.discard(user_id)
        return due

    async def over(self, user_ids: Collection[int], *, told: bool) -> None:
        """Notes that they have been told, or could not be and are told another time."""
        if not told:
            self._known.difference_update(user_ids)
            return
        for user_id in user_ids:
            await self._privacy.noticed(user_id)
        if len(self._known) > REMEMBERED:
            self._known.clear()

    async def used(self, interaction: discord.Interaction[Any]) -> None:
        """Shows the notice after a person's first command or press has been answered."""
        due = await self.due([interaction.user.id])
        if not due:
            return
        told = False
        try:
            await answer(interaction, clickable(self._privacy.notice, self._mention), suppress_embeds=True)
            told = True
        except SEND_ERRORS as error:
            log.warning("discord.untold interaction=%d error=%s", interaction.id, in_short(error))
        finally:
            await self.over(due, told=told)
