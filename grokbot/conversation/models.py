"""What each of xAI's models takes, in one table. Pure.

Not here: prices and context (xAI's own list), what xAI refused in this process (`xai.client`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EFFORTS = ("none", "low", "medium", "high", "xhigh")
"""Reasoning efforts, the lowest first."""

_OF_REASONERS = ("presence_penalty", "frequency_penalty", "stop")


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """The options of one model."""

    efforts: tuple[str, ...]
    """The reasoning efforts that it takes, the lowest first. Empty: it has none to choose from."""
    refused: tuple[str, ...] = _OF_REASONERS
    """Fields of a request that it refuses."""


_TABLE: Mapping[str, ModelOptions] = {
    "grok-4.7": ModelOptions(("low", "medium", "high", "xhigh")),
    "grok-4.6": ModelOptions(("low", "medium", "high", "xhigh")),
    "grok-4.5": ModelOptions(("low", "medium", "high")),
    "grok-4.3": ModelOptions(EFFORTS),
    "grok-4.20-non-reasoning": ModelOptions((), ()),
    "grok-4.20-0309-non-reasoning": ModelOptions((), ()),
    "grok-4.20": ModelOptions(()),
}
"""By the beginning of a model's name (xAI's documentation, autumn 2026). The efforts of 4.5 and 4.20 are not
documented: the narrow reading works either way."""


def options_of(model: str) -> ModelOptions | None:
    """What a model takes; None for a model that is not in the table."""
    fits = [name for name in _TABLE if model == name or model.startswith(f"{name}-")]
    return _TABLE[max(fits, key=len)] if fits else None


def nearest_effort(model: str, effort: str) -> str | None:
    """The effort that a model takes in place of the wanted one: the next lower, else its lowest.

    None if it takes none. A model that is not in the table gets what was wanted.
    """
    known = options_of(model)
    if known is None:
        return effort
    lower = [each for each in known.efforts if EFFORTS.index(each) <= EFFORTS.index(effort)]
    return next(iter((*reversed(lower), *known.efforts)), None)
