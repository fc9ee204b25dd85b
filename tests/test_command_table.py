"""The table of commands: made from the commands, current in docs/commands.md, and within what Discord takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord import app_commands

from grokbot.discord_bot.commands import COMMANDS, register
from grokbot.discord_bot.commands.metadata import description_of, single
from grokbot.docgen import command_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]


@pytest.fixture
def registered() -> list[Mapping[str, Any]]:
    """The commands as Discord is sent them."""
    tree: app_commands.CommandTree[Any] = app_commands.CommandTree(
        discord.Client(intents=discord.Intents.none()),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
    )
    register(tree)
    return [command.to_dict(tree) for command in tree.get_commands()]


def test_the_page_has_the_table() -> None:
    assert command_table.main(["--root", str(ROOT), "--check"]) == 0


def test_every_command_and_menu_has_a_row_with_its_text_and_its_options() -> None:
    rows = command_table.table().splitlines()[2:]
    commands = list(single(COMMANDS))
    assert len(rows) == len(commands)
    for row, command in zip(rows, commands, strict=True):
        assert command.qualified_name in row
        assert description_of(command) in row
        if isinstance(command, app_commands.Command):
            assert all(parameter.display_name in row for parameter in command.parameters)


def test_optional_options_stand_in_brackets_and_required_ones_do_not() -> None:
    table = command_table.table()
    assert "`/chat prompt [mode] [model] [persona] [effort] [temperature] [length] [private]`" in table
    assert "`/import file`" in table
    assert "`/export [format] [conversation]`" in table


def test_check_tells_and_changes_nothing_and_without_it_the_table_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / command_table.PAGE
    page.parent.mkdir()
    stale = "before\n<!-- commands:begin -->\nstale\n<!-- commands:end -->\nafter\n"
    page.write_text(stale)
    where = ["--root", str(tmp_path)]
    assert command_table.main([*where, "--check"]) == 1
    assert "python -m grokbot.docgen.command_table" in capsys.readouterr().err
    assert page.read_text() == stale
    assert command_table.main(where) == 0
    assert command_table.main([*where, "--check"]) == 0
    written = page.read_text()
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "stale" not in written


@pytest.mark.parametrize("text", [None, "", "<!-- commands:end --><!-- commands:begin -->", "<!-- commands:begin -->"])
def test_a_page_that_is_missing_or_has_no_place_for_the_table_fails(
    tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "docs").mkdir()
        (tmp_path / command_table.PAGE).write_text(text)
    assert command_table.main(["--root", str(tmp_path), "--check"]) == 1
    assert command_table.PAGE in capsys.readouterr().err


def test_names_and_texts_are_within_discords_limits(registered: list[Mapping[str, Any]]) -> None:
    for command in registered:
        menu = command["type"] == discord.AppCommandType.message.value
        parts = [command] if menu else [command, *_options(command)]
        for part in parts:
            assert 1 <= len(part["name"]) <= 32
            assert menu or part["name"] == part["name"].lower()
            assert menu or 1 <= len(part["description"]) <= 100
            assert all(1 <= len(choice["name"]) <= 100 for choice in part.get("choices", ()))
        assert sum(len(part["name"]) + len(part.get("description", "")) for part in parts) <= 8000
    menus = [command for command in registered if command["type"] == discord.AppCommandType.message.value]
    assert len(menus) <= 5


PERSONAL = {"Ask Grok", "ask", "delete", "export", "help", "history", "imagine", "privacy"}
"""What people use who have installed the app, also where the bot is not."""


def test_every_command_is_for_servers_and_direct_messages_and_no_name_is_there_twice(
    registered: list[Mapping[str, Any]],
) -> None:
    places = {command["name"]: sorted(command["contexts"]) for command in registered}
    assert places.pop("mod") == places.pop("setup") == [0]  # what moderators do is done in servers
    assert {name for name, contexts in places.items() if contexts == [0, 1, 2]} == PERSONAL
    assert all(contexts[:2] == [0, 1] for contexts in places.values())
    assert {command["name"] for command in registered if 1 in command["integration_types"]} == PERSONAL
    names = [(command["type"], command["name"]) for command in registered]
    assert len(set(names)) == len(names)


def _options(command: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for option in command.get("options", ()):
        yield option
        yield from _options(option)
