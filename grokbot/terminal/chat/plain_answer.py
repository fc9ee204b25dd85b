"""An answer that is not drawn while it grows: only its text as it arrives, or all at once when it is complete.

Not here: growing answers on a terminal (`live_pane`).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from grokbot.terminal.output.formats import printable

if TYPE_CHECKING:
    from collections.abc import Callable


class Plain:
    """One answer. Use with `async with`."""

    def __init__(self) -> None:
        self.text = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.text and not self.text.endswith("\n"):
            self._write("\n")

    def piece(self, text: str) -> None:
        """Append to the answer."""
        shown = printable(text)
        self.text += shown
        self._write(shown)

    def query(self, query: str, source: str) -> None:
        """Ignored: searches are not part of the answer."""

    def doing(self, what: str) -> None:
        """Ignored: the status is not part of the answer."""

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


class WholeAnswer:
    """One answer, shown when it is complete. Use with `async with`.

    Args:
        show: Called with its text, unless there is none.
    """

    def __init__(self, show: Callable[[str], object]) -> None:
        self.text = ""
        self._show = show

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.text:
            self._show(self.text)

    def piece(self, text: str) -> None:
        """Append to the answer."""
        self.text += printable(text)

    def query(self, query: str, source: str) -> None:
        """Ignored: searches are not part of the answer."""

    def doing(self, what: str) -> None:
        """Ignored: the status is not part of the answer."""
