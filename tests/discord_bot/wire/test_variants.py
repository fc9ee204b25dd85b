"""Variants of an answer over the wire: sampled into the same messages, switched between, what follows set aside."""

from __future__ import annotations

import asyncio
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import REMEDIES, GrokFailure
from grokbot.discord_bot.notices.texts.answer_text import HIDES, THREAD_LOCKED, WHOLE_ANSWER, set_aside
from grokbot.display import VariantNumber
from grokbot.engine.turns import STILL_ANSWERING
from grokbot.engine.variants import ANOTHER_SHOWN
from grokbot.policy.rights import NOT_YOURS
from grokbot.sandbox.discord_server import BucketRule, Rules
from grokbot.sandbox.grok_server import Script

from .play import WHOLE, arrows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from grokbot.sandbox.discord_server import Channel, Message

    from .play import Play

LONG = "\n".join(f"Line {number} of an answer of two messages." for number in range(80))
ASIDE = set_aside(VariantNumber(1, 2))
ASIDE_2 = set_aside(VariantNumber(2, 2))


async def resampled(play: Play, message: Message, text: str) -> None:
    play.says(text)
    result = await play.alice.press(message, label="Resample")
    assert (result.acknowledged, result.messages) == (True, [])


async def resampled_above(play: Play, message: Message, answer: str | Script, hides: int) -> None:
    """The same for an answer above others: it has no buttons any more, and hiding the others is asked about first."""
    play.grok.script(answer if isinstance(answer, Script) else Script(text=answer, reasoning=""))
    before = len(play.asked)
    await play.resamples_above(play.alice, message, HIDES(hides))
    await play.until(lambda: len(play.asked) == before + 1)


async def pressed_above(play: Play, drawn: Message, label: str) -> Message:
    """What somebody is asked who presses a button that was under an answer before others stood below."""
    result = await play.alice.press(drawn, label=label)
    await play.until(lambda: result.messages)
    [question] = result.messages
    assert question.ephemeral
    return question


async def shows(play: Play, thread: Channel, *shown: tuple[str, Sequence[str]]) -> list[Message]:
    """Waits until the bot's messages are exactly these, each with these buttons."""

    def now() -> list[tuple[str, list[str]]]:
        return [(message.content, play.labels(message)) for message in play.messages(thread)]

    wanted = [(text, list(labels)) for text, labels in shown]
    await play.until(lambda: now() == wanted)
    return play.messages(thread)


async def test_resampling_streams_into_the_same_message_and_the_arrows_lead_back_and_forth(play: Play) -> None:
    thread = await play.talk("one")
    (message,) = play.messages(thread)
    await resampled(play, message, "two")
    assert await shows(play, thread, ("two", arrows(2, 2))) == [message]
    await play.alice.press(message, label="‹")  # noqa: RUF001 - as the button says
    assert await shows(play, thread, ("one", arrows(1, 2))) == [message]
    assert [button["disabled"] for button in message.buttons()[:3]] == [True, True, False]
    await play.alice.press(message, label="›")  # noqa: RUF001 - as the button says
    await shows(play, thread, ("two", arrows(2, 2)))
    assert len(thread.messages) == len(thread.log)  # nothing had to be deleted
    play.says("three")
    await play.alice.say(thread, "question 2")
    await shows(play, thread, ("two", ()), ("three", WHOLE))
    assert play.told() == ["Alice: question 1", "Alice: question 2"]


async def test_what_follows_is_set_aside_at_once_and_comes_back_whole(play: Play) -> None:
    thread = await play.talk("one", "first follower", "second follower")
    first = play.messages(thread)[0]
    await shows(play, thread, ("one", ()), ("first follower", ()), ("second follower", WHOLE))
    await resampled_above(play, first, "two", 2)
    await shows(play, thread, ("two", arrows(2, 2)), (ASIDE, ()), (ASIDE, ()))
    hidden = await play.menu(play.alice, play.messages(thread)[2])
    assert play.labels(hidden) == ["Branch", "Star", "Share", "Info", "Delete…"]
    await play.alice.press(first, label="‹")  # noqa: RUF001 - as the button says
    await shows(play, thread, ("one", ()), ("first follower", ()), ("second follower", WHOLE))


async def test_while_a_variant_streams_what_followed_the_old_one_is_set_aside_beside_it(play: Play) -> None:
    thread = await play.talk("one", "follower 1", "follower 2")
    first = play.messages(thread)[0]
    await resampled_above(play, first, Script(text="two " * 50, reasoning="", hang_after_tokens=3), 2)
    await play.until(lambda: first.content.startswith("two") and play.said(thread)[1:] == [ASIDE] * 2)
    assert play.labels(first) == ["Stop"]
    await play.alice.press(first, label="Stop")
    await play.until(lambda: play.labels(first)[3:] == ["Continue", "More…"])


async def test_the_buttons_work_after_a_restart_and_on_messages_from_before_it(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    # A dozen edits: a daemon that is there again at once cannot know how many of five the one before has left over.
    play = await begin(rules=replace(Rules(), edit=BucketRule(20, 5.0)))
    thread = await play.talk("one", "follower")
    first = play.messages(thread)[0]
    await resampled_above(play, first, "two", 1)
    await shows(play, thread, ("two", arrows(2, 2)), (ASIDE, ()))
    await play.restart()
    await play.alice.press(first, label="‹")  # noqa: RUF001 - as the button says
    _, follower = await shows(play, thread, ("one", ()), ("follower", WHOLE))
    await play.restart()
    await resampled(play, follower, "other follower")
    await shows(play, thread, ("one", ()), ("other follower", arrows(2, 2)))


async def test_who_may_not_is_told_privately_and_nothing_happens(play: Play) -> None:
    thread = await play.talk("one")
    (message,) = play.messages(thread)
    await resampled(play, message, "two")
    await shows(play, thread, ("two", arrows(2, 2)))
    for label in ("Resample", "‹"):  # noqa: RUF001 - as the button says
        await play.privately(await play.bob.press(message, label=label), NOT_YOURS)
    assert play.labels(await play.menu(play.bob, message)) == ["Star", "Info"]
    await shows(play, thread, ("two", arrows(2, 2)))
    assert len(play.asked) == 2


async def test_in_a_thread_that_is_locked_nothing_is_asked_of_grok_that_nobody_would_see(play: Play) -> None:
    thread = await play.talk("One.")
    [message] = play.messages(thread)
    thread.locked = True
    play.discord.world.channel_changed(thread)
    pressed = await play.alice.press(message, label="Resample")
    await play.privately(pressed, THREAD_LOCKED)
    found = await play.alice.context_menu(message, "Resample")
    await play.until(lambda: [each.content for each in found.messages] == [THREAD_LOCKED])
    assert len(play.asked) == 1


async def test_two_presses_at_once_move_it_once(play: Play) -> None:
    thread = await play.talk("one")
    (message,) = play.messages(thread)
    for number, text in enumerate(("two", "three"), 2):
        await resampled(play, message, text)
        await shows(play, thread, (text, arrows(number, number)))
    drawn = copy(message)
    both = await asyncio.gather(*(play.alice.press(message, label="‹") for _ in range(2)))  # noqa: RUF001 - as the button says
    assert all(result.acknowledged for result in both)
    await shows(play, thread, ("two", arrows(2, 3)))
    await play.until(lambda: sum(len(result.messages) for result in both) == 1)
    assert [told.content for result in both for told in result.messages] == [ANOTHER_SHOWN]
    await play.presses_late(play.alice, drawn, "Resample", ANOTHER_SHOWN)


async def test_two_people_who_resample_at_once_get_one_variant(play: Play) -> None:
    thread = await play.talk("one")
    await play.bob.say(thread, "mine too")
    await play.until(lambda: len(play.said(thread)) == 2)
    last = (await play.whole(thread))[-1]
    play.grok.script(Script(text="two " * 50, reasoning="", hang_after_tokens=3))
    both = await asyncio.gather(*(person.press(last, label="Resample") for person in (play.alice, play.bob)))
    await play.until(lambda: sum(len(result.messages) for result in both) == 1)
    assert {told.content for result in both for told in result.messages} <= {STILL_ANSWERING, ANOTHER_SHOWN}
    await play.until(lambda: play.labels(last) == ["Stop"] and last.content.startswith("two"))
    await play.bob.press(last, label="Stop")
    await play.until(lambda: play.labels(last)[:2] == ["‹", "2/2"])  # noqa: RUF001 - as the button says
    assert len(play.asked) == 3


async def test_a_variant_that_fails_with_nothing_gives_way_to_the_old_one_and_says_why(play: Play) -> None:
    thread = await play.talk("one", "follower")
    first = play.messages(thread)[0]
    await resampled_above(play, first, Script(fail="refused", fail_after_tokens=0), 1)
    why = f"⚠️ {REMEDIES[GrokFailure.REFUSED].text}"
    await shows(play, thread, (f"one\n{why}", ()), ("follower", WHOLE))


async def test_a_shorter_variant_leaves_no_message_over_and_a_longer_one_in_the_middle_goes_on_in_a_file(
    play: Play,
) -> None:
    play.says(LONG)
    thread = await play.begin("question 1")
    await play.until(lambda: len(play.said(thread)) == 2)
    await play.whole(thread)
    await resampled(play, play.messages(thread)[-1], "short")
    (message,) = await shows(play, thread, ("short", arrows(2, 2)))
    await play.alice.press(message, label="‹")  # noqa: RUF001 - as the button says
    await play.until(lambda: len(play.said(thread)) == 2)  # it is the last one, so it may grow again
    await play.has_ended(thread, *arrows(1, 2))
    assert "\n".join(play.said(thread)) == LONG
    await play.restart()  # what it sends then is all known to the next life
    await play.alice.press(play.messages(thread)[-1], label="›")  # noqa: RUF001 - as the button says
    await shows(play, thread, ("short", arrows(2, 2)))
    drawn = copy(message)
    play.says("follower")
    await play.alice.say(thread, "question 2")
    await shows(play, thread, ("short", ()), ("follower", WHOLE))
    question = await pressed_above(play, drawn, "‹")  # noqa: RUF001 - as the button says
    assert question.content == HIDES(1)
    await play.alice.press(question, label="Switch")
    await play.until(lambda: message.content.endswith(WHOLE_ANSWER) and play.said(thread)[1:] == [ASIDE_2])
    assert [(file.file.name, file.file.data.decode()) for file in message.attachments] == [("answer.md", LONG)]


async def test_whoever_switches_faster_than_discord_follows_sees_the_last_choice_alone(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(rules=Rules(latency=0.05))
    thread = await play.talk("one", "follower 1", "follower 2")
    first = play.messages(thread)[0]
    await resampled_above(play, first, LONG, 2)
    await play.until(lambda: play.labels(first)[:2] == ["‹", "2/2"])  # noqa: RUF001 - as the button says
    back = copy(first)
    await play.alice.press(back, label="‹")  # noqa: RUF001 - as the button says; what follows is still being set aside
    await play.until(lambda: first.content == "one")
    await play.until(lambda: not play.labels(first))
    menu = await play.menu(play.alice, first)
    await play.alice.press(menu, label="›")  # noqa: RUF001 - as above; or brought back
    await play.until(lambda: menu.content == HIDES(2))
    await play.alice.press(menu, label="Switch")
    await play.until(lambda: first.content != "one")
    await play.alice.press(back, label="‹")  # noqa: RUF001 - as the button says
    play.says("the end")
    await play.alice.say(thread, "question 9")
    await play.until(lambda: "the end" in play.said(thread))  # it does not wait for what comes back above
    await shows(play, thread, ("one", ()), ("follower 1", ()), ("follower 2", ()), ("the end", WHOLE))
    assert play.told() == ["Alice: question 1", "Alice: question 2", "Alice: question 3", "Alice: question 9"]


async def test_a_long_answer_that_is_wanted_back_while_its_messages_are_taken_away_stands_there_whole(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    """Discord repeats a message for a nonce that it knows, also one that is deleted by now."""
    play = await begin(rules=Rules(latency=0.02).unlimited())
    long = "\n".join(f"Line {number} of an answer of four messages, with words." for number in range(120))
    play.says(long)
    thread = await play.begin("question 1")
    await play.until(lambda: len(play.said(thread)) == 4)
    await play.whole(thread)
    play.discord.faults.add("DELETE", "/channels/*/messages/*", delay=0.3, times=None)
    await resampled(play, play.messages(thread)[-1], "short")
    await play.until(lambda: len(play.said(thread)) == 3 and play.said(thread)[0] == "short")
    await play.alice.press(play.messages(thread)[0], label="‹")  # noqa: RUF001 - as the button says
    await play.until(lambda: "\n".join(play.said(thread)) == long)
    await play.quiet()
    assert "\n".join(play.said(thread)) == long
