"""`grokbot sandbox` around the page: the key, standard input, the address, the end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from grokbot.sandbox_run import NoKeyError, find_key
from grokbot.sandbox_run import page as page_module
from tests.test_cli import check_told_in_a_line, environment, grokbot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PATIENCE_SECONDS = 60.0


@asynccontextmanager
async def opened(folder: Path, *arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "grokbot", "sandbox", *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env=environment(folder, {}),
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("The sandbox is at http://127.0.0.1:"), line
        yield process, line.split()[-1]
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
async def test_the_page_is_there_until_it_is_ended(tmp_path: Path, end: signal.Signals) -> None:
    async with opened(tmp_path, "--no-browser") as (process, address):
        async with aiohttp.ClientSession() as session, session.get(address) as reply:
            assert reply.status == 200
        started = time.monotonic()
        process.send_signal(end)
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, err = await process.communicate()
        assert process.returncode == 0
        assert time.monotonic() - started < 10, "a second or two, and what a busy machine adds"
        assert b"Traceback" not in err
    assert list(tmp_path.iterdir()) == [], "nothing is kept"  # noqa: ASYNC240 -- a small folder


async def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = await grokbot(tmp_path, "sandbox", "--port", port)
        assert ended.code == 1
        assert port in check_told_in_a_line(ended)


async def test_a_key_that_is_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for arguments in (("--key-file", "empty"), ("--key-file", "none")):
        ended = await grokbot(tmp_path, "sandbox", *arguments)
        assert ended.code in {1, 78}
        assert arguments[1] in check_told_in_a_line(ended)


@pytest.mark.parametrize("other", ["--terminal", "--serve"])
async def test_a_key_that_nothing_would_ask_with_is_refused(tmp_path: Path, other: str) -> None:
    ended = await grokbot(tmp_path, "sandbox", "--key", other)
    assert ended.code == 2
    assert "are for the page alone" in ended.err


def test_a_key_comes_from_a_file_the_environment_or_the_person(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return " xai-typed\n"

    file = tmp_path / "key"
    file.write_text("xai-file\n")
    environ = {"XAI_API_KEY": "xai-plain"}
    assert find_key(file, environ, ask).get_secret_value() == "xai-file"
    assert find_key(None, environ, ask).get_secret_value() == "xai-plain"
    both = {**environ, "GROKBOT_XAI__API_KEY": "xai-ours"}
    assert find_key(None, both, ask).get_secret_value() == "xai-ours"
    assert asked == []
    found = find_key(None, {}, ask)
    assert (found.get_secret_value(), len(asked)) == ("xai-typed", 1)
    assert "xai-typed" not in repr(found)
    for wrong in ("", "two words", "with\nlines", "ümlaut"):
        with pytest.raises(NoKeyError, match="no key") as none:
            find_key(None, {}, lambda _, wrong=wrong: wrong)  # type: ignore[misc] # mypy cannot infer this lambda
        assert not wrong or wrong not in str(none.value)


@pytest.mark.parametrize(
    ("variables", "user", "expected"),
    [({"DISPLAY": ":0"}, 1000, True), ({}, 1000, False), ({"DISPLAY": ":0"}, 0, False)],
)
def test_a_browser_is_opened_where_there_is_a_display_and_no_root(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], user: int, *, expected: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert page_module._may_open_browser() is expected
