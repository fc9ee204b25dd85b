"""The one small reply at the end of an answer that took long: whom it mentions, and when there is none.

That nobody else is ever pinged is looked at after every test, see `play`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import REMEDIES, GrokFailure
from grokbot.discord_bot.markdown import split
from grokbot.discord_bot.notices.texts.answer_text import STOPPED, answer_broke_off, answer_is_there
from grokbot.sandbox.discord_server import Permission, Rules
from grokbot.sandbox.grok_server import Script
from grokbot.sandbox.grok_server.answers import tokens

from .play import CUT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Person

    from .play import Play

    Begin = Callable[..., Awaitable[Play]]

AFTER = 2.0
"""Seconds of an answer after which its end is told here. Short answers come in a small part of that."""
LINES = "\n".join(f"Line {number} of an answer that takes its time." for number in range(60))
PACE = tokens.count(LINES) / (AFTER * 1.4)
BROKEN = f"⚠️ {REMEDIES[GrokFailure.BROKEN_OFF].text}"
INTERRUPTED = f"⚠️ {REMEDIES[GrokFailure.INTERRUPTED].text}"


async def test_after_a_long_answer_the_asker_alone_is_told_by_one_reply(begin: Begin) -> None:
    play = await begin(discord={"notice_after_seconds": AFTER})
    carol, dave, erin = (play.discord.create_user(name) for name in ("carol", "dave", "erin"))
    for person in (carol, dave, erin):
        play.guild.add_member(person, permissions=Permission.MANAGE_MESSAGES)
    play.noticed = [(play.bob, answer_is_there), (carol, answer_is_there), (dave, answer_broke_off)]

    thread = await play.begin("hello")  # alice's, and answered at once
    await play.ends_with(thread, "counted.")
    play.grok.script(Script(text=LINES, reasoning="", tokens_per_second=PACE), times=2)
    in_thread = await play.bob.say(thread, "at length, please")
    direct = await carol.say(carol.direct_messages(), "at length, please")
    await play.until(lambda: len(play.asked) == 3)
    breaking = Script(text=LINES, reasoning="", tokens_per_second=20.0, fail="overloaded", fail_after_tokens=60)
    play.grok.script(breaking)
    broken = await dave.say(dave.direct_messages(), "at length, please")
    await play.until(lambda: len(play.asked) == 4)
    stopped = erin.direct_messages()
    play.grok.script(Script(text=LINES, reasoning="", hang_after_tokens=30))
    await erin.say(stopped, "at length, please")
    await play.until(lambda: len(play.asked) == 5)
    await play.quiet()  # and one more that was short

    await play.reads(thread, play.said(thread)[0], *split(LINES), answer_is_there(play.bob.id))
    await play.reads(carol.direct_messages(), *split(LINES), answer_is_there(carol.id))
    await play.ends_with(dave.direct_messages(), answer_broke_off(dave.id))
    assert play.said(dave.direct_messages())[0].endswith(BROKEN)
    for asked, notice in ((in_thread, play.bob), (direct, carol), (broken, dave)):
        last = play.messages(asked.channel)[-1]
        assert last.pinged == {notice.id}
        assert last.reference is not None
        assert last.reference.message_id == asked.id
        assert len(last.versions) == 1

    await erin.press(play.messages(stopped)[-1], label="Stop")  # by now as long as the others
    await play.has_ended(stopped, *CUT)
    await play.quiet()
    assert len(play.said(stopped)) == 1
    assert play.said(stopped)[0].endswith(STOPPED)
    assert [len(play.said(person.direct_messages())) for person in (carol, dave)] == [len(split(LINES)) + 1, 2]


async def test_a_notice_arrives_once_though_discord_reports_a_failure_and_one_that_it_refuses_harms_nothing(
    begin: Begin,
) -> None:
    play = await begin(discord={"notice_after_seconds": 0.3})
    play.noticed = [(play.alice, answer_is_there)]
    play.grok.script(Script(text="Slowly.", reasoning="", first_token_after=0.5), times=2)
    faults: dict[Person, dict[str, Any]] = {
        play.alice: {"status": 503, "applied": True},
        play.bob: {"status": 403, "code": 50013, "times": 3},  # as often as it takes to be believed
    }
    for person, fault in faults.items():
        sent = f"/channels/{person.direct_messages().id}/messages"
        play.discord.faults.add("POST", sent, delay=0.001)  # the answer, which comes first, meets nothing worse
        play.discord.faults.add("POST", sent, **fault)
        await person.say(person.direct_messages(), "go on")
    await play.reads(play.alice.direct_messages(), "Slowly.", answer_is_there(play.alice.id))
    await play.until(lambda: len(play.discord.faults.happened) == 6)
    play.grok.script(Script(text="Still here.", reasoning=""))
    await play.bob.say(play.bob.direct_messages(), "and now?")
    await play.reads(play.bob.direct_messages(), "Slowly.", "Still here.")
    await play.quiet()
    assert len(play.said(play.alice.direct_messages())) == 2


async def test_zero_seconds_mean_never(begin: Begin) -> None:
    play = await begin(discord={"notice_after_seconds": 0})
    play.grok.script(Script(text="Slowly.", reasoning="", first_token_after=0.3))
    thread = await play.begin("go on")
    await play.reads(thread, "Slowly.")
    await play.whole(thread)
    await play.quiet()
    assert play.said(thread) == ["Slowly."]


async def test_of_an_answer_that_a_restart_cut_off_nobody_is_told(begin: Begin) -> None:
    play = await begin(drain_seconds=0.1, discord={"notice_after_seconds": 0.01})  # every answer takes longer
    play.grok.script(Script(text=LINES, reasoning="", hang_after_tokens=30))
    thread = await play.begin("go on")
    await play.shown(thread)
    await play.stop()
    (message,) = play.messages(thread)
    assert message.content.endswith(INTERRUPTED)
    play.was_killed()
    edits = len(message.versions)
    await play.start()
    await play.until(lambda: len(message.versions) > edits)
    await play.stop()  # whatever was to be said is said by then
    assert play.labels(message) == ["Continue", "Retry", "More…"]
    assert len(play.said(thread)) == 1


async def test_of_an_answer_that_is_shown_again_after_a_restart_nobody_is_told_again(begin: Begin) -> None:
    # A single request takes longer than that.
    play = await begin(rules=Rules(latency=0.05), discord={"notice_after_seconds": 0.01})
    play.noticed = [(play.alice, answer_is_there)]
    play.grok.script(Script(text="Slowly.", reasoning="", first_token_after=0.1))
    channel = play.alice.direct_messages()
    await play.alice.say(channel, "go on")
    answer, notice = await play.reads(channel, "Slowly.", answer_is_there(play.alice.id))
    await play.stop()
    play.was_killed(answered=True)
    play.discord.clock.advance(400.0)  # Discord no longer knows the notice's nonce
    edits = len(answer.versions)
    await play.start()
    await play.until(lambda: len(answer.versions) > edits)
    await play.stop()  # whatever was to be said is said by then
    assert play.messages(channel) == [answer, notice]
