"""A growing answer as the pieces that a client puts together: from snapshots to texts and searches. Pure.

A client can only add. Where the model begins its answer anew (an output after a search takes the place of what it said
before it), the new text follows the old one after an empty line; the last message of the stream holds the answer as it
is. Not here: waiting for snapshots, messages (`services.answers`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Query

ANEW = "\n\n"
"""Between a text and the one that takes its place."""


class Pieces:
    """What one client has been sent of one answer."""

    def __init__(self) -> None:
        self._text = ""
        self._queries: tuple[Query, ...] = ()

    def text(self, text: str) -> str:
        """What is to be added for the client to have this text too; "" for nothing."""
        begun, self._text = self._text, text
        if text.startswith(begun):
            return text[len(begun) :]
        return ANEW + text if text else ""

    def queries(self, queries: Sequence[Query]) -> Sequence[Query]:
        """The searches that are new, or are worded otherwise than they were; none of them without words."""
        known, self._queries = self._queries, tuple(queries)
        return tuple(query for i, query in enumerate(queries) if query.text and known[i : i + 1] != (query,))
