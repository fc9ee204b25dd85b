"""What `scheduler` promises: its order, fairness and cost; and with `pacing`, how fresh a simulated channel is."""

import random
from dataclasses import dataclass, field
from statistics import fmean

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grokbot.discord_bot.rate_limits import Kind, Rank
from grokbot.discord_bot.rate_limits.bot_budget import BOT_REQUESTS, BotBudget
from grokbot.discord_bot.rate_limits.pacing import ChannelPacer
from grokbot.discord_bot.rate_limits.scheduler import (
    CATCHES_UP,
    FEW,
    LONG_WAIT,
    MANY,
    OPENINGS,
    TURN_IN,
    Scheduler,
    Ticket,
)
from tests.discord_bot.best_schedule import LATENCY, best_mean_age, best_turns, mean_age
from tests.discord_bot.simulation import Mentioned, Outcome, Scene, Simulation, Stream, limit, mentioned, share

many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def offered(scheduler: Scheduler, now: float, *ranks: Rank, since: float | None = None) -> list[Ticket]:
    """One request for each rank, each to a channel of its own."""
    since = now if since is None else since
    return [scheduler.offer(ChannelPacer(), Kind.EDIT, rank, since, now) for rank in ranks]


def drain(scheduler: Scheduler, now: float, turns: int) -> list[tuple[float, Ticket]]:
    """The next turns, each at its time."""
    taken: list[tuple[float, Ticket]] = []
    while len(taken) < turns:
        ticket = scheduler.take(now)
        if ticket is not None:
            taken.append((now, ticket))
            continue
        look = scheduler.look_again(now)
        if look is None:
            break
        assert look > now, "who looks again must find somebody or a later time"
        now = look
    return taken


def test_ends_go_before_first_texts_before_more_text_before_the_rest() -> None:
    scheduler = Scheduler(BotBudget())
    offered(scheduler, 0.0, Rank.OTHER, Rank.TEXT, Rank.FIRST, Rank.END, Rank.TEXT, Rank.FIRST, Rank.END)
    ranks = [ticket.rank for _, ticket in drain(scheduler, 0.0, 7)]
    assert ranks == sorted(ranks)
    assert len(scheduler) == 0


@given(st.lists(st.floats(0.0, 5.0), min_size=1, max_size=40))
@many
def test_of_equal_rank_the_oldest_unseen_text_goes_first(since: list[float]) -> None:
    scheduler = Scheduler(BotBudget())
    for at in since:
        offered(scheduler, 5.0, Rank.TEXT, since=at)
    assert [ticket.since for _, ticket in drain(scheduler, 5.0, 40)] == sorted(since)


def test_nobody_waits_for_a_channel_that_may_not_send_yet() -> None:
    scheduler = Scheduler(BotBudget())
    slow = ChannelPacer()
    slow.stalled(0.0, 3.0)
    late = scheduler.offer(slow, Kind.EDIT, Rank.END, 0.0, 0.0)
    (soon,) = offered(scheduler, 0.0, Rank.OTHER)
    taken = drain(scheduler, 0.0, 2)
    assert taken == [(0.0, soon), (3.0, late)]


def test_who_withdrew_gets_no_turn_and_keeps_none_waiting() -> None:
    scheduler = Scheduler(BotBudget())
    first, second = offered(scheduler, 0.0, Rank.END, Rank.TEXT)
    scheduler.withdraw(first)
    assert scheduler.take(0.0) is second
    scheduler.withdraw(second)
    assert scheduler.take(0.0) is None
    assert scheduler.look_again(0.0) is None


def test_two_requests_to_one_channel_keep_its_pace() -> None:
    scheduler = Scheduler(BotBudget())
    pacer = ChannelPacer()
    for _ in range(12):
        scheduler.offer(pacer, Kind.EDIT, Rank.TEXT, 0.0, 0.0)
    times = [at for at, _ in drain(scheduler, 0.0, 12)]
    assert len(times) == 12
    alone = ChannelPacer()
    for at in times:
        assert alone.wait(Kind.EDIT, at, final=False) == 0.0
        alone.note(Kind.EDIT, at)


def test_a_channel_that_stalls_while_its_request_waits_is_left_alone() -> None:
    scheduler = Scheduler(BotBudget())
    pacer = ChannelPacer()
    ticket = scheduler.offer(pacer, Kind.EDIT, Rank.END, 0.0, 0.0)
    pacer.stalled(0.0, 2.0)
    assert drain(scheduler, 0.0, 1) == [(2.0, ticket)]


def test_text_is_not_starved_by_ends_without_end() -> None:
    scheduler = Scheduler(BotBudget())
    (waiting,) = offered(scheduler, 0.0, Rank.TEXT)
    offered(scheduler, 0.0, *[Rank.END] * 100)
    now, turns = 0.0, 0
    ((now, ticket),) = drain(scheduler, now, 1)
    while ticket is not waiting and now < 3 * LONG_WAIT:
        turns += 1
        offered(scheduler, now, Rank.END)
        ((now, ticket),) = drain(scheduler, now, 1)
    assert now <= LONG_WAIT + 1.0
    assert turns > 200, "a herd of 200 ends is not held up"


def test_long_waiters_get_one_turn_in_ten_while_ends_go_on() -> None:
    scheduler = Scheduler(BotBudget())
    offered(scheduler, 100.0, *[Rank.TEXT] * 50, *[Rank.OTHER] * 50, since=100.0 - 2 * LONG_WAIT)
    offered(scheduler, 100.0, *[Rank.END] * 500)
    turns = [ticket.rank for _, ticket in drain(scheduler, 100.0, 400)]
    patient = [rank for rank in turns if not rank.urgent]
    assert len(turns) / TURN_IN - 1 <= len(patient) <= len(turns) / TURN_IN + 1


def test_typing_is_left_out_when_others_wait_or_much_was_sent() -> None:
    scheduler = Scheduler(BotBudget())
    assert scheduler.take_spare(ChannelPacer(), Kind.OTHER, 0.0)
    (waiting,) = offered(scheduler, 0.0, Rank.TEXT)
    assert not scheduler.take_spare(ChannelPacer(), Kind.OTHER, 0.0)
    scheduler.withdraw(waiting)
    typed = sum(scheduler.take_spare(ChannelPacer(), Kind.OTHER, 0.0) is not None for _ in range(100))
    assert 1 <= typed < BOT_REQUESTS / 3
    offered(scheduler, 0.0, *[Rank.FIRST] * 30)
    assert all(at == 0.0 for at, _ in drain(scheduler, 0.0, 30)), "typing leaves room for first texts"
    assert scheduler.take_spare(ChannelPacer(), Kind.OTHER, 1.3)


def test_typing_counts_with_its_channel() -> None:
    scheduler = Scheduler(BotBudget())
    pacer = ChannelPacer()
    assert sum(scheduler.take_spare(pacer, Kind.OTHER, 0.0) is not None for _ in range(6)) < 5


@dataclass(eq=False)
class CountingPacer(ChannelPacer):
    """Counts how often it is asked."""

    asked: list[float] = field(default_factory=list)

    def earliest(self, kind: Kind, rank: Rank, now: float) -> float:
        self.asked.append(now)
        return super().earliest(kind, rank, now)


def test_a_decision_asks_few_channels_however_many_wait() -> None:
    scheduler = Scheduler(BotBudget())
    pacers = [CountingPacer() for _ in range(500)]
    for pacer in pacers:
        scheduler.offer(pacer, Kind.EDIT, Rank.TEXT, 0.0, 0.0)
    now = 0.0
    for _ in range(2000):
        ((now, ticket),) = drain(scheduler, now, 1)
        scheduler.offer(ticket.pacer, Kind.EDIT, Rank.TEXT, now, now)
    assert sum(len(pacer.asked) for pacer in pacers) <= 2 * (500 + 2000)


def opened_last(waiting: list[Ticket], now: float, opens_at: float) -> bool:
    shown = sum(ticket.rank is not Rank.OPENING for ticket in waiting)
    return shown >= MANY or (shown < FEW and now < opens_at)


@given(st.randoms(use_true_random=False))
@settings(many, max_examples=200)
def test_it_decides_as_one_does_who_looks_through_all_of_them(chance: random.Random) -> None:
    """A model with a list and no heaps: whose channel allows it, best rank first, oldest first."""
    scheduler, model = Scheduler(BotBudget()), list[Ticket]()
    channels = [ChannelPacer() for _ in range(5)]
    now, opens_at = 50.0, 0.0
    for _ in range(60):
        act = chance.random()
        if act < 0.5:
            rank = chance.choice(list(Rank))
            since = now - chance.random()
            model.append(scheduler.offer(chance.choice(channels), chance.choice(list(Kind)), rank, since, now))
        elif act < 0.6 and model:
            scheduler.withdraw(model.pop(chance.randrange(len(model))))
        else:
            allowed = [ticket for ticket in model if ticket.pacer.earliest(ticket.kind, ticket.rank, now) <= now]
            last = opened_last(model, now, opens_at)
            best = min(
                allowed,
                key=lambda ticket: (last and ticket.rank is Rank.OPENING, ticket.rank, ticket.since),
                default=None,
            )
            held_up = best is not None and scheduler.budget.wait(now, final=best.rank.urgent) > 0
            ticket = scheduler.take(now)
            expected = None if held_up or best is None else (best.rank, best.since)
            assert (None if ticket is None else (ticket.rank, ticket.since)) == expected  # of equals, either may go
            if ticket is not None:
                assert ticket in allowed
                model.remove(ticket)
                if ticket.rank is Rank.OPENING:
                    opens_at = max(opens_at, now - CATCHES_UP) + 1 / OPENINGS
        now += chance.choice([0.0, 0.0, 0.01, 0.08])  # never so long that the rule of long waits comes in
        assert len(scheduler) == len(model)


# With pacing, on a simulated clock.

scenes = st.builds(
    Scene,
    streams=st.integers(1, 30),
    mode=st.sampled_from(["leaky", "fixed"]),
    seconds=st.floats(0.05, 9.0),
    tokens_per_second=st.sampled_from([0.7, 5.0, 30.0]),
    latency=st.floats(0.03, 0.3),
    jitter=st.floats(0.0, 0.025),
    starts_within=st.sampled_from([0.0, 0.2, 5.0]),
    ends_together=st.booleans(),
    headers=st.booleans(),
    anchored=st.booleans(),
    seed=st.integers(0, 10**6),
)


def most_in_a_second(outcome: Outcome) -> int:
    times = sorted(outcome.arrivals)
    most, begin = 0, 0
    for last, at in enumerate(times):
        while at - times[begin] >= 1.0:
            begin += 1
        most = max(most, last - begin + 1)
    return most


def oldest(stream: Stream) -> float:
    return max(old for _, _, old in stream.ages())


@given(scenes)
@settings(many, max_examples=300)
def test_no_limit_is_broken_and_every_end_arrives(scene: Scene) -> None:
    outcome = Simulation(scene).run()
    assert not outcome.refused
    assert most_in_a_second(outcome) <= 50
    for stream in outcome.streams:
        assert stream.shown[-1][1] == len(stream.tokens)
        assert stream.shown == sorted(set(stream.shown)), "only ever newer text"
        assert oldest(stream) <= 5.0 + 1.25 + 3 * (scene.latency + scene.jitter), "nobody is starved"


@given(scenes, st.floats(0.05, 0.5))
@settings(many, max_examples=50)
def test_lost_requests_lose_no_end_and_break_no_limit(scene: Scene, failing: float) -> None:
    outcome = Simulation(Scene(**{**scene.__dict__, "failing": failing})).run()
    assert not outcome.refused
    assert len(outcome.end) == len(outcome.streams) == scene.streams


def pooled(runs: int, **scene: float) -> tuple[list[Outcome], Scene]:
    outcomes = [Simulation(Scene(seed=seed, **scene)).run() for seed in range(runs)]  # type: ignore[arg-type]  # numbers only
    return outcomes, Scene(**scene)  # type: ignore[arg-type]  # the same


def test_one_answer_is_fresher_than_the_steady_limit() -> None:
    outcomes, scene = pooled(40, seconds=20.0)
    assert fmean(outcome.staleness() for outcome in outcomes) <= 0.9 * limit(scene)
    assert share([lag for outcome in outcomes for lag in outcome.first], 0.95) <= 1.3 * scene.latency


@pytest.mark.parametrize("headers", [True, False])
@pytest.mark.parametrize("latency", [0.05, 0.1, 0.3])
def test_an_end_waits_for_nothing_but_the_request_under_way(latency: float, headers: bool) -> None:
    outcomes, scene = pooled(60, seconds=12.0, latency=latency, jitter=latency / 5, headers=headers)
    lags = [lag for outcome in outcomes for lag in outcome.end]
    assert max(lags) <= 2 * (scene.latency + scene.jitter)
    under_way = latency / 0.75  # the share of the time in which there is one
    assert fmean(lags) <= latency * (1 + under_way)


def test_fifty_answers_are_nearly_as_fresh_as_one() -> None:
    scene = Scene(50, seconds=20.0)
    outcome = Simulation(scene).run()
    assert outcome.staleness() <= 1.1 * limit(scene)
    assert share(outcome.end, 0.95) <= 4 * scene.latency
    assert share(outcome.first, 0.95) <= 1.5 * scene.latency


def test_two_hundred_answers_share_what_the_bot_may_send() -> None:
    scene = Scene(200, seconds=20.0)
    outcome = Simulation(scene).run()
    assert outcome.staleness() <= 1.15 * limit(scene)
    stale = [stream.staleness() for stream in outcome.streams]
    assert max(stale) <= 1.5 * fmean(stale), "none pays for the others"


def test_two_hundred_beginnings_and_ends_at_once_take_little_longer_than_the_limit_says() -> None:
    scene = Scene(200, seconds=15.0, starts_within=0.0, ends_together=True)
    outcome = Simulation(scene).run()
    assert max(outcome.first) <= 1.2 * (200 / 50 + scene.latency)
    assert max(outcome.end) <= 1.2 * (200 / 50 + scene.latency)
    assert not outcome.refused


@pytest.mark.parametrize("streams", [1, 20, 200])
def test_fixed_windows_cost_no_more_than_their_own_limit(streams: int) -> None:
    scene = Scene(streams, "fixed", seconds=20.0)
    outcome = Simulation(scene).run()
    assert not outcome.refused
    assert outcome.staleness() <= 1.1 * limit(scene)


@pytest.mark.parametrize("anchored", [True, False])
def test_fixed_windows_are_learned_from_sleeps_alone(anchored: bool) -> None:
    scene = Scene(10, "fixed", seconds=30.0, headers=False, anchored=anchored)
    simulation = Simulation(scene)
    outcome = simulation.run()
    assert not outcome.refused
    assert outcome.staleness() <= 1.2 * limit(scene)


def online_edits(length: float) -> list[float]:
    """When the pacer lets an answer be edited whose text never pauses."""
    pacer, now, edits = ChannelPacer(), 0.0, list[float]()
    pacer.note(Kind.SEND, now)
    while now < length:
        now = max(now + LATENCY, pacer.earliest(Kind.EDIT, Rank.TEXT, now))
        pacer.note(Kind.EDIT, now)
        edits.append(now)
    return edits


@pytest.mark.parametrize("lengths", [(1, 2, 3, 4, 5, 6), (2, 3, 4, 5, 6, 7, 8), (2, 4, 8, 16), tuple(range(2, 31))])
def test_pacing_is_within_ten_percent_of_the_best_schedule_for_an_unknown_length(lengths: tuple[int, ...]) -> None:
    ours = fmean(mean_age(online_edits(length), length) for length in lengths)
    best = best_mean_age(lengths)
    assert 0.98 * best <= ours <= 1.1 * best


def test_pacing_is_within_ten_percent_of_one_who_knows_the_length_from_six_seconds_on() -> None:
    for halves in range(12, 61):
        length = halves / 2
        assert mean_age(online_edits(length), length) <= 1.1 * best_mean_age([length])


def test_turns_are_within_ten_percent_of_the_best_of_all_orders() -> None:
    """Three answers of random beginnings, eight turns: against all 6,561 ways to give them away."""
    chance = random.Random(7)
    for _ in range(12):
        begins = sorted(chance.uniform(0.0, 2.0) for _ in range(3))
        slots = [2.0 + 0.5 * turn for turn in range(8)]
        ours = fmean(
            mean_age([at - begin for at in turns], slots[-1] + 0.5 - begin)
            for begin, turns in zip(begins, turns_of(begins, slots), strict=True)
        )
        assert ours <= 1.1 * best_turns(begins, slots, slots[-1] + 0.5)


def turns_of(begins: list[float], slots: list[float]) -> list[list[float]]:
    """Which slots the scheduler gives to whom, when each has more text at once."""
    scheduler = Scheduler(BotBudget())
    owners = {scheduler.offer(ChannelPacer(), Kind.EDIT, Rank.TEXT, at, at): n for n, at in enumerate(begins)}
    turns: list[list[float]] = [[] for _ in begins]
    for now in slots:
        ticket = scheduler.take(now)
        assert ticket is not None, "no channel holds it up: each has 1.5 s between its turns"
        owner = owners.pop(ticket)
        turns[owner].append(now)
        owners[scheduler.offer(ticket.pacer, Kind.EDIT, Rank.TEXT, now, now)] = owner
    return turns


@pytest.mark.parametrize(
    ("streams", "ramp", "allowed", "last_end"),
    [(1, 0.0, 0.8, 0.1), (50, 0.0, 1.15, 0.8), (50, 10.0, 0.9, 0.5), (200, 0.0, 1.0, 1.0), (200, 10.0, 1.0, 0.5)],
)
def test_answers_that_begin_with_a_mention_are_as_fresh_as_those_in_open_threads(
    streams: int, ramp: float, allowed: float, last_end: float
) -> None:
    scene = mentioned(streams, ramp, "leaky")
    seen = Mentioned(scene).run()
    assert seen.staleness() <= allowed * limit(scene)
    assert max(seen.end) <= last_end
    assert seen.refused.total() == 0
    assert len(seen.end) == streams


def test_while_few_wait_threads_are_opened_at_a_pace_and_first_texts_go_between_them() -> None:
    scheduler = Scheduler(BotBudget())
    offered(scheduler, 0.0, *[Rank.OPENING] * 12)
    offered(scheduler, 0.0, *[Rank.FIRST] * 8)
    ranks = [ticket.rank for _, ticket in drain(scheduler, 0.0, 20)]
    assert ranks == [Rank.OPENING, *[Rank.FIRST] * 8, *[Rank.OPENING] * 11]
    offered(scheduler, 2.0, Rank.FIRST, Rank.OPENING)
    assert [ticket.rank for _, ticket in drain(scheduler, 2.0, 2)] == [Rank.OPENING, Rank.FIRST]


def test_a_thread_is_opened_at_once_where_nobody_else_waits() -> None:
    scheduler = Scheduler(BotBudget())
    offered(scheduler, 0.0, *[Rank.OPENING] * 40)
    assert {when for when, _ in drain(scheduler, 0.0, 40)} == {0.0}


def test_a_herd_is_opened_before_its_first_texts_until_many_wait() -> None:
    scheduler = Scheduler(BotBudget())
    offered(scheduler, 0.0, *[Rank.FIRST] * FEW)
    (opening,) = offered(scheduler, 0.0, Rank.OPENING)
    assert drain(scheduler, 0.0, 1) == [(0.0, opening)]
    offered(scheduler, 0.0, *[Rank.TEXT] * (MANY - FEW))
    late = offered(scheduler, 0.0, Rank.OPENING)
    taken = drain(scheduler, 0.0, 1 + FEW)
    assert taken[0][1].rank is Rank.FIRST
    assert late[0] in [ticket for _, ticket in taken], "it goes as soon as fewer wait"


def test_a_thread_is_opened_some_day_however_many_wait() -> None:
    scheduler = Scheduler(BotBudget())
    (opening,) = offered(scheduler, 0.0, Rank.OPENING)
    offered(scheduler, 0.0, *[Rank.TEXT] * 2 * MANY)
    ((now, ticket),) = drain(scheduler, 0.0, 1)
    while ticket is not opening:  # whoever had a turn has more to say at once
        scheduler.offer(ChannelPacer(), Kind.EDIT, Rank.TEXT, now, now)
        ((now, ticket),) = drain(scheduler, now, 1)
        assert now < LONG_WAIT + 1
    assert now > LONG_WAIT
