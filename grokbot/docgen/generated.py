"""Files of the project that are made from the code, in whole or between two markers: writes them, or tells what is old.

Not here: what is made (`docgen.settings_table`, `docgen.command_table`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def between(begin: str, end: str, text: str, made: str) -> str:
    """The text with what was made between its two markers.

    Raises:
        ValueError: the markers are not there, each once and in order.
    """
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"the lines {begin} and {end} must stand in it once each, in this order")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{made}{end}{after}"


def main(
    module: str,
    description: str,
    wanted_in: Callable[[Path, Path], Mapping[Path, str]],
    arguments: Sequence[str] | None,
) -> int:
    """Writes the files, or checks them.

    Args:
        module: What is run with `python -m`.
        description: What it does.
        wanted_in: The files with their text as it should be, for the project's directory and its README.md; raises
            OSError or ValueError where that cannot be said of the README.
        arguments: What was typed; by default the process's own.

    Returns:
        The exit code. 0: all are current; 1: with --check, one is not; or the README is missing or has no markers.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is out of date")
    parser.add_argument("--root", type=Path, default=Path(), help="the project's directory")
    options = parser.parse_args(arguments)
    readme = options.root / "README.md"
    try:
        wanted = wanted_in(options.root, readme)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{readme}: {error}\n")
        return 1
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if options.check:
            sys.stderr.write(f"{path} is out of date: run python -m {module}\n")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path], "utf-8")
            sys.stdout.write(f"{path} written\n")
    return 1 if stale and options.check else 0
