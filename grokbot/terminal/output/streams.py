"""Makes standard input, output and error reliable, however the program was started.

Imports only the standard library. Not here: reading and writing (`chat.screen`, `chat.plain_answer`, `tables`).
"""

from __future__ import annotations

import io
import os
import sys


def prepare() -> None:
    """Replace closed streams by empty ones, and characters that a stream cannot encode by others.

    A closed stream's number must be taken: the next open file or socket would get it, and our output.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))
        elif number and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def silence_output() -> None:
    """Discard buffered output: nobody reads it, or it cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
