"""What a person types about money, people and models, as values; and prices and names as a person reads them. Pure.

Not here: secrets (`pasted`), the questions (`wizard`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.policy.budgets import ListedModel

NONE = "none"
TICKS_OF_A_DOLLAR_A_MILLION = 10_000
"""Ticks for a token, where a million tokens cost a dollar."""

MOST_DOLLARS = 100_000
HIGHEST_ID = 2**63 - 1


class AnswerError(Exception):
    """It is no such value; the text says what would be."""


def dollars_in(text: str) -> float | None:
    """An amount; None for none.

    Raises:
        AnswerError: It is no amount.
    """
    bare = text.strip().lower().removeprefix("$").removesuffix("$").removesuffix("usd").strip().replace(",", ".")
    if bare in (NONE, "no", "unlimited", "-"):
        return None
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?|\.\d{1,6}", bare, re.ASCII) or float(bare) > MOST_DOLLARS:
        raise AnswerError("Please type an amount such as 5 or 0.50, 0 to allow nothing, or none for no limit.")
    return float(bare)


def dollars_shown(dollars: float | None) -> str:
    """As it can be typed."""
    return NONE if dollars is None else f"{dollars:g}"


def person_in(text: str) -> int:
    """A person's Discord id; 0 for nobody.

    Raises:
        AnswerError: It is none.
    """
    if text.strip().lower() in (NONE, "no", "0", "-"):
        return 0
    found = re.fullmatch(r"(?:<@!?)?(\d{15,19})>?(?: .*)?", text.strip(), re.ASCII)
    if not found or int(found[1]) > HIGHEST_ID:
        raise AnswerError("Please type a Discord id, a number of 17 to 19 digits, or none.")
    return int(found[1])


def price_lines(models: Mapping[str, ListedModel]) -> Sequence[str]:
    """Each model with its prices, aliases left out."""
    named = {name: model.prices for name, model in models.items() if not model.alias}
    widest = max(map(len, named), default=0)
    return [
        f"{name:<{widest}}  ${prices.prompt / TICKS_OF_A_DOLLAR_A_MILLION:.2f} read, "
        f"${prices.answer / TICKS_OF_A_DOLLAR_A_MILLION:.2f} written"
        for name, prices in sorted(named.items())
    ]


def plain(name: str) -> str:
    """What others named, on one line and without what a terminal obeys."""
    return "".join(c if c.isprintable() else " " for c in name)[:100]
