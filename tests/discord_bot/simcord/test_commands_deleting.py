"""/delete: asks once, is for owners and moderators, and takes what was chosen, also after a restart."""

from __future__ import annotations

import discord
import pytest
from simcord.backend.errors import SetupError

from grokbot.discord_bot.notices.texts.command_text import KEPT_ALL
from grokbot.engine.admission import GONE
from grokbot.engine.admission.access import OWNERS_ONLY
from grokbot.sandbox.grok_server import Script
from tests.discord_bot.simcord.commanding import BLUE, RED, asked, conversation_id, labels, only
from tests.discord_bot.simcord.house import House, private_words

KEEP, REMOVE, NOTHING = "Delete it", "Delete it and my messages", "Keep everything"


async def test_nothing_is_deleted_before_it_was_asked_and_nothing_when_the_answer_is_no(house: House) -> None:
    thread = await asked(house)
    result = await house.alice.slash(thread, "delete")
    question = only(result)
    assert "2 messages" in question.content
    assert labels(question) == [KEEP, REMOVE, NOTHING]
    assert await house.engine.places.conversation_in(thread.id) is not None
    await house.alice.click(question, label=NOTHING)
    assert only(result).content == KEPT_ALL
    assert labels(only(result)) == []
    assert await house.engine.places.conversation_in(thread.id) is not None


async def test_the_conversation_goes_and_its_messages_stay(house: House) -> None:
    thread = await asked(house, BLUE, RED)
    result = await house.alice.slash(thread, "delete")
    await house.alice.click(only(result), label=KEEP)
    assert await house.engine.places.conversation_in(thread.id) is None
    assert "deleted" in only(result).content
    assert labels(only(result)) == []
    assert house.said(thread) == [BLUE, RED]


async def test_what_is_asked_says_what_becomes_of_the_messages(house: House) -> None:
    thread = await asked(house)
    question = only(await house.alice.slash(thread, "delete", messages="remove"))
    assert labels(question) == [REMOVE, NOTHING]
    assert "My messages in Discord are deleted too" in question.content


async def test_only_the_owner_and_moderators_of_the_place_may(house: House) -> None:
    thread = await asked(house)
    await house.bob.send(thread, "And at sunset?")
    assert private_words(await house.bob.slash(thread, "delete")) == OWNERS_ONLY
    elsewhere = house.guild.create_text_channel(
        "elsewhere", overwrites={house.bob: discord.PermissionOverwrite(manage_messages=True)}
    )
    wanted = await conversation_id(house, thread)
    assert private_words(await house.bob.slash(elsewhere, "delete", conversation=wanted)) == OWNERS_ONLY
    mods = house.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    carol = house.guild.add_member(house.env.create_user("carol"), roles=[mods])
    result = await carol.slash(thread, "delete")
    await carol.click(only(result), label=KEEP)
    assert await house.engine.places.conversation_in(thread.id) is None


async def test_who_took_no_part_is_not_even_told_that_there_is_such_a_conversation(house: House) -> None:
    wanted = await conversation_id(house, await asked(house))
    assert private_words(await house.bob.slash(house.general, "delete", conversation=wanted)) == GONE


async def test_the_question_can_be_answered_after_a_restart_and_once(house: House) -> None:
    thread = await asked(house)
    first, second = await house.alice.slash(thread, "delete"), await house.alice.slash(thread, "delete")
    old = only(second)
    await house.restart()
    await house.alice.click(only(first), label=KEEP)
    assert await house.engine.places.conversation_in(thread.id) is None
    again = await house.alice.click(old, label=KEEP)
    assert private_words(again) == GONE
    with pytest.raises(SetupError):
        await house.alice.click(only(first), label=KEEP)


async def test_the_right_to_delete_is_looked_at_again_when_the_button_is_pressed(house: House) -> None:
    thread = await asked(house)
    role = house.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    carol = house.guild.add_member(house.env.create_user("carol"), roles=[role])
    question = only(await carol.slash(thread, "delete"))
    house.env.backend.guilds[house.guild.id].members[carol.id].role_ids.clear()
    assert private_words(await carol.click(question, label=KEEP)) == OWNERS_ONLY
    assert await house.engine.places.conversation_in(thread.id) is not None


async def test_after_it_the_thread_can_hold_another_conversation(house: House) -> None:
    thread = await asked(house)
    await house.alice.click(only(await house.alice.slash(thread, "delete")), label=KEEP)
    house.grok.script(Script(text="Who are you?"))
    await house.alice.send(thread, f"{house.mention} Hello again")
    assert house.said(thread)[-1] == "Who are you?"
    assert [message.content[0].text for message in house.asked()[-1].messages][1:] == ["Alice: Hello again"]
