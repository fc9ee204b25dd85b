"""The buttons under an answer that is whole: who may press them, and what becomes of a press, restart or not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import pytest

from grokbot.conversation.errors import UNKNOWN_RESPONSE
from grokbot.discord_bot.notices.texts.answer_text import branched_from, branched_to
from grokbot.discord_bot.notices.texts.command_text import SHARE_FILE, STARRED, UNSTARRED
from grokbot.engine.variants import ANOTHER_SHOWN
from grokbot.policy.actor import Actor
from grokbot.policy.rights import NOT_YOURS
from grokbot.sandbox.grok_server import Script
from tests.discord_bot.simcord.commanding import BLUE, FULL, RED, SKY, SUNSET, asked, attached, labels, menu_of, only
from tests.discord_bot.simcord.house import PATIENCE_SECONDS, House, private_words

if TYPE_CHECKING:
    from simcord.builders import ChannelHandle
    from simcord.results import InteractionResult

WHOLE = ["Resample", "More…"]
MENU = ["Branch", "Star", "Share", "Thoughts", "Info", "Delete…"]
"""What the menu has for whoever asked, where the model thought and looked up nothing."""
OTHER = "Because of dust."


def buttons(message: discord.Message) -> list[str | None]:
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return [part.label for row in rows for part in row.children if isinstance(part, discord.Button)]


def arrows(number: int, of: int) -> list[str | None]:
    return ["‹", f"{number}/{of}", "›", *WHOLE]  # noqa: RUF001 - as the buttons say


async def resampled(house: House) -> tuple[ChannelHandle, discord.Message]:
    """A thread with one answer of two variants, of which the second one is shown."""
    thread = await asked(house)
    house.grok.script(Script(text=OTHER))
    await house.alice.click(house.written(thread)[0], label="Resample")
    answer = house.written(thread)[0]
    assert (answer.content, buttons(answer)) == (OTHER, arrows(2, 2))
    await house.env.advance_time(FULL)
    return thread, answer


def menu_words(result: InteractionResult) -> str:
    """What a menu says after a press in it."""
    assert result.response is not None
    return result.response.content


@pytest.mark.parametrize("restarted", [False, True])
async def test_only_the_last_answer_has_the_row(house: House, restarted: bool) -> None:
    thread = await asked(house, BLUE)
    if restarted:  # what stood there before is known from the database
        await house.restart()
    house.grok.script(Script(text=RED))
    await house.env.advance_time(FULL)
    await house.alice.send(thread, SUNSET)
    assert [buttons(message) for message in house.written(thread)] == [[], WHOLE]


async def test_the_menu_has_what_this_person_may_do_here(house: House) -> None:
    thread = await asked(house)
    [answer] = house.written(thread)
    assert labels(await menu_of(house.alice, answer)) == MENU
    others = labels(await menu_of(house.bob, answer))
    assert others == ["Star", "Thoughts", "Info"]
    menu = await menu_of(house.alice, answer)
    assert "effort" in private_words(await house.alice.click(menu, label="Info"))
    question = await house.alice.click(menu, label="Delete…")
    assert question.response is not None
    assert "permanently?" in question.response.content
    assert labels(question.response) == ["Delete it", "Delete it and my messages", "Keep everything"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_the_arrows_lead_to_the_other_variants_after_a_restart_too(house: House, restarted: bool) -> None:
    thread, answer = await resampled(house)
    if restarted:
        await house.restart()
    result = await house.alice.click(answer, label="‹")  # noqa: RUF001 - as the button says
    assert result.acknowledged
    shown = house.written(thread)[0]
    assert (shown.id, shown.content, buttons(shown)) == (answer.id, BLUE, arrows(1, 2))
    await house.alice.click(shown, label="›")  # noqa: RUF001 - as the button says
    assert house.said(thread) == [OTHER]


async def test_moderators_and_the_owner_may_and_others_are_told_privately(house: House) -> None:
    thread, answer = await resampled(house)
    for label in ("‹", "Resample"):  # noqa: RUF001 - as the button says
        assert private_words(await house.bob.click(answer, label=label)) == NOT_YOURS
    assert house.said(thread) == [OTHER]
    assert len(house.threads()) == 1
    mods = house.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    carol = house.guild.add_member(house.env.create_user("carol"), roles=[mods])
    await carol.click(answer, label="‹")  # noqa: RUF001 - as the button says
    assert house.said(thread) == [BLUE]
    house.grok.script(Script(text=RED))
    await house.bob.send(thread, SUNSET)
    house.grok.script(Script(text="Pink."))
    await house.alice.click(house.written(thread)[-1], label="Resample")  # bob asked; the thread is alice's
    assert house.said(thread) == [BLUE, "Pink."]


async def test_a_press_that_crossed_with_a_switch_is_told_that_another_answer_stands_there(house: House) -> None:
    thread, answer = await resampled(house)
    drawn = house.written(thread)[0]
    conversation = await house.engine.places.conversation_in(thread.id)
    assert conversation is not None
    assert conversation.leaf_id is not None
    await house.engine.variants.select(
        conversation.leaf_id, Actor(id=house.alice.id, name="", channel_id=conversation.channel_id), -1
    )
    # before the display follows, the old buttons still stand there
    assert private_words(await house.alice.click(drawn, label="Resample")) == ANOTHER_SHOWN
    async with asyncio.timeout(PATIENCE_SECONDS):
        while house.said(thread) != [BLUE]:
            await house.env.advance_time(FULL)
    assert answer.id == house.written(thread)[0].id
    assert len(house.asked()) == 2


async def test_a_star_is_each_persons_own_and_a_second_press_takes_it_back(house: House) -> None:
    thread = await asked(house)
    answer = house.written(thread)[0]
    conversation = await house.engine.places.conversation_in(thread.id)
    assert conversation is not None
    assert menu_words(await house.bob.click(await menu_of(house.bob, answer), label="Star")) == STARRED
    menu = await menu_of(house.alice, answer)
    assert menu_words(await house.alice.click(menu, label="Star")) == STARRED
    await house.restart()
    assert menu_words(await house.alice.click(menu, label="Unstar")) == UNSTARRED
    assert menu_words(await house.alice.click(menu, label="Star")) == STARRED
    assert menu_words(await house.bob.click(await menu_of(house.bob, answer), label="Unstar")) == UNSTARRED
    for person, starred in ((house.alice, True), (house.bob, False)):
        info = await house.engine.library.info(conversation.id, Actor(id=person.id, name="", channel_id=thread.id))
        assert info.starred is starred


async def test_a_star_as_a_reaction_does_the_same(house: House) -> None:
    thread = await asked(house)
    answer = house.written(thread)[0]
    await house.alice.react(answer, "⭐")
    assert "Unstar" in labels(await menu_of(house.alice, answer))
    await house.alice.unreact(answer, "⭐")
    assert "Star" in labels(await menu_of(house.alice, answer))


async def test_share_ends_with_the_answer_whose_button_it_is(house: House) -> None:
    thread = await asked(house, BLUE, RED)
    menu = only(await house.alice.context_menu(thread, "Answer menu", house.written(thread)[0]))
    result = await house.alice.click(menu, label="Share")
    assert only(result).content == SHARE_FILE
    _, page = await attached(result)
    assert BLUE in page
    assert RED not in page


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_branch_goes_on_in_a_thread_of_its_own_linked_both_ways(house: House, restarted: bool) -> None:
    thread = await asked(house, BLUE, RED)
    if restarted:
        await house.restart()
    answer = house.written(thread)[0]
    menu = only(await house.alice.context_menu(thread, "Answer menu", answer))
    assert (await house.alice.click(menu, label="Branch")).response is None  # the menu is closed
    _, other = house.threads()
    link = f"https://discord.com/channels/{house.guild.id}/{thread.id}/{answer.id}"
    assert house.said(other) == [branched_from(link)]
    assert other.name == f"🌿 {thread.name}"
    assert house.said(thread) == [BLUE, RED, branched_to(other.id)]
    house.grok.script(Script(text="There it is black."))
    await house.alice.send(other, "And on the moon?")
    assert house.said(other)[1:] == ["There it is black."]
    texts = [message.content[0].text for message in house.asked()[-1].messages][1:]
    assert texts == [f"Alice: {SKY}", BLUE, "Alice: And on the moon?"]
    house.grok.script(Script(text="No change."))
    await house.env.advance_time(FULL)
    await house.alice.send(thread, "Still there?")
    assert house.said(thread)[-1] == "No change."


async def test_a_private_thread_branches_into_a_private_one_with_whoever_asked_in_it(house: House) -> None:
    house.grok.script(Script(text=BLUE))
    await house.alice.slash(house.general, "chat", prompt=SKY, private=True)
    [thread] = house.threads()
    await house.alice.click(await menu_of(house.alice, house.written(thread)[-1]), label="Branch")
    _, other = house.threads()
    channel = house.bot.get_channel(other.id)
    assert isinstance(channel, discord.Thread)
    assert channel.is_private()


async def test_in_direct_messages_there_is_nothing_to_branch_into_and_no_button_for_it(house: House) -> None:
    house.grok.script(Script(text=BLUE))
    await house.alice.send_dm(SKY)
    [answer] = house.written(house.alice.user.dm_channel)
    result = await house.alice.user.click(answer, label="More…")
    assert labels(only(result)) == [label for label in MENU if label != "Branch"]


async def test_of_a_deleted_conversation_every_button_says_that_it_is_gone(house: House) -> None:
    thread, answer = await resampled(house)
    menu = await menu_of(house.alice, answer)
    await house.alice.click(only(await house.alice.slash(thread, "delete")), label="Delete it")
    for label in ("‹", *WHOLE):  # noqa: RUF001 - as the button says
        assert private_words(await house.alice.click(answer, label=label)) == UNKNOWN_RESPONSE
    for label in labels(menu):
        assert private_words(await house.alice.click(menu, label=label)) == UNKNOWN_RESPONSE
    assert len(house.threads()) == 1


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_edited_message_is_answered_anew_where_the_old_answer_stood(house: House, restarted: bool) -> None:
    thread = await asked(house, BLUE, RED)
    [question] = [message for message in thread.history() if message.content == SUNSET]
    if restarted:
        await house.restart()
    house.grok.script(Script(text="Orange."))
    await house.alice.edit(question, "And at dawn?")
    assert house.said(thread) == [BLUE, "Orange."]
    assert house.wanted() == "Alice: And at dawn?"
