"""The share bench itself: one small run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import share

if TYPE_CHECKING:
    import pytest


def test_every_length_is_measured_and_the_limit_stands_beside_the_one_it_is_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share, "LIMIT_TURNS", 4)
    share.measure([2, 4], runs=2)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    assert [row[0] for row in rows] == ["2", "4"]
    assert rows[0][4] == ""
    assert rows[1][4].startswith("100")
