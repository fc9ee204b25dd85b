"""What is well, what is mute, and what the watchdog hears: thousands of histories, by values."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum, auto

import pytest

from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.daemon.rhythm import PingRhythm, ProbeRhythm
from grokbot.daemon.status_line import Activity, LifePhase, status_line
from grokbot.discord_bot.connection.heartbeat import RECONNECTING, HeartbeatWatch, ShardBeat
from grokbot.process.health import NOT_YET, PATIENCE_SECONDS, Health, HealthPart, RunningClock
from grokbot.xai.answer_watch import AnswerWatch

WATCHDOG = PATIENCE_SECONDS
STEP = 1.0
REQUEST_TIMEOUT = 30.0
"""After which a request that hangs has failed, as in `request_tasks.LIMITS`."""


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def mute(health: Health) -> HealthPart | None:
    return health.mute


def test_a_part_that_nobody_has_spoken_for_is_not_well() -> None:
    clock = Clock()
    health = Health(clock)
    clock.now += 7.0
    assert [(each.part, each.trouble, each.seconds) for each in health.parts()] == [
        (part, NOT_YET[part], 7.0) for part in HealthPart
    ]
    assert mute(health) is None


def test_a_part_is_as_well_as_the_worst_way_of_using_it_and_the_first_trouble_counts() -> None:
    clock = Clock()
    health = Health(clock)
    writes, reads = (health.pulse(HealthPart.DATABASE, way) for way in ("writes", "reads"))
    reads.answered()
    clock.now += 10.0
    writes.failed("the disk is full", passing=False)
    clock.now += 40.0
    reads.failed("damaged", passing=False)
    [database] = [each for each in health.parts() if each.part is HealthPart.DATABASE]
    assert (database.trouble, database.seconds) == ("the disk is full", 40.0)
    writes.answered()
    reads.answered()
    clock.now += 3.0
    [database] = [each for each in health.parts() if each.part is HealthPart.DATABASE]
    assert (database.well, database.seconds) == (True, 3.0)


def test_a_single_refusal_is_not_reported_and_silence_is_after_a_while() -> None:
    clock = Clock()
    health = Health(clock)
    rest = health.pulse(HealthPart.REST)
    rest.answered()
    rest.failed("Discord refuses requests (503)")
    assert rest.trouble == ""
    clock.now += 6.0
    assert rest.trouble == "Discord refuses requests (503)"
    rest.answered()
    rest.asked()
    clock.now += 9.0
    assert rest.trouble == ""
    clock.now += 2.0
    assert rest.trouble == "Discord does not answer requests"
    assert clock.now - rest.since == 11.0


def test_what_never_was_well_is_not_ready_and_what_hung_before_it_failed_is_not_well_in_between() -> None:
    clock = Clock()
    health = Health(clock)
    xai = health.pulse(HealthPart.XAI, "lookups")
    xai.failed("xAI cannot be reached")
    assert xai.trouble
    xai.answered()
    xai.failed("xAI cannot be reached")
    assert not xai.trouble
    rest = health.pulse(HealthPart.REST)
    rest.answered()
    rest.asked()
    clock.now += 30.0
    assert rest.trouble
    rest.failed("Discord cannot be reached")
    assert (rest.trouble, clock.now - rest.since) == ("Discord cannot be reached", 30.0)


def test_what_only_a_person_can_mend_is_reported_at_once_and_never_mute() -> None:
    clock = Clock()
    health = Health(clock)
    writes = health.pulse(HealthPart.DATABASE, "writes")
    writes.answered()
    for _ in range(600):
        clock.now += 1.0
        writes.asked()
        writes.failed("The disk with the database is full.", passing=False)
        assert writes.trouble
        assert mute(health) is None
    writes.asked()  # and now it hangs
    clock.now += 61.0
    assert mute(health) is HealthPart.DATABASE


def test_a_lasting_trouble_is_not_over_because_xai_is_reached() -> None:
    health = Health(Clock())
    answers = health.pulse(HealthPart.XAI, "answers")
    answers.failed("no credit", passing=False, remedy="Add credit.")
    answers.recovered()
    assert answers.trouble == "no credit"
    assert [each.remedy for each in health.parts() if each.part is HealthPart.XAI] == ["Add credit."]
    answers.answered()
    assert answers.trouble == ""


def test_a_new_key_that_is_taken_shows_in_lookups_and_credit_only_in_answers() -> None:
    pulse = Health(Clock()).pulse(HealthPart.XAI, "answers")
    watch = AnswerWatch(pulse)
    watch.failed(GrokError(GrokFailure.BAD_KEY))
    assert "renew it" in pulse.trouble
    watch.may_come()
    assert pulse.trouble == ""
    watch.failed(GrokError(GrokFailure.NO_CREDIT))
    watch.may_come()
    assert "no credit" in pulse.trouble


def test_a_database_that_is_being_rewritten_is_waited_for_but_not_for_ever() -> None:
    clock = Clock()
    health = Health(clock)
    writes = health.pulse(HealthPart.DATABASE, "writes")
    writes.answered()
    with writes.hold():
        writes.asked()
        clock.now += 600.0
        assert (mute(health), writes.trouble) == (None, "")
    assert mute(health) is None
    clock.now += 59.0
    assert mute(health) is None
    clock.now += 2.0
    assert mute(health) is HealthPart.DATABASE
    with writes.hold():
        clock.now += 5000.0
        assert mute(health) is HealthPart.DATABASE


def test_a_pause_of_the_whole_process_counts_as_a_moment() -> None:
    below = Clock()
    clock = RunningClock(below)
    health = Health(clock)
    rest = health.pulse(HealthPart.REST)
    rest.answered()
    rest.asked()
    below.now += 3600.0
    assert mute(health) is None
    assert rest.idle < 10.0


def test_a_gateway_that_does_not_answer_heartbeats_is_mute_and_one_that_reconnects_is_not() -> None:
    clock = Clock()
    health = Health(clock)
    watch = HeartbeatWatch(health.pulse(HealthPart.GATEWAY))
    acked = clock.now
    for second in range(60):
        watch.look([ShardBeat(is_open=True, sent=acked + 41.0 * (second >= 41), acked=acked)])
        assert mute(health) is None
        clock.now += 1.0
    assert mute(health) is HealthPart.GATEWAY
    for second in range(600):  # it is closed, and tries every half minute
        watch.look([ShardBeat(is_open=True, sent=1.0, acked=clock.now), ShardBeat(is_open=False)])
        if second % 30 == 0:
            watch.tried()
        assert mute(health) is None
        clock.now += 1.0
    [gateway] = [each for each in health.parts() if each.part is HealthPart.GATEWAY]
    assert (gateway.trouble, gateway.seconds) == (RECONNECTING, 619.0)  # since the first heartbeat without an answer
    watch.look([ShardBeat(is_open=True, acked=clock.now)])
    assert [each for each in health.troubles if each.part is HealthPart.GATEWAY] == []
    clock.now += 30.0
    watch.look([ShardBeat(is_open=False)])
    clock.now += 61.0  # and now nobody tries
    watch.look([ShardBeat(is_open=False)])
    assert mute(health) is HealthPart.GATEWAY


class Weather(Enum):
    WELL = auto()
    REFUSES = auto()
    HANGS = auto()


@dataclass
class History:
    """A daemon's pulse second by second: requests of its own, probes, and the watchdog's patience."""

    random: random.Random
    busy: float
    """The share of seconds in which it asks something itself."""
    clock: Clock = field(default_factory=Clock)
    under_way: list[tuple[float, Weather, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.health = Health(RunningClock(self.clock))
        self.pulse = self.health.pulse(HealthPart.REST)
        self.probes = ProbeRhythm(PATIENCE_SECONDS)
        self.pings = PingRhythm(WATCHDOG, STEP)
        self.pulse.answered()
        self.heard = self.clock.now

    def ask(self, weather: Weather, *, probe: bool) -> None:
        self.pulse.asked()
        took = REQUEST_TIMEOUT if weather is Weather.HANGS else self.random.uniform(0.05, 3.0)
        self.under_way.append((self.clock.now + took, weather, probe))

    def second(self, weather: Weather) -> bool:
        """Returns whether the watchdog lets it live."""
        now = self.clock.now = self.clock.now + STEP
        for end, how, probe in [each for each in self.under_way if each[0] <= now]:
            self.under_way.remove((end, how, probe))
            if how is Weather.WELL:
                self.pulse.answered()
            else:
                self.pulse.failed(how.name)
            if probe:
                self.probes.ended(now)
        if self.random.random() < self.busy:
            self.ask(weather, probe=False)
        if self.probes.begins(now, self.pulse.idle):
            self.ask(weather, probe=True)
        if self.pings.due(now, mute=self.health.mute is not None):
            self.pings.said(now)
            self.heard = now
        return now - self.heard <= WATCHDOG


@pytest.mark.parametrize("busy", [0.0, 0.01, 0.2, 1.0])
def test_ordinary_weather_never_kills_and_whoever_is_mute_is_killed_in_time(busy: float) -> None:
    for seed in range(100):
        rolls = random.Random(f"{seed} {busy}")
        history = History(rolls, busy)
        for _ in range(rolls.randrange(4)):  # outages of at most 25 seconds, and a while in between
            for _ in range(rolls.randint(45, 100)):
                assert history.second(Weather.WELL), seed
            way = rolls.choice((Weather.REFUSES, Weather.HANGS))
            for _ in range(rolls.randint(1, 25)):
                assert history.second(way), seed
        for _ in range(rolls.randint(45, 60)):
            assert history.second(Weather.WELL), seed
        if rolls.random() < 0.3:
            history.clock.now += 1000.0  # a debugger, or a machine that stood still
            history.heard = history.clock.now
            assert history.second(Weather.WELL), seed
        way, seconds = rolls.choice((Weather.REFUSES, Weather.HANGS)), 0
        while history.second(way):
            seconds += 1
        assert 2 * PATIENCE_SECONDS - REQUEST_TIMEOUT <= seconds <= 3 * PATIENCE_SECONDS + 5, seed


def _trouble(part: HealthPart, text: str, seconds: float) -> Health:
    clock = Clock()
    health = Health(clock)
    for each in HealthPart:
        health.pulse(each).answered()
    health.pulse(part).failed(text, passing=False)
    clock.now += seconds
    return health


@pytest.mark.parametrize(
    ("phase", "health", "activity", "line"),
    [
        (LifePhase.STARTING, Health(Clock()), Activity(), "Starting: the event loop does not run yet"),
        (
            LifePhase.STARTING,
            _trouble(HealthPart.REST, "Discord cannot be reached. Trying again", 4.0),
            Activity(),
            "Starting: Discord cannot be reached. Trying again",
        ),
        (
            LifePhase.SERVING,
            _trouble(HealthPart.REST, "Discord refuses requests (429)", 47.2),
            Activity(3, 1),
            "Mute for 40 s: Discord refuses requests (429)",
        ),
        (
            LifePhase.SERVING,
            _trouble(HealthPart.DATABASE, "The disk with the database is full.", 9.0),
            Activity(3, 1),
            "The disk with the database is full (for 9 s)",
        ),
        (LifePhase.STOPPING, Health(Clock()), Activity(3, 1), "Finishing 1 answer"),
        (LifePhase.STOPPING, Health(Clock()), Activity(3, 0), "Stopping"),
    ],
)
def test_the_status_says_what_it_does_or_what_is_wrong(
    phase: LifePhase, health: Health, activity: Activity, line: str
) -> None:
    assert status_line(phase, health.troubles, activity) == line


def test_the_status_of_a_daemon_that_is_well_counts_what_it_does() -> None:
    assert status_line(LifePhase.SERVING, (), Activity(12, 3)) == "Ready: 12 servers, 3 answers running"
