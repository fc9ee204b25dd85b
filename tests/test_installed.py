"""Tests whose program is missing are skipped with a sentence that helps, but never where CI is set."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.installed import installed


def test_the_first_program_that_is_there_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert installed("no-such-program", Path(sys.executable).name, debian="python3") == sys.executable


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_missing_program_skips_at_home_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="to run these tests: apt-get install nothing"):
        installed("no-such-program", debian="nothing")
