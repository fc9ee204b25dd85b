"""`grokbot run` in the harness, on a machine whose wall clock may jump; the clock that waiting goes by does not.

Not here: when it jumps (`weather`), when the daemon is started and ended (`daemon`).
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import time_machine

from .daemon import CLOCK


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
        from grokbot.cli import main as grokbot  # noqa: PLC0415 - what it imports may keep the clock that it finds

        sys.argv = ["grokbot", "run"]
        grokbot()


if __name__ == "__main__":
    main()
