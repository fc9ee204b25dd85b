"""People edit what they wrote, and put stars under answers: what the bot hears of it, and what it leaves alone."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.texts.answer_text import set_aside
from grokbot.display import ABOVE_CHANGED
from grokbot.policy.admission import NOTHING_TO_READ
from grokbot.sandbox.discord_server.acts import messages, pins, reactions
from grokbot.sandbox.discord_server.state.model import Upload
from grokbot.sandbox.grok_server import Script

from .play import WAIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Channel, Message, Person

    from .play import Play

ASIDE = set_aside(ABOVE_CHANGED)


def opener(play: Play, thread: Channel) -> Message:
    """The message from which a thread was opened."""
    return play.discord.world.messages[thread.id]


def asked_in(thread: Channel, text: str) -> Message:
    [message] = [message for message in thread.messages if message.content == text]
    return message


def thread_of(message: Message) -> Channel:
    assert message.thread is not None
    return message.thread


def stars(play: Play) -> list[int]:
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        return [user_id for (user_id,) in database.execute("SELECT user_id FROM stars")]


async def starred_by(play: Play, *people: Person) -> None:
    """Waits until these people's stars are kept, and nobody else's."""
    wanted = sorted(person.id for person in people)
    async with asyncio.timeout(WAIT):
        while sorted(stars(play)) != wanted:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)


async def test_an_edited_message_is_answered_anew_in_the_old_answers_place(play: Play) -> None:
    thread = await play.talk("one", "two")
    before = play.messages(thread)
    play.says("two, otherwise")
    await play.alice.edit(asked_in(thread, "question 2"), "question 2, otherwise")
    assert await play.reads(thread, "one", "two, otherwise") == before
    await play.whole(thread)
    assert play.told() == ["Alice: question 1", "Alice: question 2, otherwise"]


async def test_the_message_that_opened_the_thread_can_be_edited_too_and_what_followed_is_set_aside(play: Play) -> None:
    thread = await play.talk("one", "two")
    play.says("one, otherwise")
    await play.alice.edit(opener(play, thread), "<@BOT> question 1, otherwise")
    await play.reads(thread, "one, otherwise", ASIDE)
    assert play.told() == ["Alice: question 1, otherwise"]
    await play.alice.edit(opener(play, thread), "<@BOT> question 1")
    await play.reads(thread, "one", "two")
    await play.whole(thread)
    assert len(play.asked) == 3


async def test_an_edit_while_the_answer_streams_ends_it_and_the_new_one_comes_in_its_place(play: Play) -> None:
    play.grok.script(Script(text="slow " * 400, reasoning="", tokens_per_second=50.0))
    thread = await play.begin("question 1")
    await play.until(lambda: play.said(thread) and "slow" in play.said(thread)[-1])
    (message,) = play.messages(thread)
    play.says("quick")
    await play.alice.edit(opener(play, thread), "<@BOT> question 1, otherwise")
    assert await play.reads(thread, "quick") == [message]
    await play.whole(thread)
    assert play.grok.running == 0


async def test_what_discord_changes_about_a_message_is_no_edit_and_neither_is_the_same_text_again(play: Play) -> None:
    thread = await play.talk("one", "two")
    question = asked_in(thread, "question 2")
    owner = play.discord.world.owner
    pins.pin(play.discord.world, owner, question, pinned=True)
    await play.alice.edit(question, "question 2")
    pins.pin(play.discord.world, owner, question, pinned=False)
    await play.quiet()
    assert play.said(thread)[:2] == ["one", "two"]
    assert len(play.asked) == 3  # one of them is the witness's


async def test_edits_elsewhere_are_left_alone(play: Play) -> None:
    thread = await play.talk("one")
    elsewhere = await play.alice.say(play.general, "nothing to do with the bot")
    await play.alice.edit(elsewhere, "nothing at all")
    await play.quiet()
    assert play.said(play.general) == []
    assert play.said(thread) == ["one"]


async def test_an_edit_that_first_mentions_the_bot_is_a_question(play: Play) -> None:
    message = await play.alice.say(play.general, "why?")
    await play.alice.edit(message, "<@BOT> why?")
    await play.until(lambda: message.thread is not None and play.said(message.thread))
    assert play.told() == ["Alice: why?"]
    await play.whole(thread_of(message))
    play.says("otherwise")
    await play.alice.edit(message, "<@BOT> why not?")
    await play.reads(thread_of(message), "otherwise")
    assert play.told() == ["Alice: why not?"]
    among_others = await play.alice.say(thread_of(message), f"{play.bob.mention} what do you say?")
    await play.alice.edit(among_others, f"{play.bob.mention} <@BOT> what do you say?")
    await play.until(lambda: len(play.said(thread_of(message))) == 2)
    assert len(play.asked) == 3


async def test_what_edits_nothing_asks_nothing(play: Play) -> None:
    """Everything that is derived from what was written may change; that alone is no edit."""
    world, owner = play.discord.world, play.discord.world.owner
    bobs = await play.bob.say(play.general, "The sky is green.")
    play.says("one")
    message = await play.alice.say(
        play.general, f"<@BOT> {play.bob.mention}?", reply_to=bobs, attachments=[Upload("a.txt", b"text", "text/plain")]
    )
    await play.until(lambda: message.thread is not None and play.said(message.thread) == ["one"])
    thread = thread_of(message)
    play.says("two")
    await play.alice.edit(message, f"<@BOT> {play.bob.mention}!")
    await play.reads(thread, "two")
    await play.whole(thread)
    for change in range(7):
        if change == 0:
            pins.pin(world, owner, message, pinned=True)
        elif change == 1:
            messages.preview(world, message, {"type": "link", "title": "A page"})
        elif change == 2:
            play.guild.members[play.bob.id].nick = "Bobby"
        elif change == 3:
            await play.bob.edit(bobs, "The sky is blue.")
        elif change == 4:
            world.attachments.clear()
        elif change == 5:
            await play.alice.edit(message, f"<@BOT> {play.bob.mention}!")
        else:
            pins.pin(world, owner, message, pinned=False)
        world.publish_message("MESSAGE_UPDATE", message)
        world.publish_message("MESSAGE_UPDATE", message)
    await play.quiet()
    await play.restart()
    world.publish_message("MESSAGE_UPDATE", message)
    await play.quiet()
    assert play.said(thread) == ["two"]
    assert play.said(play.general) == []
    assert len(play.asked) == 4  # two of them are the witnesses'


async def test_what_was_refused_is_refused_once_and_an_edit_of_it_is_looked_at(play: Play) -> None:
    thread = await play.talk("one")
    message = await play.alice.say(thread, "\u200b.")
    await play.until(lambda: len(play.said(thread)) == 2)
    empty = await play.alice.say(thread, "<@BOT>")
    await play.reads(thread, *play.said(thread)[:2], NOTHING_TO_READ)
    for _ in range(3):
        play.discord.world.publish_message("MESSAGE_UPDATE", empty)
    await play.alice.edit(empty, "<@BOT> why?")
    await play.until(lambda: len(play.said(thread)) == 4)
    pins.pin(play.discord.world, play.discord.world.owner, empty, pinned=True)
    await play.quiet()
    assert len(play.said(thread)) == 4
    assert message.id


async def test_an_edit_that_leaves_nothing_to_answer_is_told_and_changes_nothing(play: Play) -> None:
    thread = await play.talk("one")
    asked = opener(play, thread)
    await play.alice.edit(asked, "<@BOT>")
    await play.replies(asked)
    assert play.said(thread)[0] == "one"
    assert len(play.asked) == 1


async def test_without_the_content_intent_an_edit_that_nobody_shows_us_is_not_taken_for_an_empty_one(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(message_content=False)
    play.says("one")
    thread = await play.begin("question 1")
    await play.until(lambda: "one" in play.said(thread))
    before = play.said(thread)
    await play.alice.edit(opener(play, thread), "no mention any more")
    await play.quiet()
    assert play.said(thread) == before


async def test_a_star_under_an_answer_stars_the_conversation_for_whoever_puts_it(play: Play) -> None:
    thread = await play.talk("one")
    (answer,) = play.messages(thread)
    await play.bob.react(answer, "⭐")
    await starred_by(play, play.bob)
    await play.alice.react(answer, "⭐")
    await starred_by(play, play.alice, play.bob)
    await play.bob.unreact(answer, "⭐")
    await starred_by(play, play.alice)


async def test_other_reactions_other_messages_and_bots_star_nothing(play: Play) -> None:
    thread = await play.talk("one")
    (answer,) = play.messages(thread)
    other = play.discord.create_user("other-bot")
    other.bot = True
    await play.bob.react(answer, "👍")
    await other.react(answer, "⭐")
    await play.bob.react(opener(play, thread), "⭐")
    reactions.add(play.discord.world, play.discord.bot_user, answer, "⭐")
    await play.quiet()
    assert stars(play) == []
