"""Many conversations at once, with Discord's limits switched on: whatever the bot sends is counted beforehand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.sandbox.discord_server import Permission, Rules
from grokbot.sandbox.discord_server.rules.rules import BucketRule
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server.rules.rules import Mode

    from .play import Play

CHANNELS, EACH = 6, 5
TEXT = "\n".join(f"Line {number} for one of many." for number in range(24))


@pytest.mark.parametrize("mode", ["leaky", "fixed"])
async def test_thirty_threads_at_once_are_all_answered_whole_and_no_limit_is_met(
    begin: Callable[..., Awaitable[Play]], mode: Mode
) -> None:
    play = await begin(rules=Rules(latency=0.05).with_mode(mode))
    play.grok.script(Script(text=TEXT, reasoning="", tokens_per_second=100.0), times=CHANNELS * EACH)
    channels = [play.guild.create_text_channel(f"channel-{number}") for number in range(CHANNELS)]
    people = [play.discord.create_user(f"person-{number}") for number in range(EACH)]
    for person in people:
        for channel in channels:
            await person.say(channel, "<@BOT> go on")
    await play.until(lambda: all(len(channel.threads) == EACH for channel in channels))
    threads = [thread for channel in channels for thread in channel.threads]
    for thread in threads:
        await play.reads(thread, TEXT)
        await play.whole(thread)
    assert play.discord.count_429 == 0
    assert len(play.asked) == len(threads)
    statuses = Counter(call.status for call in play.discord.requests)
    assert set(statuses) <= {200, 201, 204}
    assert all(len(play.messages(thread)[0].versions) > 1 for thread in threads)  # all of them were seen to grow


async def test_in_no_second_the_bot_sends_too_much_whatever_is_opened_and_refused_at_the_same_time(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    """As `play` sees at its end: mentions in one channel, refusals, commands, and requests that take their time.

    It counts requests. A command that a busy machine acknowledges after more than 3 s would be lost, and is not meant.
    """
    play = await begin(rules=Rules(latency=0.02, acknowledge_within=30.0))
    closed = play.guild.create_text_channel("closed")
    closed.set_overwrite(play.discord.bot_user, deny=Permission.CREATE_PUBLIC_THREADS)
    thread = await play.talk("Here.")
    people = [play.discord.create_user(f"person-{number}") for number in range(50)]
    play.discord.faults.add("POST", "/channels/*/messages/*/threads", delay=0.3, times=15)
    play.discord.faults.add("POST", "/channels/*/messages", delay=0.4, times=15)
    for person in people:
        await person.say(play.general, "<@BOT> go on")
    for person in people[:8]:
        await person.say(closed, "<@BOT> go on")
        await person.slash(play.general, "chat", prompt="go on")
        await person.slash(thread, "info")
    await play.until(lambda: len(play.guild.threads) == 1 + 58)
    for each in play.guild.threads:
        await play.whole(each)
    await play.until(lambda: len(play.said(closed)) == 8)
    assert play.discord.count_429 == 0


async def test_after_a_refusal_for_the_whole_bot_all_is_said_within_seconds(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(rules=Rules(latency=0.02))
    play.injected_429 = True
    play.grok.script(Script(text=TEXT, reasoning="", tokens_per_second=60.0), times=20)
    people = [play.discord.create_user(f"person-{number}") for number in range(20)]
    for person in people:
        await person.say(person.direct_messages(), "go on")
    await play.until(lambda: len(play.discord.requests) > 40)
    play.discord.faults.add("PATCH", "/channels/*/messages/*", status=429, everywhere=True, times=3)
    await play.until(lambda: play.discord.count_429 == 3)
    for person in people:
        await play.whole(person.direct_messages())
    assert play.discord.count_429 == 3


async def test_an_end_that_empties_its_limit_keeps_nobody_waiting(begin: Callable[..., Awaitable[Play]]) -> None:
    """discord.py sleeps inside such a request until the limit is whole again, here for longer than a test waits."""
    play = await begin(rules=replace(Rules(), edit=BucketRule(2, 28.0, "fixed")))
    play.broken_off = True  # the last end comes when the limit is whole again
    thread = await play.talk("One.", "Two.")
    play.says("Three.")
    await play.alice.say(thread, "question 3")
    await play.reads(thread, "One.", "Two.", "Three.")
    assert play.discord.count_429 == 0


@pytest.mark.parametrize("mode", ["leaky", "fixed"])
async def test_where_messages_and_edits_are_counted_together_an_answer_grows_out_of_its_message_all_the_same(
    begin: Callable[..., Awaitable[Play]], mode: Mode
) -> None:
    play = await begin(rules=replace(Rules().with_mode(mode), one_for_messages=True))
    play.grok.script(Script(text="word " * 404, reasoning="", tokens_per_second=110.0), times=2)
    for person in (play.alice, play.bob):  # the first teaches the bot how Discord counts
        channel = person.direct_messages()
        await person.say(channel, "go on")
        await play.until(lambda channel=channel: len(play.said(channel)) == 2)  # type: ignore[misc] # of this turn of the loop
        await play.whole(channel)
    assert play.discord.count_429 == 0
