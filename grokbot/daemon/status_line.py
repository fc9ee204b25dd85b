"""The daemon's state in one line, for the service manager and people who ask it. PURE.

Not here: when it is said (`report`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from grokbot.process.health import NOT_YET, HealthPart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.process.health import PartHealth

ROUGHLY = 10
"""Longer times are told in steps of so many seconds, so that a line that is repeated need not change with each."""


class LifePhase(Enum):
    """How far the daemon is."""

    STARTING = auto()
    SERVING = auto()
    """It has been ready once."""
    STOPPING = auto()


@dataclass(frozen=True, slots=True)
class Activity:
    """What the daemon does at a moment."""

    servers: int = 0
    running: int = 0
    """Answers being written."""
    note: str = ""
    """What the operator should know of the last reload; empty: nothing."""


def status_line(phase: LifePhase, troubles: Sequence[PartHealth], activity: Activity) -> str:
    """What the daemon does, and what is wrong.

    Args:
        phase: How far it is.
        troubles: The parts that are not well.
        activity: What it does.
    """
    answers = _counted(activity.running, "answer")
    if phase is LifePhase.STOPPING:
        return f"Finishing {answers}" if activity.running else "Stopping"
    if phase is LifePhase.STARTING:
        failed = [each.trouble for each in troubles if each.trouble != NOT_YET[each.part]]
        return f"Starting: {'; '.join(failed) or next((each.trouble for each in troubles), 'all is well')}"
    if troubles:
        return "; ".join(map(told, troubles))
    ready = f"Ready: {_counted(activity.servers, 'server')}, {answers} running"
    return f"{ready}; {activity.note}" if activity.note else ready


def told(health: PartHealth) -> str:
    """What is wrong with a part, and for how long."""
    seconds = round(health.seconds)
    seconds -= seconds % ROUGHLY if seconds > ROUGHLY else 0
    if health.part in {HealthPart.GATEWAY, HealthPart.REST}:
        return f"Mute for {seconds} s: {health.trouble}"
    return f"{health.trouble.removesuffix('.')} (for {seconds} s)"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
