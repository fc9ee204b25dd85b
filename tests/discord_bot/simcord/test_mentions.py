"""From a mention to a thread and its turns: a second witness beside the loopback Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from grokbot.discord_bot.notices.texts.answer_text import MENTION_NEEDED
from tests.discord_bot.simcord.house import House, open_house

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_a_mention_opens_a_thread_under_that_message_and_is_answered_there(house: House) -> None:
    message = await house.alice.send(house.general, f"{house.mention} Why is the sky blue?")
    [thread] = house.threads()
    assert (thread.id, thread.name) == (message.id, "Why is the sky blue?")
    assert house.said(house.general) == []
    assert len(house.said(thread)) == 1
    assert house.wanted() == "Alice: Why is the sky blue?"


async def test_everybody_goes_on_in_the_thread_without_a_mention(house: House) -> None:
    await house.alice.send(house.general, f"{house.mention} First")
    [thread] = house.threads()
    await house.bob.send(thread, "Second")
    assert len(house.said(thread)) == 2
    assert house.wanted() == "Bob: Second"
    assert len(house.threads()) == 1


async def test_people_who_talk_to_each_other_in_the_thread_are_left_alone(house: House) -> None:
    await house.alice.send(house.general, f"{house.mention} First")
    [thread] = house.threads()
    said = await house.alice.send(thread, f"{house.bob.mention} what do you think?")
    await house.bob.send(thread, "No idea.", reply_to=said)
    assert len(house.asked()) == 1


async def test_a_message_without_a_mention_in_a_channel_is_not_for_the_bot(house: House) -> None:
    await house.alice.send(house.general, "Why is the sky blue?")
    await house.alice.send(house.general, "@everyone hello")
    assert not house.threads()
    assert not house.asked()


async def test_without_message_content_a_mention_is_needed_each_time_and_people_are_told(tmp_path: Path) -> None:
    async with open_house(tmp_path, message_content=False) as house:
        await house.alice.send(house.general, f"{house.mention} First")
        [thread] = house.threads()
        assert MENTION_NEEDED in house.said(thread)
        await house.alice.send(thread, "Second")
        assert len(house.asked()) == 1
        await house.alice.send(thread, f"{house.mention} Third")
        assert house.wanted() == "Alice: Third"


async def test_other_bots_and_webhooks_are_not_answered(house: House) -> None:
    robot = house.guild.add_member(house.env.create_user("robot", bot=True))
    await robot.send(house.general, f"{house.mention} beep")
    await house.guild.create_webhook(house.general).send(f"{house.mention} hook")
    assert not house.threads()
    assert not house.asked()


async def test_a_deleted_thread_ends_its_conversation_quietly(house: House, caplog: pytest.LogCaptureFixture) -> None:
    await house.alice.send(house.general, f"{house.mention} First")
    [thread] = house.threads()
    channel = house.bot.get_channel(thread.id)
    assert isinstance(channel, discord.Thread)
    house.env.backend.delete_channel(thread.id)
    await house.env.settle()
    await house.alice.send(house.general, f"{house.mention} Second")
    assert len(house.threads()) == 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
