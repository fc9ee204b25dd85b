"""Writes generated files, whole or between two markers, or reports which of them are out of date.

Not here: what is generated (`settings_table` and its siblings).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def page_with(page: Path, **made: str) -> str:
    """The page's text with each generated part between `<!-- name:begin -->` and `<!-- name:end -->`.

    Args:
        page: A Markdown file that holds the markers.
        made: The generated lines, ended by a line break, by the name in their markers.

    Raises:
        OSError: The page cannot be read.
        ValueError: Two markers are not there once each, in this order.
    """
    text = page.read_text("utf-8")
    for name, lines in made.items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
            raise ValueError(f"{page}: the lines {begin} and {end} must stand in it once each, in this order")
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{lines}{end}{after}"
    return text


def main(
    module: str,
    description: str,
    wanted_in: Callable[[Path], Mapping[Path, str]],
    arguments: Sequence[str] | None,
) -> int:
    """Writes the files, or checks them.

    Args:
        module: The module that `python -m` runs.
        description: What it does, for `--help`.
        wanted_in: Takes the project's directory, gives the files with the text that they should have. It raises OSError
            where a page is missing and ValueError where a page has no markers.
        arguments: What was typed; None for the process's own arguments.

    Returns:
        The exit code. 0: all files are current. 1: `--check` found an old one, or a page is missing or has no markers.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is out of date")
    parser.add_argument("--root", type=Path, default=Path(), help="the project's directory")
    options = parser.parse_args(arguments)
    try:
        wanted = wanted_in(options.root)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if options.check:
            sys.stderr.write(f"{path} is out of date: run python -m {module}\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
            sys.stdout.write(f"{path} written\n")
    return 1 if stale and options.check else 0
