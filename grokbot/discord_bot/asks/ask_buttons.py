"""The buttons under an answer in replies: what a press does, and the form for a further question.

A press brings a new token, and with it 15 more minutes. Its effect is shown in the message with the button where one
message holds the answer, else in replies below. Not here: how they look (`reply_slot`), who may press them (`engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import BusyError, NotFoundError, UserError
from grokbot.conversation.text import own
from grokbot.discord_bot.answers.buttons.controls import Control
from grokbot.discord_bot.asks.asked import check_allowed
from grokbot.discord_bot.asks.reply_answer import bring, fits_one, put_away
from grokbot.discord_bot.asks.reply_slot import EVERYONE, MORE, REPLY_ID, SHOW
from grokbot.discord_bot.members import actor_of, check_read
from grokbot.discord_bot.notices import (
    FormField,
    FormText,
    PanelForm,
    acknowledge,
    acknowledged,
    answering,
    modal_of,
    submitted,
    under_anothers,
)
from grokbot.discord_bot.notices.texts.ask_text import ASKERS_ONLY, FORM_TITLE, WHAT_MORE
from grokbot.engine.admission import NOT_READ
from grokbot.engine.turns import STILL_ANSWERING, Question
from grokbot.engine.variants import MOVED_ON

if TYPE_CHECKING:
    import re

    from grokbot.discord_bot.client import Client
    from grokbot.engine.turns import RunningAnswer
    from grokbot.engine.variants import AnswerNow

FORM_ID = "grokbot:askmore:"
"""The beginning of the form's id; the answer's follows."""

LONGEST_QUESTION = 4_000
"""Characters of a form's field (Discord's documentation)."""


class ReplyButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=REPLY_ID):
    """A button under an answer in replies."""

    def __init__(self, act: str, response_id: str) -> None:
        self.act = act
        self.response_id = response_id
        super().__init__(discord.ui.Button(label=act, custom_id=f"grokbot:ask:{act}:{response_id}"))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> ReplyButton:
        """Rebuilt from the button's id at every press."""
        return cls(match["act"], match["response_id"])

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """A form is shown at once; all else is acknowledged in parallel with its action."""
        async with answering(interaction):
            if self.act == MORE:
                _check_own(interaction)
                await interaction.response.send_modal(modal_of(_form(self.response_id)))
                return
            acknowledge(interaction)
            if self.act in {SHOW, EVERYONE, Control.STOP}:
                await _seen(interaction, self.act, self.response_id)
            else:
                check_allowed(interaction)
                await _goes_on(interaction, Control(self.act), self.response_id)


def _check_own(interaction: discord.Interaction[Client]) -> None:
    """Refuses the form to others before they fill it in; who may is decided by the engine.

    Raises:
        NotFoundError: The answer came of somebody else's command or press.
    """
    if under_anothers(interaction):
        raise NotFoundError(ASKERS_ONLY)


async def _now(interaction: discord.Interaction[Client], response_id: str) -> AnswerNow:
    """The answer above the button.

    Raises:
        NotFoundError: It is gone, or somebody else's.
    """
    try:
        return await interaction.client.engine.answers.now(response_id, await actor_of(interaction))
    except NotFoundError:
        raise NotFoundError(ASKERS_ONLY) from None


async def _seen(interaction: discord.Interaction[Client], act: str, response_id: str) -> None:
    """What begins no answer. Stop under one that has ended shows its end: a restart may have come between."""
    engine, actor = interaction.client.engine, await actor_of(interaction)
    now = await _now(interaction, response_id)
    if act == Control.STOP and not now.running.has_ended:
        await engine.answers.stop_by(response_id, actor)
        return
    await acknowledged(interaction)
    if act == EVERYONE:
        if not now.running.has_ended:
            raise BusyError(STILL_ANSWERING)
        await bring(interaction, now, private=False, in_place=False, bare=True)
    else:
        await _shown(interaction, now, in_place=not now.running.has_ended or await fits_one(interaction, now))


async def _goes_on(interaction: discord.Interaction[Client], control: Control, response_id: str) -> None:
    """Another answer, or another variant, in place of the one above the button or below it."""
    engine, actor = interaction.client.engine, await actor_of(interaction)
    before = await _now(interaction, response_id)
    if (await engine.variants.place_of(response_id, actor)).below:  # only a row that could not be taken away leads here
        raise UserError(MOVED_ON)
    running: RunningAnswer | None = None
    match control:
        case Control.RESAMPLE:
            running = await engine.variants.resample(response_id, actor)
        case Control.RETRY:
            running = await engine.answers.retry(response_id, actor)
        case Control.CONTINUE:
            running = await engine.answers.go_on(response_id, actor)
        case _:
            await engine.variants.select(response_id, actor, -1 if control is Control.PREVIOUS else 1)
    shown_id = running.id if running is not None else await engine.answers.last_in(before.conversation.id)
    now = await engine.answers.now(shown_id, actor)
    await acknowledged(interaction)
    in_place = control is not Control.CONTINUE and await fits_one(interaction, before)
    await _shown(interaction, now, in_place=in_place)


async def _shown(interaction: discord.Interaction[Client], now: AnswerNow, *, in_place: bool) -> None:
    private = interaction.message is not None and interaction.message.flags.ephemeral
    if not in_place and interaction.message is not None and not interaction.message.flags.components_v2:
        await put_away(interaction)  # a panel of Components V2 is no answer: it stays
    await bring(interaction, now, private=private, in_place=in_place)


async def more_submitted(interaction: discord.Interaction[Client]) -> None:
    """Continues a conversation with the question of a submitted form. Any other interaction is left alone."""
    given = submitted(interaction)
    if not given.custom_id.startswith(FORM_ID):
        return
    async with answering(interaction):
        acknowledge(interaction)
        check_allowed(interaction)
        await check_read(interaction, interaction.user.id, NOT_READ)
        engine, actor = interaction.client.engine, await actor_of(interaction)
        before = await _now(interaction, given.custom_id.removeprefix(FORM_ID))
        if before.conversation.leaf_id != before.running.id:
            raise UserError(MOVED_ON)
        text = own(given.text("question")[:LONGEST_QUESTION])
        running = await engine.turns.ask(Question(actor, text, 0, interaction.channel_id or 0), before.conversation)
        await acknowledged(interaction)
        if running is not None:
            await _shown(interaction, await engine.answers.now(running.id, actor), in_place=False)


def _form(response_id: str) -> PanelForm:
    """The form for a further question. `more_submitted` reads it."""
    field = FormField(WHAT_MORE, FormText("question", long=True, most=LONGEST_QUESTION))
    return PanelForm(FORM_TITLE, FORM_ID + response_id, (field,))
