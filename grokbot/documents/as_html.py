"""A transcript as one self-contained HTML document: no script, font or image, only its own style.

Here: the page around the turns, and its Content-Security-Policy. Not here: the Markdown of a turn
(`markdown.render`), the server (`web`).
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grokbot.conversation.response import Sender
from grokbot.conversation.text import ENGLISH, in_language, lookup_of, visible
from grokbot.conversation.text.citations import cited_in, numbered
from grokbot.documents.markdown import SCHEMES, DocumentRenderer, code_css
from grokbot.documents.privacy_policy import INTRODUCTION, TITLE, policy_of
from grokbot.documents.transcript import UNTITLED, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from grokbot.documents.markdown.work_budget import Clock
    from grokbot.documents.transcript import Transcript, TranscriptTurn
    from grokbot.settings import Settings

LONGEST_DESCRIPTION = 200
"""Characters of the first words shown in previews."""
LONGEST_LINK = 100
"""Characters of an address that are displayed."""
MOST_SOURCES = 200
MOST_SEARCHES = 12
MOST_ATTACHED = 50
LONGEST_SEARCH = 120

_PLACEHOLDER = re.compile("\ue000([0-9]{1,6})\ue001|[\ue000\ue001]")
_NUMBER_OR_TAG = re.compile('(?P<tag></?[a-zA-Z](?:[^"\'>]|"[^"]*")*>)|\ue000(?P<number>[0-9]{1,6})\ue001')
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that change the direction of text, also of the text around them."""


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Where the page is served, for its preview and links to its other formats. `url` is the whole address."""

    url: str

    @property
    def markdown(self) -> str:
        """The page as Markdown."""
        return self.url + ".md"

    @property
    def json(self) -> str:
        """The page as JSON."""
        return self.url + ".json"


@dataclass(frozen=True, slots=True)
class _Source:
    words: str
    href: str
    cited: bool
    """Whether a number in the text leads to it."""


@dataclass(frozen=True, slots=True)
class _ShownTurn:
    speaker: str
    of_model: bool
    at: datetime
    new_day: bool
    html: Markup
    searches: tuple[str, ...]
    opened: tuple[str, ...]
    sources: tuple[_Source, ...]
    attached: tuple[str, ...]


def to_html(transcript: Transcript, *, page: PageLinks | None = None, clock: Clock | None = None) -> str:
    """The self-contained document. `page` is for a served page; a document sent as a file has none.

    Args:
        transcript: The transcript.
        page: Where it is served.
        clock: A clock in seconds that never goes back, such as `time.monotonic`: with it, a text built to be slow is
            shown plain after a few seconds. Without it only its size and the parser's steps are limited.
    """
    with in_language(ENGLISH):  # as the page around it, whoever asks for it
        turns = tuple(_shown(transcript, DocumentRenderer(clock)))
    html = (
        _environment()
        .get_template("page.html")
        .render(
            title=_one_line(transcript.title) or UNTITLED,
            description=_description(transcript),
            created_at=transcript.created_at,
            model=transcript.model,
            turns=turns,
            page=page,
        )
    )
    return whole(html)


@cache
def nothing_html(title: str, words: str) -> str:
    """A page with the same style that only shows a message."""
    return _environment().get_template("nothing.html").render(title=title, words=words)


def policy_html(settings: Settings) -> str:
    """The privacy policy as a page."""
    render = DocumentRenderer().html
    parts = [{"title": part.title, "html": Markup(render(part.text))} for part in policy_of(settings)]  # noqa: S704 - cleaned there
    return _environment().get_template("policy.html").render(title=TITLE, introduction=INTRODUCTION, parts=parts)


@cache
def content_policy() -> str:
    """The Content-Security-Policy of all pages made here: only their own style, given by its hash."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grokbot.documents"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"style": Markup(_style()), "policy": content_policy()}  # noqa: S704 - our own file
    return environment


@cache
def _style() -> str:
    loader = PackageLoader("grokbot.documents")
    page, _, _ = loader.get_source(Environment(autoescape=True), "page.css")
    return f"\n{page}{code_css()}\n"


def _shown(transcript: Transcript, rendering: DocumentRenderer) -> Iterator[_ShownTurn]:
    day = None
    for place, turn in enumerate(transcript.turns, 1):
        of_model = turn.sender is Sender.MODEL
        text = numbered(_PLACEHOLDER.sub("", turn.text), _placeholder) if of_model else turn.text
        cited = cited_in(turn.text) if of_model else ()
        html = rendering.html(text)  # cleaned there; only our own numbers are put into it
        yield _ShownTurn(
            speaker=_one_line(turn.speaker) or "?",
            of_model=of_model,
            at=turn.at,
            new_day=turn.at.date() != day,
            html=Markup(_with_numbers(html, place, turn.citations[:MOST_SOURCES], cited) if of_model else html),  # noqa: S704 - see above
            searches=_searches(turn),
            opened=tuple(each.done for each in map(lookup_of, turn.queries) if not each.words)[:MOST_SEARCHES],
            sources=tuple(_source(url, cited=url in cited) for url in turn.citations[:MOST_SOURCES]),
            attached=tuple(f"{_one_line(each.name)} ({each.about})" for each in turn.attachments[:MOST_ATTACHED]),
        )
        day = turn.at.date()


def _placeholder(number: int, _: str) -> str:
    """A citation on its way through the renderer."""
    return f"\ue000{number}\ue001"


def _with_numbers(html: str, place: int, listed: Sequence[str], cited: Sequence[str]) -> str:
    """The numbers of citations as links to the list below the turn, as far as they are listed there in this order."""
    if "\ue000" not in html:  # as in most turns; to look at each tag takes longer than all the rest
        return html

    def written(found: re.Match[str]) -> str:
        if found["tag"]:
            return _PLACEHOLDER.sub(r"[\1]", found["tag"])
        number = int(found["number"])
        linked = 0 < number <= len(listed) and listed[number - 1 : number] == cited[number - 1 : number]
        return f'<sup><a href="#s{place}-{number}">{number}</a></sup>' if linked else f"<sup>{number}</sup>"

    return _NUMBER_OR_TAG.sub(written, html)


def _searches(turn: TranscriptTurn) -> tuple[str, ...]:
    words = dict.fromkeys(_one_line(lookup_of(query).words)[:LONGEST_SEARCH] for query in turn.queries)
    return tuple(word for word in words if word)[:MOST_SEARCHES]


def _source(url: str, *, cited: bool) -> _Source:
    """A source as a link, if it is one: displayed without its scheme, shortened to a line or two."""
    words = re.sub(r"^https?://(?:www\.)?", "", _one_line(url)).rstrip("/")
    shortened = words if len(words) <= LONGEST_LINK else words[: LONGEST_LINK - 1] + "…"
    return _Source(shortened or "?", url if url.lower().startswith(SCHEMES) and shortened else "", cited)


def _description(transcript: Transcript) -> str:
    first = next((turn.text for turn in transcript.turns if turn.sender is Sender.HUMAN), "")
    words = _one_line(first[: 4 * LONGEST_DESCRIPTION])
    return words if len(words) <= LONGEST_DESCRIPTION else words[: LONGEST_DESCRIPTION - 1].rstrip() + "…"


def _one_line(text: str) -> str:
    """The text on one line, in the direction of its own script; empty if nothing in it is visible."""
    line = " ".join(_TURNING.sub("", text).split())
    return line if any(map(visible, line)) else ""
