"""Standard input, output and error as every command may rely on them, however the program was begun.

Loads only the standard library. Not here: what is read and written (`chat.screen`, `chat.plain_answer`, `tables`).
"""

from __future__ import annotations

import io
import os
import sys


def prepare() -> None:
    """A closed one reads nothing and writes nowhere; one that cannot hold a character shows something in its place.

    A closed one has to be taken: the next file or socket that is opened would get its number, and what is printed.
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
    """What is still buffered goes nowhere: nobody reads it, or it cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
