"""Progress of long work: a bar on standard error, if that is a terminal.

Not here: the work (`commands.conversations`, `commands.export_import`).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grokbot.terminal.output.tables import console

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")


def each(things: Sequence[T], doing: str) -> Iterator[T]:
    """The items in order, with a bar below the output; no bar for a single item."""
    shown = console(err=True)
    if len(things) < 2 or not shown.is_terminal:  # noqa: PLR2004 - one item shows no progress
        yield from things
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    together = sys.stdout.isatty()  # output printed there then goes above the bar
    with Progress(*columns, console=shown, transient=True, redirect_stdout=together) as progress:
        yield from progress.track(things, description=doing)
