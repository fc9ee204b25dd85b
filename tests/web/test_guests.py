"""Who is let in: a guest that does not ask goes, one address holds few, and a process without descriptors waits."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from grokbot.web import guests
from tests.engine.house import eventually

from .conftest import open_shelf

if TYPE_CHECKING:
    from .conftest import Shelf

ROOT = Path(__file__).parents[2]

STARVED = """
import asyncio, logging, resource, sys, tempfile, pathlib
sys.path.insert(0, {root!r})
from grokbot.settings.settings import ApiSettings
from tests.api.service import serving_house
from tests.web.conftest import open_shelf

logging.basicConfig(level="INFO")

async def main():
    async with serving_house(pathlib.Path(tempfile.mkdtemp()), api=ApiSettings(listen=("127.0.0.1:0",))) as house:
        async with open_shelf() as shelf:
            resource.setrlimit(resource.RLIMIT_NOFILE, (90, 90))
            print(shelf.url.rpartition(":")[2], house.target.rpartition(":")[2], flush=True)
            await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""


def port_of(shelf: Shelf) -> int:
    return int(shelf.url.rpartition(":")[2])


async def healthy(url: str) -> bool:
    with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
        timeout = aiohttp.ClientTimeout(5)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{url}/healthz") as answer:
            return answer.status == 200
    return False


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_whoever_does_not_finish_asking_is_sent_away(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(guests, "ASK_SECONDS", 0.5)
    async with open_shelf() as shelf:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(shelf))
        writer.write(said)
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
        assert await healthy(shelf.url)


async def test_a_second_request_that_never_ends_is_not_waited_for_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "STAY_SECONDS", 0.5)
    async with open_shelf() as shelf:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(shelf))
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in await reader.readline()
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: ")
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        writer.close()


async def test_one_address_holds_so_many_and_all_together_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "OF_THIS_MACHINE", ("none",))
    monkeypatch.setattr(guests, "MOST_OF_ONE", 3)
    async with open_shelf() as shelf:
        held = [await asyncio.open_connection("127.0.0.1", port_of(shelf)) for _ in range(3)]
        assert not await healthy(shelf.url)
        held[0][1].close()
        await eventually(lambda: healthy(shelf.url))
        monkeypatch.setattr(guests, "OF_THIS_MACHINE", ("127.",))
        assert await healthy(shelf.url)  # the reverse proxy speaks for everybody
        monkeypatch.setattr(guests, "MOST", 2)
        assert not await healthy(shelf.url)
        for _, writer in held:
            writer.close()
        await eventually(lambda: healthy(shelf.url))


async def test_without_descriptors_nothing_spins_and_afterwards_all_is_well(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARVED.format(root=str(ROOT)),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            ports = [int(word) for word in (await process.stdout.readline()).split()]
        before = cpu_seconds(process.pid)
        with contextlib.ExitStack() as stack:
            for port in ports * 100:  # some wait in the kernel's line, and are never let in
                with contextlib.suppress(OSError):
                    stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=1))
            await asyncio.sleep(4)
            spent = cpu_seconds(process.pid) - before
        await eventually(lambda: healthy(f"http://127.0.0.1:{ports[0]}"))
        process.stdin.write(b"\n")
        async with asyncio.timeout(30):
            _, log = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert b"web.no_room" in log
    assert len(log) < 20_000, log[:4000]
    assert spent < 3


def cpu_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / 100
