"""The machine of these tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from grokbot.operation.service import accounts
from tests.operation.service.machine import TestMachine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestMachine:
    made = TestMachine.made(tmp_path)
    monkeypatch.setenv("UV", str(tmp_path / "bin" / "uv"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("STANDIN", str(made.standin))
    monkeypatch.setattr(accounts, "findings", lambda *_: ())  # Discord is asked in a test of its own
    return made
