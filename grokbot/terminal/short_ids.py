"""Finds an id by its beginning or end. Pure.

Ids sort by time, so those of one day begin alike: people use the end of an id, which a list shows, or its beginning.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grokbot.terminal.exits import CommandFailedError, Exit

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST = 4
"""Minimum length, in characters."""
SHOWN = 8
"""Length of the end of an id in lists: 40 random bits."""
WHOLE = 26
"""Length of a whole id, in characters."""

_FORM = re.compile(r"[0-9A-Za-z]+")


def may_be_an_id(text: str) -> bool:
    """Whether it looks like an id, or a part of one."""
    return bool(_FORM.fullmatch(text)) and SHORTEST <= len(text) <= WHOLE


def short(identifier: str) -> str:
    """The form in lists."""
    return identifier[-SHOWN:]


def picked(given: str, ids: Iterable[str], what: str = "conversation") -> str:
    """The id that was meant.

    Args:
        given: The whole id, its beginning or its end, in any case.
        ids: The possible ids.
        what: What they identify, for the error.

    Raises:
        CommandFailedError: No id matches, several do, or too little was given.
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
        named = ", ".join(found[:5]) + (" …" if len(found) > 5 else "")  # noqa: PLR2004 - as many as fit on a line
        raise CommandFailedError(
            f"“{given}” matches {len(found)} {what}s: {named}. Give more characters.", Exit.NOT_FOUND
        )
    return found[0]
