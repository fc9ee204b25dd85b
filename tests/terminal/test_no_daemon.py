"""Why no daemon answers: from the socket, and from what systemd shows."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from grokbot.terminal import no_daemon

if TYPE_CHECKING:
    from pathlib import Path

LOADED = {"LoadState": "loaded", "StateChangeTimestamp": "Tue 2026-12-01 03:09:48 UTC"}


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        ({}, ""),
        ({"LoadState": "not-found", "ActiveState": "inactive"}, ""),
        (
            LOADED | {"ActiveState": "failed", "Result": "watchdog", "ExecMainStatus": "6"},
            "The service is failed since Tue 2026-12-01 03:09:48 UTC: result watchdog. See `journalctl -u grokbot`.",
        ),
        (
            LOADED | {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "78"},
            "The service is failed since Tue 2026-12-01 03:09:48 UTC: a setting is wrong. See `journalctl -u grokbot`.",
        ),
        (
            LOADED | {"ActiveState": "inactive", "StateChangeTimestamp": ""},
            "The service is stopped. Start it with `systemctl start grokbot`.",
        ),
        (
            LOADED | {"ActiveState": "activating", "StateChangeTimestamp": "", "StatusText": "Starting: asking xAI"},
            "The service is starting: Starting: asking xAI. See `journalctl -u grokbot`.",
        ),
    ],
)
def test_what_systemd_shows_becomes_a_sentence(shown: dict[str, str], sentence: str) -> None:
    assert no_daemon.service_sentence(shown) == sentence


def test_a_socket_that_a_killed_daemon_left_and_one_that_is_taken_and_silent(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(path))
        listening.listen()
        assert no_daemon.why_nobody_answers(f"unix:{path}").startswith(no_daemon.SILENT)
    assert no_daemon.why_nobody_answers(f"unix:{path}").startswith(no_daemon.NOBODY)
    assert no_daemon.why_nobody_answers("").startswith(no_daemon.NO_SOCKET)
    assert no_daemon.why_nobody_answers("grok.example.org:443") == ""
