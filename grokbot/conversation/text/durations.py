"""Lengths and points of time as people type and read them: `30m`, `1w 2d`, `2 hours 30 minutes`, `yesterday`. Pure.

Not here: the clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from grokbot.conversation import errors  # the module: it needs the sentences of this package
from grokbot.conversation.text.sentences import Plural, Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.conversation.text.names import OthersText

NO_DURATION = Sentence("Give a duration such as `30m`, `2h`, `3d` or `1w 2d`.")
NO_MOMENT = Sentence("Give a time such as `3d` (three days ago), `yesterday`, `2026-11-23` or `2026-11-23 14:30`.")
TOO_LONG = Sentence("That is longer than ten years.")
LONGEST = timedelta(days=3653)

ENDLESS = frozenset({"for good", "forever", "permanent", "permanently", "always"})
_DAY = timedelta(days=1)
_UNITS = (
    (_DAY, Plural("{n} day", "{n} days"), Plural("{n} d", "{n} d")),
    (_DAY / 24, Plural("{n} hour", "{n} hours"), Plural("{n} h", "{n} h")),
    (_DAY / 1440, Plural("{n} minute", "{n} minutes"), Plural("{n} min", "{n} min")),
    (_DAY / 86400, Plural("{n} second", "{n} seconds"), Plural("{n} s", "{n} s")),
)
_NAMES: Mapping[str, timedelta] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), timedelta(seconds=1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), _DAY),
    **dict.fromkeys(("w", "week", "weeks"), timedelta(weeks=1)),
}
_PART = re.compile(r"([0-9]{1,6})\s*([a-z]+)[\s,]*")


def duration_of(text: OthersText) -> timedelta:
    """Reads a length of time.

    Raises:
        UserError: It is not one, or longer than ten years.
    """
    typed, total, at = " ".join(text.lower().split()), timedelta(), 0
    while at < len(typed):
        part = _PART.match(typed, at)
        unit = _NAMES.get(part[2]) if part is not None else None
        if part is None or unit is None:
            raise errors.UserError(NO_DURATION)
        total, at = total + int(part[1]) * unit, part.end()
        if total > LONGEST:
            raise errors.UserError(TOO_LONG)
    if not total:
        raise errors.UserError(NO_DURATION)
    return total


def is_endless(text: OthersText) -> bool:
    """Whether it means a time without end, such as `forever`."""
    return " ".join(text.lower().split()) in ENDLESS


def moment_of(text: OthersText, now: datetime) -> datetime:
    """Reads a point in time: a date, `today`, `yesterday`, or how long ago.

    Args:
        text: As it was typed.
        now: In UTC if dates without a time zone are; else they are local.

    Raises:
        UserError: It is none of these.
    """
    typed = text.strip().lower()
    if typed in {"today", "yesterday"}:
        return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=typed == "yesterday")
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None and now.tzinfo is UTC else moment.astimezone()
    except (ValueError, OverflowError):
        try:
            return now - duration_of(typed)
        except errors.UserError:
            raise errors.UserError(NO_MOMENT) from None


def written(duration: timedelta, *, short: bool = False) -> str:
    """A length of time in its two largest units: `2 hours 30 minutes`, in short `2 h 30 min`."""
    left = duration
    parts: list[str] = []
    for unit, words, letters in _UNITS:
        count, left = divmod(left, unit)
        if count or (unit is _UNITS[-1][0] and not parts):
            parts.append((letters if short else words)(count))
    return " ".join(parts[:2])
