"""Ends every interaction with a reply, whatever happens. "The application did not respond" is a bug.

Not here: what the commands and buttons do.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import GrokbotError
from grokbot.conversation.text import in_language
from grokbot.discord_bot.notices.form import filled
from grokbot.discord_bot.notices.refusal_policy import sentence_of
from grokbot.discord_bot.notices.say import NOBODY, answer
from grokbot.discord_bot.notices.texts.answer_text import UNEXPECTED
from grokbot.discord_bot.rate_limits import (
    ALREADY_ACKNOWLEDGED,
    PATIENCE,
    SEND_ERRORS,
    Fate,
    fate_of,
    in_short,
    retry_request,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from grokbot.discord_bot.notices.form import FilledForm

log = logging.getLogger(__name__)

ACKNOWLEDGE_SECONDS = 10.0
"""Seconds after which an acknowledgement is given up; Discord itself waits for 3 s."""

_UNDER_WAY = "acknowledgement"
"""The key of the task that acknowledges an interaction, among the extras that discord.py lets us keep."""


@asynccontextmanager
async def answering(interaction: discord.Interaction[Any]) -> AsyncIterator[None]:
    """Turns every error in the body into a sentence that only the person sees; unforeseen ones are logged too.

    The body is in flight while it runs, and so is its acknowledgement: a stop waits for them. It speaks the person's
    language.
    """
    with interaction.client.in_flight(), in_language(interaction.client.language_for(interaction)):
        try:
            async with _told(interaction):
                yield
                await _first_use(interaction)
            await acknowledged(interaction)
        finally:
            if _UNDER_WAY in interaction.extras:  # a stop cancels it with everything else
                interaction.extras[_UNDER_WAY].cancel()


def acknowledge(interaction: discord.Interaction[Any]) -> None:
    """Acknowledges a press in parallel: its action does not wait, and does not depend on the result.

    Call it inside `answering`.
    """
    acknowledging = asyncio.create_task(_acknowledge(interaction), name=f"acknowledge {interaction.id}")
    interaction.extras[_UNDER_WAY] = acknowledging


async def acknowledged(interaction: discord.Interaction[Any]) -> bool:
    """Waits for the acknowledgement, if there is one, and returns whether there was. Only then can more be sent."""
    under_way: asyncio.Task[None] | None = interaction.extras.get(_UNDER_WAY)
    if under_way is not None:
        await asyncio.wait([under_way])
    return under_way is not None or interaction.response.is_done()


def submitted(interaction: discord.Interaction[Any]) -> FilledForm:
    """A submitted form; its id is "" for any other interaction.

    discord.py knows a form only as long as the process that showed it runs, so it is not asked.
    """
    return filled(interaction.data or {} if interaction.type is discord.InteractionType.modal_submit else {})


def under_anothers(interaction: discord.Interaction[Any]) -> bool:
    """Whether the pressed button is in a reply to somebody else's command or press."""
    came_of = interaction.message.interaction_metadata if interaction.message is not None else None
    return came_of is not None and came_of.user.id != interaction.user.id


async def defer(interaction: discord.Interaction[Any], *, ephemeral: bool = False) -> None:
    """Defers a reply, once. If it is unknown whether Discord accepted that, it counts as accepted.

    Raises:
        discord.HTTPException: Discord refuses; the person sees that the command failed.
    """
    await _once(interaction, lambda: interaction.response.defer(ephemeral=ephemeral, thinking=True))


async def begin_reply(interaction: discord.Interaction[Any], text: str, *, ephemeral: bool) -> None:
    """Replies with a line that is written over later, once, as `defer`.

    A deferred reply would show previews of the links that come: only what is sent at once can be without.

    Args:
        interaction: The command.
        text: The line.
        ephemeral: Whether only the person sees it.
    """
    send = interaction.response.send_message
    await _once(interaction, lambda: send(text, ephemeral=ephemeral, suppress_embeds=True, allowed_mentions=NOBODY))


async def _once(interaction: discord.Interaction[Any], respond: Callable[[], Awaitable[object]]) -> None:
    if interaction.response.is_done():
        return
    try:
        await respond()
    except SEND_ERRORS as error:
        taken = isinstance(error, discord.HTTPException) and error.code == ALREADY_ACKNOWLEDGED
        if not taken and fate_of(error) is not Fate.AGAIN:
            raise
        log.warning("discord.unacknowledged interaction=%d error=%s", interaction.id, in_short(error))


async def conclude(interaction: discord.Interaction[Any], text: str) -> None:
    """Replaces "is thinking", however long Discord is away: a repeat does no more. A failure is logged."""
    try:
        await retry_request(lambda: redraw(interaction, text), "answer to a command", seconds=PATIENCE)
    except SEND_ERRORS as error:
        log.warning("discord.untold interaction=%d error=%s", interaction.id, in_short(error))


async def tell(interaction: discord.Interaction[Any], text: str) -> None:
    """Replies privately, as the first reply or a further one. If Discord refuses it, that is logged.

    Does nothing once the bot is closed.
    """
    await acknowledged(interaction)
    if interaction.client.is_closed():
        return
    try:
        await _say(interaction, text)
    except SEND_ERRORS as error:
        log.warning("discord.untold interaction=%d error=%s", interaction.id, in_short(error))


async def show(
    interaction: discord.Interaction[Any],
    what: str | discord.ui.LayoutView,
    *,
    view: discord.ui.View | None = None,
    files: Sequence[discord.File] = (),
) -> None:
    """Replies privately to a deferred interaction.

    Args:
        interaction: The command or press.
        what: The sentence, or a panel.
        view: The buttons under a sentence; None: none.
        files: Its attachments.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: Discord refuses it.
    """
    given: dict[str, Any] = {"view": view} if view is not None else {}
    if files:
        given["files"] = list(files)
    if isinstance(what, discord.ui.LayoutView):
        await answer(interaction, view=what, **given)
    else:
        await answer(interaction, what, suppress_embeds=True, **given)


async def _first_use(interaction: discord.Interaction[Any]) -> None:
    """A success may have been the person's first use."""
    if await acknowledged(interaction) and not interaction.client.is_closed():
        await interaction.client.first_used(interaction)


async def redraw(
    interaction: discord.Interaction[Any], what: str | discord.ui.LayoutView, view: discord.ui.View | None = None
) -> None:
    """Replaces the message with the pressed button, or the reply to a command.

    A message that was a panel once can only be redrawn with panels: Discord keeps it so for ever.

    Args:
        interaction: The press or command.
        what: The new text, or a panel.
        view: The new buttons under a text; None: removes the old ones.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: Discord refuses it.
    """
    if isinstance(what, discord.ui.LayoutView):
        await interaction.edit_original_response(content=None, view=what, allowed_mentions=NOBODY)
    else:
        await interaction.edit_original_response(content=what, view=view, allowed_mentions=NOBODY)


async def redrawn_if_possible(interaction: discord.Interaction[Any], text: str) -> None:
    """Discord allows it for 15 minutes; a longer removal goes on without a report."""
    try:
        await redraw(interaction, text)
    except SEND_ERRORS:
        return


def row_of(buttons: Sequence[discord.ui.Item[Any]]) -> discord.ui.View:
    """The buttons to send along. Their state is in their ids, so nothing is kept of them here.

    discord.py would keep a view under a private message for 15 minutes, with a task that waits for its end; a stopped
    view can still be sent.
    """
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    view.stop()
    return view


@asynccontextmanager
async def _told(interaction: discord.Interaction[Any]) -> AsyncIterator[None]:
    try:
        yield
    except GrokbotError as error:
        await tell(interaction, sentence_of(error))
    except SEND_ERRORS as error:
        log.warning("discord.interaction_failed interaction=%d error=%s", interaction.id, in_short(error))
        await tell(interaction, UNEXPECTED)
    except Exception:
        log.exception("discord.interaction_failed interaction=%d", interaction.id)
        await tell(interaction, UNEXPECTED)


async def _say(interaction: discord.Interaction[Any], text: str) -> None:
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(text, ephemeral=True, allowed_mentions=NOBODY)
        except discord.HTTPException as error:
            if error.code != ALREADY_ACKNOWLEDGED:  # by a request that Discord accepted and we thought lost
                raise
        else:
            return
    await answer(interaction, text)


async def _acknowledge(interaction: discord.Interaction[Any]) -> None:
    try:
        async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
            await interaction.response.defer()
    except SEND_ERRORS as error:
        log.warning("discord.unacknowledged interaction=%d error=%s", interaction.id, in_short(error))
