"""Direct messages: one conversation a channel, until a new one is begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.texts.answer_text import NEW_CONVERSATION, NO_DIRECT_MESSAGES, ONLY_IN_DIRECT_MESSAGES
from tests.discord_bot.simcord.house import House, open_house, private_words

if TYPE_CHECKING:
    from pathlib import Path


def texts(house: House, number: int = -1) -> list[str]:
    """What people and the model had said, as a request carried it."""
    return [message.content[0].text for message in house.asked()[number].messages][1:]


async def test_direct_messages_go_on_with_one_conversation(house: House) -> None:
    await house.alice.send_dm("My cat is called Tom.")
    await house.alice.send_dm("What is he called?")
    answers = house.said(house.alice.user.dm_channel)
    assert len(answers) == 2
    assert texts(house) == ["My cat is called Tom.", answers[0], "What is he called?"]


async def test_new_begins_another_conversation_that_knows_nothing_of_the_old(house: House) -> None:
    await house.alice.send_dm("My cat is called Tom.")
    result = await house.alice.user.slash("new")
    assert result.response.content == NEW_CONVERSATION
    await house.alice.send_dm("What is he called?")
    assert texts(house) == ["What is he called?"]


async def test_new_of_one_person_leaves_anothers_conversation_alone(house: House) -> None:
    await house.bob.send_dm("My dog is called Rex.")
    await house.alice.send_dm("My cat is called Tom.")
    await house.alice.user.slash("new")
    await house.bob.send_dm("What is he called?")
    assert texts(house)[0] == "My dog is called Rex."


async def test_new_in_a_server_is_a_sentence_that_says_what_it_is_for(house: House) -> None:
    assert private_words(await house.alice.slash(house.general, "new")) == ONLY_IN_DIRECT_MESSAGES


async def test_chat_in_direct_messages_begins_another_conversation_there(house: House) -> None:
    await house.alice.send_dm("My cat is called Tom.")
    result = await house.alice.user.slash("chat", prompt="What is he called?", model="grok-4.6")
    assert texts(house) == ["What is he called?"]
    assert house.asked()[-1].model == "grok-4.6"
    assert result.response.content == "**Alice** asks:\n> What is he called?"
    assert not result.response.ephemeral
    await house.alice.send_dm("Are you sure?")
    assert texts(house)[0] == "What is he called?"
    assert len(texts(house)) == 3


async def test_a_chat_whose_question_discord_does_not_take_leaves_the_old_conversation_current(house: House) -> None:
    await house.alice.send_dm("My cat is called Tom.")
    house.env.inject_error("*", "/webhooks/*", status=404, code=10015, times=None)
    await house.alice.user.slash("chat", prompt="Something else")
    await house.alice.send_dm("What is he called?")
    assert texts(house)[0] == "My cat is called Tom."
    assert len(house.asked()) == 2


async def test_a_deployment_without_direct_messages_says_so_and_asks_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path, answer_direct_messages=False) as house:
        await house.alice.send_dm("Hello?")
        assert house.said(house.alice.user.dm_channel) == [NO_DIRECT_MESSAGES]
        assert private_words(await house.alice.user.slash("chat", prompt="Hello?")) == NO_DIRECT_MESSAGES
        assert private_words(await house.alice.user.slash("new")) == NO_DIRECT_MESSAGES
        assert not house.asked()
