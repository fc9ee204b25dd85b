"""What `pacing` promises, against Discord's limits as far as they are known: leaky buckets and fixed windows."""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grokbot.discord_bot.rate_limits import Kind, Rank
from grokbot.discord_bot.rate_limits.bot_budget import (
    BOT_AT_EASE,
    BOT_LEAVES,
    BOT_RECOVERY,
    BOT_REQUESTS,
    BOT_RESERVED,
    BOT_SLOWEST,
    Allowance,
    BotBudget,
)
from grokbot.discord_bot.rate_limits.bucket_rule import LearnedRule, Rule
from grokbot.discord_bot.rate_limits.pacing import (
    CHANNEL_JITTER,
    CHANNEL_REQUESTS,
    CHANNEL_WINDOW,
    QUICK_GAP,
    REFILL,
    RESERVED,
    WINDOW_GAP,
    ChannelPacer,
)

many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
    rank: Rank


any_wishes = st.lists(
    st.builds(
        Wish,
        pause=st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.3, 1.0, 4.9, 7.0]) | st.floats(0.0, 3.0),
        latency=st.sampled_from([0.0, CHANNEL_JITTER]) | st.floats(0.0, CHANNEL_JITTER),
        kind=st.sampled_from([Kind.EDIT, Kind.EDIT, Kind.EDIT, Kind.SEND, Kind.OTHER]),
        rank=st.sampled_from([Rank.TEXT, Rank.TEXT, Rank.FIRST, Rank.END]),
    ),
    max_size=60,
)
hasty_wishes = st.lists(
    st.builds(
        Wish,
        pause=st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.3]),
        latency=st.sampled_from([0.0, CHANNEL_JITTER]),
        kind=st.sampled_from([Kind.EDIT, Kind.EDIT, Kind.SEND]),
        rank=st.sampled_from([Rank.TEXT, Rank.END, Rank.END]),
    ),
    min_size=10,
    max_size=40,
)
wishes = any_wishes | hasty_wishes
starts = st.sampled_from([0.0, 0.1, 1e6 + 0.3])
rules = st.sampled_from(Rule)
EDIT = Wish(0.0, 0.0, Kind.EDIT, Rank.TEXT)


def pacer_of(rule: Rule) -> ChannelPacer:
    learned = LearnedRule()
    if rule is Rule.FIXED:
        learned._fixed_until = float("inf")
    return ChannelPacer(learned)


def run(pacer: ChannelPacer, now: float, wanted: Iterable[Wish]) -> list[tuple[float, float, Wish]]:
    """Sends one after the other, each as soon as it may go: (sent, waited, wish)."""
    sent = []
    for wish in wanted:
        now += wish.pause
        earliest = max(now, pacer.earliest(wish.kind, wish.rank, now))
        assert pacer.earliest(wish.kind, wish.rank, earliest) <= earliest, "who waited as asked must wait no more"
        pacer.note(wish.kind, earliest)
        sent.append((earliest, earliest - now, wish))
        now = earliest
    return sent


def arrivals_of(sent: Iterable[tuple[float, float, Wish]], kind: Kind) -> list[float]:
    return sorted(now + wish.latency for now, _, wish in sent if wish.kind is kind)


def greedy(pacer: ChannelPacer, start: float, edits: int) -> list[float]:
    return [now for now, _, _ in run(pacer, start, [EDIT] * edits)]


@given(wishes, starts)
@many
def test_a_leaky_bucket_refuses_nothing_that_was_allowed(wanted: list[Wish], start: float) -> None:
    sent = run(pacer_of(Rule.LEAKY), start, wanted)
    for kind in Kind:
        assert not leaky_bucket_refuses(arrivals_of(sent, kind), CHANNEL_REQUESTS, 1.0)


@given(wishes, starts, st.floats(0.0, 1.0))
@many
def test_no_bucket_at_all_refuses_what_was_allowed_when_windows_are_believed_in(
    wanted: list[Wish], start: float, phase: float
) -> None:
    sent = run(pacer_of(Rule.FIXED), start, wanted)
    for kind in Kind:
        arrivals = arrivals_of(sent, kind)
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


@given(wishes, starts, st.lists(st.floats(0.0, CHANNEL_JITTER), min_size=61, max_size=61))
@many
def test_ordinary_edits_always_leave_a_leaky_bucket_one_whole_request_for_the_end(
    wanted: list[Wish], start: float, latencies: list[float]
) -> None:
    """discord.py holds up the writer as soon as the bucket has no whole request left."""
    pacer = ChannelPacer()
    level, last = float(CHANNEL_REQUESTS), float("-inf")
    ordinary = [wish for wish in wanted if wish.rank is not Rank.END and wish.kind is Kind.EDIT]
    for (at, _, _), latency in zip(run(pacer, start, ordinary), latencies, strict=False):
        arrival = max(last, at + latency)  # one in flight: they cannot overtake each other
        level = min(float(CHANNEL_REQUESTS), level + arrival - last) - 1.0
        last = arrival
        assert level >= 1.0 - LATE
    now = last if ordinary else start
    assert pacer.wait(Kind.EDIT, now, final=True) == 0.0


@given(wishes, starts)
@many
def test_an_end_after_ordinary_edits_waits_no_longer_than_the_jitter(wanted: list[Wish], start: float) -> None:
    for rule, longest in ((Rule.LEAKY, 0.0), (Rule.FIXED, CHANNEL_JITTER)):
        pacer = pacer_of(rule)
        ordinary = [wish for wish in wanted if wish.rank is not Rank.END]
        now = max([start, *(at for at, _, _ in run(pacer, start, ordinary))])
        for later in (0.0, 0.1, 0.7, 1.2, 2.5):
            assert pacer.wait(Kind.EDIT, now + later, final=True) <= longest + LATE


@given(wishes, starts, rules)
@many
def test_nobody_waits_longer_than_a_window(wanted: list[Wish], start: float, rule: Rule) -> None:
    for _, wait, _ in run(pacer_of(rule), start, wanted):
        assert 0.0 <= wait <= CHANNEL_WINDOW + CHANNEL_JITTER + LATE


@given(wishes, starts)
@many
def test_a_long_answer_settles_at_the_pace_that_its_bucket_allows_for_ever(wanted: list[Wish], start: float) -> None:
    for rule, gap, tolerance in ((Rule.LEAKY, REFILL, 0.01), (Rule.FIXED, WINDOW_GAP, LATE)):
        pacer = pacer_of(rule)
        now = max([start, *(at for at, _, _ in run(pacer, start, wanted))])
        times = greedy(pacer, now, 60)
        gaps = [later - earlier for earlier, later in itertools.pairwise(times[25:])]
        assert all(gap - tolerance <= seen <= gap + LATE for seen in gaps)


def test_a_full_leaky_bucket_is_a_head_start_that_shrinks_evenly() -> None:
    times = greedy(ChannelPacer(), 100.0, 30)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert times[0] == 100.0
    assert gaps[0] < 0.6
    assert all(shorter <= longer + LATE for shorter, longer in itertools.pairwise(gaps))
    assert gaps[-1] <= REFILL + LATE
    spent = sum(REFILL - gap for gap in gaps)
    at_the_first = 1
    assert spent == pytest.approx(CHANNEL_REQUESTS - RESERVED - at_the_first - CHANNEL_JITTER, abs=0.1)


def test_where_windows_are_counted_the_first_edits_are_quick_and_the_next_are_spread_evenly() -> None:
    times = greedy(pacer_of(Rule.FIXED), 100.0, 8)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert times[0] == 100.0
    assert gaps[0] == pytest.approx(QUICK_GAP)
    assert all(WINDOW_GAP - LATE <= gap <= 1.5 for gap in gaps[1:])


def test_a_channel_that_was_quiet_starts_quickly_again() -> None:
    pacer = ChannelPacer()
    first = greedy(pacer, 0.0, 3)
    last = greedy(pacer, 0.0, 20)[-1]
    again = greedy(pacer, last + CHANNEL_WINDOW, 3)
    assert again == pytest.approx([at + last + CHANNEL_WINDOW for at in first], abs=0.01)


def test_an_edit_keeps_its_distance_from_the_message_before_it_but_first_text_does_not() -> None:
    for rule in Rule:
        pacer = pacer_of(rule)
        pacer.note(Kind.SEND, 10.0)
        assert pacer.earliest(Kind.EDIT, Rank.FIRST, 10.1) <= 10.1
        assert pacer.earliest(Kind.EDIT, Rank.END, 10.1) <= 10.1
        assert 10.4 < pacer.earliest(Kind.EDIT, Rank.TEXT, 10.1) < 11.0


def test_sends_do_not_take_from_edits() -> None:
    for rule, longest in ((Rule.LEAKY, REFILL), (Rule.FIXED, CHANNEL_WINDOW)):
        pacer = pacer_of(rule)
        while pacer.wait(Kind.SEND, 0.0, final=False) == 0.0:
            pacer.note(Kind.SEND, 0.0)
        assert pacer.wait(Kind.SEND, 0.0, final=False) <= longest + CHANNEL_JITTER + LATE
        assert pacer.earliest(Kind.EDIT, Rank.FIRST, 0.0) <= 0.0


def test_a_stalled_channel_is_left_alone_even_by_an_end() -> None:
    pacer = ChannelPacer()
    pacer.stalled(10.0, 2.5)
    for kind in Kind:
        assert pacer.wait(kind, 11.0, final=True) == pytest.approx(1.5)
        assert pacer.wait(kind, 12.5, final=False) == 0.0


def test_a_stall_slows_ordinary_edits_and_is_forgotten() -> None:
    pacer = ChannelPacer()
    now = greedy(pacer, 0.0, 30)[-1]
    for _ in range(9):
        pacer.stalled(now, 0.0)
    slowed = pacer.wait(Kind.EDIT, now, final=False)
    assert REFILL * 1.5 < slowed <= CHANNEL_WINDOW
    assert pacer.wait(Kind.EDIT, now, final=True) <= CHANNEL_JITTER
    recovered = greedy(pacer, now, 200)
    assert recovered[-1] - recovered[-2] == pytest.approx(REFILL, abs=0.02)


def test_a_request_that_sleeps_where_only_a_window_can_be_full_teaches_every_channel() -> None:
    rule = LearnedRule()
    pacer, other = ChannelPacer(rule), ChannelPacer(rule)
    for at in greedy(pacer, 0.0, 4):
        pacer.returned(Kind.EDIT, at, at + 0.1)
    assert rule.at(2.0) is Rule.LEAKY
    (fifth,) = greedy(pacer, 2.0, 1)
    pacer.returned(Kind.EDIT, fifth, 5.1)
    assert rule.at(5.1) is Rule.FIXED
    assert other.wait(Kind.EDIT, 5.1, final=False) == 0.0
    times = greedy(other, 6.0, 10)
    assert times[-1] - times[-2] == pytest.approx(WINDOW_GAP)


def test_a_slow_request_that_no_window_explains_slows_only_its_channel() -> None:
    rule = LearnedRule()
    pacer = ChannelPacer(rule)
    pacer.note(Kind.EDIT, 0.0)
    pacer.returned(Kind.EDIT, 0.0, 0.1)
    usual = pacer.earliest(Kind.EDIT, Rank.TEXT, 0.1)
    pacer.note(Kind.EDIT, 10.0)
    pacer.returned(Kind.EDIT, 10.0, 12.0)
    assert rule.at(12.0) is Rule.LEAKY
    assert pacer.earliest(Kind.EDIT, Rank.TEXT, 12.0) - 10.0 > usual * 1.2


def test_the_sleep_of_an_end_that_emptied_a_leaky_bucket_proves_nothing() -> None:
    rule = LearnedRule()
    pacer = ChannelPacer(rule)
    for at in greedy(pacer, 0.0, 40):
        pacer.returned(Kind.EDIT, at, at + 0.1)
    pacer.note(Kind.EDIT, at)
    pacer.returned(Kind.EDIT, at, at + 4.9)
    assert rule.at(at + 4.9) is Rule.LEAKY


def test_headers_tell_windows_from_leaky_buckets_by_the_second_answer() -> None:
    for resets, retry_doubted in (((5.0, 4.4), Rule.FIXED), ((1.0, 1.4), Rule.LEAKY)):
        pacer = ChannelPacer()
        pacer.told(Kind.EDIT, 0.0, remaining=4, reset_after=resets[0])
        pacer.told(Kind.EDIT, 0.6, remaining=3, reset_after=resets[1])
        assert pacer.rule.at(0.6) is retry_doubted


def test_a_wrong_belief_in_windows_is_given_up_when_a_bucket_is_seen_to_leak() -> None:
    pacer = ChannelPacer()
    pacer.rule.looked_fixed(0.0)
    pacer.told(Kind.EDIT, 1.0, remaining=3, reset_after=2.0)
    pacer.told(Kind.EDIT, 2.0, remaining=3, reset_after=2.0)
    assert pacer.rule.at(2.0) is Rule.LEAKY


def test_a_belief_in_windows_without_headers_ends_and_lasts_longer_each_time() -> None:
    rule, now, lasted = LearnedRule(), 0.0, []
    for _ in range(10):
        rule.looked_fixed(now)
        began = now
        while rule.at(now) is Rule.FIXED:
            now += 1.0
        lasted.append(now - began)
    assert lasted[0] == 60.0
    assert lasted == sorted(lasted)
    assert lasted[-1] == 3600.0


def test_what_others_took_from_the_bucket_is_seen_in_the_headers() -> None:
    pacer = ChannelPacer()
    pacer.note(Kind.EDIT, 0.0)
    pacer.told(Kind.EDIT, 0.1, remaining=0, reset_after=4.5)
    assert pacer.earliest(Kind.EDIT, Rank.FIRST, 0.1) > 1.1
    assert pacer.earliest(Kind.EDIT, Rank.END, 0.1) > 0.1


def test_an_end_goes_at_once_where_discord_said_that_a_request_is_left() -> None:
    pacer = pacer_of(Rule.FIXED)
    now = greedy(pacer, 0.0, 8)[-1] + WINDOW_GAP * 0.1
    pacer.note(Kind.EDIT, now)  # an end
    assert pacer.wait(Kind.EDIT, now, final=True) > 0.0
    pacer.told(Kind.EDIT, now, remaining=1, reset_after=2.0)
    assert pacer.wait(Kind.EDIT, now, final=True) == 0.0
    pacer.note(Kind.EDIT, now)
    assert pacer.wait(Kind.EDIT, now, final=True) > 0.0


@dataclass(frozen=True)
class Journey:
    """One request of the whole bot, in seconds: after a pause, until it leaves, until it is counted, until its answer.

    Discord counts it somewhere on its way. `allowed` is whether it asked before it left; `answered`, whether its answer
    was heard.
    """

    pause: float
    leaves: float
    counted: float
    returns: float
    final: bool
    allowed: bool
    answered: bool


bot_requests = st.lists(
    st.builds(
        Journey,
        st.sampled_from([0.0, 0.0, 0.0, 0.001, 0.02, 0.5]),
        st.sampled_from([0.0, 0.001, 0.2]),
        st.floats(0.0, 0.3) | st.floats(0.0, BOT_SLOWEST),
        st.floats(0.0, 0.3) | st.floats(0.0, 2.0),
        st.booleans(),
        st.sampled_from([True] * 9 + [False]),
        st.sampled_from([True] * 9 + [False]),
    ),
    min_size=30,
    max_size=150,
)


@given(bot_requests, starts)
@settings(many, max_examples=100)
def test_discord_never_counts_more_than_fifty_requests_in_any_second_however_long_each_is_under_way(
    wanted: list[Journey], start: float
) -> None:
    """Some were never allowed, and some are held back until their allowance is good no more: all need one to leave."""
    budget, now, numbers = BotBudget(), start, count()
    events: list[tuple[float, int, Callable[[], None]]] = []
    counted: list[float] = []

    def at(time: float, act: Callable[[], None]) -> None:
        heappush(events, (time, next(numbers), act))

    def run_until(time: float) -> None:
        while events and events[0][0] <= time:
            heappop(events)[2]()

    def leave(journey: Journey, now: float, allowance: Allowance | None) -> None:
        handle = budget.left(now, allowance) if allowance is not None else None
        if handle is None:
            wait = budget.wait(now, final=True)
            again = None if wait > 0.0 else budget.note(now, final=True)
            at(now + wait, partial(leave, journey, now + wait, again))
            return
        counted.append(now + journey.counted)
        back = now + journey.counted + journey.returns
        if journey.answered:
            at(back, lambda: budget.answered(handle, back))

    for journey in wanted * 4:
        now += journey.pause
        run_until(now)
        allowance = None
        if journey.allowed:
            while (wait := budget.wait(now, final=journey.final)) > 0.0:
                now += wait
                run_until(now)
            allowance = budget.note(now, final=journey.final)
        at(now + journey.leaves, partial(leave, journey, now + journey.leaves, allowance))
    run_until(float("inf"))
    counted.sort()
    assert len(counted) == 4 * len(wanted)
    assert all(later - earlier >= 1.0 - LATE for earlier, later in zip(counted, counted[50:], strict=False))


def leaves(budget: BotBudget, now: float) -> float:
    request = budget.left(now, budget.note(now, final=True))
    assert request is not None
    return request


def test_an_allowance_is_good_for_one_request() -> None:
    budget = BotBudget()
    allowance = budget.note(5.0)
    assert budget.left(5.1, allowance) is not None
    assert budget.left(5.1, allowance) is None


def test_a_request_that_never_left_is_forgotten_and_needs_another_allowance() -> None:
    budget = BotBudget()
    allowances = [budget.note(5.0, final=True) for _ in range(BOT_REQUESTS)]
    assert budget.wait(5.0, final=True) == pytest.approx(1.0 + BOT_LEAVES)
    assert budget.wait(6.5, final=True) == 0.0
    assert budget.left(6.5, allowances[0]) is None


def test_an_answer_that_comes_late_makes_nothing_slower_still() -> None:
    budget = BotBudget()
    requests = [leaves(budget, 5.0) for _ in range(BOT_REQUESTS)]
    for request in requests:
        budget.answered(request, 30.0)
    assert budget.wait(6.0 + BOT_SLOWEST, final=True) == 0.0


def flood(budget: BotBudget, now: float, requests: int, latency: float = 0.06) -> float:
    """So many ordinary requests as fast as they may go, each answered after `latency` seconds."""
    under_way: deque[tuple[float, float]] = deque()
    for _ in range(requests):
        while (wait := budget.wait(now)) > 0.0:
            now = min(now + wait, under_way[0][0]) if under_way else now + wait
            while under_way and under_way[0][0] <= now:
                back, request = under_way.popleft()
                budget.answered(request, back)
        request = budget.left(now, budget.note(now)) or 0.0
        under_way.append((now + latency, request))
    for back, request in under_way:
        budget.answered(request, back)
    return now


def test_a_busy_bot_uses_most_of_what_discord_allows() -> None:
    assert 45.0 < 1000 / flood(BotBudget(), 0.0, 1000) < 50.0


def test_an_end_finds_its_place_among_ordinary_edits_within_milliseconds() -> None:
    budget = BotBudget()
    now = flood(budget, 0.0, 200)
    for _ in range(20):
        wait = budget.wait(now, final=True)
        assert wait <= 1.1 / BOT_REQUESTS
        budget.note(now + wait, final=True)
        now = flood(budget, now + wait, 3)


def test_what_is_urgent_may_go_all_at_once_from_a_quiet_bot() -> None:
    budget = BotBudget()
    for _ in range(BOT_REQUESTS):
        assert budget.wait(5.0, final=True) == 0.0
        budget.note(5.0, final=True)
    assert 1.0 <= budget.wait(5.0, final=True) <= 1.0 + BOT_LEAVES


def test_ordinary_edits_leave_the_reserve_to_what_is_urgent() -> None:
    budget = BotBudget()
    now = flood(budget, 5.0, BOT_REQUESTS - BOT_RESERVED)
    assert budget.wait(now) > 0.0
    assert budget.wait(now, final=True) == 0.0


def test_a_bot_is_at_ease_only_with_few_requests_behind_it() -> None:
    budget = BotBudget()
    now = flood(budget, 0.0, BOT_AT_EASE - 1)
    assert budget.at_ease(now)
    budget.note(now)
    assert not budget.at_ease(now)
    assert budget.at_ease(now + 1.1)


def test_a_global_refusal_stops_the_bot_and_it_is_at_its_full_rate_again_within_seconds() -> None:
    budget = BotBudget()
    for refused in range(40):  # all that was under way
        budget.stalled(refused / 1000, 2.0)
    assert budget.wait(1.0, final=True) == pytest.approx(1.039)
    assert not budget.at_ease(3.0)
    assert 25.0 < 30 / (flood(budget, 2.039, 30) - 2.039) < 40.0
    assert budget.at_ease(10.0)
    assert 45.0 < 1000 / (flood(budget, 2.04 + BOT_RECOVERY, 1000) - 2.04 - BOT_RECOVERY) < 49.0


def test_urgent_requests_are_as_many_as_the_bot_may_send_while_it_recovers() -> None:
    budget = BotBudget()
    budget.stalled(0.0, 1.0)
    allowed = [0.0]
    for _ in range(200):
        now = allowed[-1]
        while (wait := budget.wait(now, final=True)) > 0.0:
            now += wait
        budget.answered(leaves(budget, now), now)
        allowed.append(now)
    assert sum(at < 2.0 for at in allowed[1:]) <= 0.75 * BOT_REQUESTS
    assert allowed[-1] < 1.0 + BOT_RECOVERY + 3.0


def test_a_bot_that_is_refused_again_and_again_comes_back_ever_more_slowly() -> None:
    budget, slow = BotBudget(), []
    for incident in range(4):
        at = 10.0 * incident
        budget.stalled(at, 1.0)
        slow.append(next(step / 10 for step in range(10, 1000) if budget.at_ease(at + step / 10)))
    assert slow == sorted(slow)
    assert slow[0] <= 1.0 + BOT_RECOVERY + 0.1
    assert slow[-1] >= 1.0 + 4 * BOT_RECOVERY


def test_what_the_end_needs_is_kept_where_messages_and_edits_are_counted_together() -> None:
    rule = LearnedRule(shared=True)
    for grows in (False, True):
        pacer, now = ChannelPacer(rule, may_grow=grows), 0.0
        pacer.note(Kind.SEND, now)
        sent = [now]
        for _ in range(20):
            now = pacer.earliest(Kind.EDIT, Rank.TEXT, now)
            pacer.note(Kind.EDIT, now)
            sent.append(now)
        at_once = [*sent, now, now] if grows else [*sent, now]
        assert not leaky_bucket_refuses(at_once, CHANNEL_REQUESTS, 1.0 / REFILL)
        assert pacer.earliest(Kind.EDIT, Rank.END, now) <= now
        pacer.note(Kind.EDIT, now)
        assert (pacer.earliest(Kind.SEND, Rank.END, now) <= now) is grows


def test_nothing_is_handed_to_discord_py_while_it_would_keep_it() -> None:
    """It waits until an empty bucket is full again: the text would be old by then."""
    pacer = ChannelPacer()
    pacer.note(Kind.EDIT, 0.0)
    pacer.told(Kind.EDIT, 0.1, remaining=0, reset_after=4.0)
    assert pacer.earliest(Kind.EDIT, Rank.TEXT, 0.2) >= 4.1
    assert pacer.earliest(Kind.EDIT, Rank.END, 0.2) >= 4.1
    assert pacer.earliest(Kind.SEND, Rank.FIRST, 0.2) <= 0.2
    pacer.told(Kind.EDIT, 4.2, remaining=4, reset_after=1.0)
    assert pacer.earliest(Kind.EDIT, Rank.END, 4.3) <= 4.3


def test_what_is_kept_back_in_a_window_is_used_up_shortly_before_it_ends() -> None:
    rule = LearnedRule()
    rule.looked_fixed(0.0)
    pacer, sent, now = ChannelPacer(rule), list[float](), 0.0
    for left in (4, 3, 2, 1, 0):
        now = max(now, pacer.earliest(Kind.EDIT, Rank.TEXT, now))
        pacer.note(Kind.EDIT, now)
        sent.append(now)
        pacer.told(Kind.EDIT, now, remaining=left, reset_after=sent[0] + CHANNEL_WINDOW - now)
    assert sent[-1] == pytest.approx(sent[0] + CHANNEL_WINDOW - CHANNEL_JITTER)
    assert all(later - earlier > 1.0 for earlier, later in itertools.pairwise(sent))
    assert pacer.earliest(Kind.EDIT, Rank.END, now) <= sent[0] + CHANNEL_WINDOW + CHANNEL_JITTER
