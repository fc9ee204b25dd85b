"""A streaming answer on a terminal: final lines are printed permanently, only the rest is redrawn.

Text longer than the screen scrolls away normally, and is in the terminal's scrollback once.
Not here: where the answer comes from (`talk`), answers without a terminal (`plain_answer`).
"""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from rich.console import Group
from rich.live import Live
from rich.text import Text

from grokbot.conversation.response import Query
from grokbot.conversation.text import lookup_of, shortened, written
from grokbot.terminal.chat.keyboard import quiet
from grokbot.terminal.chat.stable_prefix import GrowingText, blocks, reflows
from grokbot.terminal.output.formats import in_a_line, printable
from grokbot.terminal.output.markdown import Lines, drawn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from grokbot.terminal.output.markdown import Line

FRAMES_A_SECOND = 12
BELOW = 3
"""Lines below the text: an empty one, the status, and the cursor's."""
LEAST_ROOM = 3
QUERY_SHOWN = 80
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
STOP = "Ctrl-C stops"


def searching(query: str, source: str, *, done: bool = False) -> str:
    """The line for a search, or for a page or post that the model opens.

    Args:
        query: The search words, or the address.
        source: The search tool, by the daemon's name.
        done: Whether it has finished.
    """
    lookup = lookup_of(Query(in_a_line(source) or "around", in_a_line(query)))
    what = f" for “{shortened(lookup.words, QUERY_SHOWN)}”" if lookup.words else ""
    return f"{lookup.done if done else lookup.doing}{what}"


class Pane:
    """One answer. Use with `async with`; at the end all of it is printed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._growing = GrowingText()
        self._gone = 0
        """Live lines that have scrolled away and are printed."""
        self._printed = False
        self._doing = "Thinking"
        self._since = time.monotonic()
        self._live = Live(console=console, auto_refresh=False, transient=True, vertical_overflow="crop")
        self._stack = ExitStack()
        self._drawing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._stack.enter_context(quiet())
        self._stack.enter_context(self._live)
        self._drawing = asyncio.create_task(self._draw_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            if self._drawing is not None:
                self._drawing.cancel()
                await asyncio.wait([self._drawing])
            self._live.update(Text(""))
        finally:
            self._stack.close()
        self._print_blocks(self._growing.take_all())
        if self._drawing is not None and not self._drawing.cancelled():
            self._drawing.result()

    @property
    def text(self) -> str:
        """The answer so far, as displayed."""
        return self._growing.text

    def piece(self, text: str) -> None:
        """Append to the answer."""
        self._growing.add(printable(text))
        self._do("Writing")

    def query(self, query: str, source: str) -> None:
        """Show a search. It stays above the text that follows."""
        self._do(searching(query, source))
        if not self.text:
            self._console.print(Text(f"⌕ {searching(query, source, done=True)}", style="dim"))
            self._printed = True

    def doing(self, what: str) -> None:
        """Show the status."""
        self._do(what)

    def _do(self, what: str) -> None:
        if what != self._doing:
            self._doing, self._since = what, time.monotonic()

    async def _draw_on(self) -> None:
        while True:
            self._print_blocks(self._growing.take())
            live = self._live_lines()
            self._live.update(Group(Lines(live), *([""] if live else []), self._status()), refresh=True)
            await asyncio.sleep(1 / FRAMES_A_SECOND)

    def _live_lines(self) -> list[Line]:
        """Lines that may still change and fit the screen. Those that do not fit are printed and no longer change."""
        text = self._growing.live
        lines = drawn(self._console, blocks(text))
        room = max(LEAST_ROOM, self._console.height - BELOW - 1)
        if reflows(text):
            return lines[max(self._gone, len(lines) - room) :]
        over = len(lines) - room
        if over > self._gone:
            self._print(lines[self._gone : over])
            self._gone = over
        return self._led_in(lines[self._gone :])

    def _print_blocks(self, final: Iterable[str]) -> None:
        lines = drawn(self._console, final)
        if lines:
            self._print(lines[self._gone :])
            self._gone = max(0, self._gone - len(lines) - 1)

    def _print(self, lines: list[Line]) -> None:
        if lines:
            self._console.print(Lines(self._led_in(lines)), end="")
            self._printed = True

    def _led_in(self, lines: list[Line]) -> list[Line]:
        """The lines with an empty one before them if they begin a new block below others."""
        return [[], *lines] if lines and self._printed and not self._gone else lines

    def _status(self) -> Text:
        seconds = time.monotonic() - self._since
        turn = SPINNER[int(seconds * FRAMES_A_SECOND) % len(SPINNER)]
        spent = f" {written(timedelta(seconds=int(seconds)), short=True)}" if seconds >= 2 else ""  # noqa: PLR2004 - a shorter wait is no wait
        text = f"{turn} {self._doing}{spent} · {STOP}"
        return Text(text, style="dim", no_wrap=True, overflow="ellipsis")
