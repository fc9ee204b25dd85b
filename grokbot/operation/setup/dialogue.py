"""Questions and answers on a terminal or over a pipe: lines of at most 100 columns, secrets without echo.

Not here: what is asked (`wizard`).
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import shutil
import sys
import termios
import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INDENT = "   "
WIDEST = 100
REST_SECONDS = 0.15
"""How long the rest of a paste may take to arrive, behind a line break in it."""

MARKS = {True: ("ok", "green"), False: ("no", "red"), None: ("--", "yellow")}


class UnansweredError(Exception):
    """Nobody can answer: the input ended, or nothing may be asked. The text says what would have been asked."""


class Dialogue:
    """One person's terminal, or a script's pipe.

    Args:
        environ: Says whether the terminal has colours.
        asks: Whether questions may be asked; if not, each is answered by its default.
    """

    def __init__(self, environ: Mapping[str, str], *, asks: bool) -> None:
        self.asks = asks
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")  # whatever was pasted, it is no token then
        self._terminal = sys.stdin.isatty()
        plain = environ.get("NO_COLOR") or environ.get("TERM") == "dumb" or not sys.stdout.isatty()
        self._colours = not plain

    def step(self, title: str) -> None:
        """The headline of the next step."""
        click.echo()
        click.echo(click.style(title, bold=True) if self._colours else title)

    def say(self, text: str) -> None:
        """A paragraph; an address in it stays in one piece."""
        for line in self._wrapped(text, INDENT, INDENT):
            click.echo(line)

    def verdict(self, passed: bool | None, text: str) -> None:
        """What came of something that was tried; None: it works, but something is left to do."""
        word, colour = MARKS[passed]
        mark = click.style(word, fg=colour) if self._colours else word
        first, *rest = self._wrapped(text, " " * 7, " " * 7)
        click.echo(f"{INDENT}{mark}  {first.lstrip()}")
        for line in rest:
            click.echo(line)

    def ask(self, question: str, default: str | None) -> str:
        """A line. Enter alone takes the default.

        Raises:
            UnansweredError: There is no answer.
        """
        shown = "" if default is None else f" [{default}]"
        while True:
            given = self._line(f"{question}{shown}:", question, default).strip()
            if given or default is not None:
                return given or default or ""

    def confirm(self, question: str, *, default: bool) -> bool:
        """Yes or no.

        Raises:
            UnansweredError: There is no answer.
        """
        while True:
            given = self.ask(f"{question} (y/n)", "y" if default else "n").lower()
            if given in ("y", "yes", "n", "no"):
                return given[0] == "y"
            self.say("Please type y or n.")

    def secret(self, question: str, *, kept: bool) -> str:
        """What was pasted, with its line breaks, and not shown; "" to keep what there is.

        Raises:
            UnansweredError: There is no answer.
        """
        shown = " [kept]" if kept else ""
        with self._hidden():
            given = self._line(f"{question}{shown}:", question, "" if kept else None)
            rest = _rest_of_paste() if self._terminal and self.asks else ""
        if self._terminal and self.asks:
            click.echo()
        return f"{given}\n{rest}" if rest.strip() else given

    def entered(self, seconds: float) -> bool:
        """Waits for Enter; whether it came, or cannot come."""
        if not self.asks or not self._terminal:
            return True
        return bool(select.select([sys.stdin], [], [], seconds)[0]) and bool(sys.stdin.readline() or True)

    def _line(self, prompt: str, question: str, default: str | None) -> str:
        if not self.asks:
            if default is None:
                raise UnansweredError(question)
            return ""
        click.echo("\n".join(self._wrapped(prompt, INDENT, INDENT)) + " ", nl=False)
        sys.stdout.flush()
        given = sys.stdin.readline()
        if not given:
            click.echo()
            raise UnansweredError(question)
        if not self._terminal:
            click.echo()  # nobody typed the line break that ends the question's line
        return given.rstrip("\n")

    @contextlib.contextmanager
    def _hidden(self) -> Iterator[None]:
        """Without echo. What is pasted before the question stays: `getpass` would drop the rest of a paste unseen."""
        if not self._terminal:
            yield
            return
        before = termios.tcgetattr(sys.stdin)
        silent = before.copy()
        silent[3] &= ~termios.ECHO
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, silent)
        try:
            yield
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)

    def _wrapped(self, text: str, first: str, later: str) -> list[str]:
        width = min(shutil.get_terminal_size().columns, WIDEST)
        lines = [
            line
            for part in text.splitlines()
            for line in textwrap.wrap(
                part, width, initial_indent=first, subsequent_indent=later, break_long_words=False,
                break_on_hyphens=False,
            )
        ]  # fmt: skip
        return lines or [first]


def _rest_of_paste() -> str:
    """What has come behind the line break that ended the answer, at once: then it was pasted, not typed."""
    before = termios.tcgetattr(sys.stdin)
    at_once = before.copy()
    at_once[3] &= ~termios.ICANON  # else what has no line break at its end would wait for one
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, at_once)
    rest = b""
    try:
        while select.select([sys.stdin], [], [], REST_SECONDS)[0] and (more := os.read(sys.stdin.fileno(), 4096)):
            rest += more
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
    return rest.decode(errors="replace")
