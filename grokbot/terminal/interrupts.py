"""Ctrl-C while something is running: it stops that, not the program. Other signals end the program cleanly.

Not here: Ctrl-C at the prompt, which is an ordinary key there (`chat.prompt`).
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDS = (signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Dispatches SIGINT. One per program; use it only inside `listening`."""

    def __init__(self) -> None:
        self._heard_by: Callable[[], object] | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Without a handler from `heard_by`, Ctrl-C cancels the task that called this.

        SIGTERM and a closed terminal always do: the terminal is restored and our own daemon closed.
        Then the program ends by that signal, as its sender expects.
        """
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        ended_by: list[int] = []

        def caught() -> None:
            if self._heard_by is not None:
                self._heard_by()
            elif task is not None:
                task.cancel()

        def ended(number: int) -> None:
            ended_by.append(number)
            if task is not None:
                task.cancel()

        loop.add_signal_handler(signal.SIGINT, caught)
        for number in ENDS:
            loop.add_signal_handler(number, ended, number)
        try:
            yield
        finally:
            for number in (signal.SIGINT, *ENDS):
                loop.remove_signal_handler(number)
            if ended_by:
                signal.raise_signal(ended_by[0])

    @contextmanager
    def heard_by(self, hear: Callable[[], object]) -> Iterator[None]:
        """Handle Ctrl-C with `hear` instead, while something is running."""
        before, self._heard_by = self._heard_by, hear
        try:
            yield
        finally:
            self._heard_by = before
