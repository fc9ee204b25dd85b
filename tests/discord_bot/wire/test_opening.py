"""A thread that Discord does not let the bot open as wished: another name, or a sentence that says why, at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from grokbot.discord_bot.notices.texts.answer_text import TOO_MANY_THREADS, no_threads_for
from grokbot.discord_bot.threads.threads import FALLBACK_NAME

if TYPE_CHECKING:
    from .play import Play

UNDER = "/channels/*/messages/*/threads"
APART = "/channels/*/threads"
BAD_NAME = {
    "message": "Invalid Form Body",
    "code": 50035,
    "errors": {"name": {"_errors": [{"code": "CHANNEL_NAME_INVALID", "message": "Contains words not allowed"}]}},
}
BLOCKED = {"message": "Title was blocked by automatic moderation", "code": 200001}
FULL = {"message": "Maximum number of active threads reached", "code": 160006}


@pytest.mark.parametrize("refusal", [BAD_NAME, BLOCKED], ids=["invalid", "blocked"])
async def test_a_name_that_is_refused_is_no_reason_not_to_answer(play: Play, refusal: dict[str, object]) -> None:
    play.discord.faults.add("POST", UNDER, status=400, json=refusal)
    thread = await play.begin("a forbidden word?")
    assert thread.name == FALLBACK_NAME
    await play.ends_with(thread, "counted.")
    play.discord.faults.add("POST", APART, status=400, json=refusal)
    result = await play.alice.slash(play.general, "chat", prompt="a forbidden word?")
    await play.until(lambda: result.messages and "Continue in" in result.messages[-1].content)
    assert [thread.name for thread in play.general.threads] == [FALLBACK_NAME] * 2


async def test_a_server_full_of_threads_is_told(play: Play) -> None:
    play.discord.faults.add("POST", UNDER, status=400, json=FULL)
    await play.alice.say(play.general, "<@BOT> hello")
    await play.reads(play.general, TOO_MANY_THREADS)
    play.discord.faults.add("POST", APART, status=400, json=FULL)
    result = await play.alice.slash(play.general, "chat", prompt="hello")
    await play.until(lambda: [message.content for message in result.messages] == [TOO_MANY_THREADS])
    assert play.asked == []


@pytest.mark.parametrize("via", [True, False])
async def test_a_long_limit_is_told_at_once(play: Play, *, via: bool) -> None:
    play.injected_429 = True
    play.discord.faults.add("POST", UNDER, status=429, retry_after=45.0, headers={"Retry-After": "45"}, via=via)
    began = time.monotonic()
    await play.replies(await play.alice.say(play.general, "<@BOT> hello"))
    assert time.monotonic() - began < 15
    [said] = play.said(play.general)
    assert said.startswith(no_threads_for(45))
    assert "<t:" in said
    play.discord.faults.add("POST", APART, status=429, retry_after=400.0, headers={"Retry-After": "400"}, via=via)
    result = await play.alice.slash(play.general, "chat", prompt="hello")
    await play.until(lambda: [m for m in result.messages if m.content.startswith(no_threads_for(400))])
    assert play.asked == []


async def test_a_short_limit_is_waited_out(play: Play) -> None:
    play.injected_429 = True
    play.discord.faults.add("POST", UNDER, status=429, retry_after=0.5)
    thread = await play.begin("hello")
    await play.ends_with(thread, "counted.")
