"""The figures of one run, each with the limit that follows from the buckets and the target for it. Pure.

Here: which figures there are and what they are compared with. Not here: getting the numbers (`stream`), what is
possible (`limits`), how it is printed (`table`).
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench import limits
from tests.bench.freshness import mean, quantile
from tests.bench.in_order import play

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grokbot.sandbox.discord_server import Rules
    from tests.bench.freshness import Course, Stretch
    from tests.bench.in_order import Played
    from tests.bench.load import Busy, Load

CPU_SECONDS_PER_1000_TOKENS = 0.05
KIB_PER_ANSWER = 200 * 1000 / 1024
"""What the project allows itself; no bucket says it."""

P95 = 0.95


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for on the command line, for each number of streams alike."""

    tokens: int = 400
    tokens_per_second: float = 60.0
    tokens_per_chunk: int = 1
    ramp: float = 0.0
    open_threads: bool = False
    fixed_windows: bool = False
    latency: float = 0.06


@dataclass(frozen=True, slots=True)
class Run:
    """What was observed of so many answers. Those that never began have no course."""

    streams: int
    wishes: Wishes
    rules: Rules
    courses: Sequence[Course]
    complete: int
    requests: int
    refused: Mapping[str, int]
    """Replies 429, by the route that got them."""
    busiest_second: int
    """The most requests that Discord counted for the whole bot in any second."""
    load: Load
    direct_messages: int
    """How often the bot opened one."""
    told: int
    """Answers with the line of a first one."""

    @property
    def spans(self) -> Sequence[limits.Span]:
        """When the tokens of each answer came."""
        return [limits.Span(course.pieces[0].at, course.pieces[-1].at) for course in self.courses]

    @property
    def count_429(self) -> int:
        """Replies 429 on all routes."""
        return sum(self.refused.values())

    @property
    def plan(self) -> limits.Plan:
        """How every answer was meant to go."""
        wishes = self.wishes
        return limits.Plan(
            first_token_after=wishes.tokens_per_chunk / wishes.tokens_per_second,
            last_token_after=wishes.tokens / wishes.tokens_per_second,
            opens_thread=wishes.open_threads,
        )

    @property
    def planned(self) -> Sequence[limits.Span]:
        """When the tokens of each answer would have come if it had begun at once."""
        return limits.schedule(self.rules, [course.asked for course in self.courses], self.plan)

    def played(self) -> Sequence[Played]:
        """The answers as the best scheduler would have brought them that keeps to the order."""
        return play(self.rules, self.planned)

    @property
    def busy(self) -> Busy:
        """How busy the daemon and the bench were from the first token to the last."""
        spans, samples = self.spans, self.load.samples
        begin = min((span.begin for span in spans), default=samples[0].at)
        return self.load.busy(begin, max((span.end for span in spans), default=samples[-1].at))


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        limit: What is possible if every answer begins when it is asked for.
        allowed: The target: what the value may be at most, as a multiple of the limit.
        limit_as_begun: What is possible with the answers as they began and ended in this run. A daemon that begins late
            spreads its answers, and so makes this limit, not the other, a smaller one.
    """

    name: str
    unit: str
    value: float | None
    limit: float | None
    allowed: float | None = None
    limit_as_begun: float | None = None
    in_order: float | None = None
    """What is possible if ends and first texts go before all other edits (`in_order`)."""

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of its limit."""
        return self.value / self.limit if self.value is not None and self.limit else None


def figures(run: Run) -> list[Figure]:
    """All figures of a run."""
    if not run.courses:
        return list(_counts(run))
    played = run.played()
    return [
        *_beginning(run),
        *_first_text(run, played),
        *_staleness(run, played),
        *_end_lag(run, played),
        *_counts(run),
        *_cost(run),
    ]


def _beginning(run: Run) -> Iterator[Figure]:
    """Without this line, a daemon that begins its answers late would look as fresh as one that begins them at once."""
    asked = [course.asked for course in run.courses]
    if run.wishes.open_threads:
        with_thread = limits.lags_of_opening(run.rules, asked, run.plan.first_token_after)
        since = [course.first_text_after_asking for course in run.courses]
        yield Figure("first text after the mention, p95", "s", _p95(since), _p95(with_thread))
    begun = [course.pieces[0].at - course.asked for course in run.courses]
    possible = [span.begin - at for span, at in zip(run.planned, sorted(asked), strict=True)]
    yield Figure("first token after the question, p95", "s", _p95(begun), _p95(possible))


def _first_text(run: Run, played: Sequence[Played]) -> Iterator[Figure]:
    allowed = _by_size(run, alone=1.3, within=1.5, beyond=1.2)
    measured = [course.first_text for course in run.courses]
    possible = limits.lags(run.rules, [span.begin for span in run.planned])
    begun = limits.lags(run.rules, [span.begin for span in run.spans])
    name = "first text after the first token"
    best = [answer.sends[0] - answer.span.begin + run.rules.latency for answer in played]
    yield Figure(f"{name}, mean", "s", _mean(measured), _mean(possible), allowed, _mean(begun), _mean(best))
    yield Figure(f"{name}, p95", "s", _p95(measured), _p95(possible), allowed, _p95(begun), _p95(best))


def _staleness(run: Run, played: Sequence[Played]) -> Iterator[Figure]:
    allowed = _by_size(run, alone=0.9, within=1.1, beyond=1.15)
    stretches = [list(course.staleness()) for course in run.courses]
    whole: list[Stretch] = [stretch for of_one in stretches for stretch in of_one]
    steady, steady_p95 = limits.staleness(run.rules, run.planned)
    begun, begun_p95 = limits.staleness(run.rules, run.spans)
    best = _mean([answer.staleness(run.rules.latency) for answer in played])
    yield Figure("staleness, mean", "s", statistics.fmean(map(mean, stretches)), steady, allowed, begun, best)
    yield Figure("staleness, p95", "s", quantile(whole, P95), steady_p95, None, begun_p95)


def _end_lag(run: Run, played: Sequence[Played]) -> Iterator[Figure]:
    spread = 4.0 if run.wishes.ramp else 1.2
    allowed = _by_size(run, alone=1.5, within=spread, beyond=1.2)
    measured = [course.end_lag for course in run.courses]
    possible = limits.lags(run.rules, [span.end for span in run.planned])
    begun = limits.lags(run.rules, [span.end for span in run.spans])
    name = "lag of the complete text"
    best = [answer.sends[-1] - answer.span.end + run.rules.latency for answer in played]
    yield Figure(f"{name}, mean", "s", _mean(measured), _mean(possible), None, _mean(begun), _mean(best))
    yield Figure(f"{name}, p95", "s", _p95(measured), _p95(possible), allowed, _p95(begun), _p95(best))


def _counts(run: Run) -> Iterator[Figure]:
    possible = limits.requests_per_answer(run.rules, run.planned) if run.courses else None
    begun = limits.requests_per_answer(run.rules, run.spans) if run.courses else None
    yield Figure("answers complete and exact", "", run.complete, run.streams)
    yield Figure("replies 429", "", run.count_429, 0)
    yield Figure("requests per answer (at most)", "", run.requests / run.streams, possible, None, begun)


def _cost(run: Run) -> Iterator[Figure]:
    per_1000 = run.load.daemon_cpu / (run.streams * run.wishes.tokens) * 1000
    per_answer = run.load.daemon_kib_more / limits.most_running(run.spans)
    yield Figure("processor time per 1,000 tokens", "s", per_1000, CPU_SECONDS_PER_1000_TOKENS, 1.0)
    yield Figure("memory per running answer", "KiB", per_answer, KIB_PER_ANSWER, 1.0)


def _by_size(run: Run, *, alone: float, within: float, beyond: float) -> float:
    """The target for one stream, for as many as the bot's budget serves without turns, and for more."""
    if run.streams == 1:
        return alone
    budget = limits.edit_period(run.rules, run.streams) <= limits.edit_period(run.rules, 1)
    return within if budget else beyond


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def _p95(values: Sequence[float | None]) -> float | None:
    """The value of the answer before which 95 % of them come; those that never came are left to `complete`."""
    known = sorted(value for value in values if value is not None)
    return known[max(0, -(-95 * len(known) // 100) - 1)] if known else None
