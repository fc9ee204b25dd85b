"""The menu of an answer, visible only to the person who opened it: what they may do with it here.

Its buttons are those of `faces`, so it works after a restart. Not here: what they do (`actions`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from grokbot.conversation.errors import LimitReachedError, NotAllowedError, UserError
from grokbot.discord_bot.answers.buttons.controls import Control, acts_on, menu_of, row_under
from grokbot.discord_bot.answers.buttons.faces import buttons_of
from grokbot.discord_bot.members import actor_of, bot_is_here
from grokbot.discord_bot.notices import redraw, show
from grokbot.discord_bot.notices.texts.answer_text import MENU
from grokbot.discord_bot.threads import place_beside
from grokbot.engine.turns import trouble_of

if TYPE_CHECKING:
    from collections.abc import Awaitable

    import discord

    from grokbot.conversation.response import Response
    from grokbot.discord_bot.client import Client
    from grokbot.engine.variants import AnswerPlace
    from grokbot.policy.actor import Actor

T = TypeVar("T")


async def show_menu(interaction: discord.Interaction[Client], response_id: str) -> None:
    """Shows the menu of an answer. Call it acknowledged, inside a block that reports errors.

    Raises:
        NotFoundError: The answer is gone, or not for them.
        StoreError: It could not be read.
    """
    await show(interaction, str(MENU), view=await _buttons(interaction, response_id))


async def redraw_menu(interaction: discord.Interaction[Client], response_id: str, text: str) -> None:
    """Shows the menu again after a press in it. Raises as `show_menu`.

    Args:
        interaction: The press.
        response_id: The answer.
        text: What came of the press.
    """
    await redraw(interaction, text, await _buttons(interaction, response_id))


async def _buttons(interaction: discord.Interaction[Client], response_id: str) -> discord.ui.View | None:
    engine, actor = interaction.client.engine, await actor_of(interaction)
    answer = await engine.library.answer_for(response_id, actor)
    place = await _if_allowed(engine.variants.place_of(response_id, actor))
    allowed = await _allowed(interaction, answer, actor, place)
    variant, last = (place.variant, place.last) if place is not None else (None, False)
    row = row_under(answer, trouble_of(answer), variant) if last else ()
    return buttons_of(menu_of(answer, variant, row=row, allowed=allowed), response_id, variant)


async def _allowed(
    interaction: discord.Interaction[Client], answer: Response, actor: Actor, place: AnswerPlace | None
) -> set[Control]:
    """What this person may do with it here."""
    engine = interaction.client.engine
    info = await engine.library.info(answer.conversation_id, actor)
    allowed: set[Control] = set()
    if await _if_allowed(engine.library.shares.check(answer.id, actor)):
        allowed.add(Control.SHARE)
    if await _if_allowed(engine.library.to_delete(answer.conversation_id, actor)):
        allowed.add(Control.DELETE)
    branches = bot_is_here(interaction) and place_beside(interaction.channel) is not None
    if branches and await _if_allowed(engine.variants.branch_point(answer.id, actor)) is not None:
        allowed.add(Control.BRANCH)
    stands = answer.state.ended and info.conversation.channel_id is not None  # elsewhere only its own buttons show it
    if stands and place is not None and (place.last or place.below):  # not hidden below another variant
        allowed |= {Control.PREVIOUS, Control.NUMBER, Control.NEXT, Control.RESAMPLE}
        allowed |= {*acts_on(answer, trouble_of(answer))} if place.last else set()
    return allowed | {Control.UNSTAR if info.starred else Control.STAR, Control.INFO}


async def _if_allowed(check: Awaitable[T]) -> T | None:
    """What a check returns; None if it refuses."""
    try:
        return await check
    except (NotAllowedError, UserError, LimitReachedError):
        return None
