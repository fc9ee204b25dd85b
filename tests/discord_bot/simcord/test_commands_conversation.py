"""The commands that steer the conversation where they are given: who may, what comes of it, and what is told."""

from __future__ import annotations

from typing import Any

import discord

from grokbot.discord_bot.notices.texts.answer_text import NO_BRANCH_HERE, UNEXPECTED
from grokbot.discord_bot.notices.texts.command_text import (
    GOING_ON,
    NO_ANSWER_YET,
    NOTHING_RUNS,
    RESAMPLING,
    STARRED,
    STARRED_ALREADY,
    UNSTARRED,
    UNSTARRED_ALREADY,
    titled,
)
from grokbot.engine.variants.stop_and_retry import GO_ON, NOTHING_TO_CONTINUE
from grokbot.policy.rights import NOT_YOURS
from grokbot.sandbox.grok_server import Script
from tests.discord_bot.simcord.commanding import BLUE, BROKEN, RED, SKY, SUNSET, asked, conversation_id
from tests.discord_bot.simcord.house import House, private_words

HERE = [
    *("resample", "stop", "continue", "branch"),
    *("title", "star", "unstar", "share", "unshare", "info", "export", "delete"),
]
"""The commands that are about the conversation of the place where they are given."""


def carol(house: House) -> Any:
    """A moderator."""
    mods = house.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    return house.guild.add_member(house.env.create_user("carol"), roles=[mods])


async def test_where_there_is_no_conversation_a_command_says_so_and_does_nothing(house: House) -> None:
    for command in HERE:
        given = {"text": "Blue"} if command == "title" else {}
        assert "no conversation" in private_words(await house.alice.slash(house.general, command, **given)), command
    assert not house.asked()
    assert not house.threads()


async def test_where_nothing_was_answered_yet_a_command_says_so(house: House) -> None:
    await house.alice.send_dm("Hello")
    channel = house.alice.user.dm_channel
    await house.alice.user.slash("new")
    for command in ("resample", "continue", "branch", "share"):
        assert private_words(await house.alice.user.slash(command)) == NO_ANSWER_YET
    assert len(house.said(channel)) == 2


async def test_resample_writes_the_last_answer_anew_in_its_message_with_what_was_asked_of_it(house: House) -> None:
    thread = await asked(house, BLUE, RED)
    house.grok.script(Script(text="Red."))
    result = await house.alice.slash(thread, "resample", instruction="One word.")
    assert private_words(result) == RESAMPLING
    said = house.said(thread)
    assert len(said) == 2
    assert said[0] == BLUE
    assert said[1].startswith("Red.")
    texts = [message.content[0].text for message in house.asked()[-1].messages]
    assert texts[-2:] == [f"Alice: {SUNSET}", "One word."]


async def test_resample_is_for_the_asker_the_owner_and_moderators(house: House) -> None:
    thread = await asked(house)
    assert private_words(await house.bob.slash(thread, "resample")) == NOT_YOURS
    assert len(house.asked()) == 1
    assert private_words(await carol(house).slash(thread, "resample")) == RESAMPLING
    assert len(house.asked()) == 2


async def test_continue_goes_on_where_an_answer_broke_off_and_says_when_there_is_nothing(house: House) -> None:
    house.grok.script(BROKEN)
    await house.alice.send(house.general, f"{house.mention} {SKY}")
    [thread] = house.threads()
    assert private_words(await house.bob.slash(thread, "continue")) == NOT_YOURS
    house.grok.script(Script(text="the rest"))
    assert private_words(await house.alice.slash(thread, "continue")) == GOING_ON
    assert house.said(thread)[-1].startswith("the rest")
    assert house.wanted().endswith(GO_ON)
    assert private_words(await house.alice.slash(thread, "continue")) == NOTHING_TO_CONTINUE


async def test_stop_where_nothing_runs_says_so(house: House) -> None:
    thread = await asked(house)
    assert private_words(await house.alice.slash(thread, "stop")) == NOTHING_RUNS


async def test_title_names_the_conversation_for_those_who_may_and_shows_it_as_it_was_written(house: House) -> None:
    thread = await asked(house)
    assert private_words(await house.bob.slash(thread, "title", text="Bob's")) == NOT_YOURS
    told = private_words(await house.alice.slash(thread, "title", text="  The *sky*\n and <@1> "))
    assert told == titled("The *sky* and <@1>")
    conversation = await house.engine.places.conversation_in(thread.id)
    assert conversation is not None
    assert conversation.title == "The *sky* and <@1>"
    assert private_words(await carol(house).slash(thread, "title", text="Colours")) == titled("Colours")


async def test_title_without_a_text_is_written_by_grok(house: House) -> None:
    thread = await asked(house)
    house.grok.script_title(Script(text="Light and air"))
    assert private_words(await house.alice.slash(thread, "title")) == titled("Light and air")


async def test_a_star_is_each_persons_own(house: House) -> None:
    thread = await asked(house)
    assert private_words(await house.bob.slash(thread, "unstar")) == UNSTARRED_ALREADY
    assert private_words(await house.bob.slash(thread, "star")) == STARRED
    assert private_words(await house.bob.slash(thread, "star")) == STARRED_ALREADY
    library = house.engine.library
    starred = [(await library.listed(who.id, starred=True)).total for who in (house.alice, house.bob)]
    assert starred == [0, 1]
    assert private_words(await house.bob.slash(thread, "unstar")) == UNSTARRED


async def test_branch_opens_a_thread_that_knows_what_was_said(house: House) -> None:
    thread = await asked(house, BLUE, RED)
    await house.alice.slash(thread, "branch")
    _, other = house.threads()
    await house.alice.send(other, "And on the moon?")
    texts = [message.content[0].text for message in house.asked()[-1].messages][1:]
    assert texts == [f"Alice: {SKY}", BLUE, f"Alice: {SUNSET}", RED, "Alice: And on the moon?"]
    assert await conversation_id(house, other) != await conversation_id(house, thread)


async def test_the_commands_work_in_direct_messages_too(house: House) -> None:
    await house.alice.send_dm("Hello")
    channel = house.alice.user.dm_channel
    house.grok.script(Script(text="Another hello"))
    assert private_words(await house.alice.user.slash("resample")) == RESAMPLING
    assert house.said(channel)[-1].startswith("Another hello")
    assert private_words(await house.alice.user.slash("star")) == STARRED
    assert private_words(await house.alice.user.slash("branch")) == NO_BRANCH_HERE


async def test_after_a_restart_the_commands_find_the_conversation_again(house: House) -> None:
    thread = await asked(house)
    await house.restart()
    house.grok.script(Script(text="Anew."))
    assert private_words(await house.alice.slash(thread, "resample")) == RESAMPLING
    assert house.said(thread)[-1].startswith("Anew.")


async def test_a_deleted_conversation_is_none_any_more(house: House) -> None:
    thread = await asked(house)
    question = await house.alice.slash(thread, "delete")
    assert question.response is not None
    await house.alice.click(question.response, label="Delete it")
    for command in HERE:
        assert "no conversation" in private_words(await house.alice.slash(thread, command)), command


async def test_while_the_database_is_closed_every_command_is_answered_with_the_reason(house: House) -> None:
    thread = await asked(house)
    await house.rooms.aclose()
    given: dict[str, dict[str, Any]] = {"chat": {"prompt": SKY}, "title": {"text": "Blue"}}
    for command in [*HERE, "history", "chat"]:
        result = await house.alice.slash(thread, command, **given.get(command, {}))
        assert result.acknowledged, command
        told = private_words(result)
        assert told, command
        assert told != UNEXPECTED, command
