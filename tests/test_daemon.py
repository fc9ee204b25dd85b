"""The daemon from outside: what ends it, with which error, and that it ends clean."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import aiohttp
import pytest
from pydantic import SecretStr

from grokbot import daemon
from grokbot.conversation.errors import Misconfigured
from grokbot.discord_bot.connection import BAD_TOKEN, Unreachable
from grokbot.notify import Notifier
from grokbot.sandbox.grok_server import Script
from grokbot.settings import WebSettings
from tests.discord_bot.wire.play import playing

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.settings import Settings

LIMIT = 20.0


def changed(settings: Settings, **discord: object) -> Settings:
    return settings.model_copy(update={"discord": settings.discord.model_copy(update=discord)})


async def run(settings: Settings) -> None:
    async with asyncio.timeout(LIMIT):
        await daemon.run(settings, Notifier(None))


async def test_a_wrong_token_is_the_operators_to_mend(tmp_path: Path) -> None:
    async with playing(tmp_path, start=False) as play:
        with pytest.raises(Misconfigured) as caught:
            await run(changed(play.settings, token=SecretStr("wrong")))
    assert caught.value.key == "discord.token"
    assert str(caught.value) == BAD_TOKEN


async def test_a_discord_that_does_not_listen_is_said_in_one_line(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/api/v10"
        async with playing(tmp_path, start=False) as play:
            with pytest.raises(Unreachable) as caught:
                await run(changed(play.settings, api_url=address))
    assert str(caught.value).startswith(f"Discord cannot be reached at {address}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["/users/@me", "/oauth2/applications/@me", "/applications/*/commands", "/gateway/bot"])
async def test_a_discord_that_fails_at_any_step_of_the_start_is_said_in_one_line(tmp_path: Path, path: str) -> None:
    async with playing(tmp_path, start=False) as play:
        play.discord.faults.add("GET", path, status=503)
        with pytest.raises(Unreachable, match=r"\ADiscord cannot be reached at http://[^\n]+: [^\n]+\Z"):
            await run(play.settings)


async def test_a_token_that_is_withdrawn_in_mid_run_ends_the_daemon_and_keeps_what_grok_had_said(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        play.grok.script(Script(text="word " * 50, reasoning="", hang_after_tokens=20))
        thread = await play.begin("go on")
        await play.until(lambda: play.said(thread))
        play.broken_off = True  # without a token nothing can be shown any more, its end neither
        play.discord.disconnect(code=4004)
        with pytest.raises(Misconfigured) as caught:
            await play.ended()
    assert caught.value.key == "discord.token"
    with closing(sqlite3.connect(tmp_path / "grokbot.sqlite3")) as database:
        [(state, text)] = database.execute("SELECT state, message FROM responses WHERE sender = 'model'")
    assert state == "interrupted"
    assert text.startswith("word word")


async def test_it_can_be_stopped_before_the_gateway_answers(tmp_path: Path) -> None:
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        async with playing(tmp_path, start=False) as play:
            address = f"ws://127.0.0.1:{silent.getsockname()[1]}/gateway"
            stop = asyncio.Event()
            task = asyncio.create_task(daemon.run(changed(play.settings, gateway_url=address), Notifier(None), stop))
            await play.discord.until(lambda: any(c.path == "/gateway/bot" for c in play.discord.requests), LIMIT)
            stop.set()
            async with asyncio.timeout(LIMIT):
                await task


async def test_the_first_signal_lets_answers_end_and_the_second_ends_them(tmp_path: Path) -> None:
    async with playing(tmp_path, drain_seconds=60.0) as play:
        play.grok.script(Script(text="word " * 50, reasoning="", hang_after_tokens=20))
        thread = await play.begin("go on")
        await play.until(lambda: play.said(thread))
        os.kill(os.getpid(), signal.SIGTERM)
        await play.bob.say(thread, "and I?")  # heard, and kept for the next start
        await play.bob.say(play.general, "<@BOT>")  # the sentence that this gets comes after
        await play.until(lambda: play.said(play.general))
        assert play.grok.running == 1
        os.kill(os.getpid(), signal.SIGTERM)
        await play.ended()
        assert "restarted" in play.said(thread)[-1]
        with closing(sqlite3.connect(tmp_path / "grokbot.sqlite3")) as database:
            waiting = database.execute("SELECT message FROM responses WHERE state = 'pending'").fetchall()
        assert waiting == [("and I?",)]


async def test_it_starts_and_stops_twice_in_one_process_and_says_so_to_systemd(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as notifications:
        notifications.bind(str(path))
        notifications.setblocking(False)
        loop = asyncio.get_running_loop()
        async with playing(tmp_path, start=False) as play:
            for _ in range(2):
                stop = asyncio.Event()
                task = asyncio.create_task(daemon.run(play.settings, Notifier(str(path)), stop))
                assert b"READY=1" in await asyncio.wait_for(loop.sock_recv(notifications, 4096), LIMIT)
                stop.set()
                assert b"STOPPING=1" in await asyncio.wait_for(loop.sock_recv(notifications, 4096), LIMIT)
                async with asyncio.timeout(LIMIT):
                    await task


def with_web(settings: Settings, listen: str) -> Settings:
    return settings.model_copy(update={"web": WebSettings(listen=listen, public_url="https://grok.example.org")})


async def test_a_web_address_that_is_taken_is_the_operators_to_mend(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with playing(tmp_path, start=False) as play:
            with pytest.raises(Misconfigured) as caught:
                await run(with_web(play.settings, f"127.0.0.1:{taken.getsockname()[1]}"))
    assert caught.value.key == "web.listen"
    assert "something else listens there already" in str(caught.value)


async def test_share_pages_are_served_from_the_start_to_the_end(tmp_path: Path) -> None:
    listen = tmp_path / "web.sock"
    stop = asyncio.Event()
    async with playing(tmp_path, start=False) as play, asyncio.timeout(LIMIT):
        task = asyncio.create_task(daemon.run(with_web(play.settings, f"unix:{listen}"), Notifier(None), stop))
        await play.discord.until(lambda: any(c.path == "/gateway/bot" for c in play.discord.requests), LIMIT)
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(listen))) as session:
            for path, status in (("/healthz", 200), ("/s/AbCdEfGhIjKlMnOpQrStUv", 404), ("/s/x.json", 404)):
                async with session.get(f"http://localhost{path}") as answer:
                    assert answer.status == status
        stop.set()
        await task
    assert not listen.exists()
