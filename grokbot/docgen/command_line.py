"""The reference in docs/command-line.md and the man page deploy/man/grokbot.1, made from the commands themselves.

`python -m grokbot.docgen.command_line` in the project's directory writes both; `--check` only reports whether they are
current. Both say what `--help` says. Not here: any name or sentence of a command.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from grokbot.cli import main as command_line
from grokbot.docgen import generated
from grokbot.terminal.exits import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

PAGE = "docs/command-line.md"
MAN_PAGE = "deploy/man/grokbot.1"
COMMON = 4
"""What so many commands take alike is explained once."""
KEPT_LINES = "\b"
"""Click's mark of a paragraph whose lines stay as they are."""

Taken = tuple[str, str]
"""An argument or option: how it is typed and what it means, as `--help` shows both."""


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """What `--help` knows of a command or group."""

    path: str
    synopsis: tuple[str, ...]
    paragraphs: tuple[str, ...]
    takes: tuple[Taken, ...]
    group: bool

    @property
    def summary(self) -> str:
        """The first sentence of the first paragraph."""
        return " ".join(self.paragraphs[0].split())


def commands(command: click.Command = command_line, parent: click.Context | None = None) -> Iterator[CommandHelp]:
    """A command and all below it, each group before its commands."""
    with command.make_context(command.name if parent else "grokbot", [], parent=parent, resilient_parsing=True) as ctx:
        shown = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
        yield CommandHelp(
            path=ctx.command_path,
            synopsis=tuple(filter(None, (_part(param, ctx) for param in sorted(shown, key=_is_argument)))),
            paragraphs=tuple(inspect.cleandoc(command.help or "").split("\n\n")),
            takes=tuple(record for param in shown if (record := param.get_help_record(ctx))),
            group=isinstance(command, click.Group),
        )
        if isinstance(command, click.Group):
            for name in command.list_commands(ctx):
                if (below := command.get_command(ctx, name)) is not None and not below.hidden:
                    yield from commands(below, ctx)


def reference() -> str:
    """The Markdown between the marks of the page."""
    found, common = _found()
    lines = ["| command | what it does |", "|---|---|"]
    lines += [
        f"| [`{each.path}`](#{each.path.replace(' ', '-')}) | {_cell(each.summary)} |"
        for each in found
        if not each.group
    ]
    lines += ["", "### What several commands take", "", *_table(common)]
    for each in found:
        lines += ["", f"### {each.path}", "", "```sh", *_usage(each), "```", *map(_paragraph, each.paragraphs)]
        lines += ["", *_table(own)] if (own := [taken for taken in each.takes if taken not in common]) else []
    return "\n".join(lines) + "\n"


def exit_codes() -> str:
    """A Markdown table of the exit codes."""
    rows = (f"| {code:d} | {meaning} |" for code, meaning in MEANINGS.items())
    return "\n".join(["| code | meaning |", "|---|---|", *rows]) + "\n"


def man_page() -> str:
    """The man page of all commands, without a date."""
    found, common = _found()
    program = found[0]
    summary = program.summary[0].lower() + program.summary[1:].rstrip(".")
    lines = [
        '.\\" Made by python -m grokbot.docgen.command_line',
        '.TH GROKBOT 1 "" grokbot "User Commands"',
        ".SH NAME",
        f"grokbot \\- {_roff(summary)}",
        ".SH SYNOPSIS",
        "\\fBgrokbot\\fR COMMAND [OPTION]...",
        ".SH DESCRIPTION",
        *_prose(program.paragraphs),
        ".SH COMMANDS",
    ]
    for each in found[1:]:
        lines += [f".SS {_roff(each.path)}"]
        lines += [] if each.group else [_usage_in_roff(each), ".PP"]
        lines += [*_prose(each.paragraphs), *_listed([taken for taken in each.takes if taken not in common])]
    lines += [".SH OPTIONS", *_listed(dict.fromkeys((*common, *program.takes)))]
    lines += [".SH EXIT STATUS", *_listed([(f"{code:d}", meaning) for code, meaning in MEANINGS.items()])]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check page and man page; see `generated.main`."""
    return generated.main("grokbot.docgen.command_line", __doc__.partition("\n")[0], _wanted, arguments)


def _wanted(root: Path) -> Mapping[Path, str]:
    page = generated.page_with(root / PAGE, reference=reference(), exits=exit_codes())
    return {root / PAGE: page, root / MAN_PAGE: man_page()}


def _found() -> tuple[Sequence[CommandHelp], Sequence[Taken]]:
    """All commands, and what of theirs is explained once."""
    found = list(commands())
    counted = Counter(taken for each in found for taken in each.takes)
    return found, [taken for taken, number in counted.items() if number >= COMMON]


def _is_argument(param: click.Parameter) -> bool:
    return isinstance(param, click.Argument)


def _part(param: click.Parameter, ctx: click.Context) -> str:
    """A parameter in a synopsis: `[--limit NUMBER]`, `ID`; nothing for --help, which every command has."""
    if isinstance(param, click.Argument):
        return param.make_metavar(ctx)
    if param.is_eager and ctx.parent is not None:
        return ""
    assert isinstance(param, click.Option)  # noqa: S101 - click has no third kind
    typed = max(param.opts, key=len) + ("" if param.is_flag else f" {param.make_metavar(ctx)}")
    return (typed if param.required else f"[{typed}]") + ("..." if param.multiple else "")


def _usage(command: CommandHelp) -> Sequence[str]:
    """The synopsis in lines of a code block; no part is broken."""
    parts = [part.replace(" ", "\0") for part in (command.path, *command.synopsis)]
    parts += ["COMMAND"] if command.group else []
    lines = textwrap.wrap(
        " ".join(parts), 100, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    return [line.replace("\0", " ") for line in lines]


def _paragraph(text: str) -> str:
    if text.startswith(KEPT_LINES):
        return f"\n```text\n{text.removeprefix(KEPT_LINES).strip()}\n```"
    return textwrap.fill(" ".join(text.split()), 120, initial_indent="\n", break_on_hyphens=False).lstrip(" ")


def _table(taken: Sequence[Taken]) -> Sequence[str]:
    rows = (f"| `{_cell(typed)}` | {_cell(text)} |" for typed, text in taken)
    return ["| argument or option | meaning |", "|---|---|", *rows]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _roff(text: str) -> str:
    """Text as roff shows it: nothing in it is a request, hyphens can be copied, backticks become bold."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    escaped = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", escaped)
    return re.sub(r"(?m)^([.'])", r"\\&\1", escaped)


def _usage_in_roff(command: CommandHelp) -> str:
    return " ".join((f"\\fB{_roff(command.path)}\\fR", *map(_roff, command.synopsis)))


def _prose(paragraphs: Sequence[str]) -> Iterator[str]:
    for number, text in enumerate(paragraphs):
        if number:
            yield ".PP"
        if text.startswith(KEPT_LINES):
            yield from (".nf", _roff(text.removeprefix(KEPT_LINES).strip()), ".fi")
        else:
            yield _roff(" ".join(text.split()))


def _listed(taken: Iterable[Taken]) -> Iterator[str]:
    for typed, text in taken:
        yield from (".TP", f"\\fB{_roff(typed)}\\fR", _roff(text))


if __name__ == "__main__":
    sys.exit(main())
