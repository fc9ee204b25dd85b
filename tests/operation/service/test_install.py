"""`grokbot service install` on a machine that is a folder, with real environments and a stand-in for systemd."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grokbot.operation.service import executor
from tests.operation.service.machine import KEY, TOKEN

if TYPE_CHECKING:
    from grokbot.operation.service.steps import Step
    from tests.operation.service.machine import TestMachine

STARTED = ["daemon-reload", "enable grokbot.service", "start --no-block grokbot.service"]
SECRETS = ("/etc/grokbot/discord.token", "/etc/grokbot/xai.api_key")


def test_a_fresh_installation_has_everything_in_its_place_and_a_second_one_changes_nothing(
    machine: TestMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV")
    (machine.standin.parent / "bin" / "uv").unlink()  # the real one makes a real environment
    before = os.umask(0o077)  # root's own: the service must be able to read the program all the same
    try:
        told = machine.install()
    finally:
        os.umask(before)
    assert "grokbot.service is ready" in told
    assert machine.calls() == STARTED
    files = machine.files()
    assert files["/opt/grokbot/current"] == (0, "versions/0.1.0")
    command = machine.at("/usr/local/bin/grokbot")
    assert subprocess.run([command], capture_output=True, text=True, check=True).stdout.startswith("grokbot 0.1.0")  # noqa: S603
    assert machine.at("/usr/local/share/man/man1/grokbot.1").read_text().startswith(".TH")
    assert [files[path] for path in SECRETS] == [(0o600, TOKEN.encode()), (0o600, KEY.encode())]
    assert files["/etc/grokbot/grokbot.toml"] == (0o644, b"# all settings\n")
    assert b"/opt/grokbot/current/bin/grokbot run\n" in files["/etc/systemd/system/grokbot.service"][1]
    assert b"/etc/grokbot/%i.toml\n" in files["/etc/systemd/system/grokbot@.service"][1]
    for folder, _, names in os.walk(machine.at("/opt/grokbot")):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            mode = path.stat().st_mode
            assert mode & 0o004, f"the service cannot read {path}"
            assert not mode & 0o022, f"others can write {path}"
    assert "Nothing to do" in machine.install()
    assert machine.calls() == []
    assert machine.files() == files


def test_a_dry_run_shows_every_step_and_writes_nothing(machine: TestMachine) -> None:
    told = machine.install("--dry-run")
    for line in (*SECRETS, "/opt/grokbot/versions/0.1.0/", "systemctl start", "wait until grokbot.service is ready"):
        assert line in told
    assert TOKEN not in told
    assert machine.files() == {}
    assert machine.calls() == []


class KilledError(BaseException):
    """As after a kill, nothing of the program runs any more."""


def test_a_bot_that_does_not_get_ready_in_time_is_left_to_it_and_the_command_says_what_it_said_last(
    machine: TestMachine,
) -> None:
    (machine.standin / "never").write_text("0.1.0\n")
    (machine.standin / "how").write_text("activating\n")
    told = machine.install("--wait", "1", code=1)
    assert "was not ready within 1 s. Ready: 2 servers" in told
    (machine.standin / "how").write_text("failed\n")
    assert "grokbot.service ends before it is ready (exit-code, exit code 1)" in machine.install(code=1)
    (machine.standin / "never").unlink()
    machine.calls()
    assert "is ready" in machine.install()
    assert machine.calls() == ["reset-failed grokbot.service", "start --no-block grokbot.service"]


def test_an_installation_that_is_killed_between_any_two_steps_goes_on(
    machine: TestMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install()
    machine.calls()
    whole, do, left = machine.files(), executor.Executor._do, [0]

    def killed(self: executor.Executor, step: Step) -> None:
        if left[0] == 0:
            raise KilledError
        left[0] -= 1
        do(self, step)

    steps = 12  # after the environment, which stays
    for number in range(steps + 1):
        for path in ("etc", "usr", "opt/grokbot/current"):
            found = machine.at(path)
            found.unlink() if found.is_symlink() else shutil.rmtree(found)
        (machine.standin / "grokbot.service").unlink(missing_ok=True)
        with monkeypatch.context() as patched:
            patched.setattr(executor.Executor, "_do", killed)
            left[0] = number
            if number < steps:
                with pytest.raises(KilledError):
                    machine.install()
            else:
                machine.install()
        machine.install()
        assert machine.files() == whole, f"killed after {number} steps"
        calls = machine.calls()
        assert calls.count("start --no-block grokbot.service") == 1
    assert left[0] == 0, "there are more steps than this test knows"


def test_a_kill_in_the_middle_of_an_environment_leaves_one_that_is_made_anew(machine: TestMachine) -> None:
    machine.install("--dry-run")
    uv = machine.standin / "uv"
    uv.write_text('#!/bin/sh\n[ $1 = pip ] || exec mkdir -p "$5"\ntouch "${4%/bin/python}/half"\nkill -9 $PPID\n')
    uv.chmod(0o755)
    folder = machine.standin.parent
    program = f"from pathlib import Path; from grokbot.cli import main; main(obj=Path({str(machine.root)!r}))"
    arguments = ["service", "install", "--from", machine.wheel("0.1.0"), "--token-file", folder / "token"]
    command = [sys.executable, "-c", program, *map(str, arguments), "--key-file", str(folder / "key")]
    done = subprocess.run(command, env={**os.environ, "UV": str(uv)}, check=False, timeout=60)  # noqa: S603 - our own
    assert done.returncode == -9
    half = machine.at("/opt/grokbot/versions/0.1.0")
    assert (half / "half").exists()
    assert not machine.at("/opt/grokbot/current").exists()
    machine.install()
    assert not (half / "half").exists()
    assert machine.version() == "0.1.0"


def test_a_secret_that_is_no_text_is_named_and_nothing_is_installed(machine: TestMachine) -> None:
    (machine.standin.parent / "token").write_bytes(b"\x8a\xff")
    assert "token cannot be read, or is no text" in machine.install(code=2)
    assert not machine.at("/opt/grokbot").exists()
