"""The configuration example that operators copy is the one that the settings make."""

from __future__ import annotations

from pathlib import Path

from grokbot.settings.example import example


def test_the_example_is_current() -> None:
    written = Path(__file__).parents[2] / "deploy" / "grokbot.toml"
    assert written.read_text("utf-8") == example(), "run python -m grokbot.docgen.settings_table"
