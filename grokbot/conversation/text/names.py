"""Texts that others chose: which characters show, and names that cannot pass for anything else.

Not here: where names come from (`discord_bot`), how they are put before a message (`history`).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

OthersText: TypeAlias = Annotated[str, "chosen by others"]
"""Marks a text that others chose: people, moderators, models, callers of the API.

A test finds functions that take one by this mark and feeds them growing hostile texts: their work may grow no faster
than the text.
"""

UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
"""Controls, formats (zero-width, direction), lone surrogates, spaces of all kinds."""

UNSEEN: Sequence[range] = (
    range(0x034F, 0x0350),  # combining grapheme joiner
    range(0x115F, 0x1161),  # Hangul fillers: letters by category, blank by sight
    range(0x17B4, 0x17B6),  # Khmer inherent vowels
    range(0x180B, 0x1810),  # Mongolian variation selectors
    range(0x2065, 0x2066),
    range(0x2800, 0x2801),  # Braille pattern with no dot
    range(0x3164, 0x3165),  # Hangul filler
    range(0xFE00, 0xFE10),  # variation selectors
    range(0xFFA0, 0xFFA1),  # half-width Hangul filler
    range(0xFFF0, 0xFFF9),
    range(0xE0000, 0xE1000),  # tags and more variation selectors
)
"""Invisible characters that their category does not reveal (Unicode's Default_Ignorable_Code_Point, and the two
blanks beside it).
"""

COLONS = frozenset(":\u02d0\u02f8\u0589\u05c3\u2236\u2982\ua789\ufe13\ufe30\ufe55\uff1a")
"""Characters that are a colon, or that look like one."""

NAMELESS = "someone"

LONGEST = 2_000
"""Characters of a name that are read: a caller of the API may send a million."""


@lru_cache(maxsize=4096)
def visible(character: str) -> bool:
    """Whether a character shows: no white space, no control, no zero-width, filler or direction mark.

    Characters that this Python does not know yet count as visible: newer emoji, for example.
    """
    if unicodedata.category(character) in UNSEEN_CATEGORIES:
        return False
    return not any(ord(character) in unseen for unseen in UNSEEN)


def safe_name(name: str) -> str:
    """A name that cannot pass for anything else: one line, no colon to end it early, nothing invisible, never blank."""
    cleaned = "".join(c if visible(c) and c not in COLONS else " " for c in name[:LONGEST])
    return " ".join(cleaned.split()) or NAMELESS
