"""What a press of a button under an answer does: one call of the engine, and a reply within three seconds.

Every press is acknowledged in parallel with its action, so neither waits for the other. Not here: the buttons
(`faces`, `answer_button`), who may press them (`engine`), branches, shares and deletions themselves (`threads`).
"""

from __future__ import annotations

import asyncio
import io
from contextlib import suppress
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import NotAllowedError, NotFoundError
from grokbot.discord_bot.answers.buttons.controls import HIDING, Control
from grokbot.discord_bot.answers.buttons.faces import button_of
from grokbot.discord_bot.answers.buttons.menu import redraw_menu, show_menu
from grokbot.discord_bot.members import actor_of
from grokbot.discord_bot.notices import acknowledge, acknowledged, redraw, row_of, show, tell, under_anothers
from grokbot.discord_bot.notices.texts.answer_text import HIDES
from grokbot.discord_bot.notices.texts.ask_text import ASKERS_ONLY
from grokbot.discord_bot.notices.texts.command_text import STARRED, UNSTARRED
from grokbot.discord_bot.notices.texts.options_text import answer_info
from grokbot.discord_bot.notices.texts.source_text import (
    NO_CODE,
    NO_SOURCES,
    NO_THOUGHTS,
    code_view,
    sources_view,
    thoughts_view,
)
from grokbot.discord_bot.rate_limits import SEND_ERRORS
from grokbot.discord_bot.threads import branched_off, check_unlocked, deletion_question, hand_out
from grokbot.engine.variants import ANOTHER_SHOWN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from grokbot.conversation.response import Response
    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.notices.texts.source_text import PrivateView

WRITING = HIDING | {Control.CONTINUE, Control.RETRY}
"""What writes below an answer, or over it."""
LEAVING = WRITING | {Control.BRANCH}
"""What closes the menu, or the question, in which it was pressed."""

VIEW_FILE = "details.md"
"""The name of a file whose text is too long for a private message."""


async def pressed(
    interaction: discord.Interaction[Client], control: Control, response_id: str, *, sure: bool = False
) -> None:
    """Does what a button is for. Call it inside `notices.interaction_reply.answering`, which reports errors.

    Args:
        interaction: The press, under the answer or in its menu.
        control: Which button.
        response_id: The answer.
        sure: Whether the person was asked already, if it hides what stands below.

    Raises:
        GrokbotError: The press is refused; the text says why.
    """
    acknowledge(interaction)
    if control is not Control.STOP:  # Stop waits for nothing, and applies wherever the answer runs
        await interaction.client.written(response_id)  # a press can come before we know where the answer is
        await _check_shown(interaction, response_id)
    if control in WRITING:
        check_unlocked(interaction.channel)
    if control in HIDING and not sure and await _asked_first(interaction, control, response_id):
        return
    await ACTS[control](interaction, response_id)
    if control in LEAVING and _is_private(interaction):
        with suppress(*SEND_ERRORS):  # it would show what no longer is
            await acknowledged(interaction)
            await interaction.delete_original_response()


async def resampled_at(interaction: discord.Interaction[Client], response_id: str) -> bool:
    """Samples another variant of an answer, or asks first if that hides what stands below. Call it deferred.

    Returns:
        Whether it was sampled; if not, the person was asked.

    Raises:
        GrokbotError: It is refused; the text says why.
    """
    check_unlocked(interaction.channel)
    if await _asked_first(interaction, Control.RESAMPLE, response_id):
        return False
    await _resample(interaction, response_id)
    return True


async def _asked_first(interaction: discord.Interaction[Client], control: Control, response_id: str) -> bool:
    """Asks a person who may do it whether to hide the answers below; False if there are none."""
    place = await interaction.client.engine.variants.place_of(response_id, await actor_of(interaction))
    if not place.below:
        return False
    await acknowledged(interaction)
    view, text = row_of([button_of(control, response_id, sure=True)]), HIDES(place.below)
    await (redraw(interaction, text, view) if _is_private(interaction) else show(interaction, text, view=view))
    return True


def _is_private(interaction: discord.Interaction[Client]) -> bool:
    """Whether the pressed button is in a menu or below a question, not under the answer."""
    return interaction.message is not None and interaction.message.flags.ephemeral


async def _check_shown(interaction: discord.Interaction[Client], response_id: str) -> None:
    """Checks that the message still shows this answer, for the press may have crossed with a change.

    Raises:
        NotAllowedError: It shows another one.
    """
    if interaction.message is None:
        return
    shown = await interaction.client.engine.variants.shown_at(interaction.message.id)
    if shown is not None and shown.id != response_id:
        raise NotAllowedError(ANOTHER_SHOWN)


async def _stop(interaction: discord.Interaction[Client], response_id: str) -> None:
    await interaction.client.engine.answers.stop_by(response_id, await actor_of(interaction))


async def _retry(interaction: discord.Interaction[Client], response_id: str) -> None:
    await interaction.client.engine.answers.retry(response_id, await actor_of(interaction))


async def _continue(interaction: discord.Interaction[Client], response_id: str) -> None:
    await interaction.client.engine.answers.go_on(response_id, await actor_of(interaction))


async def _previous(interaction: discord.Interaction[Client], response_id: str) -> None:
    await interaction.client.engine.variants.select(response_id, await actor_of(interaction), -1)


async def _next(interaction: discord.Interaction[Client], response_id: str) -> None:
    await interaction.client.engine.variants.select(response_id, await actor_of(interaction), 1)


async def _resample(interaction: discord.Interaction[Client], response_id: str) -> None:
    await interaction.client.engine.variants.resample(response_id, await actor_of(interaction))


async def _star(interaction: discord.Interaction[Client], response_id: str) -> None:
    """Stars the conversation for the person, or takes their star away."""
    engine, user_id = interaction.client.engine, interaction.user.id
    conversation_id = (await engine.library.answer(response_id)).conversation_id
    starred = await engine.library.stars.add(conversation_id, user_id)
    if not starred:
        await engine.library.stars.remove(conversation_id, user_id)
    told = str(STARRED if starred else UNSTARRED)
    if _is_private(interaction):
        await acknowledged(interaction)
        await redraw_menu(interaction, response_id, told)
    else:
        await tell(interaction, told)


async def _share(interaction: discord.Interaction[Client], response_id: str) -> None:
    await hand_out(interaction, response_id)


async def _sources(interaction: discord.Interaction[Client], response_id: str) -> None:
    await _reveal(interaction, response_id, sources_view, NO_SOURCES)


async def _thoughts(interaction: discord.Interaction[Client], response_id: str) -> None:
    await _reveal(interaction, response_id, thoughts_view, NO_THOUGHTS)


async def _code(interaction: discord.Interaction[Client], response_id: str) -> None:
    await _reveal(interaction, response_id, code_view, NO_CODE)


async def _reveal(
    interaction: discord.Interaction[Client],
    response_id: str,
    view_of: Callable[[Response], PrivateView | None],
    nothing: str,
) -> None:
    """Shows privately what is behind an answer, to somebody who may see the answer itself."""
    answer = await interaction.client.engine.library.answer_for(response_id, await actor_of(interaction))
    view = await asyncio.to_thread(view_of, answer)
    if view is None:
        await tell(interaction, nothing)
        return
    await acknowledged(interaction)
    files = [] if view.file is None else [discord.File(io.BytesIO(view.file.encode("utf-8", "replace")), VIEW_FILE)]
    await show(interaction, view.text, files=files)


async def _menu(interaction: discord.Interaction[Client], response_id: str) -> None:
    await acknowledged(interaction)
    try:
        await show_menu(interaction, response_id)
    except NotFoundError:
        if not under_anothers(interaction):
            raise
        raise NotFoundError(ASKERS_ONLY) from None


async def _info(interaction: discord.Interaction[Client], response_id: str) -> None:
    engine, actor = interaction.client.engine, await actor_of(interaction)
    found = await engine.library.options.of_answer(response_id, actor)
    await tell(interaction, answer_info(found, await engine.budgets.standing(actor)))


async def _delete(interaction: discord.Interaction[Client], response_id: str) -> None:
    """Asks in place of the menu."""
    answer = await interaction.client.engine.library.answer(response_id)
    text, buttons = await deletion_question(interaction, answer.conversation_id)
    await acknowledged(interaction)
    await redraw(interaction, text, buttons)


async def _number(_interaction: discord.Interaction[Client], _response_id: str) -> None:
    """Does nothing: the button only shows the variant's number, and no client lets anybody press it."""


ACTS: Mapping[Control, Callable[[discord.Interaction[Client], str], Awaitable[None]]] = {
    Control.STOP: _stop,
    Control.CONTINUE: _continue,
    Control.RETRY: _retry,
    Control.PREVIOUS: _previous,
    Control.NUMBER: _number,
    Control.NEXT: _next,
    Control.RESAMPLE: _resample,
    Control.BRANCH: branched_off,
    Control.MENU: _menu,
    Control.STAR: _star,
    Control.UNSTAR: _star,
    Control.SHARE: _share,
    Control.SOURCES: _sources,
    Control.THOUGHTS: _thoughts,
    Control.CODE: _code,
    Control.INFO: _info,
    Control.DELETE: _delete,
}
