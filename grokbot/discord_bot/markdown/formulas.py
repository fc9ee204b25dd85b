"""Formulas on lines of their own: their marks, their lines while they arrive, the code block they become.

Not here: formulas inside a line (`inline_translator`), the formula itself (`latex`).
"""

import re
from dataclasses import dataclass, replace

from grokbot.discord_bot.markdown.block_parser import DISCORD_FENCE, Line
from grokbot.discord_bot.markdown.latex import has_signs, in_unicode, looks_like_maths

LONGEST_FORMULA = 1500
"""Characters that may wait for a formula's end."""
_OPENER = re.compile(r"\$\$|\\\[|\\begin\{(?P<name>(?:align|aligned|equation|gather|gathered|multline|split)\*?)\}")


def closer_of(own: str) -> str | None:
    """What closes the formula that the line opens; None if it opens none. `own` has no quote marks and indentation."""
    opened = _OPENER.match(own)
    return _closer(opened) if opened else None


def _closer(opened: re.Match[str]) -> str:
    return f"\\end{{{opened['name']}}}" if opened["name"] else {"$$": "$$", "\\[": "\\]"}[opened.group()]


def formula_block(lines: list[str], container: str) -> str | None:
    """The formula as a code block without a line break at its end; None if the lines are not a formula."""
    opened = _OPENER.match(lines[0])
    if opened is None:
        return None
    closer, last = _closer(opened), lines[-1].rstrip()
    words = last.rstrip(".,;").rstrip()
    start = opened.end() if len(lines) == 1 else 0
    if not words.endswith(closer) or words.find(closer, start) != len(words) - len(closer):
        return None
    ended = words[: -len(closer)] + last[len(words) :].strip()
    body = "\n".join([*lines[:-1], ended])[opened.end() :]
    likely = has_signs if closer == "\\]" else looks_like_maths
    text = in_unicode(body).text if opened["name"] or likely(body) else ""
    if not text or DISCORD_FENCE in text:
        return None
    return "\n".join(container + shown for shown in (DISCORD_FENCE, *text.split("\n"), DISCORD_FENCE))


@dataclass(frozen=True, slots=True)
class FormulaUnderway:
    """A formula whose last line has not arrived."""

    lines: tuple[str, ...]
    read: Line
    """How the first line was read."""
    closer: str

    @property
    def source(self) -> str:
        """The original lines."""
        return "\n".join(self.lines)

    def takes(self, line: str) -> bool:
        """Whether the line can be part of the formula: not a blank line, not a fence, not too much."""
        own = line.lstrip(" \t>")
        fits = sum(map(len, self.lines)) + len(line) <= LONGEST_FORMULA
        return bool(own.strip()) and not own.startswith(("```", "~~~")) and fits

    def with_line(self, line: str) -> "FormulaUnderway":
        """The formula with one more line."""
        return replace(self, lines=(*self.lines, line))

    @property
    def complete(self) -> bool:
        """Whether its last line contains the closing mark."""
        return self.closer in self.lines[-1].lstrip(" \t>")

    def block(self) -> str | None:
        """The formula as a code block without a line break at its end; None if it is not a formula."""
        first = self.lines[0][self.read.inner :]
        return formula_block([first, *(more.lstrip(" \t>") for more in self.lines[1:])], self.read.container)
