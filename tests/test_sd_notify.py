"""What the service manager is told, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from grokbot.daemon.report import Report
from grokbot.daemon.status_line import Activity
from grokbot.process.health import Health, HealthPart
from grokbot.process.sd_notify import Notifier, watchdog_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        listener.settimeout(5.0)
        yield listener


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_each_report_arrives_as_one_datagram(tmp_path: Path, kind: str) -> None:
    address = str(tmp_path / "notify") if kind == "path" else f"@grokbot-test{tmp_path}"
    with listening(address) as listener:
        notifier = Notifier(address)
        notifier.ready("Ready: 1 server")
        notifier.alive()
        notifier.status("Mute for 40 s")
        notifier.stopping("Finishing 2 answers", 60.0)
        assert listener.recv(4096) == b"READY=1\nSTATUS=Ready: 1 server"
        assert listener.recv(4096) == b"WATCHDOG=1"
        assert listener.recv(4096) == b"STATUS=Mute for 40 s"
        assert listener.recv(4096) == b"STOPPING=1\nSTATUS=Finishing 2 answers\nEXTEND_TIMEOUT_USEC=60000000"


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_for_the_process_that_it_names(environ: dict[str, str], seconds: float | None) -> None:
    assert watchdog_of(environ, 7) == seconds


def test_why_a_start_takes_long_is_one_line_whatever_it_is(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with listening(address) as listener:
        Notifier(address).starting("Discord is away:\nREADY=1", 60.0)
        assert listener.recv(4096) == b"STATUS=Discord is away: READY=1\nEXTEND_TIMEOUT_USEC=60000000"


@pytest.mark.parametrize("address", [None, ""])
def test_nothing_is_sent_where_no_service_manager_listens(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[object, ...]] = []

    def refuse(*given: object, **_named: object) -> socket.socket:
        opened.append(given)
        raise AssertionError("no socket is needed")

    monkeypatch.setattr(socket, "socket", refuse)
    Notifier(address).alive()
    Notifier(address).status("going")
    assert opened == []


def test_a_service_manager_that_is_gone_is_logged_and_does_not_end_the_daemon(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Notifier(str(tmp_path / "nobody")).alive()
    [record] = caplog.records
    assert (record.levelname, record.getMessage().split()[0]) == ("WARNING", "notify.failed")


def test_a_service_manager_that_does_not_read_holds_nobody_up_for_ever(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grokbot.process.sd_notify.SEND_SECONDS", 0.01)
    address = str(tmp_path / "notify")
    with listening(address):
        notifier = Notifier(address)
        for _ in range(10_000):
            notifier.alive()
            if not notifier.alive():  # it does not wait at all
                break
        notifier.ready("Ready")
    assert [record.getMessage().split()[0] for record in caplog.records] == ["notify.failed"]


async def test_settings_read_again_make_nothing_well(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    health = Health()
    for part in HealthPart:
        health.pulse(part).answered()
    with listening(address) as listener:
        report = Report(Notifier(address), health)
        report.serving(Activity)
        assert listener.recv(4096).startswith(b"READY=1\nSTATUS=Ready: ")
        health.pulse(HealthPart.XAI).failed("xAI refuses: no credit", passing=False)
        report.reloading()
        assert listener.recv(4096).startswith(b"RELOADING=1\n")
        report.reloaded()
        assert listener.recv(4096) == b"READY=1\nSTATUS=xAI refuses: no credit (for 0 s)"


async def test_a_mute_daemon_that_was_never_ready_gets_no_more_time_for_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, loop, passed = str(tmp_path / "notify"), asyncio.get_running_loop(), [0.0]
    began = loop.time()
    monkeypatch.setattr(loop, "time", lambda: began + passed[0])
    health = Health(lambda: passed[0])
    for part in HealthPart:
        health.pulse(part).answered()
    health.pulse(HealthPart.XAI).failed("xAI is away", passing=False)
    with listening(address) as listener:
        report = Report(Notifier(address, 30.0), health)
        report.serving(Activity)  # it answers in Discord, and is not ready as long as xAI is away
        assert listener.recv(4096) == b"STATUS=Starting: xAI is away\nEXTEND_TIMEOUT_USEC=60000000"
        assert listener.recv(4096) == b"WATCHDOG=1"
        health.pulse(HealthPart.GATEWAY).failed("the connection is lost")
        passed[0] = 70.0
        report.look()
        assert listener.recv(4096) == b"STATUS=Starting: the connection is lost; xAI is away"
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.recv(4096)


async def test_a_daemon_is_in_service_from_its_connection_until_it_ends(tmp_path: Path) -> None:
    health = Health()
    report = Report(Notifier(str(tmp_path / "nobody")), health)
    was = [health.in_service]
    report.serving(Activity)
    was.append(health.in_service)
    report.stopping()
    was.append(health.in_service)
    assert was == [False, True, False]


async def test_a_status_that_the_manager_had_no_room_for_is_said_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grokbot.daemon.report.TICK_SECONDS", 0.0)
    address = str(tmp_path / "notify")
    notifier, health = Notifier(address), Health()
    for part in HealthPart:
        health.pulse(part).answered()
    with listening(address) as listener:
        report = Report(notifier, health)
        report.serving(Activity)
        while notifier.alive():
            pass
        health.pulse(HealthPart.XAI).failed("xAI refuses: no credit", passing=False)
        report.look()
        listener.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                assert b"credit" not in listener.recv(4096)
        report.look()
        assert listener.recv(4096).startswith(b"STATUS=xAI refuses: no credit")
