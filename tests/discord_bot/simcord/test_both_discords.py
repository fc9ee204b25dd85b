"""The same small acts in somebody else's Discord and in our loopback one: both have to say the same.

Where they differ, the row names what Discord's documentation says and simcord's own answer beside it.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from simcord.env import Env

from grokbot.sandbox.discord_server import DiscordSandbox, Permission, Rules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

Outcome = tuple[int, int] | str
DONE = "done"
UNKNOWN_ID = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A channel with one message by alice in it, as the bot knows it."""

    client: discord.Client
    channel: discord.TextChannel
    theirs: discord.PartialMessage


@dataclass(frozen=True, slots=True)
class Row:
    """One act. `denied` are discord.py's names of permissions that the bot lacks in the channel."""

    name: str
    act: Callable[[Place], Awaitable[object]]
    says: Outcome
    denied: tuple[str, ...] = ()
    simcord_says: Outcome | None = None
    """Where simcord differs from Discord; None where it does not."""


@asynccontextmanager
async def in_simcord(denied: Sequence[str]) -> AsyncIterator[Place]:
    client = discord.Client(intents=discord.Intents.all())
    env = Env(client)
    await env.start()
    try:
        assert client.user is not None
        guild = env.create_guild()
        without = discord.PermissionOverwrite(**dict.fromkeys(denied, False))
        general = guild.create_text_channel("general", overwrites={client.user: without})
        alice = guild.add_member(env.create_user("alice"))
        theirs = await alice.send(general, "first")
        yield place(client, general.id, theirs.id)
    finally:
        await env.shutdown()


@asynccontextmanager
async def in_loopback(denied: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with DiscordSandbox(Rules().unlimited()) as world:
        monkeypatch.setattr(Route, "BASE", world.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(world.gateway_url))
        guild = world.create_guild("Test")
        general = guild.create_text_channel("general")
        lacking = Permission(0)
        for name in denied:
            lacking |= Permission[name.upper()]
        general.set_overwrite(world.bot_user, deny=lacking)
        theirs = await world.create_user("alice").say(general, "first")
        client = discord.Client(intents=discord.Intents.all(), guild_ready_timeout=0.05)
        connected = asyncio.Event()
        client.event(_on_ready(connected))
        connection = asyncio.create_task(client.start(world.token))
        try:
            ready = asyncio.create_task(connected.wait())
            await asyncio.wait([ready, connection], return_when=asyncio.FIRST_COMPLETED)
            assert ready.done(), connection.exception()
            yield place(client, general.id, theirs.id)
        finally:
            await client.close()
            await asyncio.wait([connection])
        assert world.unknown_routes == []
        assert world.crashes == []


def _on_ready(connected: asyncio.Event) -> Callable[[], Coroutine[Any, Any, None]]:
    async def on_ready() -> None:
        connected.set()

    return on_ready


def place(client: discord.Client, channel_id: int, theirs_id: int) -> Place:
    channel = client.get_channel(channel_id)
    assert isinstance(channel, discord.TextChannel)
    return Place(client, channel, channel.get_partial_message(theirs_id))


async def send(place: Place) -> object:
    return await place.channel.send("hello")


async def send_too_long(place: Place) -> object:
    return await place.channel.send("x" * 2001)


async def send_the_most(place: Place) -> object:
    return await place.channel.send("\N{GRINNING FACE}" * 2000)


async def send_nothing(place: Place) -> object:
    return await place.channel.send("")


async def send_to_nowhere(place: Place) -> object:
    return await place.client.get_partial_messageable(UNKNOWN_ID).send("hello")


async def reply(place: Place) -> object:
    return await place.theirs.reply("hello")


async def edit_theirs(place: Place) -> object:
    return await place.theirs.edit(content="mine now")


async def edit_own_too_long(place: Place) -> object:
    own = await place.channel.send("hello")
    return await own.edit(content="x" * 2001)


async def edit_nothing_there(place: Place) -> object:
    return await place.channel.get_partial_message(UNKNOWN_ID).edit(content="hello")


async def delete_theirs(place: Place) -> object:
    await place.theirs.delete()
    return None


async def delete_twice(place: Place) -> object:
    own = await place.channel.send("hello")
    await own.delete()
    await own.delete()
    return None


async def typing(place: Place) -> object:
    await place.channel.typing()
    return None


async def fetch_theirs(place: Place) -> object:
    return await place.theirs.fetch()


async def thread_under_theirs(place: Place) -> object:
    return await place.theirs.create_thread(name="thread")


async def thread_under_theirs_twice(place: Place) -> object:
    await place.theirs.create_thread(name="one")
    return await place.theirs.create_thread(name="two")


async def thread_with_a_long_name(place: Place) -> object:
    return await place.theirs.create_thread(name="x" * 101)


async def thread_without_a_name(place: Place) -> object:
    return await place.theirs.create_thread(name="")


async def thread_with_odd_minutes(place: Place) -> object:
    return await place.theirs.create_thread(name="thread", auto_archive_duration=61)  # type: ignore[arg-type] # on purpose


async def thread_apart(place: Place) -> object:
    return await place.channel.create_thread(name="thread", type=discord.ChannelType.public_thread)


async def private_thread(place: Place) -> object:
    return await place.channel.create_thread(name="thread", type=discord.ChannelType.private_thread)


async def send_in_a_thread(place: Place) -> object:
    thread = await place.theirs.create_thread(name="thread")
    return await thread.send("hello")


async def edit_in_an_archived_thread(place: Place) -> object:
    thread = await place.theirs.create_thread(name="thread")
    own = await thread.send("hello")
    await thread.edit(archived=True)
    return await own.edit(content="later")


async def send_in_an_archived_thread(place: Place) -> object:
    thread = await place.theirs.create_thread(name="thread")
    await thread.edit(archived=True)
    return await thread.send("later")


def with_buttons(*buttons: dict[str, Any]) -> Callable[[Place], Awaitable[object]]:
    """Sends them as they are: discord.py's own classes would refuse some before Discord can."""

    async def send_buttons(place: Place) -> object:
        rows = [{"type": 1, "components": [{"type": 2, "style": 2, **b} for b in buttons]}]
        body = {"content": "hello", "components": rows}
        return await place.client.http.request(
            Route("POST", "/channels/{channel_id}/messages", channel_id=place.channel.id), json=body
        )

    return send_buttons


BUTTON = {"label": "Go", "custom_id": "go"}
NO_VIEW = ("view_channel",)

ROWS = [
    Row("send", send, DONE),
    Row("send without the permission", send, (403, 50013), ("send_messages",)),
    Row("send where nothing is seen", send, (403, 50001), NO_VIEW),
    Row("send too long", send_too_long, (400, 50035)),
    Row("send 2,000 characters outside of the basic plane", send_the_most, DONE),
    Row("send nothing", send_nothing, (400, 50006), simcord_says=(400, 50035)),
    Row("send to nowhere", send_to_nowhere, (404, 10003)),
    Row("reply", reply, DONE),
    Row("edit theirs", edit_theirs, (403, 50005)),
    Row("edit theirs where nothing is seen", edit_theirs, (403, 50001), NO_VIEW),
    Row("edit own too long", edit_own_too_long, (400, 50035)),
    Row("edit nothing there", edit_nothing_there, (404, 10008)),
    Row("delete theirs", delete_theirs, (403, 50013), ("manage_messages",)),
    Row("delete twice", delete_twice, (404, 10008)),
    Row("typing without the permission", typing, (403, 50013), ("send_messages",)),
    Row("fetch where nothing is seen", fetch_theirs, (403, 50001), NO_VIEW),
    Row("thread under theirs", thread_under_theirs, DONE),
    Row("thread without the permission", thread_under_theirs, (403, 50013), ("create_public_threads",)),
    Row("thread where nothing is seen", thread_under_theirs, (403, 50001), NO_VIEW),
    Row("thread twice", thread_under_theirs_twice, (400, 160004), simcord_says=DONE),
    Row("thread with a long name", thread_with_a_long_name, (400, 50035), simcord_says=DONE),
    Row("thread without a name", thread_without_a_name, (400, 50035)),
    Row("thread with odd minutes", thread_with_odd_minutes, (400, 50035), simcord_says=DONE),
    Row("thread apart", thread_apart, DONE),
    Row("thread apart without the permission", thread_apart, (403, 50013), ("create_public_threads",)),
    Row("private thread without the permission", private_thread, (403, 50013), ("create_private_threads",)),
    Row("send in a thread", send_in_a_thread, DONE),
    Row("send in a thread without the permission", send_in_a_thread, (403, 50013), ("send_messages_in_threads",)),
    Row("send in a thread needs no right in the channel", send_in_a_thread, DONE, ("send_messages",)),
    Row("edit in an archived thread", edit_in_an_archived_thread, (400, 50083), simcord_says=DONE),
    Row("send in an archived thread", send_in_an_archived_thread, DONE),
    Row("five buttons", with_buttons(*({**BUTTON, "custom_id": str(n)} for n in range(5))), DONE),
    Row("six buttons in a row", with_buttons(*({**BUTTON, "custom_id": str(n)} for n in range(6))), (400, 50035)),
    Row("a button with the longest label", with_buttons({**BUTTON, "label": "x" * 80}), DONE),
    Row("a button with too long a label", with_buttons({**BUTTON, "label": "x" * 81}), (400, 50035)),
    Row("a button with too long an id", with_buttons({**BUTTON, "custom_id": "x" * 101}), (400, 50035)),
    Row("two buttons with one id", with_buttons(BUTTON, BUTTON), (400, 50035)),
    Row("a button without label or emoji", with_buttons({"custom_id": "go"}), (400, 50035), simcord_says=DONE),
]


async def outcome(row: Row, place: Place) -> Outcome:
    try:
        await row.act(place)
    except discord.HTTPException as error:
        return (error.status, error.code)
    return DONE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_our_discord_says_what_discord_says(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    async with in_loopback(row.denied, monkeypatch) as here:
        assert await outcome(row, here) == row.says


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_simcord_says_the_same_but_where_it_is_known_to_differ(row: Row) -> None:
    async with in_simcord(row.denied) as there:
        assert await outcome(row, there) == (row.says if row.simcord_says is None else row.simcord_says)
