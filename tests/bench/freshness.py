"""How fresh an answer was: from when its pieces were sent and when its text could be seen. Pure.

Here: what "staleness", "first text" and "end lag" mean, exactly. Not here: collecting the times (`timed_grok`,
`audience`), what would have been possible (`limits`).

Staleness at a time is the age of the oldest piece that was sent and is not yet visible; 0 if all that was sent is
visible. It is averaged over the time from the first piece's sending until the complete text is visible.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_STEPS = 60
"""Halvings of an interval in the search for a quantile: beyond the precision of a float."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that was sent at once. `end` counts the characters of the answer up to its end; times are in seconds."""

    at: float
    end: int


@dataclass(frozen=True, slots=True)
class Look:
    """From `at` on, the first `length` characters of the answer are visible, and no more."""

    at: float
    length: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """For `seconds`, a value went evenly from `low` to `high`."""

    low: float
    high: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Course:
    """One answer: when it was asked for, what was sent of it when, and what could be seen of it when.

    `until` is when one stopped looking; it bounds what can be said of an answer that was never complete.
    """

    asked: float
    pieces: Sequence[Piece]
    looks: Sequence[Look]
    until: float

    @property
    def first_text(self) -> float | None:
        """Seconds from the sending of the first piece until any text is visible; None if none ever was."""
        seen = next((look for look in self.looks if look.length), None)
        return None if seen is None else seen.at - self.pieces[0].at

    @property
    def first_text_after_asking(self) -> float | None:
        """Seconds from the question until any text is visible; None if none ever was."""
        first = self.first_text
        return None if first is None else self.pieces[0].at + first - self.asked

    @property
    def end_lag(self) -> float | None:
        """Seconds from the sending of the last piece until all text is visible, for good; None if it never was."""
        complete = self._complete_at()
        return None if complete is None else complete - self.pieces[-1].at

    def staleness(self) -> Iterator[Stretch]:
        """The age of the oldest piece that is not visible, from the first piece until all is visible."""
        begin, complete = self.pieces[0].at, self._complete_at()
        end = self.until if complete is None else complete
        views = [Look(begin, 0), *(look for look in self.looks if begin < look.at < end), Look(end, 0)]
        number = 0
        for view, following in pairwise(views):
            if number and self.pieces[number - 1].end > view.length:  # less is visible than before: look from the start
                number = 0
            while number < len(self.pieces) and self.pieces[number].end <= view.length:
                number += 1
            oldest = self.pieces[number].at if number < len(self.pieces) else following.at
            unseen_from = min(max(view.at, oldest), following.at)
            if unseen_from > view.at:
                yield Stretch(0.0, 0.0, unseen_from - view.at)
            if following.at > unseen_from:
                yield Stretch(unseen_from - oldest, following.at - oldest, following.at - unseen_from)

    def _complete_at(self) -> float | None:
        length = self.pieces[-1].end
        complete: float | None = None
        for look in self.looks:
            if look.length < length:
                complete = None
            elif complete is None:
                complete = look.at
        return complete


def looks(text: str, versions: Sequence[Sequence[tuple[float, str]]], latency: float) -> list[Look]:
    """What could be seen of `text` when, in the messages that hold it.

    Args:
        text: The answer as it was sent; plain words with single spaces between.
        versions: Of each message, in their order in the channel: (when the server took it in seconds, its content).
        latency: Seconds until people see what the server took.
    """
    changes = sorted((at, number, content) for number, of in enumerate(versions) for at, content in of)
    contents = [""] * len(versions)
    seen: list[Look] = []
    for at, number, content in changes:
        contents[number] = content
        seen.append(Look(at + latency, _visible(text, joined(contents))))
    return seen


def joined(contents: Sequence[str]) -> str:
    """The text of several messages. Where an answer of plain words is cut, the one space between two words is left."""
    return " ".join(content for content in contents if content)


def _visible(text: str, shown: str) -> int:
    if text.startswith(shown):
        return len(shown)
    return next((i for i, (is_, was) in enumerate(zip(shown, text, strict=False)) if is_ != was), len(text))


def mean(stretches: Sequence[Stretch]) -> float:
    """The mean over the time of all stretches."""
    seconds = sum(stretch.seconds for stretch in stretches)
    return sum((s.low + s.high) / 2 * s.seconds for s in stretches) / seconds if seconds else 0.0


def quantile(stretches: Sequence[Stretch], share: float) -> float:
    """The value that is not exceeded for `share` of the time of all stretches."""
    wanted = share * sum(stretch.seconds for stretch in stretches)
    low, high = 0.0, max((stretch.high for stretch in stretches), default=0.0)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if sum(_seconds_up_to(stretch, middle) for stretch in stretches) < wanted:
            low = middle
        else:
            high = middle
    return high


def _seconds_up_to(stretch: Stretch, value: float) -> float:
    if value >= stretch.high:
        return stretch.seconds
    if value <= stretch.low:
        return 0.0
    return stretch.seconds * (value - stretch.low) / (stretch.high - stretch.low)
