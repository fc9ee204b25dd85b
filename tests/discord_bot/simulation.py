"""Streams, writers and Discord as events on a simulated clock: how fresh the pure pacing and scheduling keep a channel.

`python -m tests.discord_bot.simulation` prints the figures beside the limits. Not here: what must hold (the tests).

Staleness of a stream at a time: the age of the oldest text received and not yet visible, 0.0 when there is none; from
the first text received until the whole answer is visible. A request is visible when it arrives; its answer comes back
at the same moment. The client is discord.py: the request that empties a bucket sleeps until its reset, and a refused
one sleeps and goes again.
"""

from __future__ import annotations

import random
import sys
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Literal

from grokbot.discord_bot.rate_limits import Kind, Rank
from grokbot.discord_bot.rate_limits.bot_budget import Allowance, BotBudget
from grokbot.discord_bot.rate_limits.bucket_rule import LearnedRule
from grokbot.discord_bot.rate_limits.pacing import ChannelPacer
from grokbot.discord_bot.rate_limits.scheduler import Scheduler, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Mode = Literal["leaky", "fixed"]
ALMOST = 1e-6
AFTER_A_LOSS = 0.3


@dataclass(frozen=True)
class Scene:
    """What is simulated."""

    streams: int = 1
    mode: Mode = "leaky"
    seconds: float = 20.0
    tokens_per_second: float = 50.0
    latency: float = 0.1
    jitter: float = 0.02
    starts_within: float = 10.0
    ends_together: bool = False
    headers: bool = True
    """Whether the pacers are told what the answers' headers say."""
    failing: float = 0.0
    """The share of requests that are lost on their way and go again."""
    anchored: bool = True
    """Whether a fixed window begins with its first request; otherwise at a time of its own."""
    types_first: bool = True
    seed: int = 0


@dataclass
class Bucket:
    """The reference: one of Discord's limits, of either kind."""

    limit: int
    window: float
    mode: Mode
    phase: float | None = None
    level: float = 0.0
    at: float = float("-inf")

    def take(self, now: float) -> tuple[bool, int, float]:
        """Whether it passes, whole requests left, seconds until the bucket is full again (or until the next passes)."""
        if self.mode == "leaky":
            drop = self.window / self.limit
            self.level = min(float(self.limit), self.level + (now - self.at) / drop)
            self.at = now
            if self.level < 1.0 - ALMOST:
                return False, 0, (1.0 - self.level) * drop
            self.level -= 1.0
            return True, int(self.level + ALMOST), (self.limit - self.level) * drop
        if now >= self.at + self.window:
            self.at = now if self.phase is None else now - (now - self.phase) % self.window
            self.level = float(self.limit)
        reset = self.at + self.window - now
        if self.level < 1.0:
            return False, 0, reset
        self.level -= 1.0
        return True, int(self.level), reset


@dataclass
class Stream:
    """One answer: what was received when, and what is visible since when."""

    tokens: Sequence[float]
    pacer: ChannelPacer
    edits: Bucket
    sends: Bucket
    free_at: float = 0.0
    in_flight: bool = False
    ticket: Ticket | None = None
    sent: int = 0
    shown: list[tuple[float, int]] = field(default_factory=list)
    edit_times: list[float] = field(default_factory=list)
    ended: bool = False
    """The end is visible."""

    @property
    def end(self) -> float:
        return self.tokens[-1]

    def received(self, now: float) -> int:
        return bisect_right(self.tokens, now)

    def ages(self) -> list[tuple[float, float, float]]:
        """(seconds, youngest, oldest) of the spans of time in which some text was not visible."""
        spans, since, visible = [], self.tokens[0], 0
        for at, upto in self.shown:
            oldest = self.tokens[visible]
            if at > oldest:
                start = max(since, oldest)
                spans.append((at - start, start - oldest, at - oldest))
            since, visible = at, upto
            if visible == len(self.tokens):
                break
        return spans

    def staleness(self) -> float:
        """The mean over time, in seconds."""
        area = sum(span * (young + old) / 2 for span, young, old in self.ages())
        return area / (self.shown[-1][0] - self.tokens[0])


@dataclass
class Outcome:
    """What was seen."""

    streams: list[Stream]
    first: list[float]
    end: list[float]
    requests: int
    refused: Counter[str]
    typed: int
    arrivals: list[float]

    def staleness(self) -> float:
        return sum(stream.staleness() for stream in self.streams) / len(self.streams)

    def old_age(self, share: float = 0.95) -> float:
        """The age that staleness stays under for this share of the time."""
        spans = [span for stream in self.streams for span in stream.ages()]
        whole = sum(stream.shown[-1][0] - stream.tokens[0] for stream in self.streams)
        low, high = 0.0, max(old for _, _, old in spans)
        for _ in range(40):
            middle = (low + high) / 2
            above = sum(s * min(1.0, max(0.0, (o - middle) / (o - young))) for s, young, o in spans if o > young)
            low, high = (middle, high) if above > whole * (1 - share) else (low, middle)
        return high


def share(values: Sequence[float], part: float) -> float:
    """The value that this part of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class Simulation:
    """A clock, what happens on it, and everything between the model's tokens and what people see."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.random = random.Random(scene.seed)
        self.now = 0.0
        self.scheduler = Scheduler(BotBudget())
        self.rule = LearnedRule()
        self.everything = Bucket(50, 1.0, "fixed", None if scene.anchored else self.random.random())
        self.outcome = Outcome([], [], [], 0, Counter(), 0, [])
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self._owners: dict[Ticket, Stream] = {}
        self._look_at = float("inf")

    def at(self, time: float, act: Callable[[], None]) -> None:
        heappush(self._events, (time, next(self._number), act))

    def run(self) -> Outcome:
        for number in range(self.scene.streams):
            self._begin(self._tokens(number))
        while self._events:
            self.now, _, act = heappop(self._events)
            act()
            self._pump()
        return self.outcome

    def _tokens(self, number: int) -> list[float]:
        scene = self.scene
        begin = 100.0 + scene.starts_within * (0.0 if scene.streams == 1 else number / scene.streams)
        end = 100.0 + scene.seconds + (0.0 if scene.ends_together else begin - 100.0 + self.random.random())
        gap = 1.0 / scene.tokens_per_second
        tokens = [begin]
        while tokens[-1] < end:
            tokens.append(min(end, tokens[-1] + gap * self.random.uniform(0.2, 1.8)))
        return tokens

    def _begin(self, tokens: Sequence[float]) -> None:
        mode = self.scene.mode
        phase = None if self.scene.anchored else self.random.uniform(0.0, 5.0)
        stream = Stream(tokens, ChannelPacer(self.rule), Bucket(5, 5.0, mode, phase), Bucket(5, 5.0, mode, phase))
        self.outcome.streams.append(stream)
        if self.scene.types_first:
            self.at(tokens[0] - 1.0, lambda: self._type(stream))
        self.at(tokens[0], lambda: self._wish(stream))
        self.at(stream.end, lambda: self._wish(stream))

    def _type(self, stream: Stream) -> None:
        allowance = self.scheduler.take_spare(stream.pacer, Kind.OTHER, self.now)
        if allowance is not None:
            self.outcome.typed += 1
            counted = self.scheduler.budget.left(self.now, allowance)
            assert counted is not None
            self.at(self.now + self._latency(), lambda: self._typing_arrives(counted))

    def _typing_arrives(self, counted: float) -> None:
        self._count_global(counted)

    def _wish(self, stream: Stream) -> None:
        """The writer looks what there is to send."""
        if stream.in_flight or self.now < stream.free_at or stream.ended:
            return
        received = stream.received(self.now)
        if received == stream.sent:
            self.at(stream.tokens[received], lambda: self._wish(stream))
            return
        kind = Kind.SEND if stream.sent == 0 else Kind.EDIT
        rank = Rank.END if received == len(stream.tokens) else Rank.FIRST if stream.sent == 0 else Rank.TEXT
        if stream.ticket is not None:
            if stream.ticket.rank is rank:
                return
            self.scheduler.withdraw(stream.ticket)
        stream.ticket = self.scheduler.offer(stream.pacer, kind, rank, stream.tokens[stream.sent], self.now)
        self._owners[stream.ticket] = stream

    def _pump(self) -> None:
        while (ticket := self.scheduler.take(self.now)) is not None:
            self._granted(ticket)
        look = self.scheduler.look_again(self.now)
        if look is not None and (look < self._look_at or self._look_at <= self.now):
            self._look_at = look
            self.at(look, lambda: None)

    def _granted(self, ticket: Ticket) -> None:
        stream = self._owners.pop(ticket)
        stream.ticket = None
        stream.in_flight = True
        if ticket.kind is Kind.EDIT:
            stream.edit_times.append(self.now)
        assert ticket.allowance is not None
        self._send(stream, ticket.kind, self.now, ticket.allowance)

    def _latency(self) -> float:
        return self.scene.latency + self.random.uniform(-1.0, 1.0) * self.scene.jitter

    def _send_again(self, stream: Stream, kind: Kind, began: float) -> None:
        """As discord.py does by itself; it waits where every request leaves."""
        budget = self.scheduler.budget
        if (wait := budget.wait(self.now, final=True)) > 0.0:
            self.at(self.now + wait, lambda: self._send_again(stream, kind, began))
        else:
            self._send(stream, kind, began, budget.note(self.now, final=True))

    def _send(self, stream: Stream, kind: Kind, began: float, allowance: Allowance) -> None:
        upto = stream.received(self.now)
        counted = self.scheduler.budget.left(self.now, allowance)
        assert counted is not None
        arrival = self.now + self._latency()
        if self.random.random() < self.scene.failing:
            self.at(arrival, lambda: self._lost(stream))
        else:
            self.at(arrival, lambda: self._arrive(stream, kind, began, upto, counted))

    def _lost(self, stream: Stream) -> None:
        """A 503 or a reset: after a moment the writer offers the newest text."""
        stream.in_flight = False
        stream.free_at = self.now + AFTER_A_LOSS
        self.at(stream.free_at, lambda: self._wish(stream))

    def _count_global(self, counted: float) -> tuple[bool, float]:
        self.scheduler.budget.answered(counted, self.now)
        self.outcome.requests += 1
        self.outcome.arrivals.append(self.now)
        passed, _, wait = self.everything.take(self.now)
        if not passed:
            self.outcome.refused["bot"] += 1
        return passed, wait

    def _arrive(self, stream: Stream, kind: Kind, began: float, upto: int, counted: float) -> None:
        passed, wait = self._count_global(counted)
        remaining = 1
        if passed:
            passed, remaining, wait = (stream.sends if kind is Kind.SEND else stream.edits).take(self.now)
            if not passed:
                self.outcome.refused["channel"] += 1
        if not passed:
            self.at(self.now + wait, lambda: self._send_again(stream, kind, began))
            return
        if stream.sent == 0:
            self.outcome.first.append(self.now - stream.tokens[0])
        assert upto > stream.sent, "nothing is sent twice, and nothing older than what is visible"
        stream.sent = upto
        stream.shown.append((self.now, upto))
        if upto == len(stream.tokens):
            stream.ended = True
            self.outcome.end.append(self.now - stream.end)
        sleep = 0.0 if remaining > 0 else wait
        if self.scene.headers:
            stream.pacer.told(kind, self.now, remaining=remaining, reset_after=wait)
        self.at(self.now + sleep, lambda: self._return(stream, kind, began))

    def _return(self, stream: Stream, kind: Kind, began: float) -> None:
        stream.pacer.returned(kind, began, self.now)
        stream.in_flight = False
        self._wish(stream)


class Mentioned(Simulation):
    """The same from the mention on: a thread is opened for each answer, a few at once, and then the model begins."""

    TOKENS, AT_ONCE, MODEL_BEGINS = 400, 5, 0.01

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._mentions = 0
        self._opening: set[Ticket] = set()
        self._under_way = 0

    def run(self) -> Outcome:
        scene = self.scene
        for number in range(scene.streams):
            self.at(100.0 + scene.starts_within * number / scene.streams + scene.latency, self._mention)
        while self._events:
            self.now, _, act = heappop(self._events)
            act()
            self._pump()
        return self.outcome

    def _mention(self) -> None:
        self._mentions += 1
        self._open()

    def _open(self) -> None:
        while self._mentions and self._under_way < self.AT_ONCE:
            self._mentions, self._under_way = self._mentions - 1, self._under_way + 1
            self._opening.add(self.scheduler.offer(ChannelPacer(), Kind.OTHER, Rank.OPENING, self.now, self.now))

    def _granted(self, ticket: Ticket) -> None:
        if ticket not in self._opening:
            super()._granted(ticket)
            return
        self._opening.remove(ticket)
        assert ticket.allowance is not None
        counted = self.scheduler.budget.left(self.now, ticket.allowance)
        assert counted is not None
        self.at(self.now + self._latency(), lambda: self._opened(counted))

    def _opened(self, counted: float) -> None:
        self._count_global(counted)
        self._under_way -= 1
        self._open()
        begin, rate = self.now + self.MODEL_BEGINS, self.scene.tokens_per_second
        self._begin([begin + number / rate for number in range(1, self.TOKENS + 1)])


def limit(scene: Scene) -> float:
    """The steady limit of the mean staleness: half the time between two edits of a channel, and the latency."""
    period = max(1.25 if scene.mode == "fixed" else 1.0, scene.streams / 50)
    return period / 2 + scene.latency


def mentioned(streams: int, ramp: float, mode: Mode) -> Scene:
    """As the bench asks with `--open`."""
    return Scene(
        streams,
        mode,
        400 / 60,
        tokens_per_second=60.0,
        latency=0.06,
        jitter=0.004,
        starts_within=ramp,
        types_first=False,
    )


def report(scene: Scene, seen: Outcome | None = None) -> str:
    """One line of figures."""
    seen = seen or Simulation(scene).run()
    first, end = ([share(lags, part) / scene.latency for part in (0.5, 0.95)] for lags in (seen.first, seen.end))
    return (
        f"{scene.streams:4d} {scene.mode:6s} {scene.seconds:4.0f} s  staleness {seen.staleness():6.3f}"
        f" ({seen.staleness() / limit(scene):4.2f} x {limit(scene):5.2f})  p95 {seen.old_age():6.3f}"
        f"  first p50 {first[0]:5.2f} p95 {first[1]:6.2f} L  end p50 {end[0]:5.2f} p95 {end[1]:6.2f} L"
        f"  requests {seen.requests:6d}  429 {sum(seen.refused.values())}  typed {seen.typed}"
    )


def main() -> None:
    """Prints the figures."""
    modes: tuple[Mode, ...] = ("leaky", "fixed")
    lines = []
    for mode in modes:
        lines += [report(Scene(1, mode, seconds)) for seconds in (5.0, 10.0, 20.0, 30.0, 60.0)]
        lines += [report(Scene(streams, mode, 30.0)) for streams in (10, 50, 200, 500)]
        lines.append(report(Scene(10, mode, 30.0, headers=False)) + "  no headers")
        lines.append(report(Scene(200, mode, 30.0, starts_within=0.0, ends_together=True)) + "  all at once")
        for streams, ramp in ((1, 0.0), (50, 0.0), (50, 10.0), (200, 0.0), (200, 10.0)):
            scene = mentioned(streams, ramp, mode)
            lines.append(report(scene, Mentioned(scene).run()) + f"  mentioned through {ramp:g} s")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
