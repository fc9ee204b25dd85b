"""Detects a blocked event loop, and logs which functions block it.

A thread checks the loop's heartbeat. If it is late, it records the names of the running functions and
nothing else: no values, nobody's text. Not here: reacting to it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.process import metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import FrameType

log = logging.getLogger(__name__)

LONGEST = 0.1
"""Longest acceptable block, in seconds."""
BEAT = 0.05
"""Seconds between heartbeats, and between checks."""
DEEPEST = 6
"""How many of our functions to name, innermost first."""
SAID_EVERY = 1.0
"""Seconds between two log lines; the next line counts those left out."""


@dataclass(slots=True)
class LoopLag:
    """How the loop was blocked since the start."""

    stalls: int = 0
    """How often it was blocked for longer than LONGEST."""
    longest: float = 0.0
    """Seconds."""
    where: list[str] = field(default_factory=list)
    """The functions that ran in the last one."""


class _Watch:
    """The heartbeat in the loop, and the check in a thread."""

    def __init__(self, lag: LoopLag) -> None:
        self.lag = lag
        self.over = threading.Event()
        self._loop_thread = threading.get_ident()
        self._beaten = time.monotonic()
        self._seen: list[str] = []
        self._unsaid = 0
        self._said = 0.0

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            late, self._beaten = now - self._beaten - BEAT, now
            metrics.LOOP_LAG.observe(max(0.0, late))
            if late > LONGEST:
                self._note(late, now)
            self._seen = []

    def look(self) -> None:
        while not self.over.wait(BEAT):
            if time.monotonic() - self._beaten > BEAT + LONGEST:
                frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - the documented way to look
                self._seen = self._seen or _names(frame)

    def _note(self, late: float, now: float) -> None:
        self.lag.stalls += 1
        self.lag.longest = max(self.lag.longest, late)
        self.lag.where = self._seen
        self._unsaid += 1
        if now - self._said >= SAID_EVERY:
            where = " < ".join(self._seen) or "unknown"
            log.warning("loop.held_up ms=%.0f times=%d where=%s", late * 1000, self._unsaid, where)
            self._said, self._unsaid = now, 0


@asynccontextmanager
async def watched_loop() -> AsyncIterator[LoopLag]:
    """Watch the running loop within the block."""
    watch = _Watch(LoopLag())
    eye = threading.Thread(target=watch.look, name="loop lag", daemon=True)
    heart = asyncio.create_task(watch.beat(), name="loop lag")
    eye.start()
    try:
        yield watch.lag
    finally:
        watch.over.set()
        heart.cancel()
        await asyncio.wait([heart])
        log.info("loop.watched stalls=%d longest_ms=%.0f", watch.lag.stalls, watch.lag.longest * 1000)


def _names(frame: FrameType | None) -> list[str]:
    """The innermost function, and those of ours that called it."""
    named: list[str] = []
    while frame is not None and len(named) < DEEPEST:
        module = str(frame.f_globals.get("__name__", Path(frame.f_code.co_filename).stem))
        if not named or module.startswith("grokbot"):
            named.append(f"{module}.{frame.f_code.co_qualname}")
        frame = frame.f_back
    return named
