"""`grokbot service update` and `rollback`: what runs afterwards, with which database, also where an update fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.operation.service import executor
from grokbot.operation.service.steps import Link

if TYPE_CHECKING:
    from grokbot.operation.service.steps import Step
    from tests.operation.service.machine import TestMachine

DATABASE = "/var/lib/grokbot/grokbot.sqlite3"


@pytest.fixture
def installed(machine: TestMachine) -> TestMachine:
    machine.install()
    machine.database(DATABASE, 0, "before")
    machine.calls()
    return machine


def test_an_update_stops_copies_switches_and_starts_and_a_second_one_does_nothing(installed: TestMachine) -> None:
    wheel = installed.wheel("0.2.0", unit="# newer\n", newer=1)
    told = installed.run("update", "--from", wheel)
    assert "grokbot 0.1.0 → 0.2.0" in told
    assert installed.version() == "0.2.0"
    assert installed.calls() == ["stop grokbot.service", "daemon-reload", "start --no-block grokbot.service"]
    assert installed.at("/etc/systemd/system/grokbot.service").read_text().endswith("# newer\n")
    (copy,) = installed.at("/var/lib/grokbot/backups").iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert installed.said(f"/var/lib/grokbot/backups/{copy.name}") == "before"
    assert "Nothing to do" in installed.run("update", "--from", wheel)
    assert installed.calls() == []


def test_an_update_that_never_becomes_ready_goes_back_with_its_database(installed: TestMachine) -> None:
    before = installed.files()
    (installed.standin / "never").write_text("0.2.0\n")
    (installed.standin / "migrates").write_text("0.2.0\n")
    installed.database("newer.sqlite3", 1, "after")
    told = installed.run("update", "--from", installed.wheel("0.2.0", unit="# newer\n", newer=1), code=1)
    assert "0.1.0 runs again" in told
    assert installed.version() == "0.1.0"
    assert installed.calls()[-1] == "start --no-block grokbot.service"
    assert installed.said(DATABASE) == "before", "the new tables are gone again"
    now = installed.files()
    for path in ("/etc/systemd/system/grokbot.service", "/etc/systemd/system/grokbot@.service", "/opt/grokbot/current"):
        assert now[path] == before[path]
    (left,) = installed.at("/var/lib/grokbot").glob("*.before-restore-*")
    assert installed.said(f"/var/lib/grokbot/{left.name}") == "after", "what the new version wrote is kept beside it"


def test_an_update_that_fails_and_has_not_changed_the_tables_keeps_the_database(installed: TestMachine) -> None:
    (installed.standin / "never").write_text("0.2.0\n")
    installed.run("update", "--from", installed.wheel("0.2.0"), code=1)
    assert not list(installed.at("/var/lib/grokbot").glob("*.before-restore-*"))


def test_a_rollback_after_an_update_that_failed_never_leads_to_what_failed(installed: TestMachine) -> None:
    (installed.standin / "never").write_text("0.3.0\n")
    installed.run("update", "--from", installed.wheel("0.3.0"), code=1)
    assert "no other version" in installed.run("rollback", code=2)
    installed.run("update", "--from", installed.wheel("0.2.0"))
    installed.run("update", "--from", installed.wheel("0.3.0"), code=1)
    assert installed.version() == "0.2.0"
    installed.run("rollback")
    assert installed.version() == "0.1.0"


def test_a_bot_that_ran_without_being_enabled_runs_again_after_an_update_that_failed(installed: TestMachine) -> None:
    installed.at("/etc/systemd/system/multi-user.target.wants/grokbot.service").unlink()
    (installed.standin / "never").write_text("0.2.0\n")
    assert "0.1.0 runs again" in installed.run("update", "--from", installed.wheel("0.2.0"), code=1)
    assert installed.calls()[-1] == "start --no-block grokbot.service"
    assert (installed.standin / "grokbot.service").read_text() == "active\n"


def test_a_database_that_cannot_be_copied_leaves_no_bot_stopped(installed: TestMachine) -> None:
    installed.at(DATABASE).write_bytes(b"no database" * 1000)
    assert "0.1.0 runs again" in installed.run("update", "--from", installed.wheel("0.2.0"), code=1)
    assert installed.version() == "0.1.0"
    assert (installed.standin / "grokbot.service").read_text() == "active\n"


def test_an_update_that_is_interrupted_goes_back_and_no_other_command_comes_in_between(
    installed: TestMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    do = executor.Executor._do

    def interrupted(self: executor.Executor, step: Step) -> None:
        if isinstance(step, Link) and step.target.endswith("0.2.0"):
            assert "at work" in installed.run("uninstall", "--yes", code=1)
            raise KeyboardInterrupt
        do(self, step)

    monkeypatch.setattr(executor.Executor, "_do", interrupted)
    told = installed.run("update", "--from", installed.wheel("0.2.0"), code=1)
    assert "0.1.0 runs again" in told
    assert installed.calls()[-1] == "start --no-block grokbot.service"
    assert installed.version() == "0.1.0"


def test_a_dry_run_of_an_update_shows_what_changes_in_files_and_writes_nothing(installed: TestMachine) -> None:
    before = installed.files()
    told = installed.run("update", "--dry-run", "--from", installed.wheel("0.2.0", unit="# newer\n"))
    assert "+# newer" in told
    assert "systemctl stop grokbot.service" in told
    assert installed.files() == before
    assert installed.calls() == []


def test_a_rollback_goes_back_and_says_what_is_lost_where_the_tables_have_changed(installed: TestMachine) -> None:
    installed.run("update", "--from", installed.wheel("0.2.0", newer=1))
    installed.database(DATABASE, 1, "after")
    assert "--yes" in installed.run("rollback", code=2), "without a terminal nobody can be asked"
    assert installed.version() == "0.2.0"
    told = installed.run("rollback", "--yes")
    assert "no longer knows them" in told
    assert (installed.version(), installed.said(DATABASE)) == ("0.1.0", "before")
    installed.run("rollback", "0.2.0")
    assert installed.version() == "0.2.0"


def test_other_content_of_the_same_version_is_another_folder_and_three_old_ones_are_kept(
    installed: TestMachine,
) -> None:
    for said in "bcdef":
        installed.run("update", "--from", installed.wheel("0.1.0", said=said))
    assert installed.version() == "0.1.0-6"
    kept = {path.name for path in installed.at("/opt/grokbot/versions").iterdir()}
    assert kept == {"0.1.0-3", "0.1.0-4", "0.1.0-5", "0.1.0-6"}
    installed.run("rollback", "0.1.0", code=2)


def test_without_an_installation_there_is_nothing_to_update(machine: TestMachine) -> None:
    assert "grokbot service install" in machine.run("update", "--from", machine.wheel("0.1.0"), code=69)
    assert "grokbot service install" in machine.run("rollback", code=69)
