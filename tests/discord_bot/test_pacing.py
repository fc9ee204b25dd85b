"""What `pacing` promises, against Discord's limits as far as they are known: leaky buckets and fixed windows."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grokbot.discord_bot.pacing import (
    BOT_JITTER,
    CHANNEL_JITTER,
    CHANNEL_REQUESTS,
    CHANNEL_WINDOW,
    QUICK_GAP,
    STEADY_GAP,
    BotBudget,
    ChannelPacer,
    Kind,
)

many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LATE = 1e-5  # what floating point may be off by


def leaky_bucket_refuses(arrivals: Iterable[float], depth: int, per_second: float) -> bool:
    level, last = float(depth), float("-inf")
    for at in arrivals:
        level = min(float(depth), level + (at - last) * per_second)
        last = at
        if level < 1.0 - LATE:
            return True
        level -= 1.0
    return False


def stepwise_bucket_refuses(arrivals: Sequence[float], depth: int, step: float, phase: float) -> bool:
    """A leaky bucket that gives its requests back at whole steps only."""
    level, ticked = depth, float("-inf")
    for at in arrivals:
        tick = (at + LATE - phase) // step
        level = min(depth, level + int(tick - ticked)) if ticked > float("-inf") else depth
        ticked = tick
        if level == 0:
            return True
        level -= 1
    return False


def fixed_windows_refuse(arrivals: Sequence[float], size: int, window: float) -> bool:
    """Whether windows of some phase would refuse; the worst phase starts a window at one of the arrivals."""
    for phase in arrivals:
        full = itertools.groupby(arrivals, key=lambda at, phase=phase: (at - phase + LATE) // window)  # type: ignore[misc]  # a lambda's default
        if any(len(list(group)) > size for _, group in full):
            return True
    return False


@dataclass(frozen=True)
class Wish:
    """Somebody wants to send something."""

    pause: float
    latency: float
    kind: Kind
    final: bool


wishes = st.lists(
    st.builds(
        Wish,
        pause=st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.3, 1.0, 4.9, 7.0]) | st.floats(0.0, 3.0),
        latency=st.sampled_from([0.0, CHANNEL_JITTER]) | st.floats(0.0, CHANNEL_JITTER),
        kind=st.sampled_from([Kind.EDIT, Kind.EDIT, Kind.EDIT, Kind.SEND, Kind.OTHER]),
        final=st.sampled_from([False, False, False, True]),
    ),
    max_size=60,
)
starts = st.sampled_from([0.0, 0.1, 1e6 + 0.3])


def run(pacer: ChannelPacer, now: float, wanted: Iterable[Wish]) -> list[tuple[float, float, Wish]]:
    """Sends one after the other, each as soon as it may go: (sent, waited, wish)."""
    sent = []
    for wish in wanted:
        now += wish.pause
        wait = pacer.wait(wish.kind, now, final=wish.final)
        now += wait
        assert pacer.wait(wish.kind, now, final=wish.final) == 0.0, "who waited as long as was asked must wait no more"
        pacer.note(wish.kind, now)
        sent.append((now, wait, wish))
    return sent


@given(wishes, starts, st.floats(0.0, 1.0))
@many
def test_no_bucket_refuses_what_was_allowed(wanted: list[Wish], start: float, phase: float) -> None:
    sent = run(ChannelPacer(), start, wanted)
    for kind in Kind:
        arrivals = sorted(now + wish.latency for now, _, wish in sent if wish.kind is kind)
        assert not leaky_bucket_refuses(arrivals, CHANNEL_REQUESTS, 1.0)
        assert not fixed_windows_refuse(arrivals, CHANNEL_REQUESTS, CHANNEL_WINDOW)
        assert not stepwise_bucket_refuses(arrivals, CHANNEL_REQUESTS, 1.0, start + phase)


def test_the_reference_buckets_refuse_what_is_too_fast() -> None:
    every_second = [float(n) for n in range(20)]
    assert not leaky_bucket_refuses(every_second, 5, 1.0)
    assert not fixed_windows_refuse(every_second, 5, 5.0)
    assert leaky_bucket_refuses([n * 0.9 for n in range(60)], 5, 1.0)
    assert fixed_windows_refuse([n * 0.99 for n in range(20)], 5, 5.0)
    assert stepwise_bucket_refuses([0.1] * 6, 5, 1.0, 0.0)
    assert not stepwise_bucket_refuses([0.1] * 5 + [1.1], 5, 1.0, 0.0)


@given(wishes, starts)
@many
def test_a_final_edit_after_ordinary_ones_waits_no_longer_than_the_jitter(wanted: list[Wish], start: float) -> None:
    pacer = ChannelPacer()
    ordinary = [wish for wish in wanted if not wish.final]
    now = max([start, *(at for at, _, _ in run(pacer, start, ordinary))])
    for later in (0.0, 0.1, 0.7, 1.2, 2.5):
        assert pacer.wait(Kind.EDIT, now + later, final=True) <= CHANNEL_JITTER + LATE


@given(wishes, starts)
@many
def test_nobody_waits_longer_than_a_window(wanted: list[Wish], start: float) -> None:
    for _, wait, _ in run(ChannelPacer(), start, wanted):
        assert 0.0 <= wait <= CHANNEL_WINDOW + CHANNEL_JITTER + LATE


def greedy(pacer: ChannelPacer, start: float, edits: int) -> list[float]:
    return [now for now, _, _ in run(pacer, start, [Wish(0.0, 0.0, Kind.EDIT, final=False)] * edits)]


@given(wishes, starts)
@many
def test_a_long_answer_settles_at_one_edit_every_second_and_a_quarter(wanted: list[Wish], start: float) -> None:
    pacer = ChannelPacer()
    now = max([start, *(at for at, _, _ in run(pacer, start, wanted))])
    times = greedy(pacer, now, 40)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times[8:])]
    assert all(abs(gap - STEADY_GAP) < LATE for gap in gaps)


def test_the_first_edits_are_quick_and_the_next_are_spread_evenly() -> None:
    times = greedy(ChannelPacer(), 100.0, 8)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert times[0] == 100.0
    assert abs(gaps[0] - QUICK_GAP) < LATE
    assert all(STEADY_GAP - LATE <= gap <= 1.5 for gap in gaps[1:])


def test_a_channel_that_was_quiet_starts_quickly_again() -> None:
    pacer = ChannelPacer()
    last = greedy(pacer, 0.0, 20)[-1]
    first, second = greedy(pacer, last + CHANNEL_WINDOW, 2)
    assert first == last + CHANNEL_WINDOW
    assert abs(second - first - QUICK_GAP) < LATE


def test_sends_do_not_take_from_edits() -> None:
    pacer = ChannelPacer()
    for _ in range(CHANNEL_REQUESTS):
        assert pacer.wait(Kind.SEND, 0.0, final=False) == 0.0
        pacer.note(Kind.SEND, 0.0)
    assert pacer.wait(Kind.SEND, 0.0, final=False) > CHANNEL_WINDOW - LATE
    assert pacer.wait(Kind.EDIT, 0.0, final=False) == 0.0


def test_a_stalled_channel_is_left_alone_even_by_a_final_edit() -> None:
    pacer = ChannelPacer()
    pacer.stalled(10.0, 2.5)
    for kind in Kind:
        assert abs(pacer.wait(kind, 11.0, final=True) - 1.5) < LATE
        assert pacer.wait(kind, 12.5, final=False) == 0.0


def test_a_stall_slows_ordinary_edits_and_is_forgotten() -> None:
    pacer = ChannelPacer()
    now = greedy(pacer, 0.0, 10)[-1]
    for _ in range(9):
        pacer.stalled(now, 0.0)
    slowed = pacer.wait(Kind.EDIT, now, final=False)
    assert STEADY_GAP * 1.5 < slowed <= CHANNEL_WINDOW + LATE
    assert pacer.wait(Kind.EDIT, now, final=True) <= CHANNEL_JITTER
    recovered = greedy(pacer, now, 150)
    assert abs(recovered[-1] - recovered[-2] - STEADY_GAP) < LATE


bot_requests = st.lists(
    st.tuples(st.sampled_from([0.0, 0.0, 0.0, 0.001, 0.02, 0.5]), st.floats(0.0, BOT_JITTER), st.booleans()),
    max_size=300,
)


@given(bot_requests, starts)
@settings(many, max_examples=100)
def test_the_whole_bot_never_makes_more_than_fifty_requests_in_any_second(
    wanted: list[tuple[float, float, bool]], start: float
) -> None:
    budget, now, arrivals = BotBudget(), start, []
    for pause, latency, final in wanted * 2:
        now += pause
        now += budget.wait(now, final=final)
        assert budget.wait(now, final=final) == 0.0
        budget.note(now)
        arrivals.append(now + latency)
    arrivals.sort()
    assert all(later - earlier >= 1.0 - LATE for earlier, later in zip(arrivals, arrivals[50:], strict=False))


def test_ordinary_edits_leave_the_bot_room_for_what_must_not_be_late() -> None:
    budget = BotBudget()
    ordinary = 0
    while budget.wait(5.0) == 0.0:
        budget.note(5.0)
        ordinary += 1
    assert 35 <= ordinary < 48
    for _ in range(48 - ordinary):
        assert budget.wait(5.0, final=True) == 0.0
        budget.note(5.0)
    assert 1.0 <= budget.wait(5.0, final=True) < 1.2


def test_a_busy_bot_uses_most_of_what_discord_allows() -> None:
    budget, now = BotBudget(), 0.0
    for _ in range(1000):
        now += budget.wait(now)
        budget.note(now)
    assert 36.0 < 1000 / now < 50.0


def test_a_global_refusal_stops_the_bot_and_then_slows_it_for_a_while() -> None:
    budget = BotBudget()
    budget.stalled(0.0, 3.0)
    assert abs(budget.wait(1.0, final=True) - 2.0) < LATE
    while budget.wait(3.0) == 0.0:
        budget.note(3.0)
    assert budget.wait(3.0) > 1.0 + BOT_JITTER + 0.1
    assert budget.wait(3.0, final=True) == 0.0
