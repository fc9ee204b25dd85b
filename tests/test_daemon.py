"""The daemon from outside: what ends it, with which error, and that it ends clean."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pydantic import SecretStr

from grokbot import daemon
from grokbot.conversation.errors import ConfigurationError, StoreError
from grokbot.discord_bot.bot import BAD_TOKEN
from grokbot.discord_bot.connection.request_tasks import TaskHTTPClient
from grokbot.engine.budgets import KEY_REFUSED
from grokbot.process.health import HealthPart
from grokbot.process.sd_notify import Notifier
from grokbot.sandbox.grok_server import Script
from grokbot.settings import ApiSettings, WebSettings
from grokbot.wire.grokbot.daemon_pb2_grpc import DaemonStub
from grokbot.wire.prompt_ide import chat_pb2
from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatStub
from tests.discord_bot.wire.play import playing
from tests.engine.house import eventually

if TYPE_CHECKING:
    from grokbot.settings import Settings
    from grokbot.wire.grokbot import daemon_pb2

LIMIT = 20.0


def changed(settings: Settings, **discord: object) -> Settings:
    return settings.model_copy(update={"discord": settings.discord.model_copy(update=discord)})


async def run(settings: Settings) -> None:
    async with asyncio.timeout(LIMIT):
        await daemon.run(settings, Notifier(None))


async def test_a_wrong_token_is_the_operators_to_mend(tmp_path: Path) -> None:
    async with playing(tmp_path, start=False) as play:
        with pytest.raises(ConfigurationError) as caught:
            await run(changed(play.settings, token=SecretStr("wrong")))
    assert caught.value.key == "discord.token"
    assert str(caught.value) == BAD_TOKEN


async def test_a_key_that_xai_refuses_is_the_operators_to_mend(tmp_path: Path) -> None:
    async with playing(tmp_path, start=False) as play:
        xai = play.settings.xai.model_copy(update={"api_key": SecretStr("xai-of-somebody-else")})
        with pytest.raises(ConfigurationError) as caught:
            await run(play.settings.model_copy(update={"xai": xai}))
    assert caught.value.key == "xai.api_key"
    assert str(caught.value) == KEY_REFUSED


async def test_a_token_that_is_withdrawn_in_mid_run_ends_the_daemon_and_keeps_what_grok_had_said(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        play.grok.script(Script(text="word " * 50, reasoning="", hang_after_tokens=20))
        thread = await play.begin("go on")
        await play.shown(thread)
        play.broken_off = True  # without a token nothing can be shown any more, its end neither
        play.discord.disconnect(code=4004)
        with pytest.raises(ConfigurationError) as caught:
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
        await play.shown(thread)
        os.kill(os.getpid(), signal.SIGTERM)
        await play.bob.say(thread, "and I?")  # heard, and kept for the next start
        empty = await play.bob.say(play.general, "<@BOT>")
        await play.replies(empty)  # which comes after
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
                while b"READY=1" not in (said := await asyncio.wait_for(loop.sock_recv(notifications, 4096), LIMIT)):
                    assert said.startswith(b"STATUS=Starting: ")
                stop.set()
                while b"STOPPING=1" not in (said := await asyncio.wait_for(loop.sock_recv(notifications, 4096), LIMIT)):
                    assert said.startswith(b"STATUS=Ready: ")
                async with asyncio.timeout(LIMIT):
                    await task


async def test_the_watchdog_hears_nothing_while_a_lock_of_the_library_stays_closed(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as notifications:
        notifications.bind(str(path))
        notifications.setblocking(False)
        loop = asyncio.get_running_loop()

        async def until(line: bytes) -> None:
            while line not in (await loop.sock_recv(notifications, 4096)).splitlines():
                pass

        async with playing(tmp_path, start=False) as play, asyncio.timeout(2 * LIMIT):
            stop = asyncio.Event()
            task = asyncio.create_task(daemon.run(play.settings, Notifier(str(path), watchdog_seconds=0.8), stop))
            await until(b"READY=1")
            clients = [each for each in gc.get_objects() if isinstance(each, TaskHTTPClient)]
            [http] = [each for each in clients if each.token and not each._under_way._closed]
            for _ in range(4):
                await until(b"WATCHDOG=1")
            http._global_over.clear()
            heard = True
            while heard:  # the last words come until it is mute
                try:
                    async with asyncio.timeout(1.6):
                        await until(b"WATCHDOG=1")
                except TimeoutError:
                    heard = False
            http._global_over.set()
            await until(b"WATCHDOG=1")
            stop.set()
            await task


def with_web(settings: Settings, listen: str) -> Settings:
    return settings.model_copy(update={"web": WebSettings(listen=listen, public_url="https://grok.example.org")})


async def test_a_web_address_that_is_taken_is_the_operators_to_mend(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with playing(tmp_path, start=False) as play:
            with pytest.raises(ConfigurationError) as caught:
                await run(with_web(play.settings, f"127.0.0.1:{taken.getsockname()[1]}"))
    assert caught.value.key == "web.listen"
    assert "another program is listening there" in str(caught.value)


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


# The API


@pytest.fixture
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its path has to be short."""
    return tmp_path_factory.mktemp("s") / "api.sock"


def with_api(settings: Settings, path: Path) -> Settings:
    return settings.model_copy(update={"api": ApiSettings(listen=(f"unix:{path}",), owner_id=7)})


async def status_of(target: str) -> daemon_pb2.Status:
    async with grpc.aio.insecure_channel(target) as channel:
        return await DaemonStub(channel).GetStatus(Empty(), wait_for_ready=True, timeout=LIMIT)


async def test_the_api_tells_of_the_running_daemon_and_its_socket_goes_with_it(
    tmp_path: Path, socket_path: Path
) -> None:
    async with playing(tmp_path, start=False) as play:
        stop = asyncio.Event()
        task = asyncio.create_task(daemon.run(with_api(play.settings, socket_path), Notifier(None), stop))
        await eventually(socket_path.is_socket)

        async def connected() -> bool:
            return (await status_of(f"unix:{socket_path}")).discord_connected

        await eventually(connected)
        status = await status_of(f"unix:{socket_path}")
        assert (status.discord_name, status.servers) == (play.discord.bot_user.name, 1)
        assert (status.version, status.caller.owner_id) == (version("grokbot"), 7)
        assert (status.model, status.mode, status.public_url) == ("grok-4.7", "stateless", "")
        assert status.database_bytes > 0

        async def well() -> bool:
            told = await status_of(f"unix:{socket_path}")
            return (told.summary, len(told.parts)) == ("Ready: 1 server, 0 answers running", len(HealthPart))

        await eventually(well)
        play.grok.script(Script(fail="no_credit"))
        await play.begin("and now?")

        async def poor() -> bool:
            told = await status_of(f"unix:{socket_path}")
            return any(part.name == "xAI" and "no credit" in part.trouble and part.remedy for part in told.parts)

        await eventually(poor)
        stop.set()
        async with asyncio.timeout(LIMIT):
            await task
        assert not socket_path.exists()  # noqa: ASYNC240 - a look at one file


async def test_two_daemons_at_one_socket_are_the_operators_to_mend(tmp_path: Path, socket_path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as taken:
        taken.bind(str(socket_path))
        taken.listen()
        async with playing(tmp_path, start=False) as play:
            with pytest.raises(ConfigurationError, match="another grokbot is running there") as caught:
                await run(with_api(play.settings, socket_path))
    assert caught.value.key == "api.listen"


async def test_an_answer_through_the_api_comes_to_its_end_in_the_drain(tmp_path: Path, socket_path: Path) -> None:
    async with playing(tmp_path, start=False, drain_seconds=20.0) as play:
        stop = asyncio.Event()
        task = asyncio.create_task(daemon.run(with_api(play.settings, socket_path), Notifier(None), stop))
        await eventually(socket_path.is_socket)
        async with grpc.aio.insecure_channel(f"unix:{socket_path}") as channel:
            chat = ChatStub(channel)
            begun = await chat.CreateConversation(chat_pb2.CreateConversationRequest())
            play.grok.script(Script(text="one two three four five", reasoning="", tokens_per_second=20))
            request = chat_pb2.AddResponseRequest(conversation_id=begun.conversation_id, message="Count", use_grok=True)
            stream = aiter(chat.AddResponse(request))
            await anext(stream)
            stop.set()
            messages = [each async for each in stream]
            assert messages[-1].model_response.message == "one two three four five"
        async with asyncio.timeout(LIMIT):
            await task


async def test_without_discord_a_program_has_the_engine_to_itself(tmp_path: Path) -> None:
    async with playing(tmp_path, start=False) as play:
        async with daemon.embedded(play.settings) as target:
            status = await status_of(target)
            assert (status.discord_connected, status.discord_name, status.servers) == (False, "", 0)
            folder = Path(target.removeprefix("unix:")).parent
            assert folder.stat().st_mode & 0o777 == 0o700
            async with grpc.aio.insecure_channel(target) as channel:
                chat = ChatStub(channel)
                begun = await chat.CreateConversation(chat_pb2.CreateConversationRequest())
                request = chat_pb2.AddResponseRequest(
                    conversation_id=begun.conversation_id, message="Hi", use_grok=True
                )
                *_, answer = [each async for each in chat.AddResponse(request)]
            assert answer.model_response.message
            with pytest.raises(StoreError, match="Another grokbot is running with the same database"):
                await run(play.settings)
        assert not folder.exists()
        async with daemon.embedded(play.settings) as target:  # what was said is there again
            assert (await status_of(target)).conversations == 1
