"""What of the daemon is well and what is not, part by part. Whoever uses a part says so here; whoever reports reads it.

Not here: telling the service manager (`sd_notify`), serving it (`web`), what anybody does about it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class HealthPart(StrEnum):
    """What the daemon stands on."""

    LOOP = "event loop"
    GATEWAY = "Discord's gateway"
    REST = "Discord's REST API"
    DATABASE = "database"
    XAI = "xAI"


@dataclass(frozen=True, slots=True)
class PartHealth:
    """How one part is."""

    part: HealthPart
    trouble: str
    """A sentence for the operator; empty: it is well. No secrets, nobody's text."""
    seconds: float
    """For how long it has been well, or not."""

    @property
    def well(self) -> bool:
        """Whether it can be used."""
        return not self.trouble


class Health:
    """The parts of one daemon. A part that nobody has spoken for is not well yet.

    Args:
        now: Seconds of a clock that only goes forward.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        begun = now()
        self._troubles: dict[HealthPart, tuple[str, float]] = dict.fromkeys(HealthPart, ("not there yet", begun))

    def well(self, part: HealthPart) -> None:
        """It was used with success."""
        self.unwell(part, "")

    def unwell(self, part: HealthPart, trouble: str) -> None:
        """It cannot be used; `trouble` says why. The time of the first trouble stays."""
        before, since = self._troubles[part]
        self._troubles[part] = (trouble, since if bool(before) == bool(trouble) else self._now())

    def parts(self) -> Sequence[PartHealth]:
        """All parts, in the order of `HealthPart`."""
        now = self._now()
        return tuple(PartHealth(part, trouble, now - since) for part, (trouble, since) in self._troubles.items())
