"""`grokbot store`: what it prints and asks, and how it ends."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from grokbot.cli import main
from grokbot.operation.service.layout import BotLayout
from grokbot.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["store", *map(str, arguments)])


@pytest.fixture
async def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the service of a bot has it, and nothing else is set."""
    state, home = tmp_path / "state", tmp_path / "home"
    home.mkdir()
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    monkeypatch.setattr(BotLayout, "state", property(lambda layout: f"{state}{layout.name and '-'}{layout.name}"))
    path = state / "grokbot.sqlite3"
    await (await Store.open(f"sqlite+aiosqlite:///{path}")).close()
    return path


def test_backed_up_verified_and_restored_where_the_service_has_it(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    made = run("backup", folder)
    assert (made.exit_code, made.stderr) == (0, "")
    (copy,) = folder.iterdir()
    assert made.stdout.startswith(f"{copy}: ")
    assert "Checked: it is whole." in made.stdout
    assert run("verify").stdout == f"{database} is whole and consistent.\n"
    asked = run("restore", copy)
    assert asked.exit_code == 2
    assert "The backup is from " in asked.stdout
    assert "Nothing came after it." in asked.stdout
    assert "Add --yes" in asked.stderr
    done = run("restore", "--yes", copy)
    assert done.exit_code == 0
    assert f"Restored: {database}" in done.stdout
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    wrong = run("verify", copy)
    assert wrong.exit_code == 1
    assert "Another version wrote the database" in wrong.stdout
    assert json.loads(run("verify", "--json", copy).stdout)["faults"][0]["advice"]
    figures = json.loads(run("stats", "--json").stdout)
    assert (figures["conversations"], figures["file"]) == (0, str(database))
    assert "last backup" in run("stats").stdout
    assert " → " in run("vacuum").stdout


def test_what_cannot_be_done_is_a_sentence_and_an_exit_code(database: Path, tmp_path: Path) -> None:
    another = run("backup", "--name", "other", tmp_path / "copy")
    assert another.exit_code == 78
    assert "/etc/grokbot/other.toml cannot be read" in another.stderr
    database.unlink()
    gone = run("backup", tmp_path / "copy")
    assert gone.exit_code == 1
    assert f"There is no database at {database}" in gone.stderr
    assert run("backup", "--name", "No!", tmp_path / "copy").exit_code == 2
    none = run("restore", tmp_path / "none")
    assert (none.exit_code, none.stdout) == (1, "")
    assert "No such file" in none.stderr
    (tmp_path / "wrong.toml").write_text("[stor]\n")
    assert run("stats", "--config", tmp_path / "wrong.toml").exit_code == 78
