"""What of the daemon is well and what is not, part by part. Who uses a part says so here; who reports reads it.

Each way of using a part has a pulse: it is asked, it answers or fails. From that follows what is reported, and whether
the daemon is *mute*: no longer of use to anybody, in a way that a new start may mend. Times come in by the clock that
is given; nothing here waits. Not here: asking a part that nobody uses (`daemon.probes`), telling the service manager
(`daemon.report`), serving it (`web`).
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PATIENCE_SECONDS = 30.0
"""After so long without a sign of life a part is asked for one; after twice as long without any, it is mute. It is
systemd's WatchdogSec where that is set: from the last sign of life to the end of a mute daemon it takes thrice as long.
"""

PASSING_SECONDS = 5.0
"""A trouble that passes sooner is not reported: Discord and xAI refuse single requests now and then. Of what was never
well it is: the daemon is not ready yet."""

SILENT_SECONDS = 10.0
"""How long an answer may take until that is reported."""


LONGEST_STEP_SECONDS = 5.0
"""What a longer pause of the process counts as."""

LONGEST_HOLD_SECONDS = 900.0
"""For so long at most a part may be held; VACUUM writes about 100 MB a second."""


class HealthPart(StrEnum):
    """What the daemon stands on."""

    LOOP = "event loop"
    GATEWAY = "Discord's gateway"
    REST = "Discord's REST API"
    DATABASE = "database"
    XAI = "xAI"


NOT_YET: Mapping[HealthPart, str] = {
    HealthPart.LOOP: "the event loop does not run yet",
    HealthPart.GATEWAY: "Discord's gateway is not connected yet",
    HealthPart.REST: "the bot is not logged in to Discord yet",
    HealthPart.DATABASE: "the database is being opened",
    HealthPart.XAI: "xAI was not asked yet whether it accepts the key",
}
"""Of a part of which nothing is known."""

MIGRATING = "the database is being brought up to date"
"""Of the database while its tables are changed, which takes as long as it takes."""

HANGS: Mapping[HealthPart, str] = {
    HealthPart.LOOP: "the event loop is held up",
    HealthPart.GATEWAY: "Discord's gateway does not answer",
    HealthPart.REST: "Discord does not answer requests",
    HealthPart.DATABASE: "the database does not answer",
    HealthPart.XAI: "xAI does not answer",
}
"""Of a part that was asked and says nothing at all."""

REMEDIES: Mapping[HealthPart, str] = {
    HealthPart.LOOP: "If it stands still, systemd's watchdog starts the bot anew. The log names what holds it up.",
    HealthPart.GATEWAY: "The bot reconnects by itself, and then answers what it has missed.",
    HealthPart.REST: "The bot tries again. If Discord answers nothing for a minute, systemd's watchdog starts it anew.",
    HealthPart.DATABASE: "The bot refuses what it cannot store, says so in Discord, and tries again every half minute.",
    HealthPart.XAI: "The bot tells people in Discord, and tries again every half minute.",
}
"""What the daemon does about the trouble of a part."""

MENDED_BY_START = (HealthPart.DATABASE, HealthPart.REST, HealthPart.GATEWAY)
"""The parts without which the daemon is mute. A loop that stands still cannot report anything; an xAI that is away is
away for the next daemon too, and people are told so in Discord."""


@dataclass(frozen=True, slots=True)
class PartHealth:
    """How one part is."""

    part: HealthPart
    trouble: str
    """A sentence for the operator that names the part; empty: it is well. No secrets, nobody's text."""
    seconds: float
    """For how long it has been well, or not."""
    lasting_remedy: str = ""
    """What mends a trouble that does not pass; empty: it is the part's usual one."""

    @property
    def well(self) -> bool:
        """Whether it can be used."""
        return not self.trouble

    @property
    def remedy(self) -> str:
        """What the daemon does about the trouble, or what a person has to do; empty: there is none."""
        return (self.lasting_remedy or REMEDIES[self.part]) if self.trouble else ""


class RunningClock:
    """Seconds that the process ran. A pause of all of it, as a debugger or SIGSTOP makes one, counts as a moment.

    Else everything that was asked before the pause would be late after it. A machine that sleeps stops the clock below.

    Args:
        clock: Gives seconds and only goes forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._run = 0.0

    def __call__(self) -> float:
        """Seconds since it was made. It must be asked every second or so."""
        now = self._clock()
        self._run += min(now - self._last, LONGEST_STEP_SECONDS)
        self._last = now
        return self._run


class Pulse:
    """The signs of life in one way of using a part, such as the database's writes.

    Args:
        part: What is used.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(self, part: HealthPart, now: Callable[[], float]) -> None:
        self._part = part
        self._now = now
        self._known = self._was_well = False
        self._heard = self._since = now()
        self._asked: float | None = None
        self._trouble = self._remedy = ""
        self._passing = True
        self._held_at: float | None = None

    def asked(self) -> None:
        """It was asked, and has to answer."""
        if self._asked is None:
            self._asked = self._now()

    def answered(self) -> None:
        """It did what was asked of it."""
        self._heard, self._asked = self._now(), None
        if self._trouble or not self._known:
            self._since = self._heard
        self._known, self._trouble, self._passing, self._was_well = True, "", True, True

    def failed(self, trouble: str, *, passing: bool = True, remedy: str = "") -> None:
        """It did not. The trouble counts from when the first question that failed was asked.

        Args:
            trouble: Why, in words for the operator.
            passing: Whether it may pass by itself or with a new start. What only a person can mend, such as a full
                disk, is reported at once, and does not make the daemon mute.
            remedy: As `PartHealth.lasting_remedy`.
        """
        self.asked()
        if not self._trouble and self._asked is not None:
            self._since = self._asked
        self._known, self._trouble, self._passing, self._remedy = True, trouble, passing, remedy
        if not passing:
            self._heard, self._asked = self._now(), None

    def recovered(self) -> None:
        """Something else shows that it is reached again, though not that a lasting trouble is over."""
        if self._known and self._passing:
            self.answered()

    def alive(self) -> None:
        """It shows a sign of life, though it does not do what was asked of it yet."""
        self._heard = self._now()
        self._asked = None if self._asked is None else self._heard

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Within the block it cannot answer, for a good reason: the database is being rewritten."""
        self._held_at = self._now()
        try:
            yield
        finally:
            self._held_at = None
            self.alive()

    @property
    def is_held(self) -> bool:
        """Whether it cannot answer, for a good reason."""
        return self._held_at is not None and self._now() - self._held_at < LONGEST_HOLD_SECONDS

    @property
    def idle(self) -> float:
        """Seconds since the last sign of life."""
        return 0.0 if self.is_held else self._now() - self._heard

    @property
    def trouble(self) -> str:
        """What is wrong with it, for the report; empty: nothing, or something too short to tell."""
        if self._trouble:
            passing = self._passing and self._was_well and self._now() - self._since < PASSING_SECONDS
            return "" if passing else self._trouble
        late = self._asked is not None and not self.is_held and self._now() - self._asked >= SILENT_SECONDS
        return HANGS[self._part] if late else ""

    @property
    def remedy(self) -> str:
        """As `PartHealth.lasting_remedy`."""
        return self._remedy if self._trouble else ""

    @property
    def since(self) -> float:
        """When it became well, or the first failure or unanswered question if there is trouble."""
        return self._since if self._trouble or self._asked is None or not self.trouble else self._asked

    @property
    def known(self) -> bool:
        """Whether it was ever used."""
        return self._known

    def is_mute(self, patience: float) -> bool:
        """Whether there was no sign of life for twice this many seconds, though it was asked in time for one."""
        if self._asked is None or self.is_held:
            return False
        return self.idle >= 2 * patience and self._now() - self._asked >= patience / 2


class Health:
    """The parts of one daemon. A part that nobody has spoken for is not well yet.

    Args:
        now: Seconds of a clock that only goes forward.
        patience: See `PATIENCE_SECONDS`.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, patience: float = PATIENCE_SECONDS) -> None:
        self._now = now
        self._begun = now()
        self.patience = patience
        self.in_service = True
        """Whether it should be of use: it was connected once and does not end. Before, it waits for Discord."""
        self._pulses: dict[HealthPart, dict[str, Pulse]] = {part: {} for part in HealthPart}

    def pulse(self, part: HealthPart, way: str = "") -> Pulse:
        """The pulse of one way of using a part. A part is well where all its pulses are."""
        return self._pulses[part].setdefault(way, Pulse(part, self._now))

    def troubled(self, part: HealthPart) -> Sequence[Pulse]:
        """The pulses of a part that is not well."""
        return tuple(pulse for pulse in self._pulses[part].values() if pulse.trouble)

    def idle(self, part: HealthPart, seconds: float) -> Sequence[Pulse]:
        """The pulses of a part, if none of them was felt for so long."""
        pulses = tuple(self._pulses[part].values())
        return pulses if all(pulse.idle >= seconds for pulse in pulses) else ()

    def parts(self) -> Sequence[PartHealth]:
        """All parts, in the order of `HealthPart`."""
        return tuple(map(self._of, HealthPart))

    @property
    def troubles(self) -> Sequence[PartHealth]:
        """The parts that are not well."""
        return tuple(each for each in self.parts() if not each.well)

    @property
    def mute(self) -> HealthPart | None:
        """The part that makes the daemon useless, so that it should be started anew; None: there is none."""
        for part in MENDED_BY_START if self.in_service else ():
            if any(pulse.is_mute(self.patience) for pulse in self._pulses[part].values()):
                return part
        return None

    def _of(self, part: HealthPart) -> PartHealth:
        now, pulses = self._now(), [each for each in self._pulses[part].values() if each.known or each.trouble]
        if not pulses:
            return PartHealth(part, NOT_YET[part], now - self._begun)
        troubled = [each for each in pulses if each.trouble]
        if troubled:
            first = min(troubled, key=lambda each: each.since)
            return PartHealth(part, first.trouble, now - first.since, first.remedy)
        return PartHealth(part, "", now - max(each.since for each in pulses))
