"""What the model looked up, in words: searches, opened pages, posts, code. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.text.sources import source_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grokbot.conversation.response import Query

CODE = "code"
"""The kind of a `Query` that runs code."""

WHERE = {"web": "the web", "x": "X"}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A lookup in words: "Searching the web", "Searched the web"; and the search words, if it had any."""

    doing: str
    done: str
    words: str = ""


def lookup_of(query: Query) -> Lookup:
    """The words for a search, or for what was opened instead: `_looked_for` in `xai.chunks` says what arrives."""
    if query.kind == CODE:
        return Lookup("Running code", "Ran code")
    words = " ".join(query.text.split())
    if words.startswith(("https://", "http://")):
        name = source_name(words)
        if name.startswith("x.com") and "/status/" in words:
            return Lookup("Reading a post on X", "Read a post on X")
        return Lookup(f"Opening {name or 'a page'}", f"Opened {name or 'a page'}")
    where = WHERE.get(query.kind, query.kind)
    return Lookup(f"Searching {where}", f"Searched {where}", words)


def done_in_short(queries: Iterable[Query]) -> tuple[str, ...]:
    """What was done, each once, without the search words: "Searched the web", "opened nasa.gov"."""
    done = dict.fromkeys(lookup_of(query).done for query in queries)
    return tuple(each if not number else each[0].lower() + each[1:] for number, each in enumerate(done))
