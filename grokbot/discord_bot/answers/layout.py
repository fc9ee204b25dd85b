"""An answer laid out in Discord's messages, again and again while it grows. Pure.

Only new text is worked on: closed messages stay as they are. Not here: how Markdown is translated and cut
(`markdown.message_texts`), the words that the bot adds (`notices.texts.answer_text`), its buttons (`buttons.controls`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.response import State
from grokbot.conversation.text.citations import with_markers, without_open_marker
from grokbot.discord_bot.answers.buttons.controls import VARIANTS, Control, controls
from grokbot.discord_bot.markdown import DISCORD_LIMIT, MINIMUM_LIMIT, GrowingAnswer, split
from grokbot.discord_bot.notices.texts.answer_text import (
    COMPACTED,
    NO_FILES,
    NO_IMAGES,
    NOTHING_TO_SEE,
    STILL_TO_COME,
    WHOLE_ANSWER,
    ending,
    goes_on,
    not_seen,
    status,
)
from grokbot.discord_bot.notices.texts.source_text import line_under

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.response import Response
    from grokbot.display import VariantNumber
    from grokbot.engine.turns import Snapshot


_AT_ONCE = 1_000
"""Characters to lay out between checks whether there are enough."""
_ROOM_FOR_ENDING = 150
"""Characters for how an answer ended, below its sources."""
_MOST_BLANK = 4
"""Messages' worth of text to read for each shown message: bounds text that shows nothing."""


ROOM_FOR_MOMENTS = 600
"""Characters that a fast model writes before a channel's limit allows one more request."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message of an answer: its text, its buttons, and the text of its attached file."""

    content: str
    controls: tuple[Control, ...] = ()
    file: str | None = None
    variant: VariantNumber | None = None
    """The number between the variant buttons; None if there are none."""
    images: tuple[AttachedFile, ...] = ()
    """Images that the model made."""


class Layout:
    """The layout of one answer. Snapshots come in the order of their revisions.

    Args:
        asked_at: When the turn began, in UTC; shown while there is nothing else to show.
        most: How many messages an answer may take; the rest goes into a file.
        may_attach: Whether files are allowed. If not, a sentence replaces the file.
        variant: Which of how many it is; None if there is no other.
        last: Whether it is the last answer of its conversation: only that one has buttons.
        small_print: A line under the whole answer that is not part of it; empty: none. The last message always has room
            for it.
    """

    def __init__(
        self,
        asked_at: datetime,
        most: int,
        *,
        may_attach: bool = True,
        variant: VariantNumber | None = None,
        last: bool = True,
        small_print: str = "",
    ) -> None:
        self._asked_at = asked_at
        self._most = most
        self._may_attach = may_attach
        self._variant = variant
        self._last = last
        self._small_print = f"-# {small_print}" if small_print else ""
        self._limit = DISCORD_LIMIT - len(f"\n{self._small_print}" if small_print else "")
        self._room: int | None = None
        self._answer = GrowingAnswer(self._limit)
        self._seen = ""
        self._fed = 0
        """Characters laid out so far: no more than needed to know what the messages show."""
        self._over = False
        """Whether there is more text than the messages show."""
        self._revision = -1
        self._marked: tuple[Response, str] | None = None
        """The ended answer, and its text with all its citations."""
        self._parts: Sequence[Part] = ()
        self.shows_text = False
        """Whether the latest layout has text of the model in it: half-received text is not shown yet."""

    def of(self, snapshot: Snapshot) -> Sequence[Part]:
        """The messages to show: never empty; a status line while there is no text."""
        if snapshot.revision != self._revision:
            self._revision = snapshot.revision
            self._feed(self._text_of(snapshot))
            parts = self._ended(snapshot) if snapshot.ended is not None else self._running(snapshot)
            buttons = controls(snapshot, self._variant, last=self._last)
            variant = self._variant if VARIANTS[0] in buttons else None
            last = replace(parts[-1], controls=buttons, variant=variant)
            self._parts = [*parts[:-1], self._with_images(last, snapshot)]
        return self._parts

    def advance(self, snapshot: Snapshot) -> bool:
        """Lays out a part of a long text before `of`; False if not much is left.

        For callers that let other tasks run in between.
        """
        text = self._text_of(snapshot)
        self._begin_anew_unless_grown(text)
        if self._over or len(text) - self._fed <= _AT_ONCE:
            return False
        self._step(text)
        return True

    @property
    def may_grow(self) -> bool:
        """Whether the text of the next moments may not fit into the last message."""
        return bool(self._parts) and len(self._parts[-1].content) > self._limit - ROOM_FOR_MOMENTS

    def give_up_files(self) -> None:
        """From now on a sentence replaces the file: Discord does not accept one here."""
        self._may_attach = False
        self._revision = -1

    def keep_to(self, messages: int | None) -> None:
        """From now on there are no more than so many messages, the rest goes into a file; None: no such rule."""
        if messages != self._room:
            self._room = messages
            self._revision = -1

    def _with_images(self, last: Part, snapshot: Snapshot) -> Part:
        """The last message with the answer's images, or with a line that they are missing, if there is room."""
        images = snapshot.ended.attachments if snapshot.ended is not None else ()
        if not images or self._may_attach:
            return replace(last, images=images)
        told = f"{last.content}\n{NO_IMAGES}"
        return replace(last, content=told) if len(told) <= DISCORD_LIMIT else last

    def _text_of(self, snapshot: Snapshot) -> str:
        """The answer's text; at its end also with the citations that came without a marker, or in code, and no half."""
        if snapshot.ended is None:
            return snapshot.text
        if self._marked is None or self._marked[0] is not snapshot.ended:
            whole = snapshot.ended.state is State.DONE
            text = snapshot.text if whole else without_open_marker(snapshot.text)
            self._marked = (snapshot.ended, with_markers(text, snapshot.ended.cited))
        return self._marked[1]

    def _running(self, snapshot: Snapshot) -> Sequence[Part]:
        texts = self._answer.shown()
        self.shows_text = bool(texts)
        if not texts:
            return [Part(status(snapshot.phase, snapshot.queries, self._asked_at))]
        line = goes_on(len(snapshot.text), attached=self._may_attach)
        tight = self._tight
        if tight is not None:
            return _squeezed(texts, tight, Part(line), None)
        parts = [Part(text) for text in texts[: self._most]]
        return [*parts, Part(line)] if self._goes_on(texts) else parts

    def _ended(self, snapshot: Snapshot) -> Sequence[Part]:
        """The whole answer, then a note on how it ended, if needed, and the small print."""
        texts, end = self._answer.finished(), ending(snapshot)
        if not texts and end is None:
            texts = [str(NOTHING_TO_SEE)]
        text = self._text_of(snapshot)
        rest = Part(str(WHOLE_ANSWER), file=text) if self._may_attach else Part(str(NO_FILES))
        shortened = str(COMPACTED) if snapshot.ended is not None and snapshot.ended.compacted else None
        lines = (
            self._sources(snapshot.ended, text, texts),
            end,
            shortened,
            not_seen(snapshot.left_out),
            self._small_print,
        )
        note = "\n".join(filter(None, lines)) or None
        tight = self._tight
        if tight is not None and texts:
            return _squeezed(texts, tight, rest, note)
        parts = [Part(text) for text in texts[: self._most]]
        if self._goes_on(texts):
            parts.append(rest)
        if note is None:
            return parts
        joined = f"{parts[-1].content}\n{note}" if parts else note
        if len(joined) > DISCORD_LIMIT:
            return [*parts, Part(note)]
        return [*parts[:-1], replace(parts[-1], content=joined)] if parts else [Part(joined)]

    def _sources(self, answer: Response | None, text: str, texts: Sequence[str]) -> str | None:
        """The line with the sources. Where it costs room of the answer, it has no links, or is left to the button."""
        if answer is None or not texts:
            return None
        most, tight = self._most if self._tight is None else self._tight, self._tight is not None
        last = str(WHOLE_ANSWER) if self._goes_on(texts) and not tight else texts[min(len(texts), most) - 1]
        room = self._limit - len(last) - _ROOM_FOR_ENDING
        lines = [line_under(text, answer, links=links) for links in (True, False)]
        fits = next((line for line in lines if line is not None and len(line) < room), None)
        return fits if fits is not None or (tight and len(texts) >= most) else lines[-1]

    @property
    def _tight(self) -> int | None:
        """The number of messages, if there is no room for an extra one with the file."""
        return self._room if self._room is not None and self._room <= self._most else None

    def _goes_on(self, texts: Sequence[str]) -> bool:
        return self._over or len(texts) > self._most

    def _feed(self, text: str) -> None:
        self._begin_anew_unless_grown(text)
        while self._fed < len(text) and not self._over:
            self._step(text)

    def _begin_anew_unless_grown(self, text: str) -> None:
        """Starts again if the text did not only grow, as after a search."""
        if not text.startswith(self._seen):
            self._answer, self._fed, self._over = GrowingAnswer(self._limit), 0, False
        self._seen = text

    def _step(self, text: str) -> None:
        self._answer.feed(text[self._fed : self._fed + _AT_ONCE])
        self._fed = min(self._fed + _AT_ONCE, len(text))
        most = self._most * DISCORD_LIMIT * _MOST_BLANK
        self._over = self._answer.closed > self._most or most <= self._fed < len(text)


def spread(parts: Sequence[Part], over: int) -> Sequence[Part]:
    """Spreads the parts over the messages of an earlier answer: the buttons stay below, where people look."""
    *before, last = parts
    more = over - len(parts)
    if more <= 0:
        return parts
    waiting = [Part(STILL_TO_COME)] * (more - 1)
    return [*before, replace(last, controls=()), *waiting, Part(STILL_TO_COME, last.controls)]


def _squeezed(texts: Sequence[str], room: int, rest: Part, note: str | None) -> Sequence[Part]:
    """As much text as fits. The rest is in `rest`, at the end of the last message."""
    *before, last = texts[:room]
    under = "" if note is None else f"\n{note}"
    parts = [Part(text) for text in before]
    if len(texts) <= room and len(last + under) <= DISCORD_LIMIT:
        return [*parts, Part(last + under)]
    if len(texts) < room and note is not None:
        return [*parts, Part(last), Part(note)]
    under = f"\n{rest.content}{under}"
    head = split(last, max(MINIMUM_LIMIT, DISCORD_LIMIT - len(under)))
    return [*parts, replace(rest, content=f"{head[0] if head else ''}{under}")]
