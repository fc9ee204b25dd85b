"""What people decide about their own words, where ids of messages tell the time and threads have names."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.texts.privacy_text import ANOTHERS, OPTED_IN, OPTED_OUT
from grokbot.discord_bot.threads.threads import FALLBACK_NAME
from grokbot.sandbox.discord_server.state.model import Upload
from tests.documents.uploads.cases import photo

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from grokbot.sandbox.discord_server import Channel, Message, Person
    from grokbot.sandbox.discord_server.state.interactions import InteractionResult

    from .play import Play

SECRET = "mumbojumbo"


async def told(play: Play, result: InteractionResult) -> Message:
    """The private message that answers a command, once it says something."""
    await play.until(lambda: result.messages and result.messages[0].content)
    assert result.messages[0].ephemeral
    return result.messages[0]


async def commanded(play: Play, channel: Channel, command: str) -> str:
    """What bob is told."""
    return (await told(play, await play.bob.slash(channel, command))).content


async def everything_goes(play: Play, person: Person, channel: Channel) -> None:
    question = await told(play, await person.slash(channel, "privacy delete"))
    await person.press(question, label="Delete all my data")
    await play.until(lambda: "All your data is deleted" in question.content)


async def test_what_was_written_while_opted_out_is_not_read_after_coming_back_and_a_restart(play: Play) -> None:
    thread = await play.talk("One.")
    assert await commanded(play, thread, "privacy optout") == OPTED_OUT
    written = await play.bob.say(thread, SECRET)
    await asyncio.sleep(0.01)  # ids of messages count milliseconds
    assert await commanded(play, thread, "privacy optin") == OPTED_IN
    await play.restart()
    play.says("Two.")
    await play.alice.say(thread, "<@BOT> What does he say?", reply_to=written)
    await play.reads(thread, "One.", "Two.")
    assert (await told(play, await play.alice.context_menu(written, "Ask Grok"))).content == ANOTHERS
    assert SECRET not in str(play.grok.requests)
    play.says("Three.")
    await play.bob.say(thread, "And from now on?")
    await play.reads(thread, "One.", "Two.", "Three.")


async def test_a_thread_is_not_called_by_words_that_were_deleted(play: Play) -> None:
    play.says("One.")
    thread = await play.begin(SECRET)
    await play.whole(thread)
    assert thread.name == SECRET
    await everything_goes(play, play.alice, thread)
    await play.until(lambda: thread.name == FALLBACK_NAME)


async def test_what_somebody_elses_message_said_goes_from_replies_to_it_and_from_no_threads_name(play: Play) -> None:
    bobs = await play.bob.say(play.general, f"{SECRET} is the word")
    play.says("One.")
    message = await play.alice.say(play.general, "<@BOT> what does he mean?", reply_to=bobs)
    await play.until(lambda: message.thread is not None)
    assert message.thread is not None
    await play.whole(message.thread)
    assert message.thread.name == "what does he mean?"
    play.says("Two.")
    await play.alice.context_menu(bobs, "Ask Grok")
    await play.until(lambda: any(play.said(thread)[1:] == ["Two."] for thread in play.general.threads))
    assert SECRET in str(play.kept())
    await everything_goes(play, play.bob, play.general)
    assert SECRET not in str(play.kept())
    assert "what does he mean?" in str(play.kept())


async def test_what_was_forwarded_goes_with_its_writers_data_wherever_the_forward_is_pointed_at(play: Play) -> None:
    async def answered(channel: Channel, text: str, asked: Awaitable[object]) -> None:
        play.says(text)
        await asked
        await play.until(lambda: any(text in play.said(each) for each in (channel, *play.general.threads)))

    async def forward() -> Message:
        shown = await play.bob.say(play.general, SECRET, attachments=[Upload("owl.jpg", photo(), "image/jpeg")])
        return await play.alice.forward(shown, play.general)

    there = await forward()
    await answered(play.general, "One.", play.alice.say(play.general, "<@BOT> and?", reply_to=there))
    await answered(play.general, "Two.", play.alice.context_menu(there, "Ask Grok"))
    thread = await play.alice.start_thread(await forward(), "About owls")
    await answered(thread, "Three.", play.alice.say(thread, "<@BOT> well?"))
    assert [SECRET in play.told(number)[-1] for number in range(3)] == [True] * 3
    await everything_goes(play, play.bob, play.general)
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        assert database.execute("SELECT name FROM attachments").fetchall() == []
        assert SECRET not in str(database.execute("SELECT message FROM responses").fetchall())
