"""Chooses the next request to send.

Here: the choice between waiting requests, at times that come in as arguments (seconds on the clock that the pacers
use). The pace of one channel or the whole bot is in `pacing`; sleeping and sending are elsewhere. No discord, no
asyncio, no clock.

The order: the end of an answer, the opening of a thread, the first text of an answer, then the text that has waited
longest, then the rest. What is asked early is opened and ends early; but what is begun all at once comes to stand still
and serves nobody, so openings come last while many answers have something to show. What is less urgent but has waited
very long gets one turn in every few, so that no herd starves anybody. What nobody would miss (typing) never waits: it
goes when there is much room, or not at all.
"""

from dataclasses import dataclass, field
from heapq import heappop, heappush

from grokbot.discord_bot.rate_limits.bot_budget import Allowance, BotBudget
from grokbot.discord_bot.rate_limits.pacing import ChannelPacer, Kind, Rank

LONG_WAIT = 6.0
"""Seconds of waiting after which a request may go between more urgent ones. A herd of 200 ends is over before that."""
FEW, MANY = 45, 90
"""Requests in line, openings aside. With fewer than `FEW`, openings have a pace and first texts go between them; with
more, all that was asked is opened first, for these answers have to take turns anyway; with `MANY`, openings come last.
Found by simulating 50 to 400 mentions at once and 200 in ten seconds (`tests.discord_bot.simulation`), then with the
bench `stream --open`: with more the texts grow older, with fewer the last ones wait longer for their thread."""
OPENINGS = 24
"""Threads a second at that pace: half of what the bot may send."""
CATCHES_UP = 0.1
"""Seconds of openings that came late which are made up for."""
TURN_IN = 10
"""One turn in this many goes to requests that have waited that long, while more urgent ones wait too."""


@dataclass(slots=True, eq=False)
class Ticket:
    """One request that waits for its turn. Each call of `Scheduler.offer` makes its own.

    Attributes:
        pacer: The channel that it goes to.
        kind: Which of the channel's buckets it takes from.
        rank: How much it matters.
        since: Since when its content waits to be seen.
        allowance: Its permission to leave, set by its turn.
    """

    pacer: ChannelPacer
    kind: Kind
    rank: Rank
    since: float
    allowance: Allowance | None = None


_Entry = tuple[float, int, Ticket]


@dataclass(slots=True)
class Scheduler:
    """All waiting requests. Each operation takes O(log n) for n of them, amortized over the life of a ticket.

    Args:
        budget: What the whole bot may send.
    """

    budget: BotBudget
    _waiting: set[Ticket] = field(default_factory=set)
    _early: list[_Entry] = field(default_factory=list)
    """By the time at which the channel allows it."""
    _ready: dict[Rank, list[_Entry]] = field(default_factory=lambda: {rank: [] for rank in Rank})
    """Allowed by their channel when last checked; by waiting time."""
    _made: int = 0
    _passed: int = 0
    """Turns since a request that had waited very long got one out of order."""
    _opens_at: float = 0.0
    """From when on the next thread may be opened at the pace of `OPENINGS`."""

    def offer(self, pacer: ChannelPacer, kind: Kind, rank: Rank, since: float, now: float) -> Ticket:
        """Puts a request in line.

        Args:
            pacer: Its channel's.
            kind: What the request does.
            rank: How much it matters.
            since: Since when it waits, in seconds on the loop's clock.
            now: On the same clock.
        """
        ticket = Ticket(pacer, kind, rank, since)
        self._waiting.add(ticket)
        self._place(ticket, now)
        return ticket

    def withdraw(self, ticket: Ticket) -> None:
        """Takes a request out of line. Harmless after its turn."""
        self._waiting.discard(ticket)

    def take(self, now: float) -> Ticket | None:
        """The next request, counted as sent by its channel and the bot. None: no turn now, see `look_again`."""
        self._admit(now)
        while (ticket := self._next(now)) is not None:
            if self.budget.wait(now, final=ticket.rank.urgent) > 0:
                return None
            heappop(self._ready[ticket.rank])
            if ticket.pacer.earliest(ticket.kind, ticket.rank, now) > now:
                self._place(ticket, now)  # another request to its channel was faster, or the channel was paused
                continue
            self._waiting.remove(ticket)
            opening = ticket.rank is Rank.OPENING
            if opening:
                self._opens_at = max(self._opens_at, now - CATCHES_UP) + 1 / OPENINGS
            out_of_order = now - ticket.since > LONG_WAIT and (opening or not ticket.rank.urgent)
            self._passed = 0 if out_of_order else self._passed + 1
            ticket.pacer.note(ticket.kind, now)
            ticket.allowance = self.budget.note(now, final=ticket.rank.urgent)
            return ticket
        return None

    def take_spare(self, pacer: ChannelPacer, kind: Kind, now: float) -> Allowance | None:
        """Allows an optional request if nothing else waits; None: not now. Ask once, do not wait.

        Args:
            pacer: Its channel's.
            kind: What the request does.
            now: Seconds on the loop's clock.
        """
        self._admit(now)
        if self._next(now) is not None or not self.budget.at_ease(now):
            return None
        if pacer.earliest(kind, Rank.OTHER, now) > now:
            return None
        pacer.note(kind, now)
        return self.budget.note(now)

    def look_again(self, now: float) -> float | None:
        """When `take` may next return one, if nothing new is offered: not before now. None: nobody waits."""
        self._admit(now)
        times = [self._early[0][0]] if self._early else []
        ticket = self._next(now)
        if ticket is not None:
            times.append(now + self.budget.wait(now, final=ticket.rank.urgent))
        return max(now, min(times)) if times else None

    def __len__(self) -> int:
        return len(self._waiting)

    def _place(self, ticket: Ticket, now: float) -> None:
        self._made += 1
        earliest = ticket.pacer.earliest(ticket.kind, ticket.rank, now)
        if earliest > now:
            heappush(self._early, (earliest, self._made, ticket))
        else:
            heappush(self._ready[ticket.rank], (ticket.since, self._made, ticket))

    def _admit(self, now: float) -> None:
        """Moves requests that their channels now allow to the ready ones, and drops withdrawn ones."""
        while self._early and (self._early[0][0] <= now or self._early[0][2] not in self._waiting):
            _, _, ticket = heappop(self._early)
            if ticket in self._waiting:
                self._made += 1
                heappush(self._ready[ticket.rank], (ticket.since, self._made, ticket))

    def _next(self, now: float) -> Ticket | None:
        heads = [head for head in map(self._head, Rank) if head is not None]
        if self._opens_last(now):
            heads.sort(key=lambda head: head.rank is Rank.OPENING)
        patient = [head for head in heads[1:] if now - head.since > LONG_WAIT]
        if patient and self._passed >= TURN_IN - 1:
            return min(patient, key=lambda ticket: ticket.since)
        return heads[0] if heads else None

    def _opens_last(self, now: float) -> bool:
        """Whether a thread is opened only where nothing else may go."""
        shown = len(self._waiting) - len(self._ready[Rank.OPENING])
        return shown >= MANY or (shown < FEW and now < self._opens_at)

    def _head(self, rank: Rank) -> Ticket | None:
        heap = self._ready[rank]
        while heap and heap[0][2] not in self._waiting:
            heappop(heap)
        return heap[0][2] if heap else None
