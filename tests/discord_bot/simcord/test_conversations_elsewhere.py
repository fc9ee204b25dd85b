"""Conversations that were begun through the API and stand nowhere in Discord: commands know them, nothing breaks."""

from __future__ import annotations

import pytest

from grokbot.conversation.response import TitleBy
from grokbot.discord_bot.notices.texts.command_text import KEPT_ALL, NO_SUCH_CONVERSATION
from grokbot.policy.actor import Actor, ActorKind
from tests.discord_bot.simcord.commanding import attached, labels, only
from tests.discord_bot.simcord.house import House, private_words

QUESTION = "How do figs grow?"


async def talked(house: House) -> str:
    """Alice says something through the API, and is answered; the conversation's id."""
    caller = Actor(id=house.alice.id, name="alice", kind=ActorKind.KEY)
    conversation = await house.engine.program_conversations.begin(caller)
    running = await house.engine.program_turns.say(conversation.id, caller, QUESTION, None)
    assert (await running.end()).answered
    return conversation.id


async def test_history_lists_it_for_its_owner_alone_and_without_a_link(house: House) -> None:
    await talked(house)
    told = private_words(await house.alice.slash(house.general, "history"))
    assert QUESTION in told
    assert "not in Discord" in told
    assert "https://" not in told
    assert QUESTION not in private_words(await house.bob.slash(house.general, "history"))


async def test_it_is_offered_while_one_types_and_info_tells_of_it(house: House) -> None:
    conversation_id = await talked(house)
    [choice] = await house.alice.autocomplete(house.general, "info", "conversation", "figs")
    assert (choice["name"], choice["value"]) == (QUESTION, conversation_id)
    assert "Where: not in Discord" in private_words(
        await house.alice.slash(house.general, "info", conversation=conversation_id)
    )
    assert await house.bob.autocomplete(house.general, "info", "conversation", "figs") == []


@pytest.mark.parametrize("kind", ["md", "json", "html"])
async def test_it_can_be_exported(house: House, kind: str) -> None:
    conversation_id = await talked(house)
    result = await house.alice.slash(house.general, "export", format=kind, conversation=conversation_id)
    name, text = await attached(result)
    assert name.endswith(kind)
    assert QUESTION in text


@pytest.mark.parametrize("messages", ["keep", "remove"])
async def test_it_can_be_deleted_with_the_messages_that_it_does_not_have(house: House, messages: str) -> None:
    conversation_id = await talked(house)
    result = await house.alice.slash(house.general, "delete", conversation=conversation_id, messages=messages)
    await house.alice.click(only(result), label=labels(only(result))[0])
    assert only(result).content.startswith("The conversation is deleted.")
    assert await house.engine.program_conversations.count() == 0


async def test_nobody_else_reaches_it_by_its_id(house: House) -> None:
    conversation_id = await talked(house)
    for command in ("info", "export", "delete"):
        told = private_words(await house.bob.slash(house.general, command, conversation=conversation_id))
        assert told not in (KEPT_ALL, NO_SUCH_CONVERSATION)
        assert QUESTION not in told
    assert await house.engine.program_conversations.count() == 1


async def test_its_titles_rename_nothing_and_its_answers_keep_nobody_waiting(house: House) -> None:
    conversation_id = await talked(house)
    caller = Actor(id=house.alice.id, name="alice", kind=ActorKind.KEY)
    await house.engine.titles.write(conversation_id, caller)
    titled = await house.engine.program_conversations.update(
        conversation_id, caller, title="Figs at home", starred=True
    )
    assert (titled.title, titled.title_by) == ("Figs at home", TitleBy.PERSON)
    assert [call for call in house.env.http_requests if call.method == "PATCH"] == []
    assert "Figs at home" in private_words(await house.alice.slash(house.general, "history", starred=True))
    await house.bot.presenter.settle(5.0)
    assert await house.engine.recovery.recover() == []
