"""Shows people, at their first use and to them alone, what is kept of them.

In a direct message for who writes a message; beside the answer for who gives a command or presses a button. Where they
take no direct messages, they are told under their message where to read it. Not here: the text (the settings), who has
been told (`engine`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import StoreTrouble
from grokbot.discord_bot.privacy_replies import NOTICE_THERE
from grokbot.discord_bot.telling import reply, said_alone
from grokbot.discord_bot.trouble import SEND_ERRORS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.discord_bot.traffic import Traffic
    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)

REMEMBERED = 10_000
"""People of whom it is remembered that they know, so that the database is not asked each time."""


class Noticing:
    """One for the bot.

    Args:
        engine: Knows who has been told.
        traffic: What may be sent, and when.
    """

    def __init__(self, engine: Engine, traffic: Traffic) -> None:
        self._engine = engine
        self._traffic = traffic
        self._known: set[int] = set()

    async def wrote(self, message: discord.Message) -> None:
        """Somebody's message was taken in."""

        async def tell(text: str) -> bool:
            if await said_alone(self._traffic, message.author, text, f"{message.id}-n"):
                return True
            if message.guild is not None:
                await reply(self._traffic, message, NOTICE_THERE)
            return True

        await self._once(message.author.id, tell)

    async def used(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody gave a command or pressed a button, and has been answered."""

        async def tell(text: str) -> bool:
            try:
                none = discord.AllowedMentions.none()
                await interaction.followup.send(text, ephemeral=True, allowed_mentions=none, suppress_embeds=True)
            except SEND_ERRORS as error:
                log.warning("discord.untold interaction=%d error=%s", interaction.id, type(error).__name__)
                return False
            return True

        await self._once(interaction.user.id, tell)

    async def _once(self, user_id: int, tell: Callable[[str], Awaitable[bool]]) -> None:
        """If it cannot be found out whether they know, they are told another time."""
        if user_id in self._known:
            return
        self._known.add(user_id)  # at once: two messages of the same moment are one first use
        told = False
        try:
            privacy = self._engine.privacy
            told = not await privacy.notice_due(user_id)
            if not told and await tell(privacy.notice):
                await privacy.noticed(user_id)
                told = True
        except StoreTrouble:
            log.warning("discord.notice_unknown", exc_info=True)
        finally:
            if not told:
                self._known.discard(user_id)
            elif len(self._known) > REMEMBERED:
                self._known.clear()
