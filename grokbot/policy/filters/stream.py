"""Filters over an answer that arrives in pieces: what may be shown already, and which matches are final. Pure.

Guarantees, however the text is cut into pieces, for matches of at most `LONGEST_MATCH` characters:
1. No character of a match may be shown before its hit is known. Each filter holds the text back from the first place
   where it may still become a match, or a longer one (`Pattern.underway`).
2. The hits are those that `filters.judged` finds in the whole text. Before that place no further text changes anything:
   a match that begins there and has not grown to the end of the text can grow no more, and where none has begun, none
   will.
3. No more than `LONGEST_MATCH` characters are held back. A longer possible match is given up: what it matches so far
   counts as a hit, and if it matches nothing yet, it may be shown. Judging the whole text at the end finds it all the
   same. Invisible characters do not count.
Not here: what the filters are (`filters`), how a text looks (`folded_text`).
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.policy.filters.filters import Effect, Filter, Hit, Judged, cut_off, in_order, of_answers, watched
from grokbot.policy.filters.folded_text import Folded
from grokbot.policy.filters.patterns import LONGEST_MATCH, Span, patient

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grokbot.policy.filters.patterns import Watch

_AT_ONCE = 1_024
"""Characters of a piece to check together: each hit may search all of them again."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of an answer so far.

    Args:
        safe: How many characters may be shown, with the reported hidden parts in them hidden. It never shrinks, and
            never ends within a hidden part.
        judged: The final hits, except those that an earlier progress reported within its safe text. `cut` comes once
            all before it is decided: then the answer must end.
    """

    safe: int
    judged: Judged


class StreamFilter:
    """One answer on its way through the filters of a server.

    Args:
        filters: Those that check prompts alone are ignored.
        longest_match: In characters.
    """

    def __init__(self, filters: Iterable[Filter], longest_match: int = LONGEST_MATCH) -> None:
        self._readers = [_Reader(one, longest_match) for one in of_answers(filters)]
        self._folded: list[_FoldedReader] = []
        """The same for the text as it looks, from where that first differs from the written text."""
        self._length = 0
        self._open: tuple[Hit, ...] = ()
        """Hits, in order, that are not settled: later ones may be reported with them, or come before them."""

    def add(self, piece: str, watch: Watch = patient) -> Progress:
        """Adds a piece of the text.

        Raises:
            TooSlowError: From the watch. After that only what was safe before may be shown.
        """
        for start in range(0, len(piece), _AT_ONCE):
            self._add(piece[start : start + _AT_ONCE], watch)
        return self._progress()

    def end(self, watch: Watch = patient) -> Progress:
        """Ends the text: nothing grows after that. Raises as `add` does."""
        found: list[Hit] = []
        for reader in self._all():
            with watched(reader.filter):
                reader.end(watch)
            found += reader.taken()
        self._found(found)
        return self._progress()

    def _add(self, piece: str, watch: Watch) -> None:
        folded = Folded(piece, self._length)
        if not folded.same and not self._folded:
            self._folded = [_FoldedReader(reader) for reader in self._readers]
        self._length += len(piece)
        found: list[Hit] = []
        for reader in self._readers:
            with watched(reader.filter):
                reader.add(piece, watch)
            found += reader.taken()
        for looking in self._folded:
            with watched(looking.filter):
                looking.add(folded, watch)
            found += looking.taken()
        self._found(found)

    def _all(self) -> Sequence[_Reader | _FoldedReader]:
        return [*self._readers, *self._folded]

    def _found(self, hits: list[Hit]) -> None:
        if hits:
            self._open = in_order((*self._open, *hits))

    def _progress(self) -> Progress:
        judged = cut_off(self._open)
        holding = (reader.decided for reader in self._all() if reader.filter.effect is not Effect.NOTE)
        safe = min(holding, default=self._length)
        if judged.cut is not None and safe >= judged.cut:
            return Progress(judged.cut, judged)
        if judged.cut is not None:  # another filter has not decided about the text before
            judged = Judged(tuple(hit for hit in judged.hits if hit.span.start < judged.cut))
        for span in sorted(judged.hidden, key=lambda span: -span.start):
            if span.start < safe < span.end:  # another filter may make this hidden part longer
                safe = span.start
        self._open = tuple(hit for hit in self._open if hit.span.end > safe or hit.filter.effect is Effect.END)
        return Progress(safe, judged)


class _Reader:
    """One filter's way through the text: all before `decided` is settled, and only what may still matter is kept."""

    def __init__(self, one: Filter, longest_match: int) -> None:
        self.filter = one
        self._hits: list[Hit] = []
        self._longest = longest_match
        self._text = ""
        self._at = 0  # in _text; the one character before it is kept, for `\b` and `^` need it
        self.gone = 0  # characters of the text that are before _text
        self._done = False  # the first hit is enough: it is reported or ends the answer

    @property
    def decided(self) -> int:
        return self.gone + self._at

    @property
    def length(self) -> int:
        """Characters read."""
        return self.gone + len(self._text)

    def taken(self) -> list[Hit]:
        """The hits since the last call."""
        hits, self._hits = self._hits, []
        return hits

    def add(self, piece: str, watch: Watch) -> None:
        self._text += piece
        begun = -1
        while not self._done:
            watch()
            if begun < self._at:
                begun = self.filter.pattern.underway(self._text, self._at)
            given_up = len(self._text) - self._longest
            found = (
                self.filter.pattern.next_span(self._text, self._at) if begun > self._at or given_up > begun else None
            )
            if found is not None and found.start < max(begun, given_up):
                self._hit(found)
            elif begun < given_up:
                self._at = given_up
            else:
                self._at = begun
                break
        self._keep_what_matters()

    def end(self, watch: Watch) -> None:
        while not self._done and (found := self.filter.pattern.next_span(self._text, self._at)) is not None:
            watch()
            self._hit(found)
        self._at = len(self._text)

    def _keep_what_matters(self) -> None:
        if self._done:
            self._at = len(self._text)
        keep = max(self._at - 1, 0)
        self._text, self._at, self.gone = self._text[keep:], self._at - keep, self.gone + keep

    def _hit(self, found: Span) -> None:
        self._hits.append(Hit(self.filter, Span(found.start + self.gone, found.end + self.gone)))
        self._at = found.end
        self._done = self.filter.effect is not Effect.HIDE


class _FoldedReader:
    """A filter's way through the text as it looks, beside the one through the text as written.

    Args:
        reader: The other one. So far the two texts are the same, and its hits are reported.
    """

    def __init__(self, reader: _Reader) -> None:
        self.filter = reader.filter
        self._hits: list[Hit] = []
        self._inner = copy(reader)
        self._inner.taken()
        self._places = list(range(reader.gone, reader.length))
        self._ends = reader.length
        """Characters of the text as written."""

    @property
    def decided(self) -> int:
        at = self._inner.decided - self._inner.gone
        return self._places[at] if at < len(self._places) else self._ends

    def taken(self) -> list[Hit]:
        """The hits since the last call."""
        hits, self._hits = self._hits, []
        return hits

    def add(self, piece: Folded, watch: Watch) -> None:
        gone = self._inner.gone
        self._places += piece.places
        self._ends = piece.ends
        self._inner.add(piece.text, watch)
        self._take(gone)

    def end(self, watch: Watch) -> None:
        self._inner.end(watch)
        self._take(self._inner.gone)

    def _take(self, gone: int) -> None:
        """Takes new hits, as places in the text as written; `gone`: where `_places` began."""
        for hit in self._inner.taken():
            first, last = self._places[hit.span.start - gone], self._places[hit.span.end - gone - 1]
            self._hits.append(Hit(self.filter, Span(first, last + 1)))
        del self._places[: self._inner.gone - gone]
