"""How a step, or all of setup, fails: each in a sentence for the person at the terminal.

Not here: a paste or an answer that is none (`pasted`, `answers`).
"""

from __future__ import annotations


class SetupFailedError(Exception):
    """Setup ends early. `code` is the exit code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class TrialError(Exception):
    """A secret does not work. `refused`: another one is needed; else trying again may help."""

    def __init__(self, text: str, *, refused: bool) -> None:
        super().__init__(text)
        self.refused = refused
