"""Discord is away, or comes to be: the daemon waits for it, says so, can be stopped, and hears again soon after."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from grokbot import daemon
from grokbot.conversation.errors import ConfigurationError
from grokbot.discord_bot.connection import backoff, resilient_client
from grokbot.process.sd_notify import Notifier
from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import Script
from tests.discord_bot.wire.play import playing
from tests.engine.house import eventually
from tests.test_daemon import LIMIT, changed, status_of, with_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from grokbot.sandbox.discord_server.server import GatewayTrouble
    from grokbot.settings import Settings
    from tests.discord_bot.wire.play import Play


@pytest.fixture(autouse=True)
def twenty_times_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_SECONDS", "HEALTHY_SECONDS"):
        monkeypatch.setattr(backoff, name, getattr(backoff, name) / 20)
    monkeypatch.setattr(resilient_client, "LIBRARY_PAUSE", 28.0)  # which leaves two seconds for ours


@pytest.fixture
def notifications(tmp_path: Path) -> Iterator[tuple[Notifier, socket.socket]]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        path = str(tmp_path / "notify")
        listening.bind(path)
        listening.setblocking(False)
        yield Notifier(path), listening


async def said(listening: socket.socket) -> str:
    async with asyncio.timeout(LIMIT):
        return (await asyncio.get_running_loop().sock_recv(listening, 4096)).decode()


async def until_said(listening: socket.socket, beginning: str) -> str:
    while not (now := await said(listening)).startswith(beginning):
        assert not now.startswith("READY")
    return now


@asynccontextmanager
async def running(settings: Settings, notifier: Notifier | None = None) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(daemon.run(settings, notifier or Notifier(None)))
    try:
        yield task
        assert not task.done()
    finally:
        if not task.done():
            os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(LIMIT):
            await task


async def test_a_discord_that_does_not_listen_is_waited_for_and_said_and_a_stop_is_heard(
    tmp_path: Path, notifications: tuple[Notifier, socket.socket], caplog: pytest.LogCaptureFixture
) -> None:
    notifier, listening = notifications
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/api/v10"
        async with playing(tmp_path, start=False) as play:
            for _ in range(2):  # the first leaves nothing behind that would hinder the second
                async with running(changed(play.settings, api_url=address), notifier):
                    await until_said(listening, f"STATUS=Starting: Discord cannot be reached at {address}: ")
                last = await until_said(listening, "STOPPING=1")
                assert last.endswith("EXTEND_TIMEOUT_USEC=60000000")
    assert "discord.away" in caplog.text


@pytest.mark.parametrize("path", ["/users/@me", "/oauth2/applications/@me", "/applications/*/commands", "/gateway/bot"])
async def test_a_discord_that_fails_at_any_step_of_the_start_is_tried_again(
    tmp_path: Path, path: str, notifications: tuple[Notifier, socket.socket]
) -> None:
    notifier, listening = notifications
    async with playing(tmp_path, start=False) as play:
        play.discord.faults.add("GET", path, status=503, times=2)
        async with running(play.settings, notifier):
            ready = await until_said(listening, "READY=1")
            await eventually(lambda: len(play.discord.faults.happened) == 2)
            assert ready == "READY=1\nSTATUS=Ready: 1 server, 0 answers running"
            channel = play.alice.direct_messages()
            await play.alice.say(channel, "hello")
            await play.shown(channel)


async def test_a_stop_is_heard_while_a_request_of_the_start_hangs(tmp_path: Path) -> None:
    async with playing(tmp_path, start=False) as play:
        play.discord.faults.add("GET", "/users/@me", delay=30.0)
        async with running(play.settings):
            await eventually(lambda: bool(play.discord.faults.happened))


async def test_a_wrong_token_ends_the_waiting_at_once(tmp_path: Path) -> None:
    async with playing(tmp_path, start=False) as play:
        play.discord.faults.add("GET", "/users/@me", status=503, times=2)
        wrong = changed(play.settings, token=SecretStr("wrong"))
        with pytest.raises(ConfigurationError):
            async with asyncio.timeout(LIMIT):
                await daemon.run(wrong, Notifier(None))


@pytest.mark.parametrize("trouble", ["refuses", "sends away", "silent"])
async def test_a_gateway_that_is_away_at_the_start_is_waited_for(
    tmp_path: Path,
    trouble: GatewayTrouble,
    notifications: tuple[Notifier, socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notifier, listening = notifications
    monkeypatch.setattr(resilient_client, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr("grokbot.daemon.report.PATIENCE_SECONDS", 1.0)
    async with playing(tmp_path, start=False) as play:
        play.discord.trouble_gateway(trouble)
        async with running(play.settings, notifier):
            for _ in range(2):  # once a third of a second
                told = await until_said(listening, "STATUS=Starting: Discord's gateway is not connected yet")
                assert told.endswith("\nEXTEND_TIMEOUT_USEC=1000000")
            play.discord.trouble_gateway(None)
            await until_said(listening, "READY=1")
            channel = play.alice.direct_messages()
            await play.alice.say(channel, "hello")
            await play.shown(channel)


async def test_a_stop_is_heard_while_the_gateway_is_away(tmp_path: Path) -> None:
    async with playing(tmp_path, start=False) as play:
        play.discord.trouble_gateway("refuses")
        async with running(play.settings):
            await play.discord.until(lambda: any(c.path == "/gateway/bot" for c in play.discord.requests), LIMIT)
            await asyncio.sleep(0.2)


async def test_the_api_is_served_meanwhile(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("s") / "api.sock"
    async with playing(tmp_path, start=False) as play:
        play.discord.faults.add("GET", "/users/@me", status=503, times=None)
        async with running(with_api(play.settings, path)):
            assert not (await status_of(f"unix:{path}")).discord_connected
            play.discord.faults.clear()

            async def connected() -> bool:
                return (await status_of(f"unix:{path}")).discord_connected

            await eventually(connected)


async def test_what_the_last_stop_cut_off_is_shown_once_discord_is_back(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        thread = await play.talk("word word word")
        await play.stop()
        play.was_killed(text="word word")
        play.discord.faults.add("GET", "/users/@me", status=503, times=3)
        await play.start()
        await play.until(lambda: "restarted" in play.said(thread)[-1])


async def heard(play: Play, number: int) -> None:
    """Somebody new is answered."""
    person = play.discord.create_user(f"person-{number}")
    play.grok.script(Script(text="I hear.", reasoning=""))
    await person.say(person.direct_messages(), "do you hear me?")
    await play.reads(person.direct_messages(), "I hear.")


@pytest.mark.parametrize("trouble", ["refuses", "sends away"])
async def test_the_bot_hears_again_soon_after_each_of_several_outages_of_the_gateway(
    tmp_path: Path, trouble: GatewayTrouble
) -> None:
    """Eight seconds each, at a twentieth of the pace. Had the pauses grown on, the last would last for minutes."""
    clock = asyncio.get_running_loop().time
    deaf = []
    async with playing(tmp_path, rules=Rules().unlimited()) as play:
        for number in range(4):
            connects = play.discord.gateway_connects
            play.discord.trouble_gateway(trouble)
            person = play.discord.create_user(f"early-{number}")
            await person.say(person.direct_messages(), "said meanwhile")
            await asyncio.sleep(8.0 / 20)
            assert play.discord.gateway_connects - connects < 12
            play.discord.trouble_gateway(None)
            begun = clock()
            await play.discord.until(lambda: play.discord.connected, LIMIT)
            deaf.append(clock() - begun)
            await play.shown(person.direct_messages())
            await heard(play, number)
        assert max(deaf) < 3.0
        assert play.discord.identified == 1  # the session went on, and what was said meanwhile came by itself


@pytest.mark.parametrize("drain", [0.0, 1.0])
async def test_a_stop_ends_in_time_though_nothing_of_discord_answers_and_the_next_start_shows_the_rest(
    tmp_path: Path, drain: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grokbot.daemon.stop.SETTLE_SECONDS", 1.0)
    clock = asyncio.get_running_loop().time
    async with playing(tmp_path, drain_seconds=drain) as play:
        play.grok.script(Script(text=" ".join(f"word{n}" for n in range(90)), reasoning="", tokens_per_second=50.0))
        thread = await play.begin("go on")
        await play.until(lambda: play.said(thread) and "word5" in play.said(thread)[-1])
        for length in range(1, 8):  # nothing is refused, nothing is answered, and nothing is done
            play.discord.faults.add("*", "/*" * length, reset="before", delay=120.0, times=None)
        play.discord.trouble_gateway("silent")
        await play.bob.say(play.bob.direct_messages(), "and I?")
        await asyncio.sleep(0.5)
        before = clock()
        await play.stop()
        took = clock() - before
        stalled = play.said(thread)[-1]
        play.discord.faults.clear()
        play.discord.trouble_gateway(None)
        await play.start()
        [(_, _, asked), (_, state, text), *_] = play.kept()
        assert (asked, state) == ("go on", "interrupted")
        await play.until(lambda: play.said(thread)[-1].startswith(text) and "restarted" in play.said(thread)[-1])
        assert len(text) > len(stalled.removesuffix("…"))
    rest = daemon.REST_OF_STOP_SECONDS - 8.0  # in which the last edits would have been waited for
    assert took < drain + 1.0 + rest
