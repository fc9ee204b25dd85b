"""The library bench itself: one small run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import library

if TYPE_CHECKING:
    import pytest


def test_every_kind_of_call_is_measured_beside_its_limit(capsys: pytest.CaptureFixture[str]) -> None:
    library.measure([40], calls=2)
    shown = capsys.readouterr().out
    assert "40 conversations, 400 responses" in shown
    for call in ("path of 200 turns", "list, 10 own", "search, found nowhere, 41 own", "starred, 41 own"):
        assert sum(call in line for line in shown.splitlines()) == 1
    assert [line for line in shown.splitlines() if "path of 200 turns" in line and "20 │" in line]
