"""An answer without a terminal: only its text, as it arrives.

Not here: answers on a terminal (`live_pane`).
"""

from __future__ import annotations

import sys
from typing import Self

from grokbot.terminal.output.formats import printable


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
