"""Which of several ids is meant by a shortened one. Pure.

Ids sort by time, so those of one day begin alike: people use the end of one, which a list shows, or its beginning.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grokbot.terminal.exits import CommandFailedError, Exit

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST = 4
"""Characters."""
SHOWN = 8
"""The end of an id that a list shows: 40 bits that are random."""
WHOLE = 26
"""Characters of a whole one."""

_FORM = re.compile(r"[0-9A-Za-z]+")


def may_be_an_id(text: str) -> bool:
    """Whether it has the form of one, or of a part of one."""
    return bool(_FORM.fullmatch(text)) and SHORTEST <= len(text) <= WHOLE


def short(identifier: str) -> str:
    """As lists show it."""
    return identifier[-SHOWN:]


def picked(given: str, ids: Iterable[str], what: str = "conversation") -> str:
    """The one id that was meant.

    Args:
        given: The whole id, its beginning or its end, in whatever case.
        ids: Those it may be.
        what: What they are ids of, for the error.

    Raises:
        CommandFailedError: There is none, there are several, or too little was given.
    """
    wanted = given.strip().upper()
    if not may_be_an_id(wanted):
        text = (
            f"“{given}” is not the id of a {what}: give one, or at least {SHORTEST} characters of its beginning or end."
        )
        raise CommandFailedError(text, Exit.NOT_FOUND)
    found = [one for one in ids if one.upper().startswith(wanted) or one.upper().endswith(wanted)]
    if wanted in (one.upper() for one in found):
        return next(one for one in found if one.upper() == wanted)
    if not found:
        raise CommandFailedError(f"There is no {what} whose id begins or ends with “{given}”.", Exit.NOT_FOUND)
    if len(found) > 1:
        named = ", ".join(found[:5]) + (" …" if len(found) > 5 else "")  # noqa: PLR2004 - as many as a line takes
        raise CommandFailedError(
            f"“{given}” matches {len(found)} {what}s: {named}. Give more characters.", Exit.NOT_FOUND
        )
    return found[0]
