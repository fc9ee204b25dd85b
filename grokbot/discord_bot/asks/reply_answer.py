"""One answer on its way into the replies to an interaction, to its end, or until Discord takes no more of them.

Not here: the replies themselves (`reply_slot`), what begins an answer (`asked`, `ask_buttons`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.text import in_language
from grokbot.discord_bot.answers.display_order import Given
from grokbot.discord_bot.answers.layout import Layout
from grokbot.discord_bot.answers.live_answer import LiveAnswer
from grokbot.discord_bot.answers.retry_state import BarredError
from grokbot.discord_bot.asks.reply_slot import ReplySlot, may_be_public
from grokbot.discord_bot.markdown import DISCORD_LIMIT, split
from grokbot.discord_bot.notices import NOBODY
from grokbot.discord_bot.notices.texts.ask_text import GOES_ON_UNSEEN, ONLY_YOU, question_line
from grokbot.discord_bot.rate_limits import SEND_ERRORS, Fate, in_short
from grokbot.display import Shown
from grokbot.process.turn_id import of_turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.discord_bot.answers.layout import Part
    from grokbot.discord_bot.client import Client
    from grokbot.engine.turns import Snapshot
    from grokbot.engine.variants import AnswerNow

log = logging.getLogger(__name__)

FOLLOW_UPS = 5
"""Further replies to one interaction, where only the person has installed the app (Discord's documentation)."""

AROUND = 2
"""Replies that an answer may need besides those with its text: for its file, and for the line below it."""

NO_MORE = frozenset({10015, 50027, 40094})
"""Discord's codes for a token that is over or unknown, and for too many replies."""


class ReplyAnswer(LiveAnswer):
    """Brings one answer into the replies to an interaction. See `LiveAnswer`."""

    slot: ReplySlot

    @property
    def _is_late(self) -> bool:
        return not self._running.has_ended and not self.slot.lasting and self.slot.seconds_left <= 0

    def _is_over(self, snapshot: Snapshot) -> bool:
        return super()._is_over(snapshot) or self._is_late

    def _patience(self) -> float | None:
        return None if self.slot.lasting else max(0.0, self.slot.seconds_left)

    def _wanted(self) -> Sequence[Part]:
        *before, last = super()._wanted()
        self.slot.late = self._is_late
        if not self.slot.late:
            return [*before, last]
        line = str(GOES_ON_UNSEEN)
        [text, *_] = split(last.content, DISCORD_LIMIT - len(line) - 1) or [""]
        return [*before, replace(last, content=f"{text}\n{line}", controls=())]

    async def _after(self, error: BaseException, index: int, part: Part) -> None:
        """A reply that is gone was deleted on purpose; nothing else can be written then."""
        code = error.code if isinstance(error, discord.HTTPException) else 0
        if code in NO_MORE:
            raise BarredError(Fate.BARRED) from error
        if isinstance(error, discord.NotFound):
            raise BarredError(Fate.MESSAGE_GONE) from error
        await super()._after(error, index, part)


class _QuotedLayout(Layout):
    """With the question above: nothing else in Discord shows it."""

    quoted = ""

    def _text_of(self, snapshot: Snapshot) -> str:
        text = super()._text_of(snapshot)
        return f"{self.quoted}\n\n{text}" if text and self.quoted else text


async def bring(
    interaction: discord.Interaction[Client], now: AnswerNow, *, private: bool, in_place: bool, bare: bool = False
) -> None:
    """Shows an answer in the replies to an interaction, to its end or as long as Discord takes them.

    Args:
        interaction: Acknowledged.
        now: The answer, running or ended, and its question.
        private: Whether only the person is to see it.
        in_place: Whether it begins in the interaction's own reply, or in the message with the pressed button.
        bare: Whether it has no buttons.
    """
    bot, running = interaction.client, now.running
    slot = ReplySlot(running.id, interaction, private=private, in_place=in_place, bare=bare)
    traffic = bot.reply_traffic.channel(interaction.id)
    layout = _layout(interaction, now, private=private, in_place=in_place)

    async def stays() -> None:
        raise BarredError(Fate.ARCHIVED)

    answer = ReplyAnswer(Given.of(running, Shown()), slot, layout, stays, traffic, lambda: False)
    unseen = private or not may_be_public(interaction)
    try:
        with in_language(await bot.language_of_reply(interaction, private=unseen)), of_turn(running.id):
            await answer.run()
    except BarredError as barred:
        log.warning("ask.barred turn=%s fate=%s", running.id, barred.fate.name)
        if barred.fate is Fate.MESSAGE_GONE:
            await bot.engine.answers.stop(running.id)
    if slot.late:
        log.info("ask.late turn=%s", running.id)


async def fits_one(interaction: discord.Interaction[Client], now: AnswerNow) -> bool:
    """Whether one message shows the whole of an ended answer: then another can take its place there."""
    layout = _layout(interaction, now, private=True, in_place=True)
    return len(await asyncio.to_thread(layout.of, now.running.snapshot())) == 1


def _layout(interaction: discord.Interaction[Client], now: AnswerNow, *, private: bool, in_place: bool) -> Layout:
    bot = interaction.client
    most = min(bot.settings.answer_messages, FOLLOW_UPS + in_place - AROUND)
    layout = _QuotedLayout(
        now.running.response.created_at,
        most,
        may_attach=interaction.app_permissions.attach_files,
        variant=now.variant,
        small_print="" if private or may_be_public(interaction) else str(ONLY_YOU),
    )
    layout.quoted = question_line(now.question) if now.question else ""
    return layout


async def put_away(interaction: discord.Interaction[Client]) -> None:
    """Removes the buttons of the message with the pressed button. Failures are only logged."""
    try:
        await interaction.edit_original_response(view=None, allowed_mentions=NOBODY)
    except SEND_ERRORS as error:
        log.warning("ask.buttons_stay interaction=%d error=%s", interaction.id, in_short(error))
