"""An answer laid out in Discord's messages, again and again while it grows. Pure.

Only what is new is worked on: closed messages stay as they are. Not here: how Markdown is cut (`splitting`), the words
that the bot adds (`replies`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokTrouble
from grokbot.discord_bot.replies import NOTHING_TO_SEE, ending, status
from grokbot.discord_bot.splitting import DISCORD_LIMIT, Splitter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.engine.running import Snapshot


@dataclass(frozen=True, slots=True)
class Part:
    """One message of an answer. `retry` says whether it carries the retry button."""

    content: str
    retry: bool = False


class Layout:
    """The layout of one answer. Snapshots come in the order of their revisions."""

    def __init__(self) -> None:
        self._splitter = Splitter(DISCORD_LIMIT)
        self._fed = ""

    def of(self, snapshot: Snapshot) -> Sequence[Part]:
        """What is to stand in the channel: never empty; a status line as long as there is no text."""
        self._feed(snapshot.text)
        if snapshot.ended is None:
            return [Part(content) for content in self._splitter.shown()] or [
                Part(status(snapshot.phase, snapshot.queries))
            ]
        return _with_ending([Part(content) for content in self._splitter.finished()], snapshot)

    def _feed(self, text: str) -> None:
        """An answer only grows, but for one that begins anew after a search."""
        if not text.startswith(self._fed):
            self._splitter, self._fed = Splitter(DISCORD_LIMIT), ""
        if len(text) > len(self._fed):
            self._splitter.feed(text[len(self._fed) :])
            self._fed = text


def _with_ending(parts: Sequence[Part], snapshot: Snapshot) -> Sequence[Part]:
    """The whole answer with the line that says how it ended, where that is to be said."""
    note = ending(snapshot)
    if note is None:
        return parts or [Part(NOTHING_TO_SEE)]
    retry = isinstance(snapshot.trouble, GrokTrouble) and snapshot.trouble.retryable
    joined = f"{parts[-1].content}\n{note}" if parts else note
    if len(joined) <= DISCORD_LIMIT:
        return [*parts[:-1], Part(joined, retry)]
    return [*parts, Part(note, retry)]
