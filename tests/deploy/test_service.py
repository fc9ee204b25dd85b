"""The systemd unit: systemd's own checker accepts it, rates it as well shielded, and would notice if it were not so.

No systemd is ever started: `systemd-analyze` reads the file alone.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grokbot import daemon
from grokbot.operation.service.layout import GROWING, GROWING_SINCE
from grokbot.process.health import PATIENCE_SECONDS
from grokbot.process.socket_path import SYSTEM, socket_to_serve
from grokbot.settings import DaemonSettings, all_settings
from tests.installed import installed

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXT = (DEPLOY / "grokbot.service").read_text("utf-8")
TEMPLATE = (DEPLOY / "grokbot@.service").read_text("utf-8")
FAILED = (DEPLOY / "grokbot-failed@.service").read_text("utf-8")
SHIELD = TEXT[TEXT.index("# What the program can do to the machine") : TEXT.index("[Install]")]


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [installed("systemd-analyze", debian="systemd"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - fixed words


def verify(directory: Path, text: str, name: str = "grokbot.service") -> subprocess.CompletedProcess[str]:
    """Systemd's opinion of a unit whose program exists: the real one is only there on an operator's machine."""
    unit = directory / name
    unit.write_text(re.sub(r"/opt/grokbot/current/bin/\w+", sys.executable, text), "utf-8")
    return analyze("verify", "--recursive-errors=no", str(unit))


def exposure(directory: Path, text: str) -> subprocess.CompletedProcess[str]:
    """0 where systemd rates the unit's exposure at 1.2 of 10 or less."""
    unit = directory / "grokbot.service"
    unit.write_text(text, "utf-8")
    return analyze("security", "--offline=true", "--threshold=12", str(unit))


def values(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", TEXT, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "text"),
    [("grokbot.service", TEXT), ("grokbot@.service", TEMPLATE), ("grokbot-failed@.service", FAILED)],
)
def test_systemd_accepts_the_units(tmp_path: Path, name: str, text: str) -> None:
    done = verify(tmp_path, text, name)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["grokbot-growing-delays.conf", "grokbot-on-failure.conf"])
def test_systemd_accepts_the_drop_ins(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "grokbot.service.d"
    folder.mkdir()
    (folder / name).write_text((DEPLOY / name).read_text("utf-8"), "utf-8")
    (tmp_path / "grokbot-failed@grokbot.service").write_text(
        FAILED.replace("/opt/grokbot/current/bin/python", sys.executable), "utf-8"
    )
    found = re.search(r"systemd (\d+)", analyze("--version").stdout)
    assert found is not None
    if name == GROWING and int(found[1]) < GROWING_SINCE:
        assert "RestartSteps" in verify(tmp_path, TEXT).stderr, "this is why the installation leaves it out"
    else:
        assert (verify(tmp_path, TEXT).returncode, verify(tmp_path, TEXT).stderr) == (0, "")


@pytest.mark.parametrize(
    ("written", "broken"),
    [
        ("NoNewPrivileges=yes", "NoNewPrivilege=yes"),
        ("Type=notify", "Type=notifying"),
        ("TimeoutStopSec=660", "TimeoutStopSec=soon"),
        ("SystemCallFilter=@system-service", "SystemCallFilter=@no-such-group"),
        ("ExecStart=/opt/grokbot/current/bin/grokbot run", "ExecStart=/nowhere/grokbot run"),
    ],
)
def test_systemd_would_not_accept_a_unit_with_a_mistake(tmp_path: Path, written: str, broken: str) -> None:
    assert TEXT.count(written) == 1
    done = verify(tmp_path, TEXT.replace(written, broken))
    assert done.returncode != 0, "systemd lets it pass"


@pytest.mark.parametrize("text", [TEXT, TEMPLATE, FAILED])
def test_the_service_can_do_little_to_the_machine(tmp_path: Path, text: str) -> None:
    done = exposure(tmp_path, text)
    assert done.returncode == 0, done.stdout[-500:]


def test_without_its_shield_the_service_is_rated_too_open(tmp_path: Path) -> None:
    assert SHIELD.count("\n") > 20
    assert exposure(tmp_path, TEXT.replace(SHIELD, "")).returncode != 0


@pytest.mark.parametrize(
    "line", ["SystemCallFilter=@system-service\n", "PrivateUsers=yes\n", "RestrictNamespaces=yes\n"]
)
def test_every_weighty_line_of_the_shield_lowers_the_rating(tmp_path: Path, line: str) -> None:
    def rating(text: str) -> float:
        found = re.search(r"exposure level for grokbot.service: ([0-9.]+)", exposure(tmp_path, text).stdout)
        assert found is not None
        return float(found[1])

    assert rating(TEXT.replace(line, "")) > rating(TEXT)


def test_running_answers_have_time_to_end_before_systemd_kills() -> None:
    longest = next(limit.le for limit in DaemonSettings.model_fields["drain_seconds"].metadata if hasattr(limit, "le"))
    assert float(values("TimeoutStopSec")[0]) > longest + daemon.REST_OF_STOP_SECONDS
    assert values("KillSignal") == ["SIGTERM"]
    assert values("KillMode") == ["mixed"], "SIGTERM goes to the main process alone"


def test_a_mute_bot_is_killed_by_the_watchdog_and_by_no_limit_of_starts() -> None:
    assert values("WatchdogSec") == [f"{PATIENCE_SECONDS:.0f}"]
    quickest = PATIENCE_SECONDS + float(values("RestartSec")[0])
    assert int(values("StartLimitBurst")[0]) * quickest > float(values("StartLimitIntervalSec")[0])


def test_a_wrong_configuration_is_not_started_again_and_again() -> None:
    assert values("Restart") == ["on-failure"]
    assert values("RestartPreventExitStatus") == ["78"]


def test_exactly_the_secrets_come_as_credentials() -> None:
    secrets = [setting.key for setting in all_settings() if setting.secret]
    assert values("LoadCredential") == [f"{key}:/etc/grokbot/{key}" for key in secrets]
    assert "GROKBOT_" not in TEXT, "no secret comes in the environment"


def test_the_folder_of_the_sockets_is_open_and_the_apis_socket_is_for_a_group_of_its_own() -> None:
    assert values("RuntimeDirectory") == ["grokbot"]
    assert values("RuntimeDirectoryMode") == ["0755"]
    assert values("Group") == ["grokbot-api"]
    assert str(SYSTEM) == "/run/grokbot/api.sock", "where the command line looks for it"
    assert socket_to_serve({"RUNTIME_DIRECTORY": "/run/grokbot"}) == SYSTEM


def test_the_state_directory_is_the_services_own() -> None:
    assert values("DynamicUser") == ["yes"]
    assert values("StateDirectory") == ["grokbot"]
    assert values("StateDirectoryMode") == ["0700"]
