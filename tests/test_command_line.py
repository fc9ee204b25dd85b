"""`--help`, docs/command-line.md and the man page: each holds every command, argument and option, in the same words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from grokbot.cli import main
from grokbot.docgen import command_line
from grokbot.terminal.exits import MEANINGS, Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[1]
COLUMNS = 80


def tree(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each command and group with what is typed after `grokbot`."""
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from tree(below, (*path, name))


TREE = dict(tree(main))
every_command = pytest.mark.parametrize("path", TREE, ids=" ".join)


def section(path: Sequence[str], text: str, head: str) -> str:
    """The lines from a command's heading to the next heading."""
    (_, found) = re.split(rf"^{re.escape(' '.join((head, *path)))}$", text, flags=re.MULTILINE)
    return re.split(r"^(?:#|\.S[HS])", found, maxsplit=1, flags=re.MULTILINE)[0]


def shown(path: Sequence[str]) -> str:
    result = CliRunner().invoke(main, [*path, "--help"], terminal_width=COLUMNS, prog_name="grokbot")
    assert result.exit_code == 0, result.output
    return result.output


@every_command
def test_every_command_argument_and_option_has_a_sentence(path: tuple[str, ...]) -> None:
    command = TREE[path]
    assert (command.help or "").strip().partition("\n")[0].endswith("."), "the first line is a sentence"
    for param in command.params:
        assert isinstance(param, click.Argument | click.Option)
        assert re.match(r"\S.*\.$", param.help or "", re.DOTALL), f"{param.human_readable_name} has no sentence"


@every_command
def test_help_fits_into_80_columns_and_cuts_no_sentence(path: tuple[str, ...]) -> None:
    text = shown(path)
    assert max(map(len, text.splitlines())) <= COLUMNS
    assert [line for line in text.splitlines() if line.endswith("...") and not line.startswith("Usage:")] == []


@every_command
def test_page_and_man_page_say_what_help_says(path: tuple[str, ...]) -> None:
    page = (ROOT / command_line.PAGE).read_text("utf-8")
    man = (ROOT / command_line.MAN_PAGE).read_text("utf-8").replace("\\-", "-").replace("\\&", "")
    man = re.sub(r"\\f[BR]", "", man)
    on_page, in_man = section(path, page, "### grokbot"), section(path, man, ".SS grokbot") if path else man
    text = " ".join((TREE[path].help or "").split()).partition(". ")[0]
    assert text in " ".join(on_page.split())
    assert text.replace("`", "") in " ".join(in_man.split())
    for param in TREE[path].params:
        assert isinstance(param, click.Argument | click.Option)
        typed = max(param.opts, key=len) if isinstance(param, click.Option) else (param.metavar or "").rstrip(".")
        assert typed in on_page
        assert not path or typed in in_man
        assert (param.help or "").replace("|", "\\|") in page
        assert (param.help or "").replace("`", "") in man


def test_exit_codes_stand_in_both() -> None:
    page = (ROOT / command_line.PAGE).read_text("utf-8")
    man = (ROOT / command_line.MAN_PAGE).read_text("utf-8").replace("\\-", "-")
    for code in Exit:
        assert f"| {code:d} | {MEANINGS[code]} |" in page
        assert f".TP\n\\fB{code:d}\\fR\n{MEANINGS[code]}\n" in man


def test_both_are_current() -> None:
    assert command_line.main(["--root", str(ROOT), "--check"]) == 0


def test_check_finds_an_old_page_and_an_old_man_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / command_line.PAGE
    page.parent.mkdir()
    page.write_text((ROOT / command_line.PAGE).read_text("utf-8").replace("--starred", "--star"))
    where = ["--root", str(tmp_path)]
    assert command_line.main([*where, "--check"]) == 1
    complaints = capsys.readouterr().err
    assert command_line.PAGE in complaints
    assert command_line.MAN_PAGE in complaints
    assert command_line.main(where) == 0
    assert command_line.main([*where, "--check"]) == 0


def test_what_roff_would_take_for_a_request_is_text() -> None:
    assert command_line._roff(".hidden\n'too\\") == "\\&.hidden\n\\&'too\\e"
    assert command_line._roff("type `--all`") == "type \\fB\\-\\-all\\fR"


@pytest.mark.parametrize(
    "owner", ["alice", "-1", "0", "9223372036854775808", "1.5", "", "9" * 5000], ids=lambda owner: owner[:9]
)
def test_what_is_no_discord_id_is_told_so(owner: str) -> None:
    result = CliRunner().invoke(main, ["keys", "make", "--name", "alice", "--owner", owner])
    assert result.exit_code == Exit.USAGE
    assert "is no Discord id" in result.output
