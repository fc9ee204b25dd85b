"""Formats times, money and numbers. Pure.

Not here: tables and documents (`tables`, `json_documents`), durations (`conversation.text.durations`).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

TICKS_A_DOLLAR = 10**10

STAR = "★"

_STEPS = ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h"), (30 * 86400, 86400, "d"))
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Text without cursor movement or colours, whoever wrote it; line ends and tabs stay."""
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n"))


def in_a_line(text: str) -> str:
    """The same on one line."""
    return " ".join(printable(text).split())


def money(ticks: int | None) -> str:
    """Dollars from ticks of 10^-10 USD, with useful precision: $12.30, $0.0123, <$0.0001; "" if unknown."""
    if ticks is None:
        return ""
    dollars = ticks / TICKS_A_DOLLAR
    if ticks and dollars < 0.0001:  # noqa: PLR2004 - the last digit that is shown
        return "<$0.0001"
    return f"${dollars:,.2f}" if not ticks or dollars >= 1 else f"${dollars:.4f}"


def number(value: int) -> str:
    """With separators: 12,345."""
    return f"{value:,}"


def rounded(value: int) -> str:
    """In a short form: 9,999, 12.3k, 4.5M."""
    for least, unit, name in ((10**9, 10**9, "B"), (10**6, 10**6, "M"), (10**4, 10**3, "k")):
        if value >= least:
            return f"{value / unit:.1f}{name}"
    return number(value)


def size_of(count: int) -> str:
    """Bytes: 12 kB, 3.4 MB, 5.6 GB."""
    for least, name in ((10**9, "GB"), (10**6, "MB")):
        if count >= least:
            return f"{count / least:,.1f} {name}"
    return f"{count / 1000:.0f} kB"


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that fits; after 30 days the local date; "" for None."""
    if then is None:
        return ""
    seconds = (now - then).total_seconds()
    if seconds < 5:  # noqa: PLR2004 - also if two clocks differ a little
        return "now"
    for below, unit, name in _STEPS:
        if seconds < below:
            return f"{int(seconds // unit)} {name} ago"
    return local(then)[:10]


def span(seconds: float) -> str:
    """How long, in the largest unit that fits."""
    unit, name = next(((unit, name) for below, unit, name in _STEPS if seconds < below), _STEPS[-1][1:])
    return f"{int(seconds // unit)} {name}"


def local(moment: datetime | None) -> str:
    """Local date and time, to the minute; "" for None."""
    return "" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M")


def iso(moment: datetime | None) -> str | None:
    """For programs: UTC, to the second, with a Z."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
