"""Who gets a turn when, on a loop whose clock jumps to the next timer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from grokbot.discord_bot.rate_limits import Kind, Rank, Traffic

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")
START = 100.0


class JumpingLoop(asyncio.SelectorEventLoop):
    """Waits for nothing: where everybody sleeps, it is at once as late as the next timer asks for."""

    def __init__(self) -> None:
        super().__init__()
        self._now = START
        selector: Any = getattr(self, "_selector")  # noqa: B009 - what every selector loop has, typed nowhere
        wait = selector.select

        def select(timeout: float | None = None) -> Any:
            found = wait(0)
            if not found and timeout is None:
                raise RuntimeError("nothing will ever happen")
            self._now += timeout if not found and timeout else 0.0
            return found

        selector.select = select

    def time(self) -> float:
        return self._now


def played(scene: Coroutine[Any, Any, T]) -> T:
    loop = JumpingLoop()
    try:
        return loop.run_until_complete(scene)
    finally:
        loop.close()


def test_ends_go_before_texts_and_all_fit_into_the_bots_budget() -> None:
    async def scene() -> list[tuple[float, Rank]]:
        traffic = Traffic()

        async def one(channel: int, rank: Rank) -> tuple[float, Rank]:
            return await traffic.channel(channel).turn(Kind.EDIT, rank=lambda: rank) - START, rank

        texts = [one(channel, Rank.TEXT) for channel in range(60)]
        ends = [one(channel, Rank.END) for channel in range(100, 160)]
        return list(await asyncio.gather(*texts, *ends))

    turns = played(scene())
    assert len(turns) == 120
    assert max(at for at, rank in turns if rank is Rank.END) < 1.3
    assert 1.5 < max(at for at, rank in turns if rank is Rank.TEXT) < 3.0
    for begin, _ in turns:
        assert sum(begin <= at < begin + 1.0 for at, _ in turns) <= 50


def test_an_end_that_comes_while_its_channel_waits_goes_at_once() -> None:
    async def scene() -> float:
        channel, ended = Traffic().channel(1), asyncio.Event()
        for _ in range(4):
            await channel.turn(Kind.EDIT, rank=lambda: Rank.TEXT)
        loop = asyncio.get_running_loop()
        before = loop.time()
        loop.call_later(0.05, ended.set)
        rank = lambda: Rank.END if ended.is_set() else Rank.TEXT  # noqa: E731 - as it is passed by its callers
        return await channel.turn(Kind.EDIT, rank=rank, sooner=ended.wait) - before

    assert abs(played(scene()) - 0.05) < 1e-3


def test_who_is_cancelled_while_waiting_leaves_nothing_behind() -> None:
    async def scene() -> tuple[int, int, bool]:
        traffic = Traffic()
        channel = traffic.channel(1)
        await channel.turn(Kind.EDIT, rank=lambda: Rank.TEXT)
        waiting = asyncio.create_task(channel.turn(Kind.EDIT, rank=lambda: Rank.TEXT))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.wait([waiting])
        return len(traffic._scheduler), len(traffic._waiting), traffic._timer is None

    assert played(scene()) == (0, 0, True)


def test_what_nobody_would_miss_is_left_out_under_load() -> None:
    async def scene() -> int:
        traffic = Traffic()
        return sum(traffic.channel(channel).spare(Kind.OTHER) for channel in range(100))

    assert 5 < played(scene()) < 20


def test_that_messages_and_edits_are_counted_together_is_learned_from_the_names_of_their_buckets() -> None:
    async def scene(*names: str) -> bool:
        traffic = Traffic()
        for kind, name in zip((Kind.SEND, Kind.EDIT), names, strict=False):
            traffic.told(1, kind, remaining=4, reset_after=1.0, bucket=name)
        return traffic.channel(1).pacer.rule.shared

    assert not played(scene("a"))
    assert not played(scene("a", "b"))
    assert played(scene("a", "a"))
