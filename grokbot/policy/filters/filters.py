"""Filters for questions and for the model's answers, and their matches in a whole text. Pure.

Not here: compiling patterns (`patterns`), how a text looks (`folded_text`), text that arrives in pieces (`stream`), how
spoilers are written (`spoilers`).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.text.sentences import Sentence
from grokbot.policy.filters.folded_text import Folded
from grokbot.policy.filters.patterns import Pattern, Span, TooSlowError, check_quick, compiled, patient

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grokbot.conversation.text import OthersText
    from grokbot.policy.filters.patterns import Watch

LONGEST_SAMPLE = 4_000
"""Characters of a sample, as many as fit into one field of Discord's forms."""

SAMPLE_TOO_LONG = Sentence("A sample may have {most:,} characters at most. Shorten it.")
TOO_SLOW_HERE = Sentence("This pattern takes too long on this sample. Simplify it, or use fewer repetitions.")
NOT_LOOKED_AT = Sentence("This is too long for this server's filters. Ask in fewer words.")
NOT_LET_THROUGH = Sentence("One of this server's filters blocked this. Ask in other words.")
STOPPED = Sentence("One of this server's filters stopped this answer here. Ask in other words.")


class Where(StrEnum):
    """Which texts a filter checks."""

    PROMPTS = "prompts"
    ANSWERS = "answers"
    BOTH = "both"


class Action(StrEnum):
    """What happens at a match. Each is also reported in the moderators' channel."""

    REFUSE = "refuse"
    """A question gets no answer; an answer ends."""
    SPOILER = "spoiler"
    """An answer continues with the match behind a spoiler; a question is only reported."""
    STOP = "stop"
    """The same as `refuse`: a question gets no answer, an answer ends before the match."""
    TELL = "tell"
    """A report, nothing more."""


class Effect(StrEnum):
    """What a match does to its text."""

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
    """One rule of a server. `id` and `number` are the store's; no other filter of the server ever has the same."""

    id: str
    pattern: Pattern
    where: Where
    action: Action
    number: int = 0
    name: str = ""
    """What a moderator calls it; "": nothing."""

    @property
    def effect(self) -> Effect:
        """What a match does to an answer."""
        return _OF_ANSWERS[self.action]


@dataclass(frozen=True, slots=True)
class Hit:
    """A filter's match, and where it is."""

    filter: Filter
    span: Span


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict of the filters on an answer.

    Args:
        hits: Ordered by where they begin; none begins at `cut` or later, except the one that cuts.
        cut: Where the answer ends, in characters; None if nothing ends it.
    """

    hits: tuple[Hit, ...] = ()
    cut: int | None = None

    @property
    def hidden(self) -> tuple[Span, ...]:
        """The parts to put behind spoilers, none of it past the cut."""
        spans = (hit.span for hit in self.hits if hit.filter.effect is Effect.HIDE)
        return tuple(span if self.cut is None else Span(span.start, min(span.end, self.cut)) for span in spans)


class FilteredError(UserError):
    """The question does not pass the filters.

    Args:
        hits: For the moderators' channel, without the text itself.
        slow: The filter that ran out of time, so its matches are unknown.
    """

    def __init__(self, hits: Sequence[Hit], slow: Filter | None = None) -> None:
        super().__init__(NOT_LET_THROUGH if slow is None else NOT_LOOKED_AT)
        self.hits = tuple(hits)
        self.slow = slow


class FilterTooSlowError(TooSlowError):
    """This filter, of several, ran out of time."""

    def __init__(self, one: Filter) -> None:
        super().__init__(one.id)
        self.filter = one


@contextmanager
def watched(one: Filter) -> Iterator[None]:
    """Wraps a search for one filter's matches: a timeout names the filter."""
    try:
        yield
    except TooSlowError:
        raise FilterTooSlowError(one) from None


def tried(pattern: str, sample: OthersText, watch: Watch = patient) -> tuple[Span, ...]:
    """A pattern's matches in a sample, before it is saved.

    Args:
        pattern: The regular expression as it was typed.
        sample: The text.
        watch: Called now and then; it raises TooSlowError if this takes too long.

    Raises:
        UserError: The sample is too long or the pattern too slow for it, or the pattern is invalid (`PatternError`).
    """
    if len(sample) > LONGEST_SAMPLE:
        raise UserError(SAMPLE_TOO_LONG.format(most=LONGEST_SAMPLE))
    try:
        return spans_of(check_quick(compiled(pattern)), sample, Folded(sample), watch)
    except TooSlowError:
        raise UserError(TOO_SLOW_HERE) from None


def check_prompt(filters: Iterable[Filter], text: OthersText, watch: Watch = patient) -> tuple[Hit, ...]:
    """The first match of each filter in a question that may be asked, for the moderators.

    Args:
        filters: The server's filters.
        text: The question.
        watch: Called now and then; it raises TooSlowError if this takes too long.

    Raises:
        FilteredError: The turn may not begin.
    """
    return _checked([one for one in filters if one.where is not Where.ANSWERS], text, watch, brought=False)


def check_brought(filters: Iterable[Filter], text: OthersText, watch: Watch = patient) -> tuple[Hit, ...]:
    """The same for a whole conversation that a person imports.

    Filters of answers check it too, so an import cannot bring in what they would hide.

    Args:
        filters: The server's filters.
        text: All that was said in it.
        watch: Called now and then; it raises TooSlowError if this takes too long.

    Raises:
        FilteredError: It may not begin.
    """
    return _checked(tuple(filters), text, watch, brought=True)


def _checked(filters: Sequence[Filter], text: str, watch: Watch, *, brought: bool) -> tuple[Hit, ...]:
    """A filter that runs out of time refuses the text, whatever its action."""
    folded = Folded(text)
    hits: list[Hit] = []
    for one in filters:
        try:
            hits += (Hit(one, span) for span in _firsts(one.pattern, text, folded, watch))
        except TooSlowError:
            raise FilteredError(in_order(hits), slow=one) from None
    ordered = in_order(hits)
    effects = {hit.filter.effect if brought else _OF_PROMPTS[hit.filter.action] for hit in ordered}
    if Effect.END in effects or (brought and Effect.HIDE in effects):
        raise FilteredError(ordered)
    return ordered


def judged(filters: Iterable[Filter], text: OthersText, watch: Watch = patient) -> Judged:
    """The filters' verdict on a whole answer: all parts to hide, and the first match of each other filter.

    Args:
        filters: The server's filters.
        text: The answer.
        watch: Called now and then; it raises TooSlowError if this takes too long.

    Raises:
        FilterTooSlowError: The watch said so.
    """
    folded = Folded(text)
    hits: list[Hit] = []
    for one in of_answers(filters):
        look = spans_of if one.effect is Effect.HIDE else _firsts
        with watched(one):
            hits += (Hit(one, span) for span in look(one.pattern, text, folded, watch))
    return cut_off(in_order(hits))


def finds(filters: Iterable[Filter], text: OthersText, watch: Watch = patient) -> bool:
    """Whether any filter ends an answer, or hides something in it. Raises as `judged` does.

    Args:
        filters: The server's filters.
        text: The answer.
        watch: Called now and then; it raises TooSlowError if this takes too long.
    """
    folded = Folded(text)
    for one in of_answers(filters):
        with watched(one):
            if one.effect is not Effect.NOTE and next(_firsts(one.pattern, text, folded, watch), None) is not None:
                return True
    return False


def of_answers(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """The filters that check answers."""
    return tuple(one for one in filters if one.where is not Where.PROMPTS)


def in_order(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Ordered by where they begin, then by where they end; each once."""
    once = {(hit.span.start, hit.span.end, hit.filter.id): hit for hit in hits}
    return tuple(once[key] for key in sorted(once))


def cut_off(ordered: Sequence[Hit]) -> Judged:
    """The verdict from an answer's ordered hits; the first one that ends the answer cuts it."""
    end = next((hit for hit in ordered if hit.filter.effect is Effect.END), None)
    if end is None:
        return Judged(tuple(ordered))
    return Judged((*(hit for hit in ordered if hit.span.start < end.span.start), end), end.span.start)


def spans_of(pattern: Pattern, text: str, folded: Folded, watch: Watch = patient) -> tuple[Span, ...]:
    """A pattern's matches in a text as written and as it looks, ordered by where they begin.

    Args:
        pattern: The pattern.
        text: The text as it is written.
        folded: The same as it looks.
        watch: Called now and then; it raises TooSlowError if this takes too long.
    """
    found = set(pattern.spans(text, watch))
    if not folded.same:
        found.update(folded.written(span) for span in pattern.spans(folded.text, watch))
    return tuple(sorted(found, key=lambda span: (span.start, span.end)))


def _firsts(pattern: Pattern, text: str, folded: Folded, watch: Watch) -> Iterator[Span]:
    """The first match in the text as written and as it looks: enough to know that there is one."""
    if (span := next(pattern.spans(text, watch), None)) is not None:
        yield span
    if not folded.same and (span := next(pattern.spans(folded.text, watch), None)) is not None:
        yield folded.written(span)
