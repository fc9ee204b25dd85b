"""Who is to be told, at their first use, what is kept of them.

Nobody is written to for it: a line stands under the first answer to who writes a message (`answers.layout`), the notice
itself beside the private answer to who gives a command or presses a button. Not here: the texts (the settings), who has
been told (`engine`).
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import StoreError
from grokbot.discord_bot.notices.say import answer
from grokbot.discord_bot.rate_limits import SEND_ERRORS, in_short

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable

    import discord

    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)

REMEMBERED = 10_000
"""People of whom it is remembered that they know, so that the database is not asked each time."""


class FirstUseNotice:
    """One for the bot.

    Args:
        engine: Knows who has been told.
    """

    def __init__(self, engine: Engine) -> None:
        self._privacy = engine.privacy
        self._known: set[int] = set()
        """Who has been told, or is being told."""

    @property
    def line(self) -> str:
        """What stands under a first answer; empty: nothing."""
        return self._privacy.notice_line

    @asynccontextmanager
    async def under(self, user_ids: Iterable[int], shown: Callable[[str], bool]) -> AsyncIterator[str]:
        """The line to show under an answer, if it is the first one of somebody; they count as told if it was shown.

        Args:
            user_ids: Who reads the answer.
            shown: Whether a line was shown.
        """
        due = await self.due(user_ids) if self.line else ()
        try:
            yield self.line if due else ""
        finally:
            if due:
                await self.over(due, told=shown(self.line))

    async def due(self, user_ids: Iterable[int]) -> Collection[int]:
        """Those who are to be told now. Whoever asks tells them, and calls `over`; meanwhile they are nobody else's.

        If it cannot be found out whether somebody knows, they are told another time.
        """
        unknown = [user_id for user_id in user_ids if user_id not in self._known]
        self._known.update(unknown)  # at once: two messages of the same moment are one first use
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
        """They have been told, or could not be and are told another time."""
        if not told:
            self._known.difference_update(user_ids)
            return
        for user_id in user_ids:
            await self._privacy.noticed(user_id)
        if len(self._known) > REMEMBERED:
            self._known.clear()

    async def used(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody gave a command or pressed a button, and has been answered."""
        due = await self.due([interaction.user.id])
        if not due:
            return
        told = False
        try:
            await answer(interaction, self._privacy.notice, suppress_embeds=True)
            told = True
        except SEND_ERRORS as error:
            log.warning("discord.untold interaction=%d error=%s", interaction.id, in_short(error))
        finally:
            await self.over(due, told=told)
