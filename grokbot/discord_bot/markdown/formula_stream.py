"""A formula on lines of its own while its lines still come: whether a line belongs to it, and what it becomes.

Here belongs what has come of one formula. What opens and closes one, and how it is drawn, is in `translate_line`. No
discord, no clock, no I/O.
"""

from dataclasses import dataclass, replace

from grokbot.discord_bot.markdown import translate_line
from grokbot.discord_bot.markdown.block_parser import Line

LONGEST_FORMULA = 1500
"""Characters that wait for a formula's end."""


@dataclass(frozen=True, slots=True)
class FormulaUnderway:
    """The lines that have come, and how the first of them was read."""

    lines: tuple[str, ...]
    read: Line

    @property
    def source(self) -> str:
        """The lines as they were written."""
        return "\n".join(self.lines)

    def takes(self, line: str) -> bool:
        """Whether the line can belong to it: an empty one, a fence or one too many says that there is no formula."""
        own = line.lstrip(" \t>")
        fits = sum(map(len, self.lines)) + len(line) <= LONGEST_FORMULA
        return bool(own.strip()) and not own.startswith(("```", "~~~")) and fits

    def with_line(self, line: str) -> "FormulaUnderway":
        """The formula with one line more."""
        return replace(self, lines=(*self.lines, line))

    @property
    def complete(self) -> bool:
        """Whether its last line has what closes it."""
        return self._closer in self.lines[-1].lstrip(" \t>")

    def block(self) -> str | None:
        """The formula as a code block without a line break at its end; None if it is none."""
        lines = [self._first, *(more.lstrip(" \t>") for more in self.lines[1:])]
        return translate_line.formula(lines, self._closer, self.read.container)

    @property
    def _first(self) -> str:
        return self.lines[0][self.read.inner :]

    @property
    def _closer(self) -> str:
        return translate_line.starts_formula(self._first) or ""
