"""The context menu "Ask Grok": about somebody's message, whether or not the bot may read messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest

from grokbot.discord_bot.notices.texts.answer_text import MENTION_NEEDED, NO_THREADS_HERE
from grokbot.policy.admission import Unread
from tests.discord_bot.simcord.house import House, open_house, private_words

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = "Ask Grok"


@pytest.mark.parametrize("message_content", [True, False])
async def test_asking_about_somebodys_message_opens_a_thread_about_it(tmp_path: Path, message_content: bool) -> None:
    async with open_house(tmp_path, message_content=message_content) as house:
        message = await house.bob.send(house.general, "The earth is flat.\nIsn't it?")
        assert not house.asked()
        result = await house.alice.context_menu(house.general, COMMAND, message)
        [thread] = house.threads()
        assert private_words(result) == f"Continue in {thread.mention}"
        assert house.wanted() == ("Alice: What do you say to this message by Bob?\n> The earth is flat.\n> Isn't it?")
        notes = [said for said in house.said(thread) if said == MENTION_NEEDED]
        assert len(notes) == (0 if message_content else 1)
        assert len(house.said(thread)) == 2 + len(notes)
        conversation = await house.engine.places.conversation_in(thread.id)
        assert conversation is not None
        assert conversation.owner_id == house.alice.id


async def test_without_message_content_only_the_message_that_was_pointed_at_is_read(tmp_path: Path) -> None:
    async with open_house(tmp_path, message_content=False) as house:
        secret = await house.bob.send(house.general, "a private aside")
        message = await house.bob.send(house.general, "Tea or coffee?", reply_to=secret)
        await house.alice.context_menu(house.general, COMMAND, message)
        sent = "".join(content.content[0].text for content in house.asked()[0].messages)
        assert "Tea or coffee?" in sent
        assert "private aside" not in sent


async def test_mentions_in_the_message_reach_the_model_as_names(house: House) -> None:
    message = await house.bob.send(house.general, f"{house.alice.mention} look at {house.general.mention}")
    await house.alice.context_menu(house.general, COMMAND, message)
    assert house.wanted().endswith("> @Alice look at #general")


async def test_a_mention_of_the_bot_is_left_out_of_what_the_model_reads(house: House) -> None:
    message = await house.bob.send(house.general, f"{house.mention} who is right?")
    await house.alice.context_menu(house.general, COMMAND, message)
    assert house.wanted().endswith("> who is right?")


@pytest.mark.parametrize("text", ["", "\u200b"])
async def test_a_message_without_text_is_told_and_opens_nothing(house: House, text: str) -> None:
    message = await house.bob.send(house.general, text, attachments=[("cat.png", b"\x89PNG")])
    told = Unread(not_fetched=("cat.png",)).sentence  # this Discord has no file server
    assert private_words(await house.alice.context_menu(house.general, COMMAND, message)) == told
    assert not house.threads()


async def test_asking_about_a_message_in_a_thread_opens_a_sibling(house: House) -> None:
    await house.alice.slash(house.general, "chat", prompt="First")
    [first] = house.threads()
    message = await house.bob.send(first, "I see it otherwise.")
    await house.alice.context_menu(first, COMMAND, message)
    [_, second] = house.threads()
    assert house.env.backend.channels[second.id].parent_id == house.general.id
    assert "I see it otherwise." in house.wanted()


async def test_asking_about_one_of_the_bots_own_answers_works(house: House) -> None:
    await house.alice.slash(house.general, "chat", prompt="First")
    [thread] = house.threads()
    answer = house.written(thread)[1]
    await house.bob.context_menu(thread, COMMAND, answer)
    assert "I was shown **1 question**" in house.wanted()


async def test_where_no_thread_is_possible_the_person_is_told(house: House) -> None:
    voice = house.guild.create_voice_channel("voice")
    message = await house.bob.send(voice, "Can you hear me?")
    assert private_words(await house.alice.context_menu(voice, COMMAND, message)) == NO_THREADS_HERE


async def test_a_very_long_message_is_asked_whole(house: House) -> None:
    text = "x" * 1990 + " the end"
    message = await house.bob.send(house.general, text)
    await house.alice.context_menu(house.general, COMMAND, message)
    assert text in house.wanted()
    [thread] = house.threads()
    assert isinstance(house.written(thread)[0], discord.Message)
    assert all(len(words) <= 2000 for words in house.said(thread))
