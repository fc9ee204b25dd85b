"""Lengths of time and amounts as moderators type them: `2h`, `3d`, `for good`, `50k`, `$2.50`. Pure.

Not here: the clock, what is limited (`policy.budgets.limits`).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.policy.budgets import TICKS_A_DOLLAR, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.conversation.text import OthersText

NO_SPAN = "Give a duration such as `30m`, `2h`, `3d`, `1w 2d` or `forever`."
NO_MOMENT = "Give a time such as `3d` (three days ago), `2026-11-23` or `2026-11-23 14:30` (UTC)."
NO_AMOUNT = "Give an amount such as `5`, `50k`, `1.5M`, or `$2.50` for money."
TOO_LONG = "That is longer than ten years. Use `forever` for no end."
NOT_YET = "That is in the future."

LONGEST = timedelta(days=3653)
FIRST = datetime(2015, 1, 1, tzinfo=UTC)
"""Discord's own first day: nothing is older."""
LARGEST = 10**18
"""Of any unit: more than a column of 64 bits takes could not be kept."""

_ENDLESS = frozenset({"for good", "forever", "permanent", "always"})
_UNITS: Mapping[str, timedelta] = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LETTERS: Mapping[str, str] = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "week", "weeks"), "w"),
}
_PART = re.compile(r"([0-9]{1,6})\s*([a-z]+)[\s,]*")
_AMOUNT = re.compile(r"(\$)?\s*([0-9]{1,15}(?:\.[0-9]{1,10})?)\s*([km])?", re.IGNORECASE)
_SIZES: Mapping[str, int] = {"": 1, "k": 1_000, "m": 1_000_000}


def span(text: OthersText) -> timedelta | None:
    """A length of time; None for one that does not end.

    Raises:
        UserError: It is none, or longer than ten years.
    """
    typed = " ".join(text.lower().split())
    if typed in _ENDLESS:
        return None
    total, at = timedelta(), 0
    while at < len(typed):
        part = _PART.match(typed, at)
        letter = _LETTERS.get(part[2]) if part is not None else None
        if part is None or letter is None:
            raise UserError(NO_SPAN)
        total, at = total + int(part[1]) * _UNITS[letter], part.end()
    if not total:
        raise UserError(NO_SPAN)
    if total > LONGEST:
        raise UserError(TOO_LONG)
    return total


def since(text: OthersText, now: datetime) -> datetime:
    """The time from which on something is meant: so long ago, or a date of UTC.

    Raises:
        UserError: It is none of both, or still to come.
    """
    typed = text.strip()
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        try:
            ago = span(typed)
        except UserError:
            raise UserError(NO_MOMENT) from None
        return FIRST if ago is None else now - ago
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if moment > now:
        raise UserError(NOT_YET)
    return max(moment, FIRST)


def amount(text: OthersText, unit: Unit) -> int:
    """An amount in a limit's unit; money in ticks.

    Raises:
        UserError: It is none, or is too large, or parts of what has no parts.
    """
    typed = _AMOUNT.fullmatch(text.strip().replace(",", "").replace("_", ""))
    if typed is None or (typed[1] and unit is not Unit.COST):
        raise UserError(NO_AMOUNT)
    value = Decimal(typed[2]) * _SIZES[(typed[3] or "").lower()]
    whole = value * TICKS_A_DOLLAR if unit is Unit.COST else value
    if whole != whole.to_integral_value() or whole > LARGEST:
        raise UserError(NO_AMOUNT)
    return int(whole)


def length(of: timedelta) -> str:
    """A length of time for people, in its two largest parts: `3 days`, `2 hours 30 minutes`, `under a minute`."""
    left, said = of, []
    for name, one in (("day", _UNITS["d"]), ("hour", _UNITS["h"]), ("minute", _UNITS["m"])):
        count, left = divmod(left, one)
        if count:
            said.append(f"{count:,} {name}{'' if count == 1 else 's'}")
    return " ".join(said[:2]) or "under a minute"
