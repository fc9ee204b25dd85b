"""What the model looked up, in words: searches, opened pages, posts, code. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.text.sentences import Sentence
from grokbot.conversation.text.sources import source_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grokbot.conversation.response import Query

CODE = "code"
"""The kind of a `Query` that runs code."""

_SEARCH = {
    "web": (Sentence("Searching the web"), Sentence("Searched the web")),
    "x": (Sentence("Searching X"), Sentence("Searched X")),
}
_SEARCH_ELSEWHERE = (Sentence("Searching {where}"), Sentence("Searched {where}"))
_CODE = (Sentence("Running code"), Sentence("Ran code"))
_POST = (Sentence("Reading a post on X"), Sentence("Read a post on X"))
_SITE = (Sentence("Opening {name}"), Sentence("Opened {name}"))
_PAGE = (Sentence("Opening a page"), Sentence("Opened a page"))


@dataclass(frozen=True, slots=True)
class Lookup:
    """A lookup in words: "Searching the web", "Searched the web"; and the search words, if it had any."""

    doing: str
    done: str
    words: str = ""


def lookup_of(query: Query) -> Lookup:
    """The words for a search, or for what was opened instead: `_looked_for` in `xai.chunks` says what arrives."""
    if query.kind == CODE:
        return _said(_CODE)
    words = " ".join(query.text.split())
    if words.startswith(("https://", "http://")):
        name = source_name(words)
        if name.startswith("x.com") and "/status/" in words:
            return _said(_POST)
        return _said(_SITE, name=name) if name else _said(_PAGE)
    return _said(_SEARCH.get(query.kind, _SEARCH_ELSEWHERE), words, where=query.kind)


def _said(how: tuple[Sentence, Sentence], words: str = "", **values: str) -> Lookup:
    doing, done = how
    return Lookup(doing.format(**values), done.format(**values), words)


def done_in_short(queries: Iterable[Query]) -> tuple[str, ...]:
    """What was done, each once, without the search words: "Searched the web", "opened nasa.gov"."""
    done = dict.fromkeys(lookup_of(query).done for query in queries)
    return tuple(each if not number else each[0].lower() + each[1:] for number, each in enumerate(done))
