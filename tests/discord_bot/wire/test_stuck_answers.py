"""What is stuck is listed with its reason, and the operator can have it shown again, give it up, or look for more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot.discord_bot.answers import retry_state
from grokbot.discord_bot.answers.retry_state import WHY
from grokbot.discord_bot.inbound.backlog import backfill
from grokbot.discord_bot.rate_limits import Fate, retry
from grokbot.engine.library import stuck_answers
from grokbot.engine.library.stuck_answers import ABANDONED
from grokbot.sandbox.grok_server import Script
from grokbot.sdk import Client
from tests.engine.house import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from grokbot.sandbox.discord_server import Channel
    from grokbot.sdk.daemon import AsyncDaemon
    from grokbot.wire.grokbot.daemon_pb2 import StuckAnswer

    from .play import Play

LOCKED = WHY[Fate.ARCHIVED]
WORDS = " ".join(f"word{number}" for number in range(30))


@pytest.fixture
async def play(begin: Callable[..., Awaitable[Play]], monkeypatch: pytest.MonkeyPatch) -> Play:
    monkeypatch.setattr(backfill, "JUST_NOW", timedelta(0))
    monkeypatch.setattr(stuck_answers, "LONG", dict.fromkeys(stuck_answers.Stuck, timedelta(0)))
    monkeypatch.setattr(retry_state, "DOUBTS", 0)
    for module in (retry, retry_state):
        monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    return await begin(api=True)


@pytest.fixture
async def daemon(play: Play) -> AsyncIterator[AsyncDaemon]:
    async with Client(play.socket) as client:
        yield client.daemon


async def broken_off(play: Play) -> Channel:
    """The thread of an answer whose end nobody sees: it was locked before that."""
    play.grok.script(Script(text=WORDS, reasoning="", tokens_per_second=40.0))
    thread = await play.begin("go on")
    await play.shown(thread)
    thread.archive(locked=True)
    return thread


async def stuck_in(daemon: AsyncDaemon, *whys: str) -> Sequence[StuckAnswer]:
    """What is stuck, once it is so for these reasons."""
    found: Sequence[StuckAnswer] = ()

    async def so() -> bool:
        nonlocal found
        found = sorted(await daemon.stuck_answers(), key=lambda each: each.kind)
        return tuple(each.why for each in found) == whys

    await eventually(so)
    return found


async def test_an_answer_in_a_locked_thread_is_listed_and_shown_once_when_it_is_open_again(
    play: Play, daemon: AsyncDaemon
) -> None:
    thread = await broken_off(play)
    [stuck] = await stuck_in(daemon, LOCKED)
    assert (stuck.kind, stuck.asker_id, stuck.channel_id) == ("unshown", play.alice.id, thread.id)
    refused = await daemon.show_again(stuck.response_id)
    assert (refused.shown, refused.why) == (False, stuck.why)
    assert "Stop" in play.labels(play.messages(thread)[-1])

    thread.archived = thread.locked = False
    assert (await daemon.show_again(stuck.response_id)).shown
    [message] = play.messages(thread)
    assert play.kept()[-1][2] in message.content
    assert "Stop" not in play.labels(message)
    await stuck_in(daemon)
    shown = [each.content for each in play.messages(thread)]
    assert (await daemon.show_again(stuck.response_id)).shown  # what is there stays
    play.says("Two.")
    await play.bob.say(thread, "and then?")
    await play.reads(thread, *shown, "Two.")


async def test_a_message_that_is_gone_is_sent_again_by_wish_alone(play: Play, daemon: AsyncDaemon) -> None:
    thread = await play.talk("One.", "Two.")
    responses = list((await daemon.conversations()).entries)
    info = await daemon.info(responses[0].conversation.conversation_id)
    await play.moderator_deletes(play.messages(thread)[1])
    await play.quiet()
    assert play.said(thread) == ["One."]
    await stuck_in(daemon)
    assert (await daemon.show_again(info.leaf_response_id)).shown
    await play.reads(thread, "One.", "Two.")


async def test_an_answer_that_was_given_up_is_not_tried_again(play: Play, daemon: AsyncDaemon) -> None:
    play.broken_off = True
    thread = await broken_off(play)
    [stuck] = await stuck_in(daemon, LOCKED)
    assert await daemon.abandon(stuck.response_id) == "unshown"
    await stuck_in(daemon)
    there = play.said(thread)
    thread.archived = thread.locked = False
    play.says("Two.")
    await play.bob.say(thread, "and then?")
    await play.reads(thread, *there, "Two.")
    await play.restart()
    await play.quiet()
    assert play.said(thread) == [*there, "Two."]


async def test_one_that_discord_fails_to_take_says_so_and_ends_at_once(play: Play, daemon: AsyncDaemon) -> None:
    play.discord.faults.add("POST", "/channels/*/messages", status=503, times=None)
    play.says("One.")
    thread = await play.begin("hello")
    [stuck] = await stuck_in(daemon, WHY[Fate.AGAIN])
    await daemon.abandon(stuck.response_id)
    play.discord.faults.clear()
    play.says("Two.")
    await play.bob.say(thread, "and then?")
    await play.reads(thread, "Two.")


async def test_what_runs_and_what_waits_behind_it_can_be_given_up(play: Play, daemon: AsyncDaemon) -> None:
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=5))
    thread = await play.begin("go on")
    await play.shown(thread)
    await play.bob.say(thread, "and then?")
    running, waiting = await stuck_in(
        daemon, "xAI sends nothing new (writing)", "another answer is being written there"
    )
    assert (running.kind, running.asker_id) == ("silent", play.alice.id)
    assert (waiting.kind, waiting.asker_id) == ("waiting", play.bob.id)
    assert await daemon.abandon(waiting.response_id) == "waiting"
    await play.until(lambda: str(ABANDONED) in play.said(thread)[-1])
    assert await daemon.abandon(running.response_id) == "silent"
    await stuck_in(daemon)
    assert play.kept()[-1][1] == "stopped"
    assert len(play.asked) == 1


async def test_what_could_not_be_read_is_looked_for_again_and_answered_once(play: Play, daemon: AsyncDaemon) -> None:
    thread = await play.talk("One.")
    await play.stop()
    await play.bob.say(thread, "while it was down")
    mention = await play.alice.say(play.general, "<@BOT> hello")
    play.discord.faults.add("GET", "/channels/*/messages", status=403, code=50001, times=None)
    await play.start()
    await play.until(lambda: len(play.discord.faults.happened) >= 6)
    play.discord.faults.clear()
    await play.quiet()
    assert len(play.asked) == 2
    for texts in ("in the thread", "in the channel"):
        play.says(texts)
    first = await daemon.catch_up(thread.id)
    assert (first.places, first.messages, first.answered) == (1, 1, 1)
    await play.reads(thread, "One.", "in the thread")
    rest = await daemon.catch_up()
    assert (rest.messages, rest.answered, rest.not_allowed, rest.unread) == (1, 1, 0, 0)
    await play.until(lambda: mention.thread is not None and play.said(mention.thread) == ["in the channel"])
    again = await daemon.catch_up()
    assert (again.messages, again.answered) == (0, 0)
    assert len(play.asked) == 4
