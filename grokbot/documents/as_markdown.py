"""A transcript as Markdown, for any editor or viewer.

Here: the headings between the turns, and keeping each turn's markup from affecting the next. Not here: rendering
(`markdown.render`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from grokbot.conversation.response import Sender
from grokbot.conversation.text.citations import cited_in, numbered
from grokbot.documents.transcript import UNTITLED

if TYPE_CHECKING:
    from grokbot.conversation.text import OthersText
    from grokbot.documents.transcript import Transcript, TranscriptTurn

_AFTER = "what-comes-after"
_OPENERS = re.compile(r"^ {0,3}(?:`{3}|~{3}|<)", re.MULTILINE)
_CLOSERS = ("-->", "?>", "]]>", ">", "</pre>", "</script>", "</style>", "</textarea>")
"""The ends of HTML blocks that a blank line does not end (CommonMark 0.31, "HTML blocks")."""

_BLOCKS = MarkdownIt("commonmark").disable(["inline", "reference"], ignoreInvalid=True)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def to_markdown(transcript: Transcript) -> str:
    """The transcript as Markdown: the title, then each turn under its speaker's name, with its sources below."""
    about = [f"{transcript.created_at:%Y-%m-%d %H:%M} UTC"]
    if transcript.model:
        about.append(escaped(transcript.model))
    head = f"# {escaped(transcript.title or UNTITLED)}\n\n*{' · '.join(about)}*\n"
    return head + "".join(f"\n{_turn(turn, place)}" for place, turn in enumerate(transcript.turns, 1))


def _turn(turn: TranscriptTurn, place: int) -> str:
    """A turn; its citations are footnotes, named after its place so that those of two turns differ."""
    of_model = turn.sender is Sender.MODEL
    text = numbered(turn.text, lambda number, _: f"[^{place}-{number}]") if of_model else turn.text
    parts = [f"## {escaped(turn.speaker)}", f"*{turn.at:%Y-%m-%d %H:%M} UTC*", closed(text.strip("\n"))]
    parts.append("\n".join(f"- Attached: {escaped(each.name)} ({each.about})" for each in turn.attachments))
    if of_model:
        cited = cited_in(turn.text)
        parts.append("\n".join(f"[^{place}-{number}]: {_address(url)}" for number, url in enumerate(cited, 1)))
        others = [url for url in turn.citations if url not in cited]
        parts.append(("Also looked at:" if cited else "Sources:") if others else "")
        parts.append("\n".join(f"{number}. {_address(url)}" for number, url in enumerate(others, len(cited) + 1)))
    return "\n\n".join(part for part in parts if part) + "\n"


def closed(text: OthersText) -> str:
    """The text with its last code or HTML block closed, if it was left open."""
    if not _OPENERS.search(text) or _apart(text):
        return text
    last = _BLOCKS.parse(text)[-1]
    closers = (last.markup,) if last.type == "fence" else _CLOSERS
    ended = (f"{text}\n{closer}" for closer in closers)
    return next((candidate for candidate in ended if _apart(candidate)), text)


def _apart(text: str) -> bool:
    """Whether text below this one, after a blank line, is separate from it."""
    last = _BLOCKS.parse(f"{text}\n\n{_AFTER}")[-2:]
    return len(last) > 1 and last[0].type == "inline" and last[0].content == _AFTER


def _address(url: str) -> str:
    return f"<{url}>" if re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]+", url) else escaped(url)


def escaped(text: OthersText) -> str:
    """The text on one line, with all Markdown and HTML markup escaped."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
