"""SIGTERM, restarts, and a Discord that is away: answers get their end, conversations go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import REMEDIES, GrokFailure
from grokbot.discord_bot.answers.presenter import log as presenter_log
from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import Script

from .play import BROKEN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

    from .play import Play

WORDS = " ".join(f"word{number}" for number in range(80))
INTERRUPTED = f"⚠️ {REMEDIES[GrokFailure.INTERRUPTED].text}"


async def test_an_answer_that_ends_within_the_drain_ends_whole(play: Play) -> None:
    play.grok.script(Script(text=WORDS, reasoning="", tokens_per_second=80.0))
    thread = await play.begin("go on")
    await play.shown(thread)
    await play.stop()
    assert play.said(thread) == [WORDS]


async def test_an_answer_that_does_not_end_keeps_what_it_has_and_can_be_tried_again_after_the_restart(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(drain_seconds=0.1)
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=30))
    thread = await play.begin("go on")
    await play.shown(thread)
    await play.stop()
    (message,) = play.messages(thread)
    assert play.labels(message) == ["Continue", "Retry", "More…"]
    begun, ending = message.content.split("\n")
    assert ending == INTERRUPTED
    assert WORDS.startswith(begun)
    await play.start()
    play.grok.script(Script(text=WORDS, reasoning=""))
    result = await play.alice.press(message, label="Retry")
    assert result.acknowledged
    await play.reads(thread, WORDS)


async def test_a_conversation_goes_on_after_a_restart(play: Play) -> None:
    play.grok.script(Script(text="First.", reasoning=""))
    thread = await play.begin("one")
    await play.reads(thread, "First.")
    for text in ("Second.", "Third."):
        await play.restart()
        play.grok.script(Script(text=text, reasoning=""))
        await play.bob.say(thread, f"before {text}")
        await play.ends_with(thread, text)
    assert play.told() == ["Alice: one", "Bob: before Second.", "Bob: before Third."]


async def test_a_thread_that_was_archived_before_the_restart_goes_on_when_somebody_writes(play: Play) -> None:
    play.grok.script(Script(text="First.", reasoning=""))
    thread = await play.begin("one")
    await play.reads(thread, "First.")
    await play.stop()
    thread.archive()
    await play.start()
    play.grok.script(Script(text="Second.", reasoning=""))
    await play.bob.say(thread, "two")
    await play.reads(thread, "First.", "Second.")


async def test_what_is_said_during_the_drain_is_answered_after_the_next_start(play: Play) -> None:
    play.grok.script(Script(text=WORDS, reasoning="", tokens_per_second=110.0))
    thread = await play.begin("one")
    await play.shown(thread)
    play.begin_to_stop()
    await play.bob.say(thread, "two")
    await play.bob.say(play.bob.direct_messages(), "three")
    await play.stop()
    assert play.said(thread) == [WORDS]
    assert len(play.asked) == 1
    for _ in range(2):
        play.grok.script(Script(text="Later.", reasoning=""))
    await play.start()
    await play.reads(thread, WORDS, "Later.")
    await play.reads(play.bob.direct_messages(), "Later.")


async def test_a_stop_while_discord_takes_nothing_ends_all_the_same(
    begin: Callable[..., Awaitable[Play]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("grokbot.daemon.stop.SETTLE_SECONDS", 0.5)
    play = await begin(drain_seconds=0.1)
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=30))
    thread = await play.begin("go on")
    await play.shown(thread)
    play.discord.faults.add("PATCH", "/channels/*/messages/*", status=503, times=None)
    play.broken_off = True
    await play.stop()
    assert [r.message for r in caplog.records if r.name == presenter_log.name] == ["presenter.unsettled answers=1"]


async def test_an_answer_that_was_cut_off_gets_its_end_also_when_discord_was_away_at_first(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(rules=Rules().unlimited())  # so many edits at once would make discord.py sleep for seconds
    play.grok.script(Script(text="Whole.", reasoning=""))
    thread = await play.begin("go on")
    (message,) = await play.reads(thread, "Whole.")
    await play.stop()
    play.was_killed(text="Who")
    play.discord.faults.add("GET", "/users/@me", status=503)
    await play.start()
    await play.reads(thread, f"Who\n{INTERRUPTED}")
    await play.has_ended(thread, *BROKEN)
    play.grok.script(Script(text="Whole again.", reasoning=""))
    await play.alice.press(message, label="Retry")
    await play.reads(thread, "Whole again.")
