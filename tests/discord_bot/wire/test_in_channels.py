"""Channels whose every message is answered, and channels that are answered in themselves, without threads."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from grokbot.conversation.errors import REMEDIES, GrokFailure
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Channel, Message

    from .play import Play

WORDS = " ".join(f"word{number}" for number in range(80))


def switch_on(play: Play, channel: Channel, *names: str) -> None:
    """As a moderator does. Before the daemon starts."""
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database, database:
        for name in names:
            database.execute(
                "INSERT INTO settings (scope, scope_id, name, value, changed_by, changed_at, guild_id)"
                " VALUES ('channel', ?, ?, 'true', 1, '2026-01-01 00:00:00', ?)",
                (channel.id, name, play.guild.id),
            )


async def under(play: Play, question: Message, text: str) -> Message:
    """Waits for the whole answer that replies to a message."""
    await play.until(lambda: answers(play, question) and answers(play, question)[0].content == text)
    assert not question.thread
    return answers(play, question)[0]


def answers(play: Play, question: Message) -> list[Message]:
    own = play.messages(question.channel)
    return [m for m in own if m.reference is not None and m.reference.message_id == question.id]


async def test_several_conversations_stand_side_by_side_in_a_channel_without_threads_and_survive_a_restart(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(start=False, drain_seconds=0.1)
    general = play.general
    switch_on(play, general, "in_channel")
    await play.start()
    # Two people at once: neither waits for the other.
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=30))
    slow = await play.alice.say(general, "<@BOT> a long one")
    await play.until(lambda: answers(play, slow) and "word9" in answers(play, slow)[0].content)
    play.says("Quick.")
    quick = await play.bob.say(general, "<@BOT> a quick one")
    said = await under(play, quick, "Quick.")
    assert play.told() == ["Bob: a quick one"]
    # Nobody else's words are read, and a stop in the middle of an answer leaves it there once.
    await play.bob.say(general, "among us", reply_to=slow)
    await play.alice.say(general, "to nobody")
    await play.stop()
    play.discord.world.nonces.clear()
    first = await play.bob.say(general, "and now?", reply_to=said, ping=False)
    play.says("Now.")
    await play.start()
    await under(play, first, "Now.")
    assert play.told() == ["Bob: a quick one", "Bob: and now?"]
    [broken] = answers(play, slow)
    assert broken.content.endswith(f"⚠️ {REMEDIES[GrokFailure.INTERRUPTED].text}")
    assert len(play.asked) == 3
    assert not general.threads


async def test_where_every_message_is_answered_people_need_no_mention_and_talk_to_each_other_all_the_same(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(start=False)
    general, running = play.general, play.guild.create_text_channel("running")
    forum = play.guild.create_forum_channel("questions")
    for channel in (general, running, forum):
        switch_on(play, channel, "every_message")
    switch_on(play, running, "in_channel")
    for text in ("Free.", "A post."):
        play.says(text)
    while_away = await play.alice.say(general, "while it was down")
    await play.start()
    free = await play.alice.say(general, "without a mention")
    await play.alice.say(general, "what do you think?", reply_to=await play.bob.say(general, f"{play.alice.mention}?"))
    await play.alice.say(general, "!play a song")
    post = await play.bob.post(forum, "A title", "how?")
    await play.until(lambda: free.thread is not None and play.said(free.thread) and play.said(post))
    # In the channel itself a person's messages make one conversation, each person's their own; a mention begins anew.
    # A reply to an answer after which the conversation went on continues from that answer, beside it.
    said: list[Message] = []
    for number, (person, text, told) in enumerate(
        (
            (play.alice, "one", ["Alice: one"]),
            (play.alice, "two", ["Alice: one", "Alice: two"]),
            (play.bob, "three", ["Bob: three"]),
            (play.alice, "<@BOT> four", ["Alice: four"]),
            (play.bob, "and?", ["Alice: one", "Bob: and?"]),
        )
    ):
        play.says(f"Answer {number}.")
        question = await person.say(running, text, reply_to=said[0] if text == "and?" else None)
        said.append(await under(play, question, f"Answer {number}."))
        assert play.told() == told
    assert not running.threads
    assert [thread.id for thread in general.threads] == [free.id]
    assert while_away.thread is None  # nobody knows since when it may have been listening
