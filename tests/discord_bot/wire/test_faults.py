"""Trouble on the way to Discord: whatever happens to a request, the end is complete, exact, and there once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from grokbot.discord_bot.notices.texts.answer_text import NOT_TAKEN, STOPPED, UNEXPECTED
from grokbot.sandbox.grok_server import Script

from .play import CUT, THINKS

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server import Channel

    from .play import Play

SEND, EDIT = ("POST", "/channels/{}/messages"), ("PATCH", "/channels/{}/messages/*")

FAULTS: dict[str, tuple[tuple[str, str], dict[str, Any]]] = {
    "typing refused": (("POST", "/channels/{}/typing"), {"status": 503, "times": None}),
    "typing stuck": (("POST", "/channels/{}/typing"), {"delay": 4.0}),
    "send refused for now": (SEND, {"status": 503}),
    "send failed inside": (SEND, {"status": 500}),
    "send failed inside but done": (SEND, {"status": 500, "applied": True}),
    "send unavailable but done": (SEND, {"status": 503, "applied": True}),
    "send cut before": (SEND, {"reset": "before"}),
    "send cut after": (SEND, {"reset": "after"}),
    "send cut after, twice": (SEND, {"reset": "after", "times": 2}),
    "send limited": (SEND, {"status": 429, "retry_after": 1.0}),
    "send limited without a word from the proxy": (SEND, {"status": 429, "via": False}),
    "send slow": (SEND, {"delay": 3.0}),
    "edit refused for now": (EDIT, {"status": 503}),
    "edit refused for longer": (EDIT, {"status": 503, "times": 3}),
    "edit failed inside": (EDIT, {"status": 502}),
    "edit unavailable but done": (EDIT, {"status": 503, "applied": True}),
    "edit cut before": (EDIT, {"reset": "before"}),
    "edit cut after": (EDIT, {"reset": "after"}),
    "edit limited": (EDIT, {"status": 429, "retry_after": 1.0}),
    "edit slow": (EDIT, {"delay": 5.0}),
    "edit of what is old limited": (EDIT, {"status": 429, "code": 30046, "via": False}),
}


async def test_no_fault_on_the_way_loses_or_doubles_anything(play: Play) -> None:
    play.injected_429 = True
    text = " ".join(f"word{number}" for number in range(90))
    places: dict[str, Channel] = {}

    def met() -> set[str]:
        return {path.split("/")[2] for _, path in play.discord.faults.happened}

    for name, ((method, path), fault) in FAULTS.items():
        person = play.discord.create_user(name)
        places[name] = person.direct_messages()
        play.discord.faults.add(method, path.format(places[name].id), **fault)
        play.grok.script(Script(text=text, reasoning="", tokens_per_second=70.0, first_token_after=0.2))
    for name, channel in places.items():
        await play.discord.people[name].say(channel, "go on")
        if name.startswith("typing"):  # nobody's typing is shown where many are waited for
            await play.until(lambda channel=channel: str(channel.id) in met())  # type: ignore[misc] # the channel of this turn of the loop
    for channel in places.values():
        await play.reads(channel, text)
    assert [name for name, channel in places.items() if str(channel.id) not in met()] == []
    for name, channel in places.items():
        (message,) = play.messages(channel)
        contents = [content for _, content in message.versions]
        lengths = [0 if THINKS.fullmatch(content) else len(content) for content in contents]
        assert lengths == sorted(lengths), name  # nothing stale was ever shown


async def test_a_message_that_was_sent_without_our_knowing_still_gets_the_end(play: Play) -> None:
    channel = play.alice.direct_messages()
    text = " ".join(f"word{number}" for number in range(20))
    play.discord.faults.add("POST", f"/channels/{channel.id}/messages", reset="after")
    play.grok.script(Script(text=text, reasoning="", tokens_per_second=200.0))
    await play.alice.say(channel, "go on")
    (message,) = await play.reads(channel, text)  # when it is sent again, Grok is done, and Discord repeats the start
    assert message.versions[0][1] != text


THREAD_FAULTS: dict[str, dict[str, Any]] = {
    "refused for now": {"status": 503},
    "failed inside": {"status": 500},
    "failed inside but done": {"status": 500, "applied": True},
    "cut before": {"reset": "before"},
    "cut after": {"reset": "after"},
    "limited": {"status": 429, "retry_after": 1.0},
}


async def test_no_fault_while_a_thread_is_opened_loses_the_question_or_opens_two(play: Play) -> None:
    play.injected_429 = True
    channels = {name: play.guild.create_text_channel(name) for name in THREAD_FAULTS}
    for name, fault in THREAD_FAULTS.items():
        play.discord.faults.add("POST", f"/channels/{channels[name].id}/messages/*/threads", **fault)
    for channel in channels.values():
        await play.alice.say(channel, "<@BOT> hello")
    for name, channel in channels.items():
        await play.until(lambda channel=channel: channel.threads and play.said(channel.threads[0]))  # type: ignore[misc] # the channel of this turn of the loop
        assert len(channel.threads) == 1, name
        assert len(play.said(channel.threads[0])) == 1, name
        assert play.said(channel) == [], name
    assert len(play.asked) == len(THREAD_FAULTS)


@pytest.mark.parametrize("reset", ["before", "after"])
async def test_a_sentence_arrives_once_though_the_connection_breaks(
    play: Play, reset: Literal["before", "after"]
) -> None:
    play.discord.faults.add("POST", f"/channels/{play.general.id}/messages", reset=reset)
    await play.alice.say(play.general, "<@BOT>")
    await play.until(lambda: play.said(play.general) and len(play.discord.faults.happened) == 1)
    sent = [c for c in play.discord.requests if c.path == f"/channels/{play.general.id}/messages"]
    await play.until(lambda: sent[-1].status in {0, 200})
    await play.quiet()
    assert len(play.said(play.general)) == 1


async def test_what_discord_never_takes_is_replaced_by_a_sentence_and_the_rest_is_shown(play: Play) -> None:
    channel = play.alice.direct_messages()
    play.discord.faults.add("POST", f"/channels/{channel.id}/messages", status=400, code=50035, message="no")
    play.grok.script(Script(text="N", reasoning=""))  # so short that it is sent once, whole
    await play.alice.say(channel, "hello")
    await play.reads(channel, NOT_TAKEN)
    play.grok.script(Script(text="Fine again.", reasoning=""))
    await play.alice.say(channel, "and now?")
    await play.reads(channel, NOT_TAKEN, "Fine again.")


async def test_a_thread_that_discord_never_opens_is_told_in_the_channel(play: Play) -> None:
    play.discord.faults.add(
        "POST", f"/channels/{play.general.id}/messages/*/threads", status=400, code=40099, message="no thread for you"
    )
    await play.alice.say(play.general, "<@BOT> hello")
    await play.reads(play.general, UNEXPECTED)
    assert play.asked == []


async def test_an_answer_that_somebody_deletes_goes_on_in_a_new_message_and_once_only(play: Play) -> None:
    words = " ".join(f"word{number}" for number in range(100))
    play.grok.script(Script(text=words, reasoning="", tokens_per_second=110.0))
    thread = await play.begin("go on")
    await play.shown(thread)
    await play.moderator_deletes(play.messages(thread)[0])
    await play.reads(thread, words)
    play.grok.script(Script(text=words * 3, reasoning="", tokens_per_second=100.0))
    await play.alice.say(thread, "again")
    await play.until(lambda: len(play.said(thread)) == 2)
    await play.moderator_deletes(play.messages(thread)[1])
    await play.until(lambda: len(play.said(thread)) == 2)
    await play.moderator_deletes(play.messages(thread)[1])
    await play.grok.until(lambda: play.grok.running == 0)  # whoever does it twice means it
    assert play.said(thread) == [words]


async def test_a_button_that_was_sent_without_our_knowing_is_not_left_behind(play: Play) -> None:
    channel = play.alice.direct_messages()
    play.discord.faults.add("POST", f"/channels/{channel.id}/messages", status=503, applied=True)
    # All that can be seen comes with the first token; when the message is sent again, the answer has ended.
    play.grok.script(Script(text="👍" + "\n " * 4, reasoning="", tokens_per_second=40.0))
    await play.alice.say(channel, "all right?")
    (message,) = await play.reads(channel, "👍")
    assert play.labels(message) == ["Stop"]
    assert await play.whole(channel) == [message]


async def test_an_edit_that_is_refused_for_a_while_is_not_sent_again_with_old_text(play: Play) -> None:
    play.injected_429 = True
    play.grok.script(Script(text=" ".join(f"word{n}" for n in range(900)), reasoning="", tokens_per_second=100.0))
    thread = await play.begin("go on")
    await play.until(lambda: play.said(thread) and "word9" in play.said(thread)[-1])
    (message,) = play.messages(thread)
    play.discord.faults.add("PATCH", f"/channels/{thread.id}/messages/*", status=429, retry_after=1.0)
    await play.discord.until(lambda: play.discord.faults.happened)
    shown = len(message.versions)
    await play.alice.press(message, label="Stop")
    await play.has_ended(thread, *CUT)
    assert len(message.versions) == shown + 1
    assert message.content.endswith(STOPPED)
