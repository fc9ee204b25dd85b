"""What the best scheduler reaches that keeps to the order *end, first text, oldest unseen text*. Pure.

The steady limit (`limits`) serves every running answer in its turn. But where many answers begin and end, their first
texts and ends come before all other edits and take most of the bot's budget: with 40 of them a second only 10 edits
are left for all that run in between. What is possible then is found here by playing it through: the bucket of the whole
bot is known to the last drop, nothing is ever late, and requests take exactly the latency. Each channel is edited at
the pace that grokbot keeps there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.rate_limits import Kind, Rank
from grokbot.discord_bot.rate_limits.pacing import ChannelPacer
from grokbot.sandbox.discord_server.rules.limits import Bucket
from tests.bench.freshness import Stretch, mean
from tests.bench.limits import INSTANT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.sandbox.discord_server import Rules
    from tests.bench.limits import Span

_NEVER = float("inf")


class Played:
    """One answer as it was played through: `sends` are the times of its requests, in seconds on the clock of `span`."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.sends: list[float] = []
        self._pacer = ChannelPacer()

    @property
    def ended(self) -> bool:
        """Whether all of it was sent."""
        return bool(self.sends) and self.sends[-1] >= self.span.end

    def turn(self, now: float) -> tuple[float, Rank, float]:
        """(from when on it may send, how much that matters at `now`, since when text is unseen)."""
        if self.ended:
            return _NEVER, Rank.OTHER, _NEVER
        if not self.sends:
            return self.span.begin, Rank.FIRST, self.span.begin
        end = max(self.span.end, self._pacer.earliest(Kind.EDIT, Rank.END, now))
        if now >= end:
            return end, Rank.END, self.span.end
        text = max(self.sends[-1] + INSTANT, self._pacer.earliest(Kind.EDIT, Rank.TEXT, now))
        return min(text, end), Rank.TEXT, self.sends[-1]

    def send(self, now: float) -> None:
        """All that was received by `now` is sent."""
        self._pacer.note(Kind.EDIT if self.sends else Kind.SEND, now)
        self.sends.append(now)

    def staleness(self, latency: float) -> float:
        """The mean age of the oldest unseen text, in seconds, until all is seen."""
        unseen = view = self.span.begin
        stretches = []
        for sent in self.sends:
            seen = sent + latency
            stretches.append(Stretch(view - unseen, seen - unseen, seen - view))
            unseen, view = sent, seen
        return mean(stretches)


def play(rules: Rules, spans: Sequence[Span]) -> list[Played]:
    """Every answer, with the requests that bring it."""
    answers = [Played(span) for span in spans]
    now = min((span.begin for span in spans), default=0.0)
    bucket = Bucket(rules.everything, now)
    while not all(answer.ended for answer in answers):
        turns = [(answer.turn(now), number) for number, answer in enumerate(answers)]
        ready = [((rank, since), number) for (at, rank, since), number in turns if at <= now]
        if not ready:
            now = min(at for (at, _, _), _ in turns)
            continue
        verdict = bucket.take(now)
        if verdict.allowed:
            answers[min(ready)[1]].send(now)
        else:
            now += max(verdict.retry_after, INSTANT)
    return answers
