"""An answer laid out in Discord's messages, again and again while it grows. Pure.

Only what is new is worked on: closed messages stay as they are. Not here: how Markdown is translated and cut
(`splitting`), the words that the bot adds (`replies`), which buttons there are (`controls`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.discord_bot.controls import Control, controls
from grokbot.discord_bot.replies import NO_FILES, NOTHING_TO_SEE, WHOLE_ANSWER, ending, goes_on, status
from grokbot.discord_bot.splitting import DISCORD_LIMIT, Answer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.engine.running import Snapshot


@dataclass(frozen=True, slots=True)
class Part:
    """One message of an answer: its text, its buttons, and the text of a file that is attached to it."""

    content: str
    controls: tuple[Control, ...] = ()
    file: str | None = None


class Layout:
    """The layout of one answer. Snapshots come in the order of their revisions.

    Args:
        asked_at: When the turn began, in UTC; shown while there is nothing else to show.
        most: How many messages an answer may take; what is longer goes on in a file.
        may_attach: Whether there can be a file. If not, a sentence stands in its place.
    """

    def __init__(self, asked_at: datetime, most: int, *, may_attach: bool = True) -> None:
        self._asked_at = asked_at
        self._most = most
        self._may_attach = may_attach
        self._answer = Answer(DISCORD_LIMIT)
        self._fed = ""
        self._revision = -1
        self._parts: Sequence[Part] = ()
        self.shows_text = False
        """Whether what was laid out last has text of the model in it: what has half arrived is not shown yet."""

    def of(self, snapshot: Snapshot) -> Sequence[Part]:
        """What is to stand in the channel: never empty; a status line as long as there is no text."""
        if snapshot.revision != self._revision:
            self._revision = snapshot.revision
            self._feed(snapshot.text)
            parts = self._ended(snapshot) if snapshot.ended is not None else self._running(snapshot)
            self._parts = [*parts[:-1], replace(parts[-1], controls=controls(snapshot))]
        return self._parts

    def give_up_files(self) -> None:
        """From now on a sentence stands in the place of the file: Discord does not take one here."""
        self._may_attach = False
        self._revision = -1

    def _running(self, snapshot: Snapshot) -> Sequence[Part]:
        texts = self._answer.shown()
        self.shows_text = bool(texts)
        if not texts:
            return [Part(status(snapshot.phase, snapshot.queries, self._asked_at))]
        parts = [Part(text) for text in texts[: self._most]]
        if len(texts) > self._most:
            parts.append(Part(goes_on(len(snapshot.text), attached=self._may_attach)))
        return parts

    def _ended(self, snapshot: Snapshot) -> Sequence[Part]:
        """The whole answer with the line that says how it ended, where that is to be said."""
        texts = self._answer.finished()
        parts = [Part(text) for text in texts[: self._most]]
        if len(texts) > self._most:
            parts.append(Part(WHOLE_ANSWER, file=snapshot.text) if self._may_attach else Part(NO_FILES))
        note = ending(snapshot)
        if note is None:
            return parts or [Part(NOTHING_TO_SEE)]
        joined = f"{parts[-1].content}\n{note}" if parts else note
        if len(joined) > DISCORD_LIMIT:
            return [*parts, Part(note)]
        return [*parts[:-1], replace(parts[-1], content=joined)] if parts else [Part(joined)]

    def _feed(self, text: str) -> None:
        """An answer only grows, but for one that begins anew after a search."""
        if not text.startswith(self._fed):
            self._answer, self._fed = Answer(DISCORD_LIMIT), ""
        if len(text) > len(self._fed):
            self._answer.feed(text[len(self._fed) :])
            self._fed = text
