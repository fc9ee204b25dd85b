"""The line under a person's first answer, which says what is kept: part of the answer, told once, to nobody in private.

That no direct message is ever opened is looked at after every test, see `play`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.first_use import LINE
from grokbot.sandbox.grok_server import Script
from grokbot.settings import privacy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Channel

    from .play import Play

    Begin = Callable[..., Awaitable[Play]]

NOTICE = "What you write is kept."


def clickable(play: Play) -> str:
    """The line as it stands there: its command can be clicked."""
    [known] = [each["id"] for each in play.discord.world.commands.listed(None) if each["name"] == "privacy"]
    return LINE.replace("/privacy notice", f"</privacy notice:{known}>")


def under(play: Play, text: str) -> str:
    return f"{text}\n-# {clickable(play)}"


def test_it_is_in_each_language_unless_the_operator_words_it() -> None:
    assert LINE == privacy.LINE


async def test_it_stands_under_the_first_answer_alone_and_takes_no_request(begin: Begin) -> None:
    play = await begin(notice=NOTICE)

    def requests(thread: Channel) -> list[str]:
        return [call.method for call in play.discord.requests if str(thread.id) in call.path]

    for person in (play.alice, play.bob):
        play.says("One.")
        thread = await play.begin("question 1", person)
        await play.reads(thread, under(play, "One."))
        await play.whole(thread)
        assert requests(thread) == ["POST", "POST", "PATCH"]  # the thread, the first text, the end
    await play.restart()
    for person in (play.alice, play.bob):
        play.says("Two.")
        await play.reads(await play.begin("question 2", person), "Two.")


async def test_everybody_whose_first_messages_are_answered_together_has_read_it(begin: Begin) -> None:
    play = await begin(notice=NOTICE)
    thread = await play.begin("hello")
    await play.ends_with(thread, clickable(play))
    play.grok.script(Script(text="Wait.", reasoning="", hang_after_tokens=1))
    await play.alice.say(thread, "hold on")
    await play.until(lambda: play.grok.running == 1)
    carol = play.discord.create_user("carol")
    play.guild.add_member(carol)
    await play.bob.say(thread, "and mine?")
    await carol.say(thread, "and mine?")
    await play.quiet()
    play.says("For both.")
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    await play.ends_with(thread, under(play, "For both."))
    for person in (play.bob, carol):
        play.says("Later.")
        await person.say(thread, "thanks")
        await play.ends_with(thread, "Later.")
        await play.whole(thread)


async def test_what_nobody_could_see_does_not_count_as_told(begin: Begin) -> None:
    play = await begin(notice=NOTICE)
    play.broken_off = True
    play.grok.script(Script(text="word " * 200, reasoning="", tokens_per_second=20.0))
    thread = await play.begin("go on")
    await play.shown(thread)
    thread.archive(locked=True)
    await play.until(lambda: play.kept()[-1][1] == "stopped")
    play.says("Again.")
    again = await play.begin("once more")
    await play.reads(again, under(play, "Again."))


async def test_who_gave_a_command_first_reads_the_notice_beside_its_answer(begin: Begin) -> None:
    play = await begin(notice=NOTICE)
    thread = await play.begin("hello")
    await play.ends_with(thread, clickable(play))
    result = await play.bob.slash(thread, "star")
    await play.until(lambda: len(result.messages) == 2)
    assert [message.content for message in result.messages if message.ephemeral][-1] == NOTICE
    play.says("Yours.")
    await play.bob.say(thread, "and me?")
    await play.ends_with(thread, "Yours.")
    await play.whole(thread)


async def test_a_conversation_by_command_has_it_under_its_answer_and_not_beside_the_command_too(begin: Begin) -> None:
    play = await begin(notice=NOTICE)
    play.says("One.")
    result = await play.alice.slash(play.general, "chat", prompt="question 1")
    await play.until(
        lambda: play.general.threads and any(clickable(play) in text for text in play.said(play.general.threads[0]))
    )
    await play.quiet()
    assert not any(NOTICE in message.content for message in result.messages)
