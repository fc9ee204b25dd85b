"""Filters for what people ask and for what the model answers, and what they find in a whole text. Pure.

Not here: compiling patterns (`patterns`), how a text looks (`folding`), text that arrives in pieces (`filter_stream`),
how spoilers are written (`spoilers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserMistake
from grokbot.policy.folding import Folded
from grokbot.policy.patterns import Pattern, Span, compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_FILTERS = 50
"""Of one server."""

LONGEST_SAMPLE = 4_000
"""Characters of a sample; what fits into one field of Discord's forms."""

TOO_MANY = f"A server may have {MOST_FILTERS} filters. Remove one first."
SAMPLE_TOO_LONG = f"A sample may have {LONGEST_SAMPLE:,} characters at most."
ONLY_ANSWERS = "What people write cannot be hidden behind a spoiler. Choose another action, or let it look at answers."
NOT_LET_THROUGH = "A filter of this server does not let this through. Ask it in other words."
STOPPED = "A filter of this server ended this answer here."


class Where(StrEnum):
    """At what a filter looks."""

    PROMPTS = "prompts"
    ANSWERS = "answers"
    BOTH = "both"


class Action(StrEnum):
    """What happens at a match. Each is also told in the moderators' channel."""

    REFUSE = "refuse"
    """What is asked is not answered; an answer is ended."""
    SPOILER = "spoiler"
    """An answer goes on with the match behind a spoiler; what is asked is only told."""
    STOP = "stop"
    """The same as `refuse`: what is asked is not answered, an answer is ended before the match."""
    TELL = "tell"
    """Nothing but that."""


class Effect(StrEnum):
    """What a match does to the text that it was found in."""

    END = "end"
    HIDE = "hide"
    NOTE = "note"


_OF_PROMPTS: Mapping[Action, Effect] = {
    Action.REFUSE: Effect.END,
    Action.SPOILER: Effect.NOTE,
    Action.STOP: Effect.END,
    Action.TELL: Effect.NOTE,
}
_OF_ANSWERS: Mapping[Action, Effect] = {**_OF_PROMPTS, Action.SPOILER: Effect.HIDE}


@dataclass(frozen=True, slots=True)
class Filter:
    """One rule of a server. `id` is the store's."""

    id: str
    pattern: Pattern
    where: Where
    action: Action

    @property
    def effect(self) -> Effect:
        """What a match in an answer does."""
        return _OF_ANSWERS[self.action]


@dataclass(frozen=True, slots=True)
class Hit:
    """What a filter found, and where."""

    filter: Filter
    span: Span


@dataclass(frozen=True, slots=True)
class Judged:
    """What filters make of an answer.

    Args:
        hits: In the order of their beginnings; none begins at `cut` or later, but the one that cuts.
        cut: Where the answer ends, in characters; None where nothing ends it.
    """

    hits: tuple[Hit, ...] = ()
    cut: int | None = None

    @property
    def hidden(self) -> tuple[Span, ...]:
        """What is to be put behind spoilers, none of it past the cut."""
        spans = (hit.span for hit in self.hits if hit.filter.effect is Effect.HIDE)
        return tuple(span if self.cut is None else Span(span.start, min(span.end, self.cut)) for span in spans)


class Filtered(UserMistake):
    """What was asked does not pass the filters; `hits` is for the moderators' channel, without the text itself."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        super().__init__(NOT_LET_THROUGH)
        self.hits = tuple(hits)


def new_filter(filter_id: str, pattern: str, where: Where, action: Action, *, present: int) -> Filter:
    """A filter that may be added to `present` others.

    Raises:
        UserMistake: There are too many, the action does not fit, or the pattern is none (`PatternMistake`).
    """
    if present >= MOST_FILTERS:
        raise UserMistake(TOO_MANY)
    if where is Where.PROMPTS and action is Action.SPOILER:
        raise UserMistake(ONLY_ANSWERS)
    return Filter(filter_id, compiled(pattern), where, action)


def tried(pattern: str, sample: str) -> tuple[Span, ...]:
    """What a pattern finds in a sample, before it is saved.

    Raises:
        UserMistake: The sample is too long, or the pattern is none (`PatternMistake`).
    """
    if len(sample) > LONGEST_SAMPLE:
        raise UserMistake(SAMPLE_TOO_LONG)
    return spans_of(compiled(pattern), sample, Folded(sample))


def check_prompt(filters: Iterable[Filter], text: str) -> tuple[Hit, ...]:
    """What filters found in what a person asks; the turn may begin, and the moderators are to be told.

    Raises:
        Filtered: The turn may not begin.
    """
    hits = _hits([one for one in filters if one.where is not Where.ANSWERS], text)
    if any(_OF_PROMPTS[hit.filter.action] is Effect.END for hit in hits):
        raise Filtered(hits)
    return tuple(hits)


def check_brought(filters: Iterable[Filter], text: str) -> tuple[Hit, ...]:
    """The same for a whole conversation that a person brings: what filters hide of answers does not come in so.

    Raises:
        Filtered: It may not begin.
    """
    hits = _hits(filters, text)
    if any(hit.filter.effect is not Effect.NOTE for hit in hits):
        raise Filtered(hits)
    return tuple(hits)


def judged(filters: Iterable[Filter], text: str) -> Judged:
    """What filters make of a whole answer."""
    return cut_off(_hits(of_answers(filters), text))


def of_answers(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """Those that look at answers."""
    return tuple(one for one in filters if one.where is not Where.PROMPTS)


def cut_off(hits: Iterable[Hit]) -> Judged:
    """The hits of an answer that is ended by the first of them that ends it."""
    ordered = sorted(hits, key=lambda hit: (hit.span.start, hit.span.end, hit.filter.id))
    end = next((hit for hit in ordered if hit.filter.effect is Effect.END), None)
    if end is None:
        return Judged(tuple(ordered))
    return Judged((*(hit for hit in ordered if hit.span.start < end.span.start), end), end.span.start)


def spans_of(pattern: Pattern, text: str, folded: Folded) -> tuple[Span, ...]:
    """What a pattern finds in a text as it is written, and as it looks, in the order of their beginnings."""
    found = set(pattern.spans(text))
    if not folded.same:
        found.update(folded.written(span) for span in pattern.spans(folded.text))
    return tuple(sorted(found, key=lambda span: (span.start, span.end)))


def _hits(filters: Iterable[Filter], text: str) -> list[Hit]:
    folded = Folded(text)
    found = [Hit(one, span) for one in filters for span in spans_of(one.pattern, text, folded)]
    return sorted(found, key=lambda hit: (hit.span.start, hit.span.end, hit.filter.id))
