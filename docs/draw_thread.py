"""Draws docs/thread.svg: the beginning of what `grokbot sandbox` plays, as it looks in Discord.

`python docs/draw_thread.py` writes it; `--check` only reports whether it is current. The words are the sandbox's,
translated by the code that translates for Discord; the buttons are the real ones. The picture needs no script and no
other file.
"""

from __future__ import annotations

import re
import sys
import textwrap
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from pygments import lex
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number

from grokbot.discord_bot.answers.buttons import FACES
from grokbot.discord_bot.answers.controls import VARIANTS, WHOLE, Control
from grokbot.discord_bot.markdown import GrowingAnswer
from grokbot.sandbox.player import PLAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grokbot.sandbox.player import ScriptLine

PICTURE = Path(__file__).with_name("thread.svg")
WIDTH, LEFT, LINE, CHARACTERS = 800, 76, 23, 84
PROSE = "'gg sans','Noto Sans','Helvetica Neue',Helvetica,Arial,'DejaVu Sans',sans-serif"
CODE = "Consolas,Menlo,'DejaVu Sans Mono',monospace"
COLOURS = {Keyword: "#c678dd", Name.Function: "#61afef", Name.Builtin: "#56b6c2", Number: "#d19a66", Comment: "#7f848e"}
MARKS = re.compile(r"\*\*(.+?)\*\*|\*(.+?)\*|(@\w+)")


class Page:
    """A thread that grows downwards."""

    def __init__(self) -> None:
        self._drawn: list[str] = []
        self._y = 0

    def head(self, title: str) -> None:
        """The thread's name above everything."""
        self._drawn.append(f'<path d="M0 48H{WIDTH}" stroke="#232428"/>')
        self._text(20, 31, escape(f"# general › {title}"), "#f2f3f5", 'font-weight="600"')  # noqa: RUF001 - as Discord
        self._y = 50

    def message(self, author: str, at: str, colour: str, *, bot: bool = False) -> None:
        """The picture, name and time above a message."""
        self._y += 20
        face = f'<circle cx="38" cy="{self._y + 20}" r="20" fill="{colour}"/>'
        letter = f'<text x="38" y="{self._y + 26}" text-anchor="middle" fill="#fff" font-size="17">{author[0]}</text>'
        self._drawn += [face, letter]
        self._text(LEFT, self._y + 13, escape(author), "#c9cdfb" if bot else "#f0b232", 'font-weight="600"')
        if bot:
            self._box(LEFT + 46, self._y, 36, 17, "#5865f2")
            self._text(LEFT + 64, self._y + 12, "APP", "#fff", 'text-anchor="middle" font-size="11" font-weight="700"')
        self._text(LEFT + (90 if bot else 48), self._y + 13, escape(at), "#949ba4", 'font-size="12"')
        self._y += 22

    def says(self, content: str) -> None:
        """A message's text: paragraphs, list items and code blocks."""
        for number, block in enumerate(content.split("```")):
            if number % 2:
                self._code(block.partition("\n")[2].rstrip("\n"))
            else:
                for line in filter(str.strip, block.split("\n")):
                    self._paragraph(line)

    def buttons(self, labels: Sequence[str]) -> None:
        """One row of buttons."""
        x, self._y = LEFT, self._y + 8
        for label in labels:
            wide = 24 + 9 * len(label)
            self._box(x, self._y, wide, 32, "#4e5058")
            self._text(x + wide / 2, self._y + 21, escape(label), "#fff", 'text-anchor="middle" font-size="14"')
            x += wide + 8
        self._y += 32

    def svg(self, described: str) -> str:
        """The picture, with a text for whoever cannot see it."""
        high = self._y + 24
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" role="img" '
            f'font-family="{PROSE}" font-size="15">\n<title>{escape(described)}</title>\n'
            f'<rect width="{WIDTH}" height="{high}" rx="8" fill="#313338"/>\n' + "\n".join(self._drawn) + "\n</svg>\n"
        )

    def _paragraph(self, line: str) -> None:
        item = line.startswith("- ")
        for number, part in enumerate(textwrap.wrap(line.removeprefix("- "), CHARACTERS - 4 * item)):
            self._y += LINE
            if item and number == 0:
                self._text(LEFT + 6, self._y - 6, "•", "#dbdee1")
            self._text(LEFT + 22 * item, self._y - 6, _styled(part), "#dbdee1")

    def _code(self, code: str) -> None:
        lines = code.split("\n")
        self._box(LEFT, self._y + 6, WIDTH - LEFT - 60, 20 * len(lines) + 14, "#2b2d31")
        self._y += 10
        for line in lines:
            self._y += 20
            coloured = "".join(f'<tspan fill="{colour}">{escape(text)}</tspan>' for colour, text in _tokens(line))
            self._text(LEFT + 12, self._y - 4, coloured, "#dbdee1", f'font-family="{CODE}" font-size="13.5"')
        self._y += 14

    def _box(self, x: float, y: float, wide: float, high: float, colour: str) -> None:
        self._drawn.append(f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="4" fill="{colour}"/>')

    def _text(self, x: float, y: float, marked: str, colour: str, more: str = "") -> None:
        self._drawn.append(f'<text x="{x:g}" y="{y}" fill="{colour}"{" " * bool(more)}{more}>{marked}</text>')


def _styled(text: str) -> str:
    """Bold, italics and mentions as parts of a line."""

    def span(found: re.Match[str]) -> str:
        bold, italic, mention = found.groups()
        if mention:
            return f'<tspan fill="#c9cdfb">{mention}</tspan>'
        return f'<tspan font-weight="700">{bold}</tspan>' if bold else f'<tspan font-style="italic">{italic}</tspan>'

    return MARKS.sub(span, escape(text, quote=False))


def _tokens(line: str) -> Iterator[tuple[str, str]]:
    """A line of Python in pieces, each with its colour."""
    for kind, text in lex(line, PythonLexer(ensurenl=False, stripall=False, stripnl=False)):
        colour = next((colour for known, colour in COLOURS.items() if known in kind.split()), "#dbdee1")
        yield colour, text.replace("  ", "\N{NO-BREAK SPACE}" * 2)  # two spaces in a row would be shown as one


def _labels(controls: Sequence[Control]) -> Sequence[str]:
    faces = (FACES[control] for control in controls)
    return [f"{face.emoji}  {face.label}" if face.emoji else face.label for face in faces]


def _answer(line: ScriptLine) -> str:
    return (line.answer and line.answer.text) or ""


def draw() -> str:
    """The SVG."""
    first, second, *_ = PLAY
    whole, begun = GrowingAnswer(), GrowingAnswer()
    whole.feed(_answer(first))
    begun.feed(_answer(second).partition("\nprint")[0])
    previous, _, following = _labels(VARIANTS)
    page = Page()
    page.head("The colour of the sky")
    page.message("Alice", "Today at 14:02", "#f0b232")
    page.says(f"@Grok {first.text}")
    page.message("Grok", "Today at 14:02", "#23a55a", bot=True)
    page.says("\n".join(whole.finished()))
    page.buttons([previous, "2/2", following])
    page.buttons(_labels(WHOLE))
    page.message("Alice", "Today at 14:03", "#f0b232")
    page.says(second.text)
    page.message("Grok", "Today at 14:03", "#23a55a", bot=True)
    page.says("\n".join(begun.shown()))
    page.buttons(_labels([Control.STOP]))
    return page.svg("A Discord thread: Grok has answered one question and is writing the next answer")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PICTURE.write_text(draw(), "utf-8")
    elif PICTURE.read_text("utf-8") != draw():
        sys.exit(f"{PICTURE} is out of date: run python docs/draw_thread.py")
