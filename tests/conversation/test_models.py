from __future__ import annotations

import pytest

from grokbot.conversation.models import EFFORTS, nearest_effort, options_of
from grokbot.sandbox.grok_server.prices import MODELS
from grokbot.wire.xai.chat_pb2 import ReasoningEffort


@pytest.mark.parametrize("facts", MODELS, ids=lambda facts: facts.name)
def test_the_table_says_what_a_strict_server_takes(facts: object) -> None:
    """The sandbox has a table of its own, from the same documentation: a mistake in one of them shows here."""
    [model] = [each for each in MODELS if each is facts]
    for name in (model.name, *(alias for alias in model.aliases if alias != "grok-latest")):
        known = options_of(name)
        assert known is not None
        assert {f"EFFORT_{each.upper()}" for each in known.efforts} == set(map(ReasoningEffort.Name, model.efforts))
        assert bool(known.refused) == model.reasons


@pytest.mark.parametrize(
    ("model", "wanted", "taken"),
    [
        ("grok-4.7", "xhigh", "xhigh"),
        ("grok-4.7", "none", "low"),
        ("grok-4.7-2026-11-01", "none", "low"),
        ("grok-4.5", "xhigh", "high"),
        ("grok-4.3", "none", "none"),
        ("grok-4.20", "high", None),
        ("grok-4.20-non-reasoning", "low", None),
        ("grok-4.70", "none", "none"),
        ("grok-of-ours", "xhigh", "xhigh"),
    ],
)
def test_an_effort_that_a_model_does_not_take_is_lowered(model: str, wanted: str, taken: str | None) -> None:
    assert nearest_effort(model, wanted) == taken


def test_what_a_model_gets_it_takes() -> None:
    for model in MODELS:
        known = options_of(model.name)
        assert known is not None
        assert all(nearest_effort(model.name, effort) in (known.efforts or (None,)) for effort in EFFORTS)
