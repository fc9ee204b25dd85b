"""Rate limits over the wire, and what discord.py makes of them."""

import asyncio

import aiohttp
import discord
import pytest

from grokbot.sandbox.discord_server import BucketRule, Channel, DiscordSandbox, Rules
from grokbot.sandbox.discord_server.rules.rules import Mode
from tests.sandbox.discord_server.conftest import Join, SmallBot, Start


def _only(**limits: BucketRule) -> Rules:
    """Nothing is limited but what is named."""
    return Rules(**{**dict(vars(Rules().unlimited()).items()), **limits})


async def _general(sandbox: DiscordSandbox, join: Join) -> tuple[SmallBot, Channel, discord.TextChannel]:
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot = await join(sandbox)
    channel = bot.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    return bot, general, channel


@pytest.mark.parametrize("mode", ["leaky", "fixed"])
async def test_one_edit_at_a_time_is_paced_by_the_headers_and_never_meets_a_429(
    start: Start, join: Join, mode: Mode
) -> None:
    sandbox = await start(_only(edit=BucketRule(2, 0.4, mode)))
    _, general, channel = await _general(sandbox, join)
    message = await channel.send("0")
    for n in range(1, 7):
        await message.edit(content=str(n))
    assert sandbox.count_429 == 0
    times = [at for at, _ in general.messages[0].versions]
    assert len(times) == 7
    for early, late in zip(times[1:], times[4:], strict=False):
        assert late - early >= 0.19  # never four in the time in which one drop falls


async def test_threads_do_not_share_the_bucket_of_their_messages(start: Start, join: Join) -> None:
    sandbox = await start(_only(send=BucketRule(1, 30.0, "fixed")))
    _, general, channel = await _general(sandbox, join)
    thread = await channel.create_thread(name="one", type=discord.ChannelType.public_thread)
    async with asyncio.timeout(10):
        # discord.py sleeps out an empty bucket before it comes back, so look at what the server did.
        tasks = [asyncio.create_task(place.send("hi")) for place in (channel, thread)]
        await sandbox.until(lambda: [m.content for m in sandbox.world.channels[thread.id].messages] == ["hi"])
        await sandbox.until(lambda: "hi" in [m.content for m in general.messages])
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert sandbox.count_429 == 0


async def test_a_global_429_with_via_is_waited_out_and_retried(start: Start, join: Join) -> None:
    sandbox = await start()
    _, general, channel = await _general(sandbox, join)
    sandbox.faults.add("POST", "/channels/*/messages", status=429, retry_after=0.05, everywhere=True)
    await channel.send("through")
    assert [m.content for m in general.messages] == ["through"]
    assert sandbox.count_429 == 1


async def test_a_429_without_via_raises_at_once(start: Start, join: Join) -> None:
    sandbox = await start()
    _, general, channel = await _general(sandbox, join)
    sandbox.faults.add("POST", "/channels/*/messages", status=429, via=False)
    with pytest.raises(discord.HTTPException) as caught:
        await channel.send("lost")
    assert caught.value.status == 429
    assert general.messages == []


async def test_fifty_requests_a_second_are_the_most_over_all_channels(start: Start, join: Join) -> None:
    sandbox = await start(_only(everything=BucketRule(4, 0.3, "fixed")))
    guild = sandbox.create_guild("Test server")
    places = [guild.create_text_channel(f"c{n}") for n in range(6)]
    bot: SmallBot = await join(sandbox)
    sandbox.clock.advance(1)
    channels = [bot.get_partial_messageable(place.id) for place in places]
    await asyncio.gather(*(channel.send("hi") for channel in channels))
    assert sandbox.count_429 >= 1
    assert all(len(place.messages) == 1 for place in places)


async def test_a_third_rename_waits_ten_minutes_though_the_headers_show_quota(start: Start, join: Join) -> None:
    sandbox = await start(_only(rename=Rules().rename, channel_edit=BucketRule(10, 1.0, "leaky")))
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot: SmallBot = await join(sandbox, max_ratelimit_timeout=30)
    channel = bot.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="one", type=discord.ChannelType.public_thread)
    await thread.edit(name="two")
    await thread.edit(name="three")
    with pytest.raises(discord.RateLimited) as caught:
        await thread.edit(name="four")
    assert 570 < caught.value.retry_after <= 600
    sandbox.clock.advance(600)
    await thread.edit(name="five")
    assert sandbox.world.channels[thread.id].names == ["one", "two", "three", "five"]


async def test_messages_older_than_an_hour_have_a_smaller_edit_limit(start: Start, join: Join) -> None:
    sandbox = await start(_only(edit=Rules().edit, old_edit=BucketRule(1, 60.0, "leaky")))
    _, general, channel = await _general(sandbox, join)
    message = await channel.send("old")
    sandbox.clock.advance(3601)
    await message.edit(content="once")
    attempt = asyncio.create_task(message.edit(content="twice"))
    await sandbox.until(lambda: sandbox.count_429 == 1)
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)
    assert general.messages[0].content == "once"


async def test_ten_thousand_invalid_requests_ban_the_address(start: Start, join: Join) -> None:
    sandbox = await start(Rules(invalid_limit=3).unlimited())
    bot, general, _ = await _general(sandbox, join)
    sandbox.faults.add("GET", "/channels/*", status=403, code=50001, times=3)
    for _ in range(3):
        with pytest.raises(discord.Forbidden):
            await bot.fetch_channel(general.id)
    with pytest.raises(discord.HTTPException) as banned:
        await bot.fetch_channel(general.id)
    assert banned.value.status == 429
    sandbox.clock.advance(600)
    assert (await bot.fetch_channel(general.id)).id == general.id


async def test_replies_carry_the_documented_headers_and_bodies(start: Start) -> None:
    sandbox = await start(_only(send=BucketRule(2, 60.0, "fixed"), everything=BucketRule(4, 60.0, "fixed")))
    guild = sandbox.create_guild("Test server")
    urls = [f"{sandbox.api_url}/channels/{guild.create_text_channel(name).id}/messages" for name in "ab"]
    seen = []
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {sandbox.token}"}) as http:
        for url in (urls[0], urls[0], urls[0], urls[1], urls[1]):
            async with http.post(url, json={"content": "x"}) as response:
                seen.append((response.status, response.headers.copy(), await response.json()))
    assert [status for status, _, _ in seen] == [200, 200, 429, 200, 429]
    (_, first, _), (_, second, _), (_, refused, body), (_, other, _), (_, everywhere, whole) = seen
    assert [h["X-RateLimit-Remaining"] for h in (first, second, refused, other)] == ["1", "0", "0", "1"]
    assert {h["X-RateLimit-Limit"] for h in (first, second, refused, other)} == {"2"}
    assert len({h["X-RateLimit-Bucket"] for h in (first, second, refused, other)}) == 1
    assert 0 < float(second["X-RateLimit-Reset-After"]) <= 60
    assert abs(float(second["X-RateLimit-Reset"]) - sandbox.clock.wall()) <= 61
    assert (refused["X-RateLimit-Scope"], refused["Via"]) == ("user", "1.1 google")
    assert body["global"] is False
    assert 0 < body["retry_after"] <= int(refused["Retry-After"]) <= 60
    assert (everywhere["X-RateLimit-Global"], everywhere["X-RateLimit-Scope"]) == ("true", "global")
    assert "X-RateLimit-Bucket" not in everywhere
    assert whole["global"] is True
