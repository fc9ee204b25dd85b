"""The keyboard while nobody is asked: what is typed then is not shown, and waits for the next prompt.

Not here: the prompt (`prompt`).
"""

from __future__ import annotations

import sys
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

IFLAGS, LFLAGS = 0, 3
"""Where the input modes and the local modes stand in what termios gives."""


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing typed appears, or it would stand in the middle of an answer. Ctrl-C works."""
    try:
        number = sys.stdin.fileno()
        before = termios.tcgetattr(number)
    except (ValueError, OSError, termios.error):
        yield
        return
    now = termios.tcgetattr(number)
    now[IFLAGS] &= ~termios.ICRNL  # Enter stays what it is for the prompt that reads it later
    now[LFLAGS] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(number, termios.TCSADRAIN, now)
    try:
        yield
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)
