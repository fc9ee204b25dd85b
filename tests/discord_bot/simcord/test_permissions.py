"""What the bot may not do, and how the person is told: always, and with the permission's name in Discord's client."""

from __future__ import annotations

import logging

import discord
import pytest

from tests.discord_bot.simcord.house import House, private_words

LACKING = {
    "Create Public Threads": discord.PermissionOverwrite(create_public_threads=False),
    "Send Messages in Threads": discord.PermissionOverwrite(send_messages_in_threads=False),
    "Read Message History": discord.PermissionOverwrite(read_message_history=False),
    "View Channel": discord.PermissionOverwrite(view_channel=False),
}


def own(house: House) -> discord.ClientUser:
    assert house.bot.user is not None
    return house.bot.user


@pytest.mark.parametrize("name", LACKING)
async def test_chat_names_the_one_permission_that_is_missing(house: House, name: str) -> None:
    channel = house.guild.create_text_channel("closed", overwrites={own(house): LACKING[name]})
    told = private_words(await house.alice.slash(channel, "chat", prompt="Hello?"))
    assert told.count("**") == 2
    assert f"**{name}**" in told
    assert not house.threads(channel)
    assert not house.asked()


async def test_a_private_chat_needs_another_permission_than_a_public_one(house: House) -> None:
    closed = discord.PermissionOverwrite(create_private_threads=False)
    channel = house.guild.create_text_channel("closed", overwrites={own(house): closed})
    told = private_words(await house.alice.slash(channel, "chat", prompt="Hello?", private=True))
    assert "**Create Private Threads**" in told
    assert "Continue in" in private_words(await house.alice.slash(channel, "chat", prompt="Hello?"))


async def test_several_missing_permissions_are_named_together(house: House) -> None:
    closed = discord.PermissionOverwrite(create_public_threads=False, send_messages_in_threads=False)
    channel = house.guild.create_text_channel("closed", overwrites={own(house): closed})
    told = private_words(await house.alice.slash(channel, "chat", prompt="Hello?"))
    assert "**Create Public Threads**, **Send Messages in Threads**" in told


@pytest.mark.parametrize("name", ["Create Public Threads", "Send Messages in Threads"])
async def test_a_mention_where_no_thread_can_be_opened_is_answered_with_the_permissions_name(
    house: House, name: str
) -> None:
    channel = house.guild.create_text_channel("closed", overwrites={own(house): LACKING[name]})
    await house.alice.send(channel, f"{own(house).mention} hello?")
    [told] = house.said(channel)
    assert f"**{name}**" in told
    assert not house.asked()


async def test_a_mention_where_nothing_can_be_written_is_told_to_the_log_alone(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    closed = discord.PermissionOverwrite(create_public_threads=False, send_messages=False)
    channel = house.guild.create_text_channel("closed", overwrites={own(house): closed})
    await house.alice.send(channel, f"{own(house).mention} hello?")
    assert house.said(channel) == []
    assert house.said(house.alice.user.dm_channel) == []
    assert "discord.untold" in caplog.text


@pytest.mark.parametrize(("path", "code"), [("/channels/*/threads", 50013), ("/channels/*/messages", 50001)])
async def test_a_refusal_that_discord_did_not_announce_ends_in_a_private_sentence(
    house: House, path: str, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.env.inject_error("POST", path, status=403, code=code, times=None)
    told = private_words(await house.alice.slash(house.general, "chat", prompt="words-of-alice"))
    assert "Continue in" not in told
    assert not house.asked()
    assert any(record.getMessage().startswith("discord.interaction_failed") for record in caplog.records)
    assert not [record for record in caplog.records if ours(record) and "words-of-alice" in logged(record)]


async def test_a_thread_in_which_nothing_could_begin_is_closed_again(house: House) -> None:
    house.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, times=None)
    await house.alice.slash(house.general, "chat", prompt="Hello?")
    [thread] = house.threads()
    metadata = house.env.backend.channels[thread.id].thread_metadata
    assert metadata is not None
    assert metadata.archived
    assert house.said(thread) == []


def ours(record: logging.LogRecord) -> bool:
    return record.name.startswith("grokbot")


def logged(record: logging.LogRecord) -> str:
    """An event as it is written, with its traceback."""
    return logging.Formatter().format(record)
