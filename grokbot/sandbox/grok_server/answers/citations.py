"""Links to sources in an answer, as xAI writes them: `[[1]](https://example.org)`. Pure.

Here: writing them, finding them, leaving them out. Not here: whether the request asked for them (`draft`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from grokbot.wire.xai.chat_pb2 import CollectionsCitation, InlineCitation, WebCitation, XCitation

if TYPE_CHECKING:
    from collections.abc import Iterable

#: An address may hold brackets in pairs, as Wikipedia's do.
_LINK: Final = re.compile(r"\[\[(\d+)\]\]\(((?:https?|collections)://(?:[^\s()]|\([^\s()]*\))+)\)")
_X: Final = frozenset({"x.com", "www.x.com", "twitter.com"})


def links_to(sources: Iterable[str]) -> str:
    """A numbered link to each source, one after the other."""
    return "".join(f"[[{number}]]({url})" for number, url in enumerate(sources, start=1))


def found_in(text: str) -> tuple[InlineCitation, ...]:
    """Every link of `text` with its position, in order."""
    return tuple(_citation(found) for found in _LINK.finditer(text))


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses that `text` links to, each once."""
    return tuple(dict.fromkeys(found[2] for found in _LINK.finditer(text)))


def without(text: str) -> str:
    """The text as the model writes it to somebody who did not ask for links."""
    return _LINK.sub("", text)


def _citation(found: re.Match[str]) -> InlineCitation:
    citation = InlineCitation(id=found[1], start_index=found.start(), end_index=found.end())
    parts = urlsplit(found[2])
    if parts.scheme == "collections":
        file = parts.path.rsplit("/", 1)[-1]
        citation.collections_citation.CopyFrom(CollectionsCitation(file_id=file, collection_ids=[parts.netloc]))
    elif parts.hostname in _X:
        citation.x_citation.CopyFrom(XCitation(url=found[2]))
    else:
        citation.web_citation.CopyFrom(WebCitation(url=found[2]))
    return citation
