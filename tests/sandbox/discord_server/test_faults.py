"""Injected faults do what they say, and only to their requests."""

import asyncio
from typing import Literal

import aiohttp
import discord
import pytest

from grokbot.sandbox.discord_server import Channel, DiscordSandbox
from tests.sandbox.discord_server.conftest import Join, SmallBot, Start

Place = tuple[DiscordSandbox, Channel, discord.PartialMessageable]


@pytest.fixture
async def place(start: Start, join: Join) -> Place:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot: SmallBot = await join(sandbox)
    return sandbox, general, bot.get_partial_messageable(general.id)


async def test_a_503_is_raised_and_nothing_was_sent(place: Place) -> None:
    sandbox, general, channel = place
    sandbox.faults.add("POST", "/channels/*/messages", status=503)
    with pytest.raises(discord.DiscordServerError):
        await channel.send("x")
    assert general.messages == []
    await channel.send("y")
    assert [m.content for m in general.messages] == ["y"]


async def test_an_error_after_the_change_is_reported_though_it_was_applied(place: Place) -> None:
    sandbox, general, channel = place
    sandbox.faults.add("POST", "/channels/*/messages", status=503, applied=True)
    with pytest.raises(discord.DiscordServerError):
        await channel.send("x")
    assert [m.content for m in general.messages] == ["x"]


@pytest.mark.parametrize(("moment", "texts"), [("before", []), ("after", ["x"])])
async def test_a_reset_cuts_the_connection_before_or_after_the_change(
    place: Place, moment: Literal["before", "after"], texts: list[str]
) -> None:
    sandbox, general, channel = place
    sandbox.faults.add("POST", "/channels/*/messages", reset=moment)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await channel.send("x")
    assert [m.content for m in general.messages] == texts
    assert sandbox.requests[-1].status == 0


async def test_a_delay_holds_the_answer_and_not_the_change(place: Place) -> None:
    sandbox, general, channel = place
    sandbox.faults.add("POST", "/channels/*/messages", delay=0.2)
    sending = asyncio.create_task(channel.send("x"))
    await sandbox.until(lambda: [m.content for m in general.messages] == ["x"])
    assert not sending.done()
    await sending


async def test_a_fault_meets_its_path_and_method_as_often_as_asked(place: Place) -> None:
    sandbox, general, channel = place
    sandbox.faults.add(
        "PATCH", "/channels/*/messages/*", status=403, code=50013, message="Missing Permissions", times=2
    )
    message = await channel.send("x")
    for _ in range(2):
        with pytest.raises(discord.Forbidden) as caught:
            await message.edit(content="y")
        assert caught.value.code == 50013
    await message.edit(content="z")
    assert general.messages[0].content == "z"
    assert len(sandbox.faults.happened) == 2
    sandbox.faults.add("*", "/channels/*/messages", status=500)
    sandbox.faults.clear()
    await channel.send("free")


async def test_a_fault_may_be_meant_for_every_path(place: Place) -> None:
    sandbox, _, channel = place
    sandbox.faults.add("*", "**", status=503, times=None)
    with pytest.raises(discord.DiscordServerError):
        await channel.send("x")
    sandbox.faults.clear()
    await channel.send("y")


async def test_connections_are_refused_and_taken_again_on_the_same_port(place: Place) -> None:
    sandbox, general, channel = place
    await sandbox.refuse_connections()
    with pytest.raises((aiohttp.ClientError, OSError)):
        await channel.send("over an open connection, or a new one")
    assert sandbox.connected  # the gateway's connection is another
    await sandbox.listen()
    await channel.send("again")
    assert [m.content for m in general.messages] == ["again"]


async def test_a_gateway_that_is_shut_lets_nobody_in_until_it_is_opened(start: Start, join: Join) -> None:
    sandbox = await start()
    sandbox.create_guild("Test server")
    await join(sandbox)
    sandbox.shut_gateway(shut=True)
    sandbox.disconnect(abort=True)
    await sandbox.until(lambda: not sandbox.connected)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(sandbox.gateway_url)
    sandbox.shut_gateway(shut=False)
    await sandbox.until(lambda: sandbox.connected, 30.0)
