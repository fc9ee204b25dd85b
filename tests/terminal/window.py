"""`grokbot` as a process in a terminal without a window: what is typed goes in, what would be seen comes out.

Not here: what is proved with it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pyte

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

PATIENCE_SECONDS = 30.0
HISTORY_LINES = 5000

#: The terminal has to be the process's own, or Ctrl-C would reach nobody.
LAUNCH = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'grokbot', *sys.argv[1:]])\n"
)

ENTER = "\r"
CTRL_C = "\x03"
CTRL_D = "\x04"
CTRL_Z = "\x1a"
TAB = "\t"
ALT_ENTER = "\x1b\r"


class _Screen(pyte.HistoryScreen):
    """Answers where the cursor is, as a terminal does when it is asked."""

    def __init__(self, columns: int, lines: int, answer: Callable[[bytes], None]) -> None:
        self._answer = answer
        super().__init__(columns, lines, history=HISTORY_LINES, ratio=0.5)

    def write_process_input(self, data: str) -> None:
        self._answer(data.encode())


class Window:
    """One process, and what is to be seen of it."""

    def __init__(self, process: asyncio.subprocess.Process, keyboard: int, columns: int, lines: int) -> None:
        self.process = process
        self._keyboard = keyboard
        self._screen = _Screen(columns, lines, self._answer)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = asyncio.Event()
        self.bytes = b""
        asyncio.get_running_loop().add_reader(keyboard, self._read)

    def type(self, keys: str) -> None:
        os.write(self._keyboard, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._screen.resize(lines, columns)
        self.process.send_signal(signal.SIGWINCH)

    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._keyboard)[3] & termios.ECHO)

    @property
    def seen(self) -> str:
        """The screen."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    @property
    def all(self) -> str:
        """What has scrolled away, and the screen."""
        columns = range(self._screen.columns)
        gone = ["".join(line[x].data for x in columns).rstrip() for line in self._screen.history.top]
        return "\n".join([*gone, self.seen])

    async def until(self, seen: str | Callable[[str], bool]) -> None:
        """Waits until a text stands on the screen, or what is to be seen is as it should be."""
        fits = (lambda all_: seen in all_) if isinstance(seen, str) else seen
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not fits(self.all):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"waited for {seen!r}; there was:\n{self.all}") from None

    async def end(self) -> int:
        """Its exit code."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                code = await self.process.wait()
        except TimeoutError:
            raise AssertionError(f"it did not end; there was:\n{self.all}") from None
        self._read()
        return code

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._keyboard)
        os.close(self._keyboard)

    def _read(self) -> None:
        try:
            data = os.read(self._keyboard, 2**16)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:  # the process has ended, and its terminal with it
            asyncio.get_running_loop().remove_reader(self._keyboard)
            data = b""
        self.bytes += data
        self._stream.feed(data)
        self._changed.set()

    def _answer(self, data: bytes) -> None:
        os.write(self._keyboard, data)


def environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nobody's settings, and a terminal that knows colours."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        **(more or {}),
    }


@asynccontextmanager
async def window(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None, columns: int = 80, lines: int = 24
) -> AsyncIterator[Window]:
    """Runs `grokbot ARGUMENTS` in a terminal of its own; ends it where the test did not."""
    keyboard, screen = pty.openpty()
    fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    os.set_blocking(keyboard, False)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LAUNCH, *arguments,
        stdin=screen, stdout=screen, stderr=screen,
        cwd=folder, env=environment(folder, env), start_new_session=True,
    )  # fmt: skip
    os.close(screen)
    shown = Window(process, keyboard, columns, lines)
    try:
        yield shown
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        shown.close()
