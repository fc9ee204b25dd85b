"""What the daemon and the bench itself took of the machine while answers ran.

Here: samples of processor time and memory, from the kernel. Not here: what they are compared with.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.start import resident_mb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EVERY_SECONDS = 0.1
KIB_IN_MIB = 1024.0


@dataclass(frozen=True, slots=True)
class Sample:
    """How things stood at one moment. All in seconds but for the memory."""

    at: float
    daemon_cpu: float
    daemon_kib: float
    bench_cpu: float
    bench_loop_cpu: float
    """The thread with the event loop alone: what is late there was late because of the bench."""

    @classmethod
    def of(cls, pid: int) -> Sample:
        """How things stand now; called on the thread with the event loop."""
        return cls(
            at=time.monotonic(),
            daemon_cpu=cpu_seconds(pid),
            daemon_kib=resident_mb(pid) * KIB_IN_MIB,
            bench_cpu=time.process_time(),
            bench_loop_cpu=time.thread_time(),
        )


@dataclass(frozen=True, slots=True)
class Load:
    """The samples of a run, at least two, in the order of time."""

    samples: list[Sample]

    @property
    def daemon_cpu(self) -> float:
        """Seconds of processor time that the daemon took, in user mode and in the kernel, all threads."""
        return self.samples[-1].daemon_cpu - self.samples[0].daemon_cpu

    @property
    def daemon_kib_at_rest(self) -> float:
        """Resident memory of the daemon before the run."""
        return self.samples[0].daemon_kib

    @property
    def daemon_kib_more(self) -> float:
        """By how much the daemon's resident memory was larger at its largest."""
        return max(sample.daemon_kib for sample in self.samples) - self.daemon_kib_at_rest

    def busy(self, begin: float, end: float) -> Busy:
        """How busy both processes were between two times."""
        first = max((s for s in self.samples if s.at <= begin), key=lambda s: s.at, default=self.samples[0])
        last = min((s for s in self.samples if s.at >= end), key=lambda s: s.at, default=self.samples[-1])
        seconds = last.at - first.at
        return Busy(
            daemon=(last.daemon_cpu - first.daemon_cpu) / seconds,
            bench=(last.bench_cpu - first.bench_cpu) / seconds,
            bench_loop=(last.bench_loop_cpu - first.bench_loop_cpu) / seconds,
        )


@dataclass(frozen=True, slots=True)
class Busy:
    """Shares of one core."""

    daemon: float
    bench: float
    bench_loop: float


@asynccontextmanager
async def observed(pid: int) -> AsyncIterator[Load]:
    """Takes samples while the block runs, the first before it and the last after it."""
    load = Load([Sample.of(pid)])

    async def sample() -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            load.samples.append(Sample.of(pid))

    sampling = asyncio.create_task(sample())
    try:
        yield load
    finally:
        sampling.cancel()
        await asyncio.wait([sampling])
        load.samples.append(Sample.of(pid))


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, as the kernel counts it (proc(5): `utime` and `stime`, in ticks)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
