"""The public content of a path: who said what, and when. People who must stay anonymous are not named anywhere.

Here: from responses to turns, and names. Not here: any format (`as_markdown`, `as_json`, `as_html`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.response import AS_THE_CONVERSATION, Query, Sender, TurnOptions
from grokbot.conversation.text import NAMELESS
from grokbot.conversation.text.citations import marker, numbered, sources_of, with_markers
from grokbot.conversation.text.names import safe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from grokbot.conversation.parts import AttachmentKind
    from grokbot.conversation.response import Author, Conversation, Response
    from grokbot.conversation.text import OthersText

MODEL_SPEAKER = "Grok"

UNTITLED = "A conversation with Grok"

_HALVES = re.compile("[\ud800-\udfff]")

_SHORTEST_NAME_IN_TEXT = 3
"""Minimum length of a name to look for inside a text: a shorter one would match by chance."""

_SHORTEST_SPACELESS_NAME = 2
"""Minimum length of a name in a script without spaces; most Chinese names have two or three characters."""

_SPACELESS_SCRIPTS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"  # Chinese, Japanese
    "\uac00-\ud7a3\U00020000-\U0003ffff"  # Korean, which attaches particles to words; rarer Chinese
)
_SPACELESS = re.compile(f"[{_SPACELESS_SCRIPTS}]")
_LETTER = rf"[^\W{_SPACELESS_SCRIPTS}]"
"""A letter of a script that separates words."""

_BEGIN = rf"(?:(?=[{_SPACELESS_SCRIPTS}])|(?<!{_LETTER}))"
_END = rf"(?:(?<=[{_SPACELESS_SCRIPTS}])|(?!{_LETTER}))"
"""A name must be a whole word, except in scripts that do not separate words."""

_DEEPEST = 30
"""Maximum nesting of common name prefixes in the pattern."""

_AT_ONCE = 8_000
"""Characters searched per step: other threads wait meanwhile."""

_LONGEST_AFTER = 2
"""Characters after a name that decide whether it is one."""

KIB = 1024

_LONGEST_FILE_NAME = 60
"""Maximum length of a file name without its extension."""


@dataclass(frozen=True, slots=True)
class Mention:
    """That something was attached: a picture or a file, which itself is in no document."""

    kind: AttachmentKind
    name: str
    size: int = 0
    """Bytes, as the model was shown it."""

    @property
    def about(self) -> str:
        """What it was, for people."""
        return (
            f"{self.kind.value}, {self.size:,} bytes"
            if self.size < KIB
            else f"{self.kind.value}, {self.size // KIB:,} KiB"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptTurn:
    """What one speaker said at one time. `at` is in UTC; from `model` to `queries` the fields apply only to models."""

    speaker: str
    sender: Sender
    text: str
    at: datetime
    model: str | None = None
    citations: tuple[str, ...] = ()
    """Addresses of sources; each one's number in the text is its place here."""
    reasoning: str = ""
    queries: tuple[Query, ...] = ()
    attachments: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One path in its public form. An empty title means that there is none; `created_at` is in UTC."""

    title: str
    created_at: datetime
    turns: tuple[TranscriptTurn, ...]
    model: str | None = None
    chosen: TurnOptions = AS_THE_CONVERSATION
    """How further turns are answered: persona by its name, effort, temperature and length, where one is set."""


def transcript_of(
    conversation: Conversation, path: Sequence[Response], *, names: bool, others: Sequence[Author] = ()
) -> Transcript:
    """The turns of a path: what people wrote and did not delete, and every answer with text.

    Without `names`, names are replaced in every text: after an @, before a colon at the start of a line, and, from
    three letters on, as a word. In scripts without spaces they are found everywhere, from two letters on.

    Args:
        conversation: Gives title, time, model and options.
        path: From the root to the last response shown.
        names: Whether to show people's names. If not, they are "Person 1", "Person 2" in the order of their first
            turn.
        others: People who are not on the path but may be mentioned, for example in a later title.
    """
    shown = [r for r in path if r.answered or (r.sender is Sender.HUMAN and not r.erased)]
    # Names are replaced even if their owner's turns are not shown.
    speakers = _named(path) if names else _numbered(shown)
    people = [*(r.author for r in path if r.author), *others]
    replaced = _as_it_is if names else _replacing(people, speakers)
    return Transcript(
        title=replaced(conversation.title),
        created_at=conversation.created_at,
        turns=tuple(_turn(response, speakers, replaced) for response in shown),
        model=conversation.model,
        chosen=TurnOptions(
            persona=conversation.persona,
            effort=conversation.options.reasoning_effort,
            temperature=conversation.options.temperature,
            max_tokens=conversation.options.max_tokens,
        ),
    )


def whole(text: OthersText) -> str:
    """The text with lone surrogates replaced: they cannot be encoded, and only JSON can contain them."""
    try:
        text.encode()  # much faster than searching for them
    except UnicodeEncodeError:
        return _HALVES.sub("\N{REPLACEMENT CHARACTER}", text)
    return text


def public(transcript: Transcript) -> Transcript:
    """The transcript without the model's reasoning, which Discord does not show either."""
    return replace(transcript, turns=tuple(replace(turn, reasoning="") for turn in transcript.turns))


def file_name(transcript: Transcript, ending: str) -> str:
    """A file name in plain ASCII: `the-title-2026-11-23.md` for the extension `md`."""
    plain = unicodedata.normalize("NFKD", transcript.title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower())[:_LONGEST_FILE_NAME].strip("-")
    return f"{words or 'conversation'}-{transcript.created_at:%Y-%m-%d}.{ending}"


def _turn(response: Response, speakers: Mapping[int, str], replaced: Callable[[str], str]) -> TranscriptTurn:
    if response.sender is Sender.HUMAN:
        speaker = speakers[response.author.id] if response.author else NAMELESS
        return TranscriptTurn(
            speaker=speaker,
            sender=Sender.HUMAN,
            text=replaced(response.message),
            at=response.created_at,
            attachments=_mentions(response, replaced),
        )
    shown = with_markers(response.message, response.cited)
    return TranscriptTurn(
        speaker=MODEL_SPEAKER,
        sender=Sender.MODEL,
        text=numbered(shown, marker, replaced),
        at=response.created_at,
        model=response.model,
        citations=sources_of(shown, response.citations, response.cited),
        reasoning=replaced(response.reasoning),
        queries=tuple(Query(query.kind, replaced(query.text)) for query in response.queries),
        attachments=_mentions(response, replaced),
    )


def _mentions(response: Response, replaced: Callable[[str], str]) -> tuple[Mention, ...]:
    return tuple(Mention(each.kind, replaced(each.name), each.size) for each in response.attachments)


def _named(path: Sequence[Response]) -> dict[int, str]:
    """The newest name of each person: somebody who was renamed is still one person."""
    return {r.author.id: safe_name(r.author.name) for r in path if r.author}


def _numbered(shown: Sequence[Response]) -> dict[int, str]:
    ids = dict.fromkeys(r.author.id for r in shown if r.author)
    return {author_id: f"Person {number}" for number, author_id in enumerate(ids, 1)}


def _as_it_is(text: str) -> str:
    return text


def _replacing(people: Sequence[Author], speakers: Mapping[int, str]) -> Callable[[str], str]:
    """A function that replaces every name a person had by their number."""
    numbers: dict[str, str] = {}
    for author in people:
        for name in (author.name.strip(), safe_name(author.name)):
            if name and name != NAMELESS:
                for written in (name, name[0].upper() + name[1:]):
                    numbers.setdefault(written, speakers.get(author.id, NAMELESS))
    if not numbers:
        return _as_it_is
    any_name, longer = _any_of(numbers), _any_of(filter(_is_long, numbers))
    patterns = [rf"(?<=@)(?:{any_name}){_END}", rf"^(?:{any_name})(?=\s?[:\uff1a])"]
    if longer:
        patterns.append(f"{_BEGIN}(?:{longer}){_END}")
    pattern = re.compile("|".join(patterns), re.MULTILINE)
    reach = _AT_ONCE + max(map(len, numbers)) + _LONGEST_AFTER
    return lambda text: "".join(_parts(text, pattern, numbers, reach))


def _any_of(names: Iterable[str], start: int = 0, depth: int = 0) -> str:
    """A pattern for any of these names from `start` on, longest first.

    A common prefix appears once in it, so that a text is compared with all of them at once.
    """
    alike: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        alike.setdefault(name[start : start + 1], []).append(name)
    return "|".join(_beginning_alike(group, start, depth) for group in alike.values())


def _beginning_alike(names: Sequence[str], start: int, depth: int) -> str:
    if len(names) == 1 or depth >= _DEEPEST:
        return "|".join(re.escape(name[start:]) for name in names)
    first, last = min(names), max(names)
    end = next((n for n in range(start, len(first)) if first[n] != last[n]), len(first))
    return f"{re.escape(first[start:end])}(?:{_any_of(names, end, depth + 1)})"


def _parts(text: str, pattern: re.Pattern[str], numbers: Mapping[str, str], reach: int) -> Iterator[str]:
    start = 0
    while start < len(text):
        found, end = pattern.search(text, start, start + reach), start + _AT_ONCE
        if found is None or found.start() >= end:
            yield text[start:end]
            start = end
        else:
            yield text[start : found.start()]
            yield numbers[found[0]]
            start = found.end()


def _is_long(name: str) -> bool:
    shortest = _SHORTEST_SPACELESS_NAME if all(map(_SPACELESS.match, name)) else _SHORTEST_NAME_IN_TEXT
    return len(name) >= shortest
