"""The settings are read again while the daemon runs: what is live holds at once, and the rest is named."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pty
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import types
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import SecretStr, ValidationError

from grokbot import daemon
from grokbot.daemon.stop import heard_signals
from grokbot.process.sd_notify import Notifier
from grokbot.sandbox.grok_server import Script
from grokbot.settings import Settings, all_settings, change_to, load
from grokbot.wire.xai.chat_pb2 import ReasoningEffort
from tests.api.test_sockets import Certified
from tests.discord_bot.wire.play import playing
from tests.engine.house import eventually
from tests.test_daemon import LIMIT, status_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from grokbot.settings import Setting
    from tests.discord_bot.wire.play import Play

Tree = dict[str, dict[str, Any]]

READY = "Ready: 1 server, 0 answers running"
BUSY = "Ready: 1 server, 1 answer running"

OTHERS: Mapping[str, Any] = {
    "xai.model": "grok-4.6",
    "xai.reasoning_effort": "high",
    "xai.search_sites": [],  # either these or those
    "xai.search_handles": [],
    "xai.search_excluded_sites": ["example.org"],
    "xai.search_excluded_handles": ["xai"],
    "xai.temperature": 0.25,
    "xai.max_tokens": 777,
    "xai.search_turns": 3,
    "conversation.system_prompt": "Speak in riddles.",
    "privacy.line": "A line of its own",
    "daemon.log_level": "debug",
    "web.listen": "127.0.0.1:0",
}
"""Where any other value will not do."""
UNCHANGED = {"xai.search_sites", "xai.search_handles"}


def other(setting: Setting, tree: Tree) -> Any:
    """A value that may be, and is not the one in the tree."""
    section, _, name = setting.key.partition(".")
    before = getattr(getattr(Settings.model_validate(tree), section), name)
    for value in _candidates(setting.field.annotation, before, setting):
        changed = {**tree, section: {**tree[section], name: value}}
        try:
            after = getattr(getattr(Settings.model_validate(changed), section), name)
        except ValidationError:
            continue
        if after != before:
            return value
    raise AssertionError(f"name another value of {setting.key} in OTHERS")


def _candidates(annotation: Any, before: Any, setting: Setting) -> Iterator[Any]:
    yield from setting.field.examples or ()
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    if get_origin(annotation) in {Union, types.UnionType, tuple} or hasattr(annotation, "__metadata__"):
        for argument in get_args(annotation):
            values = _candidates(argument, None, setting)
            yield from ([[value] for value in values] if get_origin(annotation) is tuple else values)
    if annotation is bool:
        yield not before
    if annotation in {int, float}:
        yield from (before + 1 if before is not None else 7, 1)
    if annotation in {str, SecretStr}:
        yield from ("de", "https://other.example.org", "unix:/srv/other", "/srv/other")
    if annotation is Path:
        yield "/srv/other"


def written(tree: Tree) -> str:
    """As TOML."""
    lines = []
    for section, values in tree.items():
        lines += [f"[{section}]", *(f"{name} = {json.dumps(value)}" for name, value in values.items())]
    return "\n".join(lines) + "\n"


class Service:
    """A daemon as systemd has it: its settings are a file, and what it notifies is heard."""

    def __init__(self, play: Play, folder: Path, api: Path) -> None:
        self.play, self.folder = play, folder
        self.file, self.socket = folder / "grokbot.toml", api
        given = play.settings
        self.tree: Tree = {section: {} for section in Settings.model_fields}
        self.tree["discord"] = {
            "token": given.discord.token.get_secret_value(),
            "api_url": given.discord.api_url,
            "gateway_url": given.discord.gateway_url,
        }
        self.tree["xai"] = {"api_key": play.grok.api_key, "target": given.xai.target, "insecure": True}
        self.tree["store"] = {"url": given.store.url}
        self.tree["conversation"] = {"titles": False}
        self.tree["privacy"] = {"notice": ""}
        self.tree["api"] = {"listen": [f"unix:{api}"]}
        self.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.heard.bind(str(folder / "notify"))
        self.heard.setblocking(False)

    def read(self) -> Settings:
        return load(self.file, environ={"HOME": str(self.folder)})

    async def said(self) -> str:
        async with asyncio.timeout(LIMIT):
            return (await asyncio.get_running_loop().sock_recv(self.heard, 8192)).decode()

    async def hears(self, first: str) -> str:
        """The next message that begins with this line: others tell how the daemon is, at any time."""
        while not (said := await self.said()).startswith(f"{first}\n"):
            pass
        return said

    async def reload(self, tree: Tree) -> str:
        """The status after the file has this in it and SIGHUP has come."""
        self.file.write_text(written(tree))
        os.kill(os.getpid(), signal.SIGHUP)
        _, monotonic = (await self.hears("RELOADING=1")).split("\n")
        assert monotonic.startswith("MONOTONIC_USEC=")
        _, status = (await self.hears("READY=1")).split("\n")
        return status.removeprefix("STATUS=")


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Service]:
    with tempfile.TemporaryDirectory(prefix="api-") as short:  # its path has to be
        async with playing(folder, start=False) as play:
            service = Service(play, folder, Path(short) / "api.sock")
            with closing(service.heard):
                tls = Certified(folder)
                service.tree["api"] |= {name: str(path) for name, path in tls.files.items()}
                service.file.write_text(written(service.tree))
                stop = asyncio.Event()
                settings, notifier = service.read(), Notifier(str(folder / "notify"))
                task = asyncio.create_task(daemon.run(settings, notifier, stop, read_again=service.read))
                await service.hears("READY=1")
                try:
                    yield service
                finally:
                    stop.set()
                    async with asyncio.timeout(LIMIT):
                        await task


def all_others(service: Service, folder: Path) -> Tree:
    """Every setting has another value."""
    (folder / "personas").mkdir()
    (folder / "personas" / "pirate.md").write_text("Speak like a pirate.")
    (folder / "tls").mkdir()
    given = {"conversation.personas_dir": str(folder / "personas"), "xai.api_key": "xai-another-0123456789"}
    given |= {f"api.{name}": str(path) for name, path in Certified(folder / "tls").files.items()}
    tree = {section: dict(values) for section, values in service.tree.items()}
    for setting in all_settings():
        section, _, name = setting.key.partition(".")
        value = {**OTHERS, **given}[setting.key] if setting.key in {**OTHERS, **given} else other(setting, tree)
        tree[section][name] = value
    return tree


async def test_each_setting_is_live_or_named_and_what_is_live_has_its_effect(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "grokbot")
    async with serving(tmp_path) as service:
        play = service.play
        play.grok.script(Script(text="one two three four five", reasoning="", tokens_per_second=20))
        running = await play.begin("before")
        await eventually(lambda: play.grok.running == 1)

        tree = all_others(service, tmp_path)
        for limit in [name for name in tree["limits"] if "at_once" not in name]:
            tree["limits"][limit] = 1_000  # which nobody reaches here
        play.grok._door._expected = f"Bearer {tree['xai']['api_key']}"
        status = await service.reload(tree)

        live = {setting.key for setting in all_settings() if setting.live} - UNCHANGED
        rest = [setting.key for setting in all_settings() if not setting.live]
        assert status == f"{BUSY}; needs a restart: {', '.join(rest)}"
        [line] = [record.getMessage() for record in caplog.records if "settings.reloaded" in record.message]
        assert {*line.split("'")[1].split(", ")} == live
        assert line.split("'")[3].split(", ") == rest

        await play.reads(running, "one two three four five")  # it goes on with the old key
        told = await status_of(f"unix:{service.socket}")
        assert told.settings_note == status.removeprefix(f"{BUSY}; ")
        assert (told.model, told.mode, told.caller.owner_id) == ("grok-4.6", "stateful", 1)
        assert logging.getLogger("grokbot").level == logging.DEBUG
        play.says("so be it")
        thread = await play.begin("after", play.bob)
        await play.reads(thread, "so be it\n-# A line of its own")
        assert thread.name == "After"  # titles are on
        opened = [call.body for call in play.discord.requests if call.path.endswith("/threads")]
        assert [body["auto_archive_duration"] for body in opened] == [1440, 60]
        [request] = [each for each in play.asked if each.model == "grok-4.6"]
        assert "Speak in riddles." in str(request.messages[0])
        assert (request.temperature, request.max_tokens, request.max_turns) == (0.25, 777, 3)
        assert request.store_messages
        assert request.reasoning_effort == ReasoningEffort.EFFORT_HIGH


async def test_settings_that_are_wrong_change_nothing_and_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as service:
        wrong: list[tuple[Tree, str]] = [
            ({"xai": {"model": "other", "temperature": 99}}, "xai.temperature"),
            ({"xai": {"model": "other"}, "conversation": {"personas_dir": "/nowhere"}}, "conversation.personas_dir"),
            ({"xai": {"model": "other"}, "api": {"tls_key": str(service.file)}}, "api.tls_key do not fit"),
        ]
        for change, named in wrong:
            tree = {section: {**values, **change.get(section, {})} for section, values in service.tree.items()}
            status = await service.reload(tree)
            assert status.startswith(f"{READY}; old settings kept: ")
            assert named in status
            told = await status_of(f"unix:{service.socket}")
            assert (told.model, f"{READY}; {told.settings_note}") == ("grok-4.7", status)
            [error] = [each.getMessage() for each in caplog.records if "settings.not_reloaded" in each.getMessage()]
            assert named in error
            caplog.clear()
        assert await service.reload(service.tree) == READY


def test_tls_is_switched_on_and_off_by_a_restart_only() -> None:
    required: Tree = {"discord": {"token": "t"}, "xai": {"api_key": "k"}, "store": {"url": "/srv/x"}}
    one, other_one = ({"tls_certificate": f"/{name}.crt", "tls_key": f"/{name}.key"} for name in "ab")
    plain, tls, renewed = (
        Settings.model_validate({**required, "api": {"listen": [], **api}}) for api in ({}, one, other_one)
    )
    keys = ("api.tls_certificate", "api.tls_key")
    for before, after in ((plain, tls), (tls, plain)):
        change = change_to(before, after)
        assert (change.settings, change.changed, change.needs_restart) == (before, (), keys)
    change = change_to(tls, renewed)
    assert (change.settings, change.changed, change.needs_restart) == (renewed, keys, ())


async def test_a_closed_terminal_stops_a_daemon_that_reads_nothing_again() -> None:
    for again in (None, asyncio.Event()):
        stop, hurry = asyncio.Event(), asyncio.Event()
        with heard_signals(stop, hurry, again):
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.wait_for((again or stop).wait(), LIMIT)
        assert (stop.is_set(), hurry.is_set()) == (again is None, False)


async def test_a_hangup_that_came_before_anybody_heard_it_is_heard() -> None:
    stop, hurry, again = asyncio.Event(), asyncio.Event(), asyncio.Event()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    signal.pthread_kill(threading.get_ident(), signal.SIGHUP)  # a worker's other threads do not block it
    with heard_signals(stop, hurry, again):
        await asyncio.wait_for(again.wait(), LIMIT)
    assert not stop.is_set()


def test_a_hangup_while_the_program_starts_does_not_end_it() -> None:
    """systemd would take it for an end that was wanted, and start nothing again."""
    hung_up = "cli._settings = lambda config: (os.kill(os.getpid(), signal.SIGHUP), sys.exit(5))"
    starts = f"import os, signal, sys; from grokbot import cli; {hung_up}; cli.main(['run'])"
    assert subprocess.run([sys.executable, "-c", starts], start_new_session=True, check=False).returncode == 5  # noqa: S603 - ours


@pytest.mark.parametrize("terminal", [False, True])
def test_a_terminal_is_told_from_a_service(terminal: bool) -> None:
    asks = "from grokbot.cli import _on_a_terminal; print(_on_a_terminal())"
    controlled = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY); "
    master, slave = pty.openpty()
    told = subprocess.check_output(  # noqa: S603 - ours
        [sys.executable, "-c", controlled * terminal + asks], stdin=slave, start_new_session=True, text=True
    )
    os.close(master)
    os.close(slave)
    assert told == f"{terminal}\n"
