"""The command line: exit codes, one line for what goes wrong, no secret in it, and processes that really run."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import aiohttp
import pytest
from click.testing import CliRunner

from grokbot.cli import main
from grokbot.sandbox.stage import stage
from grokbot.terminal.exits import Exit
from tests.daemon_process import daemon_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

TOKEN = "token-secret-0123456789"
KEY = "key-secret-0123456789"
PATIENCE_SECONDS = 60.0


@pytest.fixture(autouse=True)
def _nobodys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("GROKBOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on which nobody listens; it is held, so that nobody can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    code: int
    out: str
    err: str


def environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), **more}


async def grokbot(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None, given: str | None = None
) -> Ended:
    """Runs the command as a process to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "grokbot",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL if given is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env=environment(folder, env or {}),
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            out, err = await process.communicate(None if given is None else given.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


def check_told_in_a_line(ended: Ended) -> str:
    """Returns the one line that says what is wrong; log events before it have their own form."""
    assert "Traceback" not in ended.err + ended.out
    assert TOKEN not in ended.err + ended.out
    assert KEY not in ended.err + ended.out
    [line] = [line for line in ended.err.splitlines() if line.startswith("grokbot: ")]
    assert ended.err.rstrip("\n").endswith(line)
    return line


# What is asked for at the terminal


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for name in main.commands:
        assert re.search(rf"^  {name}\b", result.output, re.MULTILINE)
    ours = {
        "run",
        "check",
        "privacy-policy",
        "sandbox",
        "setup",
        "service",
        "store",
        "answers",
        "catch-up",
        "chat",
        "conversations",
        "mcp",
        "models",
        "usage",
        "keys",
        "pause",
        "unpause",
        "status",
        "completion",
    }
    assert ours == set(main.commands)


def test_without_the_extra_a_sentence_says_how_to_get_the_mcp_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grokbot.terminal.exits.find_spec", lambda _: None)
    result = CliRunner().invoke(main, ["mcp"])
    assert (result.exit_code, result.output.count("\n")) == (2, 1)
    assert "install grokbot[mcp]" in result.output


def test_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert (result.exit_code, result.output) == (0, f"grokbot, version {version('grokbot')}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["run", "--help"],
        ["check", "--help"],
        ["chat", "--help"],
        ["mcp", "--help"],
        ["conversations", "--help"],
        ["conversations", "export", "--help"],
        ["usage", "--help"],
        ["keys", "make", "--help"],
        ["completion", "bash"],
    ],
)
def test_asking_for_help_loads_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom grokbot.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'discord', 'grpc', 'google.protobuf', 'sqlalchemy', 'aiohttp', 'rich', 'asyncio'}\n"
        "heavy = (heavy | {'pydantic', 'mcp', 'PIL', 'prompt_toolkit'}) & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("grokbot.terminal.commands.operator", {"discord", "sqlalchemy", "aiohttp", "prompt_toolkit", "pydantic"}),
        ("grokbot.terminal.chat.chat", {"discord", "sqlalchemy", "aiohttp", "mcp", "PIL", "pydantic"}),
        ("grokbot.daemon", {"discord", "aiohttp"}),  # `grokbot chat` begins one that needs neither
    ],
)
def test_a_command_loads_nothing_that_it_does_not_use(module: str, heavy: set[str]) -> None:
    program = f"import sys, grokbot.cli, {module}\nsys.exit(', '.join({heavy!r} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    assert done.returncode == 0, done.stderr


# grokbot run


@pytest.mark.parametrize(
    ("env", "names"),
    [
        ({}, "discord.token"),
        ({"GROKBOT_DISCORD__TOKEN": TOKEN}, "xai.api_key"),
        ({"GROKBOT_DISCORD__TOKEN": TOKEN, "GROKBOT_XAI__API_KEY": KEY, "GROKBOT_XAI__TARGET": ""}, "xai.target"),
        ({"GROKBOT_DISCORD__TOKEN": TOKEN, "GROKBOT_XAI__API_KEY": KEY, "GROKBOT_XAI__KEY": KEY}, "GROKBOT_XAI__KEY"),
    ],
)
def test_run_with_missing_or_wrong_settings_says_which_in_one_line_and_exits_78(
    env: dict[str, str], names: str
) -> None:
    result = CliRunner().invoke(main, ["run"], env=env)
    assert result.exit_code == Exit.SETTINGS.value
    [line] = result.stderr.splitlines()
    assert line.startswith("grokbot: ")
    assert names in line
    assert TOKEN not in line
    assert KEY not in line
    assert result.stdout == ""


def test_run_with_a_file_of_settings_that_is_not_there_exits_78(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["run", "--config", str(tmp_path / "mine.toml")])
    assert result.exit_code == Exit.SETTINGS
    assert "mine.toml" in result.stderr
    assert len(result.stderr.splitlines()) == 1


async def test_run_with_a_token_that_discord_does_not_accept_exits_78(tmp_path: Path) -> None:
    async with stage() as here:
        ended = await grokbot(tmp_path, "run", env={**here.environment(), "GROKBOT_DISCORD__TOKEN": TOKEN})
    assert ended.code == Exit.SETTINGS
    assert "discord.token" in check_told_in_a_line(ended)


async def test_run_with_a_discord_that_cannot_be_reached_waits_and_ends_when_it_is_told_to(
    tmp_path: Path, closed_port: int
) -> None:
    address = f"http://127.0.0.1:{closed_port}/api/v10"
    env = {"GROKBOT_DISCORD__TOKEN": TOKEN, "GROKBOT_XAI__API_KEY": KEY, "GROKBOT_DISCORD__API_URL": address}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "grokbot", "run"),
        stderr=asyncio.subprocess.PIPE,
        cwd=tmp_path,
        env=environment(tmp_path, env),
    )
    assert process.stderr is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while sum("discord.away" in line for line in lines) < 2:
                lines.append((await process.stderr.readline()).decode())
            process.terminate()
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert any(address in line for line in lines)
    assert "Traceback" not in "".join(lines)


async def test_run_with_a_database_that_cannot_be_used_exits_78(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    env = {"GROKBOT_DISCORD__TOKEN": TOKEN, "GROKBOT_XAI__API_KEY": KEY, "GROKBOT_STORE__URL": str(tmp_path / "kept")}
    ended = await grokbot(tmp_path, "run", env=env)
    assert ended.code == Exit.SETTINGS
    assert "database" in check_told_in_a_line(ended)


# grokbot check


async def test_check_exits_0_when_all_is_in_order_and_fits_eighty_columns(tmp_path: Path) -> None:
    async with stage() as here:
        ended = await grokbot(tmp_path, "check", "--fix", env=here.environment())
        secrets = [here.discord.token, here.grok.api_key]
        assert here.discord.world.profile["tags"]
    assert (ended.code, ended.err) == (0, "")
    assert (ended.out.count(" ok "), ended.out.count(" limited ")) == (10, 1)  # there is no privacy policy
    *drawn, address = ended.out.splitlines()
    assert max(len(line) for line in drawn) <= 80
    assert address.startswith("https://discord.com/oauth2/authorize?")  # on a line of its own, to be opened
    assert not [secret for secret in secrets if secret in ended.out.replace("\n", "")]


async def test_check_exits_1_when_something_fails_and_tells_no_secret(tmp_path: Path) -> None:
    async with stage() as here:
        env = {**here.environment(), "GROKBOT_DISCORD__TOKEN": TOKEN, "GROKBOT_XAI__API_KEY": KEY}
        ended = await grokbot(tmp_path, "check", env=env)
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.count("FAILED") == 2  # the key's fault is told once
    assert TOKEN not in ended.out
    assert KEY not in ended.out


def test_check_with_wrong_settings_is_a_row_and_exit_1() -> None:
    result = CliRunner().invoke(main, ["check"], env={"GROKBOT_DISCORD__TOKEN": TOKEN})
    assert result.exit_code == 1
    assert "Configuration" in result.output
    assert "xai.api_key" in result.output
    assert TOKEN not in result.output


# grokbot sandbox


async def test_what_is_said_in_the_sandbox_is_answered_and_the_picture_asks_nobody_for_anything(tmp_path: Path) -> None:
    picture = tmp_path / "thread.svg"
    said = ("--say", "hello there", "--say", "def f(): pass", "--picture", str(picture))
    ended = await grokbot(tmp_path, "sandbox", "--terminal", *said)
    assert ended.code == 0, ended.err
    assert ".cc:" not in ended.err, "a line of gRPC's own, which newcomers would take for trouble"
    assert ended.out.index("hello there") < ended.out.index("Answer 1") < ended.out.index("Answer 2")
    assert "2 turns" in ended.out
    assert "0 rate limits hit" in ended.out
    drawing = picture.read_text(encoding="utf-8")
    assert "def" in drawing
    assert set(re.findall(r"[a-z]+://[^\s\"'<)]+", drawing)) == {"http://www.w3.org/2000/svg"}  # a name, no address
    assert not re.search(r"@import|url\((?!#)|<image|<script|\bhref=", drawing)


async def test_lines_of_standard_input_are_said_in_the_sandbox(tmp_path: Path) -> None:
    ended = await grokbot(tmp_path, "sandbox", given="\nwhich words arrive?\n\n")
    assert ended.code == 0, ended.err
    assert "which words arrive?" in ended.out
    assert "1 turns" in ended.out


async def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for option in ("--discord-port", "--grok-port"):
            ended = await grokbot(tmp_path, "sandbox", "--serve", option, port)
            assert ended.code == 1
            assert port in check_told_in_a_line(ended)


@dataclass(frozen=True, slots=True)
class Served:
    """A sandbox in a process of its own."""

    process: asyncio.subprocess.Process
    exported: Mapping[str, str]
    said_with: str
    """The address that takes what people say."""

    def environment(self) -> Mapping[str, str]:
        """As a stage gives it."""
        return self.exported


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "grokbot", "sandbox", "--serve",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
        env=environment(folder, {}),
    )  # fmt: skip
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not lines or "Ctrl-C" not in lines[-1]:
                lines.append((await process.stdout.readline()).decode().strip())
        exports = [shlex.split(line)[1].partition("=") for line in lines if line.startswith("export ")]
        [say] = [line for line in lines if line.startswith("# curl")]
        yield Served(process, {name: value for name, _, value in exports}, shlex.split(say[2:])[-1])
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_served_sandbox_tells_a_daemon_where_it_is_and_both_end_with_sigterm(tmp_path: Path) -> None:
    async with served(tmp_path) as sandbox, daemon_process(sandbox, tmp_path) as daemon:  # type: ignore[arg-type] # of a stage it needs the environment only
        async with aiohttp.ClientSession() as session:
            body = {"author": "alice", "channel": "general", "content": "<@BOT> hello from outside"}
            async with session.post(sandbox.said_with, data=json.dumps(body)) as reply:
                assert reply.status == 200, await reply.text()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "hello from outside" not in first_messages(tmp_path / "grokbot.sqlite3"):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.05)
            assert await daemon.terminate() == 0
            sandbox.process.send_signal(signal.SIGTERM)
            assert await sandbox.process.wait() == 0
    assert "Traceback" not in daemon.log()
    assert sandbox.exported["GROKBOT_DISCORD__TOKEN"] not in daemon.log()


def first_messages(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [message for (message,) in database.execute("SELECT message FROM responses WHERE sender = 'human'")]
