"""One request to Discord, tried again by stamina: what passes, how often, how long, and that cancelling ends it."""

from __future__ import annotations

import asyncio

import discord
import pytest

from grokbot.discord_bot.rate_limits import retry, retry_request


class Requests:
    """Fails with these errors, one after the other, and then gives 1."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.made = 0
        self.begun = asyncio.Event()

    async def __call__(self) -> int:
        self.made += 1
        self.begun.set()
        if self.errors:
            raise self.errors.pop(0)
        return 1


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0.02)


async def test_what_passes_is_tried_again_until_it_goes_through() -> None:
    requests = Requests(ConnectionResetError(), TimeoutError())
    assert await retry_request(requests, "test") == 1
    assert requests.made == 3


async def test_a_few_tries_are_all_unless_it_may_take_longer() -> None:
    many = [ConnectionResetError() for _ in range(retry.TRIES + 2)]
    requests = Requests(*many)
    with pytest.raises(ConnectionResetError):
        await retry_request(requests, "test")
    assert requests.made == retry.TRIES
    assert await retry_request(Requests(*many), "test", seconds=60.0) == 1


async def test_what_is_no_trouble_of_discords_is_raised_at_once() -> None:
    requests = Requests(ValueError("ours"))
    with pytest.raises(ValueError, match="ours"):
        await retry_request(requests, "test", seconds=60.0)
    assert requests.made == 1


async def test_a_limit_is_waited_for_as_long_as_it_says() -> None:
    clock = asyncio.get_running_loop().time
    begun = clock()
    assert await retry_request(Requests(discord.RateLimited(0.3)), "test") == 1
    assert clock() - begun >= 0.29


async def test_cancelling_ends_the_pause_between_two_tries() -> None:
    requests = Requests(discord.RateLimited(3_600.0))
    trying = asyncio.create_task(retry_request(requests, "test"))
    await requests.begun.wait()
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    assert requests.made == 1
