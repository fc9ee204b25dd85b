"""Usage of answers, added up. Pure.

Not here: what one answer took (`response.Usage`), adding up (`store`), limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokbot.conversation.response import Usage


class By(StrEnum):
    """What sums are grouped by."""

    NOTHING = "nothing"
    DAY = "day"
    PERSON = "person"
    CHANNEL = "channel"
    MODEL = "model"
    CONVERSATION = "conversation"


@dataclass(frozen=True, slots=True)
class Spent:
    """One sum."""

    key: str
    """A date as 2026-11-23 (UTC), a Discord id, a model's name, a conversation's id; "" if there is none."""
    answers: int
    """How many answers, including failed ones."""
    tokens: Usage
    """`cost_ticks` is None if xAI reported no cost for any of them."""


@dataclass(frozen=True, slots=True)
class UsageSum:
    """One sum, with the requests that were refused."""

    spent: Spent
    refused: int
