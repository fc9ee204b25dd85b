"""The gateway: identify, resume with replay, intents, shards, close codes."""

import importlib
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from grokbot.sandbox.discord_server import DiscordSandbox, Rules
from tests.sandbox.discord_server.conftest import Join, SmallBot, Start, connected


class Wire:
    """A bare gateway client, for what discord.py would never do."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, query: str = "") -> None:
        self._socket = socket
        self._zstd = "zstd" in query
        self._inflate: Any = zlib.decompressobj()
        if self._zstd:
            self._inflate = importlib.import_module("zstandard").ZstdDecompressor().decompressobj()

    async def get(self) -> dict[str, Any]:
        received = await self._socket.receive(timeout=5)
        if received.type is aiohttp.WSMsgType.BINARY:
            assert self._zstd or received.data.endswith(b"\x00\x00\xff\xff")
            found = json.loads(self._inflate.decompress(received.data))
        else:
            assert received.type is aiohttp.WSMsgType.TEXT, received
            found = json.loads(received.data)
        assert isinstance(found, dict)
        return found

    async def until(self, name: str) -> dict[str, Any]:
        while True:
            found = await self.get()
            if found.get("t") == name:
                return found

    async def send(self, op: int, data: Any) -> None:
        await self._socket.send_json({"op": op, "d": data})

    async def identify(self, sandbox: DiscordSandbox, intents: int = 1 << 9 | 1 << 15 | 1, **more: Any) -> None:
        await self.send(2, {"token": sandbox.token, "intents": intents, "properties": {}} | more)

    async def close_code(self) -> int | None:
        while not self._socket.closed:
            await self._socket.receive(timeout=5)
        return self._socket.close_code


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def _dial(session: aiohttp.ClientSession, sandbox: DiscordSandbox, query: str = "?v=10&encoding=json") -> Wire:
    wire = Wire(await session.ws_connect(sandbox.gateway_url + query), query)
    assert (await wire.get())["op"] == 10
    return wire


@pytest.mark.parametrize("how", [{}, {"code": 4000}, {"abort": True}])
async def test_a_dropped_connection_resumes_and_gets_what_it_missed(
    start: Start, join: Join, how: dict[str, Any]
) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot: SmallBot = await join(sandbox)
    alice = sandbox.create_user("alice")
    sandbox.disconnect(**how)
    if how:
        await sandbox.until(lambda: not sandbox.connected)
    await alice.say(general, "while you were away")
    await bot.until(lambda: "RESUMED" in bot.events, timeout=15)
    await bot.until(lambda: [m.content for m in bot.heard] == ["while you were away"])
    assert sandbox.identified == 1


async def test_a_session_that_cannot_be_resumed_is_identified_anew_and_replays_nothing(
    start: Start, join: Join
) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot: SmallBot = await join(sandbox)
    sandbox.disconnect(resumable=False)
    await sandbox.create_user("alice").say(general, "nobody hears this")
    await sandbox.until(lambda: sandbox.identified == 2 and sandbox.connected, timeout=20)
    assert "RESUMED" not in bot.events
    assert bot.heard == []


async def test_a_session_expires_when_nobody_comes_back(start: Start, session: aiohttp.ClientSession) -> None:
    sandbox = await start(Rules(resume_for=0.02).unlimited())
    wire = await _dial(session, sandbox)
    await wire.identify(sandbox)
    ready = await wire.until("READY")
    await wire._socket.close(code=4000)
    await sandbox.until(lambda: not sandbox._book.sessions)
    again = await _dial(session, sandbox)
    await again.send(6, {"token": sandbox.token, "session_id": ready["d"]["session_id"], "seq": 1})
    assert await again.get() == {"op": 9, "d": False}


async def test_a_replay_that_is_no_longer_kept_makes_the_session_invalid(
    start: Start, session: aiohttp.ClientSession
) -> None:
    sandbox = await start(Rules(resume_buffer=2).unlimited())
    general = sandbox.create_guild("Test server").create_text_channel("general")
    wire = await _dial(session, sandbox)
    await wire.identify(sandbox)
    ready = await wire.until("READY")
    for text in ("a", "b", "c"):
        await sandbox.people.get("alice", sandbox.create_user("alice")).say(general, text)
    again = await _dial(session, sandbox)
    await again.send(6, {"token": sandbox.token, "session_id": ready["d"]["session_id"], "seq": 1})
    assert await again.get() == {"op": 9, "d": False}


@pytest.mark.parametrize("stream", ["zlib-stream", "zstd-stream"])
async def test_packed_and_plain_say_the_same(start: Start, session: aiohttp.ClientSession, stream: str) -> None:
    if stream == "zstd-stream":
        pytest.importorskip("zstandard")
    sandbox = await start()
    guild = sandbox.create_guild("Test server")
    seen = []
    for query in ("?v=10&encoding=json", f"?v=10&encoding=json&compress={stream}"):
        wire = await _dial(session, sandbox, query)
        await wire.identify(sandbox)
        ready = await wire.get()
        assert (ready["t"], ready["s"]) == ("READY", 1)
        seen.append((await wire.get())["d"])
    assert seen[0] == seen[1]
    assert seen[0]["id"] == str(guild.id)


async def test_events_that_no_intent_asks_for_are_not_sent(start: Start, session: aiohttp.ClientSession) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    wire = await _dial(session, sandbox)
    await wire.identify(sandbox, intents=1 << 10)
    await wire.until("READY")
    alice = sandbox.create_user("alice")
    message = await alice.say(general, "not for you")
    await alice.react(message, "⭐")
    event = await wire.get()
    assert (event["t"], event["d"]["emoji"]["name"], event["s"]) == ("MESSAGE_REACTION_ADD", "⭐", 2)


async def test_without_the_content_intent_only_mentions_dms_and_own_messages_are_whole(
    start: Start, join: Join
) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    sandbox.set_intents_allowed(message_content=False)
    bot: SmallBot = await join(sandbox, intents=discord.Intents.default())
    alice = sandbox.create_user("alice")
    secret = await alice.say(general, "secret")
    await alice.say(general, "<@BOT> for you")
    await alice.say(alice.direct_messages(), "in private")
    channel = bot.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.send("my own")
    await alice.say(general, "<@BOT> about that", reply_to=secret)
    await bot.until(lambda: len(bot.heard) == 5)
    mention = bot.user.mention if bot.user else ""
    texts = [m.content for m in bot.heard]
    assert texts == ["", f"{mention} for you", "in private", "my own", f"{mention} about that"]
    reference = bot.heard[-1].reference
    assert reference is not None
    assert isinstance(reference.resolved, discord.Message)
    assert reference.resolved.content == ""
    assert (await channel.fetch_message(secret.id)).content == ""


async def test_a_privileged_intent_that_the_portal_denies_closes_with_4014(start: Start, join: Join) -> None:
    sandbox = await start()
    sandbox.set_intents_allowed(message_content=False)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await join(sandbox, intents=discord.Intents.all())


async def test_a_wrong_token_is_refused_on_rest_and_gateway(start: Start, session: aiohttp.ClientSession) -> None:
    sandbox = await start()
    bot = SmallBot(discord.Intents.none())
    with pytest.raises(discord.LoginFailure):
        await bot.login("wrong")
    await bot.close()
    wire = await _dial(session, sandbox)
    await wire.send(2, {"token": "wrong", "intents": 0})
    assert await wire.close_code() == 4004


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (8, {}, 4003),
        (2, {"intents": -1}, 4013),
        (2, {"intents": 1, "shard": [2, 2]}, 4010),
        (2, {"intents": 1 << 30}, 4013),
    ],
)
async def test_wrong_first_payloads_close_with_the_documented_code(
    start: Start, session: aiohttp.ClientSession, op: int, data: Any, code: int
) -> None:
    sandbox = await start()
    wire = await _dial(session, sandbox)
    await wire.send(op, {"token": sandbox.token} | data)
    assert await wire.close_code() == code


async def test_identifying_twice_unknown_opcodes_and_noise_close(start: Start, session: aiohttp.ClientSession) -> None:
    sandbox = await start()
    for op, code in ((2, 4005), (77, 4001)):
        wire = await _dial(session, sandbox)
        await wire.identify(sandbox)
        await wire.until("READY")
        await wire.send(op, {"token": sandbox.token, "intents": 1})
        assert await wire.close_code() == code
    wire = await _dial(session, sandbox)
    await wire._socket.send_str("no json")
    assert await wire.close_code() == 4002


async def test_a_client_that_stops_its_heartbeats_is_dropped_and_one_that_goes_on_is_answered(
    start: Start, session: aiohttp.ClientSession
) -> None:
    sandbox = await start(Rules(heartbeat=0.1).unlimited())
    wire = await _dial(session, sandbox)
    await wire.identify(sandbox)
    await wire.until("READY")
    await wire.send(1, 1)
    assert (await wire.get())["op"] == 11
    assert await wire.close_code() == 4009


async def test_too_many_payloads_a_minute_close_with_4008(start: Start, session: aiohttp.ClientSession) -> None:
    sandbox = await start(Rules(gateway_sends=5).unlimited())
    wire = await _dial(session, sandbox)
    for _ in range(6):
        await wire.send(1, None)
    assert await wire.close_code() == 4008


async def test_a_guild_and_its_events_come_on_its_shard_and_direct_messages_on_shard_zero(
    start: Start, session: aiohttp.ClientSession
) -> None:
    sandbox = await start()
    guild = sandbox.create_guild("Test server")
    home = (guild.id >> 22) % 2
    general = guild.create_text_channel("general")
    shards = []
    for number in range(2):
        wire = await _dial(session, sandbox)
        await wire.identify(sandbox, intents=1 << 9 | 1 << 12 | 1 << 15, shard=[number, 2])
        ready = await wire.until("READY")
        assert [g["id"] for g in ready["d"]["guilds"]] == ([str(guild.id)] if number == home else [])
        shards.append(wire)
    alice = sandbox.create_user("alice")
    await alice.say(general, "in the guild")
    await alice.say(alice.direct_messages(), "in private")
    first = (await shards[home].until("MESSAGE_CREATE"))["d"]
    assert first["content"] == "in the guild"
    private = (await shards[0].until("MESSAGE_CREATE"))["d"]
    assert private["content"] == "in private"


async def test_members_come_in_chunks_when_asked_for(start: Start, join: Join) -> None:
    sandbox = await start()
    guild = sandbox.create_guild("Test server")
    for n in range(1200):
        guild.add_member(sandbox.create_user(f"user{n}"))
    bot: SmallBot = await join(sandbox)
    seen = bot.get_guild(guild.id)
    assert seen is not None
    assert len(seen.members) == 1202  # and the bot and the owner
    found = await seen.query_members("user77", limit=5)
    assert {m.name for m in found} >= {"user77", "user770"}


async def test_an_automatically_sharded_client_connects(start: Start) -> None:
    sandbox = await start()
    guild = sandbox.create_guild("Test server")

    bot = discord.AutoShardedClient(intents=discord.Intents.default(), guild_ready_timeout=0.05)
    async with connected(sandbox, bot):
        assert bot.get_guild(guild.id) is not None
        assert list(bot.shards) == [0]
