"""What an answer has left behind where another takes its place or goes on with it: old text, used buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.texts.answer_text import STILL_TO_COME, STOPPED
from grokbot.discord_bot.rate_limits import retry
from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import Script
from grokbot.sandbox.grok_server.answers import tokens

from .play import BROKEN, CUT, THINKS, WHOLE, arrows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

    from grokbot.sandbox.discord_server import Channel

    from .play import Play

WORDS = " ".join(f"word{number}" for number in range(4000))
LINES = "\n".join(f"Line {number} of an answer of several messages." for number in range(400))


async def stopped(play: Play) -> Channel:
    """A thread with an answer that waits for somebody to let it go on."""
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=20))
    thread = await play.begin("count")
    await play.until(lambda: play.said(thread) and "word" in play.said(thread)[-1])
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    await play.has_ended(thread, *CUT)
    return thread


async def buttons_are(play: Play, thread: Channel, *labels: list[str]) -> None:
    await play.until(lambda: [play.labels(message) for message in play.messages(thread)] == list(labels))


async def test_while_an_answer_of_several_messages_is_tried_again_nothing_of_it_is_left_and_stop_stands_below(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(rules=Rules().unlimited())
    broken = Script(text=LINES, reasoning="", fail="overloaded", fail_after_tokens=tokens.count(LINES[:5000]))
    play.grok.script(broken)
    thread = await play.begin("a lot")
    _, _, last = await play.has_ended(thread, *BROKEN)
    again = tokens.count(LINES[:3000])
    play.grok.script(Script(text=LINES, reasoning="", first_token_after=2.0, hang_after_tokens=again))
    await play.alice.press(last, label="Retry")
    await play.until(lambda: play.said(thread)[1:] == [STILL_TO_COME, STILL_TO_COME])
    assert THINKS.fullmatch(play.said(thread)[0])
    await buttons_are(play, thread, [], [], ["Stop"])
    await play.until(lambda: "Line 50 " in play.said(thread)[1])
    await buttons_are(play, thread, [], [], ["Stop"])
    assert play.said(thread)[2] == STILL_TO_COME
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    await buttons_are(play, thread, [], [*arrows(2, 2)[:3], "Continue", "More…"])
    assert "\n".join(play.said(thread)).removesuffix(f"\n{STOPPED}") == play.kept()[-1][2]


async def test_a_used_continue_goes_away_though_discord_fails_at_first(play: Play) -> None:
    thread = await stopped(play)
    (first,) = play.messages(thread)
    play.discord.faults.add("PATCH", f"/channels/{thread.id}/messages/{first.id}", status=503, times=3)
    play.grok.script(Script(text="the rest.", reasoning=""))
    await play.alice.press(first, label="Continue")
    await play.ends_with(thread, "the rest.")
    await buttons_are(play, thread, [], [*WHOLE])


async def test_an_old_row_goes_however_often_discord_fails(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "TRIES", 1)  # what is tried a few times is given up at once here
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.02)
    thread = await play.talk("One.")
    (first,) = play.messages(thread)
    play.discord.faults.add("PATCH", f"/channels/{thread.id}/messages/{first.id}", status=503, times=1)
    play.says("Two.")
    await play.alice.say(thread, "and?")
    await buttons_are(play, thread, [], [*WHOLE])


async def test_a_used_continue_that_a_kill_left_behind_goes_away_after_the_next_start(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    thread = await stopped(play)
    (first,) = play.messages(thread)
    edited = ("PATCH", f"/channels/{thread.id}/messages/{first.id}")
    play.discord.faults.add(*edited, status=404, code=10008, times=3)  # it is not believed at once
    play.grok.script(Script(text="the rest.", reasoning=""))
    await play.alice.press(first, label="Continue")
    await play.ends_with(thread, "the rest.")
    await play.until(lambda: "discord.buttons_stay" in caplog.text)
    await buttons_are(play, thread, [*CUT], [*WHOLE])
    await play.stop()
    play.was_killed(answered=True)
    await play.start()
    await buttons_are(play, thread, [], [*WHOLE])


async def test_a_last_edit_that_is_repeated_does_not_bring_a_used_continue_back(play: Play) -> None:
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=20))
    thread = await play.begin("count")
    await play.until(lambda: play.said(thread) and play.said(thread)[-1].endswith("word8 word"))
    (first,) = play.messages(thread)
    play.discord.faults.add("PATCH", f"/channels/{thread.id}/messages/{first.id}", reset="after")
    await play.alice.press(first, label="Stop")
    await play.has_ended(thread, *CUT)  # which the bot does not know yet
    play.grok.script(Script(text="the rest.", reasoning=""))
    await play.alice.press(first, label="Continue")
    await play.ends_with(thread, "the rest.")
    await buttons_are(play, thread, [], [*WHOLE])
    await play.quiet()
    assert play.labels(first) == []
