"""`grokbot run` in the harness, on a machine whose wall clock may jump; the clock that waiting goes by does not.

Not here: when it jumps (`weather`), when the daemon is started and ended (`daemon`).
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import signal
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import time_machine

from .daemon import CLOCK, CONFIG

RUNS = "---- runs "
"""In the log: where the code of this life is."""

INSIDE = "inside"
"""The file that a SIGUSR2 puts into, beside the clock, what only the daemon itself knows: see `look_inside`."""


def main() -> None:
    """Runs the daemon until it ends."""
    file, wrong = Path(os.environ[CLOCK]), 0.0
    with time_machine.travel(time.time(), tick=True) as clock:

        def jump(*_: object) -> None:
            nonlocal wrong
            before, wrong = wrong, float(file.read_text(encoding="utf-8"))
            clock.shift(wrong - before)

        signal.signal(signal.SIGUSR1, jump)
        signal.signal(signal.SIGUSR2, lambda *_: time.sleep(3600.0))  # and with it the event loop stands still
        jump()
        import grokbot  # noqa: PLC0415 - what it imports may keep the clock that it finds
        from grokbot.cli import main as run  # noqa: PLC0415 - as above

        sys.stderr.write(f"{RUNS}{grokbot.__file__}\n")
        signal.signal(signal.SIGUSR2, lambda *_: look_inside(file.with_name(INSIDE)))
        sys.argv = ["grokbot", "run", "--config", os.environ[CONFIG]]
        run()


def look_inside(file: Path) -> None:
    """Notes how many tasks there are, how many objects in use, and the MiB that SQLite has for pages and statements."""
    gc.collect()
    part = file.with_suffix(".part")
    part.write_text(json.dumps([len(asyncio.all_tasks()), len(gc.get_objects()), _of_sqlite() / 2**20]), "ascii")
    part.replace(file)


def _of_sqlite() -> int:
    """0 where this Python does not tell."""
    with suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(getattr(find_spec("_sqlite3"), "origin", None))
        library.sqlite3_memory_used.restype = ctypes.c_int64
        return int(library.sqlite3_memory_used())
    return 0


if __name__ == "__main__":
    main()
