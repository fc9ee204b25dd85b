"""The menus of messages: on an answer, on the question before it, on what is neither, and after a restart."""

from __future__ import annotations

import pytest

from grokbot.conversation.errors import UNKNOWN_RESPONSE
from grokbot.discord_bot.notices.texts.command_text import RESAMPLING, SHARE_FILE
from grokbot.engine.library.library import NOT_ANSWERED
from grokbot.policy.rights import NOT_YOURS
from grokbot.sandbox.grok_server import Script
from tests.discord_bot.simcord.commanding import BLUE, RED, SKY, SUNSET, asked, attached, only
from tests.discord_bot.simcord.house import House, private_words

MENUS = ["Resample", "Branch from here", "Share up to here"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_on_a_question_the_answer_to_it_is_meant(house: House, restarted: bool) -> None:
    thread = await asked(house, BLUE, RED)
    if restarted:
        await house.restart()
    [question] = [message for message in thread.history() if message.content == SUNSET]
    house.grok.script(Script(text="Purple."))
    assert private_words(await house.alice.context_menu(thread, "Resample", question)) == RESAMPLING
    first, second = house.said(thread)
    assert first == BLUE
    assert second.startswith("Purple.")


async def test_share_ends_with_the_answer_that_was_pointed_at(house: House) -> None:
    thread = await asked(house, BLUE, RED)
    result = await house.alice.context_menu(thread, "Share up to here", house.written(thread)[0])
    assert only(result).content == SHARE_FILE
    _, page = await attached(result)
    assert BLUE in page
    assert RED not in page


async def test_branch_goes_on_from_the_answer_that_was_pointed_at(house: House) -> None:
    thread = await asked(house, BLUE, RED)
    await house.alice.context_menu(thread, "Branch from here", house.written(thread)[0])
    _, other = house.threads()
    await house.alice.send(other, "And on the moon?")
    texts = [message.content[0].text for message in house.asked()[-1].messages][1:]
    assert texts == [f"Alice: {SKY}", BLUE, "Alice: And on the moon?"]


async def test_on_what_belongs_to_no_conversation_a_menu_says_so(house: House) -> None:
    message = await house.bob.send(house.general, "Just talking")
    for menu in MENUS:
        assert private_words(await house.alice.context_menu(house.general, menu, message)) == UNKNOWN_RESPONSE
    assert not house.asked()
    assert not house.threads()


async def test_others_may_not(house: House) -> None:
    thread = await asked(house)
    for menu in MENUS:
        assert private_words(await house.bob.context_menu(thread, menu, house.written(thread)[0])) == NOT_YOURS
    assert len(house.threads()) == 1
    assert len(house.asked()) == 1


async def test_of_a_deleted_conversation_a_menu_says_that_it_is_gone(house: House) -> None:
    thread = await asked(house)
    answer = house.written(thread)[0]
    await house.alice.click(only(await house.alice.slash(thread, "delete")), label="Delete it")
    for menu in MENUS:
        assert private_words(await house.alice.context_menu(thread, menu, answer)) in (UNKNOWN_RESPONSE, NOT_ANSWERED)
    assert len(house.threads()) == 1
