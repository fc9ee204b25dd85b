"""Turns snapshots of a growing answer into the deltas that a client appends. Pure.

A client can only append. If the model starts its answer over (an output after a search replaces the earlier text),
the new text follows the old one after an empty line; the stream's last message has the final answer.
Not here: waiting for snapshots, messages (`services.answers`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.text.lookups import CODE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Query

ANEW = "\n\n"
"""Separates a text from the one that replaces it."""


class Pieces:
    """What one client has received of one answer."""

    def __init__(self) -> None:
        self._text = ""
        self._queries: tuple[Query, ...] = ()

    def text(self, text: str) -> str:
        """The text to append so that the client has all of this text; "" for nothing."""
        begun, self._text = self._text, text
        if text.startswith(begun):
            return text[len(begun) :]
        return ANEW + text if text else ""

    def queries(self, queries: Sequence[Query]) -> Sequence[Query]:
        """The searches that are new or reworded, without empty ones."""
        known, self._queries = self._queries, tuple(queries)
        return tuple(
            query
            for i, query in enumerate(queries)
            if (query.text or query.kind == CODE) and known[i : i + 1] != (query,)
        )
