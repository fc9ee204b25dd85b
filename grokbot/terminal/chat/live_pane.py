"""An answer on a terminal while it is being written: what is final is printed for good, only the rest is drawn again.

What is longer than the screen scrolls away like any other text, and stands in the terminal's history once.
Not here: where the answer comes from (`talk`), answers where there is no terminal (`plain_answer`).
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

from grokbot.conversation.text import shortened, written
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
"""Lines that the text leaves free: an empty one, what is going on, and the cursor's."""
LEAST_ROOM = 3
QUERY_SHOWN = 80
SOURCES = {"web": "the web", "x": "X"}
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
STOP = "Ctrl-C stops"


def searching(query: str, source: str, *, done: bool = False) -> str:
    """The line for a search, or for a page or post that the model opens.

    Args:
        query: What is searched for; or the address.
        source: Where, as the daemon calls it.
        done: Whether it is over.
    """
    if query.startswith(("https://", "http://")):
        return f"{'Read' if done else 'Reading'} {shortened(in_a_line(query), QUERY_SHOWN)}"
    word = "Searched" if done else "Searching"
    where = SOURCES.get(source, in_a_line(source) or "around")
    return f"{word} {where}" + (f" for “{shortened(in_a_line(query), QUERY_SHOWN)}”" if query.strip() else "")


class Pane:
    """One answer. Used with `async with`; at its end everything that came is printed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._growing = GrowingText()
        self._gone = 0
        """Lines of what is live that have scrolled away, printed."""
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
        """What has come of the answer, as it is shown."""
        return self._growing.text

    def piece(self, text: str) -> None:
        """More of the answer."""
        self._growing.add(printable(text))
        self._do("Writing")

    def query(self, query: str, source: str) -> None:
        """The model searches. That stays above what it says then."""
        self._do(searching(query, source))
        if not self.text:
            self._console.print(Text(f"⌕ {searching(query, source, done=True)}", style="dim"))
            self._printed = True

    def doing(self, what: str) -> None:
        """Says what is going on."""
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
        """What may still change and fits the screen. What does not fit is printed, where it will stay as it is."""
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
        """With an empty line before it, where blocks stand above and it does not go on within one of them."""
        return [[], *lines] if lines and self._printed and not self._gone else lines

    def _status(self) -> Text:
        seconds = time.monotonic() - self._since
        turn = SPINNER[int(seconds * FRAMES_A_SECOND) % len(SPINNER)]
        spent = f" {written(timedelta(seconds=int(seconds)), short=True)}" if seconds >= 2 else ""  # noqa: PLR2004 - a shorter wait is no wait
        text = f"{turn} {self._doing}{spent} · {STOP}"
        return Text(text, style="dim", no_wrap=True, overflow="ellipsis")
