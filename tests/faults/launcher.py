"""`grokbot run` in the harness, on a machine whose wall clock may jump; the clock that waiting goes by does not.

Not here: when it jumps (`weather`), when the daemon is started and ended (`daemon`).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import time_machine

from .daemon import CLOCK, CONFIG

RUNS = "---- runs "
"""In the log: where the code of this life is."""

TASKS = "tasks"
"""The file that a SIGUSR2 puts the number of tasks into, beside the clock."""


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
        signal.signal(signal.SIGUSR2, lambda *_: count_tasks(file.with_name(TASKS)))
        sys.argv = ["grokbot", "run", "--config", os.environ[CONFIG]]
        run()


def count_tasks(file: Path) -> None:
    """Notes how many tasks there are."""
    number = len(asyncio.all_tasks())
    part = file.with_suffix(".part")
    part.write_text(str(number), encoding="ascii")
    part.replace(file)


if __name__ == "__main__":
    main()
