"""Presses while Discord is slow or refuses, and while the bot is being stopped: what they are for is done."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from grokbot.discord_bot.notices.texts.answer_text import STOPPED, UNEXPECTED
from grokbot.policy.rights import NOT_YOURS
from grokbot.sandbox.grok_server import Script

from .play import CUT

if TYPE_CHECKING:
    import pytest

    from grokbot.sandbox.discord_server import Channel, Person

    from .play import Play

WORDS = " ".join(f"word{number}" for number in range(4000))
CALLBACK = ("POST", "/interactions/*/*/callback")
FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"delay": 1.0},
    "away": {"status": 503},
    "broken before": {"reset": "before"},
    "broken after": {"reset": "after"},
    "too late": {"status": 404, "code": 10062},
    "limited": {"status": 429, "retry_after": 1.0},
}


async def hanging(play: Play, person: Person | None = None) -> Channel:
    """A direct channel in which an answer has begun and stands still."""
    person = person or play.alice
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=20))
    channel = person.direct_messages()
    await person.say(channel, "go on")
    await play.until(lambda: play.said(channel) and "word" in play.said(channel)[-1])
    return channel


def answered(play: Play, ending: str) -> int:
    """How many requests whose path ends so Discord has answered."""
    return sum(call.path.endswith(ending) for call in play.discord.requests)


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]


async def test_stop_stops_whatever_becomes_of_its_acknowledgement(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    play.injected_429 = True
    presses = []
    for number, fault in enumerate(FAULTS.values()):
        person = play.discord.create_user(f"person-{number}")
        channel = await hanging(play, person)
        play.discord.faults.add(*CALLBACK, **fault)
        press = asyncio.ensure_future(person.press(play.messages(channel)[-1], label="Stop"))
        await play.grok.until(lambda: play.grok.running == 0)
        if "delay" in fault:
            assert answered(play, "/callback") == 0
        presses.append(press)
        (message,) = await play.has_ended(channel, *CUT)
        assert message.content.endswith(f"\n{STOPPED}")
    await asyncio.wait(presses)
    acknowledged = [name for name, press in zip(FAULTS, presses, strict=True) if press.result().acknowledged]
    assert acknowledged == ["slow", "away", "broken after", "limited"]
    assert [told.content for press in presses for told in press.result().messages] == []
    assert tracebacks(caplog) == []


async def test_stop_does_not_wait_for_an_edit_that_is_under_way(play: Play) -> None:
    play.grok.script(Script(text=WORDS, reasoning="", tokens_per_second=100.0))
    thread = await play.begin("go on")
    await play.until(lambda: play.said(thread) and "word9" in play.said(thread)[-1])
    (message,) = play.messages(thread)
    play.discord.faults.add("PATCH", f"/channels/{thread.id}/messages/*", delay=1.0)
    await play.discord.until(lambda: play.discord.faults.happened)
    before = answered(play, f"/messages/{message.id}")
    await play.alice.press(message, label="Stop")
    await play.grok.until(lambda: play.grok.running == 0)
    assert answered(play, f"/messages/{message.id}") == before
    await play.has_ended(thread, *CUT)


async def test_who_may_not_is_told_also_when_the_acknowledgement_went_through_without_our_knowing(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    thread = await play.begin("!hang 3")
    await play.until(lambda: play.said(thread) and play.labels(play.messages(thread)[-1]) == ["Stop"])
    play.discord.faults.add(*CALLBACK, reset="after")
    await play.privately(await play.bob.press(play.messages(thread)[-1], label="Stop"), NOT_YOURS)
    play.discord.faults.add(*CALLBACK, reset="before")
    late = await play.bob.press(play.messages(thread)[-1], label="Stop")
    await play.until(lambda: [told.content for told in late.messages] == [NOT_YOURS])
    assert tracebacks(caplog) == []
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    await play.has_ended(thread, "Retry", "More…")


async def test_presses_in_flight_at_a_stop_leave_no_traceback_and_do_not_hold_the_last_edits_up(
    play: Play, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grokbot.daemon.stop.SETTLE_SECONDS", 0.3)
    people = [play.discord.create_user(f"person-{number}") for number in range(3)]
    channels = [await hanging(play, person) for person in people]
    play.discord.faults.add(*CALLBACK, delay=1.5, times=None)
    presses = [
        asyncio.ensure_future(person.press(play.messages(channel)[-1], label="Stop"))
        for person, channel in zip(people, channels, strict=True)
    ]
    presses.append(asyncio.ensure_future(play.bob.press(play.messages(channels[0])[-1], label="Stop")))
    presses.append(asyncio.ensure_future(play.bob.slash(play.general, "help")))
    await play.discord.until(lambda: len(play.discord.faults.happened) == len(presses))
    await play.stop()
    for press in presses:
        press.cancel()
    await asyncio.wait(presses)
    for channel in channels:
        assert play.labels(play.messages(channel)[-1]) == [*CUT]
    assert tracebacks(caplog) == []
    assert UNEXPECTED not in [m.content for m in play.discord.world.messages.values()]
