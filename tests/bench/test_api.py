"""The api bench itself: one small run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import api

if TYPE_CHECKING:
    import pytest


def test_every_client_is_measured_at_both_paces_and_the_ratio_stands_beside_its_limit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PACE", 200.0)
    api.measure([2], tokens=20, rounds=1)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]
    assert [row[0] for row in rows] == list(api.KINDS.values()) * 2
    assert [row[2] for row in rows][::3] == [row[5] for row in rows][::3] == ["1.000", "1.000"]
    assert all(row[3].startswith("1.10") for row in rows if row[0] != api.KINDS["bare"])
    assert float(rows[0][4]) >= 0.9 * 1_000 / 200.0  # the pace is kept
