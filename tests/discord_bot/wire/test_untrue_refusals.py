"""Discord forbids what it allows, or does not find what is there, for a moment or for longer.

It is asked again before it is believed, and what could not be shown is mended when that can be.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.discord_bot.answers import retry_state
from grokbot.discord_bot.notices.texts.answer_text import STOPPED
from grokbot.discord_bot.rate_limits import retry
from grokbot.discord_bot.threads import rename
from grokbot.policy.rights import NOT_YOURS
from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import Script
from tests.engine.house import eventually

from .play import BROKEN, WHOLE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Channel

    from .play import Play

WORDS = " ".join(f"word{number}" for number in range(80))
REFUSALS: dict[str, dict[str, Any]] = {
    "no access": {"status": 403, "code": 50001},
    "no permission": {"status": 403, "code": 50013},
    "trouble inside": {"status": 403, "code": 40333},
    "unknown message": {"status": 404, "code": 10008},
    "unknown channel": {"status": 404, "code": 10003},
    "not found": {"status": 404},
}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (retry_state, retry):
        monkeypatch.setattr(module, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(rename, "AGAIN_SECONDS", 0.1)


def unshown(play: Play) -> int:
    """How many answers the next start is to show again."""
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        [(number,)] = database.execute("SELECT count(*) FROM unshown")
    return int(number)


async def streaming(play: Play) -> Channel:
    """A thread in which an answer is being written."""
    play.grok.script(Script(text=WORDS, reasoning="", tokens_per_second=60.0))
    thread = await play.begin("go on")
    await play.until(lambda: play.said(thread) and "word1" in play.said(thread)[-1])
    return thread


@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_what_is_refused_for_a_moment_is_written_all_the_same(play: Play, method: str, times: int) -> None:
    channels = {}
    for name, refusal in REFUSALS.items():
        person = play.discord.create_user(name)
        channels[name] = person.direct_messages()
        path = f"/channels/{channels[name].id}/messages" + "/*" * (method == "PATCH")
        play.discord.faults.add(method, path, **refusal, times=times)
        play.grok.script(Script(text=WORDS, reasoning="", tokens_per_second=100.0))
    for name, channel in channels.items():
        await play.discord.people[name].say(channel, "go on")
    for channel in channels.values():
        await play.reads(channel, WORDS)
        await play.whole(channel)
    assert len(play.discord.faults.happened) == len(REFUSALS) * times
    await eventually(lambda: unshown(play) == 0)


async def test_a_refusal_that_is_none_of_discords_own_is_doubted_for_longer(play: Play) -> None:
    thread = await streaming(play)
    (first,) = play.messages(thread)
    play.discord.faults.add("PATCH", f"/channels/{thread.id}/messages/*", status=403, times=6)
    assert await play.reads(thread, WORDS) == [first]
    await play.whole(thread)


@pytest.mark.parametrize("name", ["no access", "unknown message", "unknown channel", "not found"])
async def test_an_answer_whose_message_is_never_edited_again_goes_on_in_another(play: Play, name: str) -> None:
    thread = await streaming(play)
    (first,) = play.messages(thread)
    play.discord.faults.add("PATCH", f"/channels/{thread.id}/messages/{first.id}", **REFUSALS[name], times=None)
    (second,) = await play.reads(thread, WORDS)
    assert second is not first
    assert first.deleted
    await play.whole(thread)
    await eventually(lambda: unshown(play) == 0)


async def test_where_the_old_message_cannot_even_be_deleted_the_next_start_mends_it(play: Play) -> None:
    thread = await streaming(play)
    (first,) = play.messages(thread)
    for method in ("PATCH", "DELETE"):
        path = f"/channels/{thread.id}/messages/{first.id}"
        play.discord.faults.add(method, path, status=403, code=50001, times=None)
    await play.until(lambda: len(play.said(thread)) == 2 and play.said(thread)[-1] == WORDS)
    await play.has_ended(thread, *WHOLE)
    await play.stop()
    assert unshown(play) == 1
    assert play.labels(first) == ["Stop"]
    play.discord.faults.clear()
    await play.start()
    await play.reads(thread, WORDS)
    await play.whole(thread)
    await eventually(lambda: unshown(play) == 0)


def close(play: Play, thread: Channel) -> None:
    """From now on nothing is taken there."""
    for method, path in (("PATCH", "/messages/*"), ("POST", "/messages"), ("DELETE", "/messages/*")):
        play.discord.faults.add(method, f"/channels/{thread.id}{path}", status=403, code=50001, times=None)


async def closed(play: Play) -> tuple[Channel, str]:
    """A thread that was closed to the bot in mid-answer; what was received of that until it was believed."""
    play.grok.script(Script(text=WORDS, reasoning="", tokens_per_second=60.0, hang_after_tokens=60))
    thread = await play.begin("go on")
    await play.until(lambda: play.said(thread) and "word1" in play.said(thread)[-1])
    close(play, thread)
    await eventually(lambda: play.kept()[-1][1] == "stopped")
    return thread, play.kept()[-1][2]


async def test_the_next_message_mends_an_answer_that_was_barred(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    thread, text = await closed(play)
    await eventually(lambda: "answer.barred" in caplog.text)
    assert unshown(play) == 1
    play.discord.faults.clear()
    play.says("Here again.")
    await play.bob.say(thread, "and now?")
    first, second = await play.reads(thread, f"{text}\n{STOPPED}", "Here again.")
    await play.whole(thread)
    assert "Stop" not in play.labels(first)
    assert second.id > first.id
    await eventually(lambda: unshown(play) == 0)


async def test_several_that_were_barred_stand_in_their_order_once_they_can(play: Play) -> None:
    thread, text = await closed(play)
    for number in (2, 3):
        play.says(f"Answer {number}.")
        await play.bob.say(thread, f"question {number}")
        await eventually(partial(lambda so_far: unshown(play) == so_far, number))
    play.discord.faults.clear()
    play.says("Answer 4.")
    await play.bob.say(thread, "question 4")
    await play.reads(thread, f"{text}\n{STOPPED}", "Answer 2.", "Answer 3.", "Answer 4.")
    await play.whole(thread)
    await eventually(lambda: unshown(play) == 0)


async def test_a_later_start_mends_an_answer_that_was_barred(play: Play) -> None:
    thread, text = await closed(play)
    await play.stop()
    play.discord.faults.clear()
    await play.start()
    (message,) = await play.reads(thread, f"{text}\n{STOPPED}")
    assert "Stop" not in play.labels(message)
    await eventually(lambda: unshown(play) == 0)


async def test_a_thread_that_does_not_open_again_at_once_is_tried_again(play: Play) -> None:
    thread = await streaming(play)
    for method in ("GET", "PATCH"):
        play.discord.faults.add(method, f"/channels/{thread.id}", status=403, code=50001)
    thread.archive()
    await play.reads(thread, WORDS)
    await play.whole(thread)
    assert len(play.discord.faults.happened) == 2


async def test_a_surplus_message_that_is_not_deleted_at_once_is_tried_again(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(rules=Rules().unlimited())
    long = "\n".join(f"Line {number} of a long answer that breaks off." for number in range(120))
    play.grok.script(Script(text=long, reasoning="", fail="overloaded", fail_after_tokens=1300))
    thread = await play.begin("go on")
    messages = await play.has_ended(thread, *BROKEN)
    play.discord.faults.add("DELETE", f"/channels/{thread.id}/messages/*", status=403, code=50001, times=2)
    play.says("Short.")
    await play.alice.press(messages[-1], label="Retry")
    await play.reads(thread, "Short.")
    assert len(play.discord.faults.happened) == 2


@pytest.mark.parametrize("name", ["no access", "unknown channel"])
async def test_a_thread_is_opened_and_named_though_that_is_refused_at_first(
    begin: Callable[..., Awaitable[Play]], name: str
) -> None:
    play = await begin()
    play.discord.faults.add("POST", "/channels/*/messages/*/threads", **REFUSALS[name], times=2)
    play.discord.faults.add("PATCH", "/channels/*", **REFUSALS[name])
    thread = await play.begin("How do figs grow?")
    await play.whole(thread)
    await play.alice.slash(thread, "title", text="Figs at home")
    await play.until(lambda: thread.names == ["How do figs grow?", "Figs at home"])
    assert len(play.discord.faults.happened) == 3


async def test_a_private_answer_comes_though_its_interaction_is_not_known_at_first(play: Play) -> None:
    thread = await play.begin("!hang 3")
    await play.until(lambda: play.said(thread) and play.labels(play.messages(thread)[-1]) == ["Stop"])
    play.discord.faults.add("POST", "/webhooks/*/*", status=404, code=10015)
    await play.privately(await play.bob.press(play.messages(thread)[-1], label="Stop"), NOT_YOURS)
    assert len(play.discord.faults.happened) == 1
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    await play.has_ended(thread, "Retry", "More…")


@pytest.mark.parametrize("direct", [False, True])
async def test_an_answer_to_a_command_that_is_refused_for_good_is_tried_three_times_in_all(
    play: Play, direct: bool
) -> None:
    await play.alice.say(play.general, "hello")  # so that they share a server
    channel = play.alice.direct_messages() if direct else play.general
    # In direct messages the question is the answer, and that it did not come is a second one.
    method, path, tries = ("POST", "/webhooks/*/*", 6) if direct else ("PATCH", "/webhooks/*/*/messages/*", 3)
    play.discord.faults.add(method, path, status=404, code=10015, times=None)
    await play.alice.slash(channel, "chat", prompt="Why?")
    await play.until(lambda: len(play.discord.faults.happened) >= tries)
    await play.stop()
    assert len(play.discord.faults.happened) == tries
