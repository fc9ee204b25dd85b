"""The buttons under an answer: Stop from the first message on, Continue, and what becomes of them."""

from __future__ import annotations

import asyncio
from copy import copy
from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.texts.answer_text import STOPPED, UNEXPECTED
from grokbot.engine.turns import STILL_ANSWERING
from grokbot.engine.variants import NOTHING_TO_STOP
from grokbot.engine.variants.insertion_point import MOVED_ON
from grokbot.engine.variants.stop_and_retry import GO_ON
from grokbot.policy.rights import NOT_YOURS
from grokbot.sandbox.discord_server import Permission
from grokbot.sandbox.grok_server import Script
from grokbot.sandbox.grok_server.answers import tokens
from grokbot.wire.xai.chat_pb2 import MessageRole

from .play import CUT, WHOLE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

    from .play import Play

WORDS = " ".join(f"word{number}" for number in range(4000))
LINES = "\n".join(f"Line {number} of an answer of several messages." for number in range(120))
AFTER_THE_PRESS = 1000
"""Tokens that may still be sent after somebody pressed Stop, of many more: at this pace, five seconds' worth."""


def said_by_grok(play: Play) -> list[str]:
    """What the newest request shows Grok of its own answers."""
    own = [message for message in play.asked[-1].messages if message.role == MessageRole.ROLE_ASSISTANT]
    return ["".join(part.text for part in message.content) for message in own]


async def test_who_asked_who_owns_the_thread_and_moderators_may_stop_and_others_are_told_privately(play: Play) -> None:
    carol, dave = play.discord.create_user("carol"), play.discord.create_user("dave")
    play.guild.add_member(carol, permissions=Permission.MANAGE_MESSAGES)
    pressers = (play.bob, play.alice, carol)  # bob asks, in threads that are alice's
    threads = [await play.begin("hello") for _ in pressers]
    for thread in threads:
        await play.ends_with(thread, "counted.")
    for thread in threads:
        await play.bob.say(thread, "!hang 0")
    for thread, presser in zip(threads, pressers, strict=True):
        waiting = await play.thinks(thread)  # not a word has come, and it can be stopped already
        assert play.labels(waiting) == ["Stop"]
        before = play.grok.running
        await play.privately(await dave.press(waiting, label="Stop"), NOT_YOURS)
        assert play.grok.running == before
        assert play.labels(waiting) == ["Stop"]
        result = await presser.press(waiting, label="Stop")
        assert (result.acknowledged, result.messages) == (True, [])
        await play.has_ended(thread, "Retry", "More…")
        assert waiting.content == STOPPED
        assert play.grok.running == before - 1


async def test_stop_ends_the_call_and_what_was_received_is_kept(play: Play) -> None:
    play.grok.script(Script(text=WORDS, reasoning="", tokens_per_second=200.0))
    thread = await play.begin("go on")
    await play.until(lambda: play.said(thread) and "word9" in play.said(thread)[-1])
    (message,) = play.messages(thread)
    (call,) = [call for call in play.grok.requests if call.method == "GetCompletionChunk"]
    found = await play.alice.context_menu(message, "Answer menu")
    await play.until(lambda: found.messages and found.messages[0].buttons())
    assert play.labels(found.messages[0]) == ["Star", "Info", "Delete…"]  # nothing that has to wait for its end
    sent = call.tokens_sent
    result = await play.alice.press(message, label="Stop")
    assert (result.acknowledged, result.messages) == (True, [])
    await play.grok.until(lambda: call.ended is not None)
    assert call.cancelled
    assert call.tokens_sent - sent < AFTER_THE_PRESS
    assert await play.has_ended(thread, *CUT) == [message]
    received, line = message.content.rsplit("\n", 1)
    assert line == STOPPED
    assert WORDS.startswith(received)
    assert play.kept()[-1] == ("model", "stopped", received)


async def test_continue_goes_on_below_as_often_as_one_likes_and_after_a_restart_too(play: Play) -> None:
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=20))
    thread = await play.begin("count")
    await play.until(lambda: play.said(thread) and "word" in play.said(thread)[-1])
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    (first,) = await play.has_ended(thread, *CUT)
    await play.restart()
    play.grok.script(Script(text="and then " + WORDS, reasoning="", hang_after_tokens=20))
    await play.privately(await play.bob.press(first, label="Continue"), NOT_YOURS)
    result = await play.alice.press(first, label="Continue")
    assert result.acknowledged
    await play.until(lambda: len(play.said(thread)) == 2 and "and then" in play.said(thread)[-1])
    second = play.messages(thread)[-1]
    await play.until(lambda: (play.labels(first), play.labels(second)) == ([], ["Stop"]))
    await play.alice.press(second, label="Stop")
    await play.has_ended(thread, *CUT)
    play.grok.script(Script(text="the end.", reasoning=""))
    await play.alice.press(second, label="Continue")
    await play.ends_with(thread, "the end.")
    await play.until(lambda: [play.labels(message) for message in play.messages(thread)] == [[], [], [*WHOLE]])
    assert said_by_grok(play) == [first.content, second.content]  # nothing says any more that they were stopped
    assert play.told() == ["Alice: count", f"Alice: {GO_ON}", f"Alice: {GO_ON}"]
    assert [row[1] for row in play.kept()] == ["done", "stopped", "done", "stopped", "done", "done"]


async def test_two_presses_at_once_do_it_once_and_late_ones_are_told(play: Play) -> None:
    play.guild.add_member(play.bob, permissions=Permission.MANAGE_MESSAGES)
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=20))
    thread = await play.begin("count")
    await play.until(lambda: play.said(thread) and "word" in play.said(thread)[-1])
    (message,) = play.messages(thread)
    running = copy(message)
    both = await asyncio.gather(*(person.press(message, label="Stop") for person in (play.alice, play.bob)))
    assert all(result.acknowledged for result in both)
    await play.has_ended(thread, *CUT)
    assert {told.content for result in both for told in result.messages} <= {NOTHING_TO_STOP}
    await play.presses_late(play.alice, running, "Stop", NOTHING_TO_STOP)
    stopped = copy(message)
    play.grok.script(Script(text="the rest", reasoning="", hang_after_tokens=1))
    both = await asyncio.gather(*(person.press(message, label="Continue") for person in (play.alice, play.bob)))
    assert all(result.acknowledged for result in both)
    await play.until(lambda: len(play.said(thread)) == 2 and sum(len(result.messages) for result in both) == 1)
    assert [told.content for result in both for told in result.messages] == [STILL_ANSWERING]
    await play.presses_late(play.bob, stopped, "Continue", STILL_ANSWERING)
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    await play.has_ended(thread, *CUT)
    await play.presses_late(play.alice, stopped, "Continue", MOVED_ON)
    assert len(play.asked) == 2
    assert UNEXPECTED not in [m.content for m in play.discord.world.messages.values()]


async def test_the_button_is_always_under_the_last_message_and_none_is_left_behind(play: Play) -> None:
    in_the_third = tokens.count(LINES[:4600])
    play.grok.script(Script(text=LINES, reasoning="", tokens_per_second=900.0, hang_after_tokens=in_the_third))
    thread = await play.begin("a lot")
    seen: set[tuple[tuple[str, ...], ...]] = set()

    def look() -> None:
        seen.add(tuple(tuple(play.labels(message)) for message in play.messages(thread)))

    play.discord.on_change(look)
    await play.until(lambda: len(play.said(thread)) == 3)
    assert play.labels(play.messages(thread)[-1]) == ["Stop"]
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    await play.has_ended(thread, *CUT)
    assert len(play.said(thread)) == 3
    assert "\n".join(play.said(thread)).removesuffix(f"\n{STOPPED}") == play.kept()[-1][2]
    for shown in seen:
        assert all(labels == () for labels in shown[:-1])
    with_stop = {shown for shown in seen if ("Stop",) in shown}
    assert with_stop == {(("Stop",),), ((), ("Stop",)), ((), (), ("Stop",))}
    play.closed_stay_closed(thread)


async def test_a_continued_answer_begins_though_discord_does_not_take_the_used_button_away(
    begin: Callable[..., Awaitable[Play]], caplog: pytest.LogCaptureFixture
) -> None:
    play = await begin()
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=20))
    channel = play.alice.direct_messages()
    await play.alice.say(channel, "count")
    await play.until(lambda: play.said(channel) and "word" in play.said(channel)[-1])
    await play.alice.press(play.messages(channel)[-1], label="Stop")
    (message,) = await play.has_ended(channel, *CUT)
    play.discord.faults.add("PATCH", f"/channels/*/messages/{message.id}", status=404, code=10008, times=3)
    play.grok.script(Script(text="the rest.", reasoning=""))
    result = await play.alice.press(message, label="Continue")
    await play.reads(channel, message.content, "the rest.")
    await play.whole(channel)
    await play.until(lambda: "discord.buttons_stay" in caplog.text)
    assert result.messages == []


async def test_a_continued_answer_goes_on_when_somebody_deletes_what_it_does_not_answer(play: Play) -> None:
    thread = await play.begin("!fast")
    await play.whole(thread)
    old = await play.bob.say(thread, "!fast")
    await play.until(lambda: len(play.said(thread)) == 2)
    await play.whole(thread)
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=20))
    await play.alice.say(thread, "count")
    await play.until(lambda: "word" in play.said(thread)[-1])
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    await play.has_ended(thread, *CUT)
    play.grok.script(Script(text="and then " + WORDS, reasoning="", hang_after_tokens=20))
    await play.alice.press(play.messages(thread)[-1], label="Continue")
    await play.until(lambda: "and then" in play.said(thread)[-1])
    await play.bob.delete(old)
    await play.quiet()
    await play.until(lambda: play.grok.running == 1)  # Grok may hear of the first one's end a moment later
    assert play.labels(play.messages(thread)[-1]) == ["Stop"]
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    await play.has_ended(thread, *CUT)
