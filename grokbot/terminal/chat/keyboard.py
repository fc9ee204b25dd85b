"""The keyboard while there is no prompt: input is not echoed, and waits for the next prompt.

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
"""Positions of the input and local modes in termios' list."""


@contextmanager
def loud() -> Iterator[None]:
    """The reverse of `quiet` within it, for another program that reads the keyboard."""
    try:
        number = sys.stdin.fileno()
        before = termios.tcgetattr(number)
    except (ValueError, OSError, termios.error):
        yield
        return
    now = termios.tcgetattr(number)
    now[IFLAGS] |= termios.ICRNL
    now[LFLAGS] |= termios.ECHO | termios.ICANON
    termios.tcsetattr(number, termios.TCSADRAIN, now)
    try:
        yield
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


@contextmanager
def quiet() -> Iterator[None]:
    """Turn echo off, since input would appear in the middle of an answer. Ctrl-C works."""
    try:
        number = sys.stdin.fileno()
        before = termios.tcgetattr(number)
    except (ValueError, OSError, termios.error):
        yield
        return
    now = termios.tcgetattr(number)
    now[IFLAGS] &= ~termios.ICRNL  # the next prompt must read Enter as it was typed
    now[LFLAGS] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(number, termios.TCSADRAIN, now)
    try:
        yield
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)
