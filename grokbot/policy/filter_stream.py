"""Filters over an answer that arrives in pieces: what may be shown of it already, and what is found for good. Pure.

What is guaranteed, wherever the pieces are cut, for matches of at most `LONGEST_MATCH` characters:
1. No character of a match is ever among what may be shown without its hit being known. For every filter the text is
   held back from the first place on from which it may still become a match, or a longer one (`Pattern.underway`).
2. What is found is what `filtering.judged` finds in the whole text. Before that place no further text changes anything:
   a match that begins there and has not grown to the end of the text can grow no more, and where none has begun, none
   will.
3. No more than `LONGEST_MATCH` characters are held back. A match that may become longer is given up as it is then: what
   it matches so far counts as found, and if it matches nothing yet, it may be shown. Judging the whole text at the end
   finds it all the same. Characters that do not show are not counted.
Not here: what the filters are (`filtering`), how a text looks (`folding`).
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.policy.filtering import Effect, Filter, Hit, Judged, cut_off, of_answers
from grokbot.policy.folding import Folded
from grokbot.policy.patterns import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_MATCH = 2_000
"""Characters: one message of Discord."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of an answer so far.

    Args:
        safe: As many characters of the text may be shown, with `judged.hidden` hidden. It never shrinks, and never
            ends within a hidden part.
        judged: What is found for good. `cut` comes once all before it is decided: the answer is to be ended then.
    """

    safe: int
    judged: Judged


class StreamFilter:
    """One answer on its way through the filters of a server.

    Args:
        filters: Those that look at prompts alone are passed over.
        longest_match: In characters.
    """

    def __init__(self, filters: Iterable[Filter], longest_match: int = LONGEST_MATCH) -> None:
        self._readers = [_Reader(one, longest_match) for one in of_answers(filters)]
        self._folded: list[_FoldedReader] = []
        """The same for the text as it looks, from where on it looks otherwise than it is written."""
        self._length = 0

    def add(self, piece: str) -> Progress:
        """The text goes on with this piece."""
        folded = Folded(piece, self._length)
        if not folded.same and not self._folded:
            self._folded = [_FoldedReader(reader) for reader in self._readers]
        self._length += len(piece)
        for reader in self._readers:
            reader.add(piece)
        for looking in self._folded:
            looking.add(folded)
        return self._progress()

    def end(self) -> Progress:
        """The text has ended: nothing grows any more."""
        for reader in self._all():
            reader.end()
        return self._progress()

    def _all(self) -> Sequence[_Reader | _FoldedReader]:
        return [*self._readers, *self._folded]

    def _progress(self) -> Progress:
        readers = self._all()
        judged = cut_off({(hit.filter.id, hit.span): hit for reader in readers for hit in reader.hits}.values())
        holding = (reader.decided for reader in readers if reader.filter.effect is not Effect.NOTE)
        safe = min(holding, default=self._length)
        if judged.cut is not None and safe >= judged.cut:
            return Progress(judged.cut, judged)
        if judged.cut is not None:  # another filter has not made up its mind about what comes before
            judged = Judged(tuple(hit for hit in judged.hits if hit.span.start < judged.cut))
        for span in sorted(judged.hidden, key=lambda span: -span.start):
            if span.start < safe < span.end:  # another filter may make this hidden part longer
                safe = span.start
        return Progress(safe, judged)


class _Reader:
    """One filter's way through the text: all before `decided` is settled, and only what may still matter is kept."""

    def __init__(self, one: Filter, longest_match: int) -> None:
        self.filter = one
        self.hits: list[Hit] = []
        self._longest = longest_match
        self._text = ""
        self._at = 0  # in _text; the one character before it is kept, for `\b` and `^` look at it
        self.gone = 0  # characters of the text that are before _text

    @property
    def decided(self) -> int:
        return self.gone + self._at

    @property
    def length(self) -> int:
        """Characters that were read."""
        return self.gone + len(self._text)

    def add(self, piece: str) -> None:
        self._text += piece
        while True:
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
        keep = max(self._at - 1, 0)
        self._text, self._at, self.gone = self._text[keep:], self._at - keep, self.gone + keep

    def end(self) -> None:
        while (found := self.filter.pattern.next_span(self._text, self._at)) is not None:
            self._hit(found)
        self._at = len(self._text)

    def _hit(self, found: Span) -> None:
        self.hits.append(Hit(self.filter, Span(found.start + self.gone, found.end + self.gone)))
        self._at = found.end


class _FoldedReader:
    """A filter's way through the text as it looks, beside the one through the text as it is written.

    Args:
        reader: The other one. So far the two texts are the same.
    """

    def __init__(self, reader: _Reader) -> None:
        self.filter = reader.filter
        self.hits = list(reader.hits)
        self._inner = copy(reader)
        self._inner.hits = []
        self._places = list(range(reader.gone, reader.length))
        self._ends = reader.length
        """Characters of the text as it is written."""

    @property
    def decided(self) -> int:
        at = self._inner.decided - self._inner.gone
        return self._places[at] if at < len(self._places) else self._ends

    def add(self, piece: Folded) -> None:
        gone = self._inner.gone
        self._places += piece.places
        self._ends = piece.ends
        self._inner.add(piece.text)
        self._take(gone)

    def end(self) -> None:
        self._inner.end()
        self._take(self._inner.gone)

    def _take(self, gone: int) -> None:
        """What was found since, told in places of the text as it is written; `gone`: where `_places` began."""
        for hit in self._inner.hits:
            first, last = self._places[hit.span.start - gone], self._places[hit.span.end - gone - 1]
            self.hits.append(Hit(self.filter, Span(first, last + 1)))
        self._inner.hits = []
        del self._places[: self._inner.gone - gone]
