"""An answer where there is no terminal: its words as they come, and nothing else.

Not here: answers on a terminal (`live_pane`).
"""

from __future__ import annotations

import sys
from typing import Self

from grokbot.terminal.output.formats import printable


class Plain:
    """One answer. Used with `async with`."""

    def __init__(self) -> None:
        self.text = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.text and not self.text.endswith("\n"):
            self._write("\n")

    def piece(self, text: str) -> None:
        """More of the answer."""
        shown = printable(text)
        self.text += shown
        self._write(shown)

    def query(self, query: str, source: str) -> None:
        """Searches are not part of the answer."""

    def doing(self, what: str) -> None:
        """Neither is what is going on."""

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
