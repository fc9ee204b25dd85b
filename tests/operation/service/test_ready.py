"""How long `grokbot service` waits until a bot is ready, with a stand-in for systemd and for the time."""

from __future__ import annotations

import time

import pytest

from grokbot.daemon.status_line import Activity, LifePhase, status_line
from grokbot.operation.service.layout import ServiceError
from grokbot.operation.service.machine import Systemd, UnitState
from grokbot.process.health import MIGRATING, Health, HealthPart


class StartingUnit(Systemd):
    """A unit that starts; what it says depends on the time."""

    def __init__(self, migrates: float, ready: float, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(runs=True)
        self.now = 0.0
        self._migrates, self._ready = migrates, ready
        self._health = Health()
        self._health.pulse(HealthPart.DATABASE).failed(MIGRATING, passing=False)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def state(self, unit: str) -> UnitState:
        active = "active" if self.now >= self._ready else "activating"
        if self.now > self._migrates:
            self._health.pulse(HealthPart.DATABASE).answered()
        status = status_line(LifePhase.STARTING, self._health.troubles, Activity())
        return UnitState(unit, {"ActiveState": active, "StatusText": status, "NRestarts": "0"})


def test_a_migration_may_take_as_long_as_the_database_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = StartingUnit(400.0, 410.0, monkeypatch)
    assert unit.await_ready("grokbot.service", 120.0, str) == pytest.approx(410.0, abs=1.0)


def test_what_is_not_ready_in_time_after_a_migration_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = StartingUnit(400.0, 1000.0, monkeypatch)
    with pytest.raises(ServiceError, match="not ready within 520 s"):
        unit.await_ready("grokbot.service", 120.0, str)
