"""Where a conversation begins and where it goes on: channels, threads, forums, direct messages, and where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.discord_bot.notices.texts.answer_text import NO_DIRECT_MESSAGES, NO_THREADS_HERE
from grokbot.sandbox.discord_server.rules.protocol import ANNOUNCEMENT
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.model import Message, User
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .play import Play

VOICE, STAGE = 2, 13


async def test_a_mention_opens_a_thread_under_the_message_named_after_its_first_words(play: Play) -> None:
    play.grok.script(Script(text="Because of scattering."))
    message = await play.alice.say(play.general, "<@BOT> What makes the sky **blue**?")
    await play.until(lambda: message.thread is not None)
    assert message.thread is not None
    await play.reads(message.thread, "Because of scattering.")
    assert message.thread.name == "What makes the sky blue?"
    assert message.thread.id == message.id
    assert play.said(play.general) == []


async def test_a_message_in_our_thread_is_a_turn_without_a_mention(play: Play) -> None:
    thread = await play.begin("One")
    await play.ends_with(thread, "counted.")
    play.grok.script(Script(text="Second answer."))
    await play.bob.say(thread, "Two")
    await play.ends_with(thread, "Second answer.")
    assert play.told() == ["Alice: One", "Bob: Two"]


async def test_a_forum_post_that_mentions_the_bot_is_answered_in_the_post_and_goes_on_without_mentions(
    play: Play,
) -> None:
    forum = play.guild.create_forum_channel("questions")
    play.grok.script(Script(text="First."))
    play.grok.script(Script(text="Second."))
    post = await play.alice.post(forum, "A title", "<@BOT> and a question")
    await play.reads(post, "First.")
    await play.alice.say(post, "and more")
    await play.reads(post, "First.", "Second.")
    assert play.told() == ['Alice: [called in the forum post "A title"]\n\nand a question', "Alice: and more"]


async def test_in_somebody_elses_thread_only_mentions_are_answered(play: Play) -> None:
    start = await play.alice.say(play.general, "Let us talk")
    thread = await play.alice.start_thread(start, "people")
    play.grok.script(Script(text="First."))
    await play.bob.say(thread, "<@BOT> what do you say?")
    await play.reads(thread, "First.")
    await play.bob.say(thread, "I like that")
    await play.quiet()
    assert play.said(thread) == ["First."]
    play.grok.script(Script(text="Second."))
    await play.alice.say(thread, "<@BOT> go on")
    await play.reads(thread, "First.", "Second.")
    assert play.told() == [
        'Bob: [called in the thread "people", which Alice began:]\n> Let us talk\n\nwhat do you say?',
        "Alice: go on",
    ]
    assert "I like that" in play.asked[-1].messages[-1].content[0].text  # as background


async def test_people_who_talk_to_each_other_are_left_alone(play: Play) -> None:
    thread = await play.begin("Hello")
    await play.ends_with(thread, "counted.")
    bobs = await play.bob.say(thread, f"{play.alice.mention} have you seen this?")
    await play.alice.say(thread, "yes, I have", reply_to=bobs)
    await play.alice.say(thread, "and without a ping", reply_to=bobs, ping=False)
    await play.bob.say(thread, "@everyone come and look")
    helpers = play.guild.create_role("helpers", mentionable=True)
    await play.bob.say(thread, f"<@&{helpers.id}> please help")
    await play.quiet()
    assert len(play.said(thread)) == 1


async def test_a_mention_of_the_bot_counts_also_beside_others(play: Play) -> None:
    thread = await play.begin("Hello")
    await play.ends_with(thread, "counted.")
    play.grok.script(Script(text="To both."))
    await play.bob.say(thread, f"{play.alice.mention} and <@BOT>, what do you say?")
    await play.ends_with(thread, "To both.")
    assert play.told()[-1] == "Bob: @Alice and @grokbot, what do you say?"


async def test_a_reply_to_the_bot_is_a_turn_with_and_without_ping(play: Play) -> None:
    thread = await play.begin("Hello")
    own = await play.ends_with(thread, "counted.")
    for ping in (True, False):
        play.grok.script(Script(text=f"ping {ping}"))
        await play.bob.say(thread, "go on", reply_to=own, ping=ping)
        await play.ends_with(thread, f"ping {ping}")
    assert play.told() == ["Alice: Hello", "Bob: go on", "Bob: go on"]  # what is ours is not quoted to us


async def test_bots_webhooks_and_system_messages_are_ignored(play: Play) -> None:
    thread = await play.begin("Hello")
    await play.ends_with(thread, "counted.")
    world = play.discord.world
    robot = world.add_user(User(world.ids.make(), "robot", bot=True))
    world.add_member(play.guild, robot)
    for kind in (0, 6, 8):
        strange = Message(world.ids.make(), thread, robot, f"<@{play.discord.bot_user.id}> hi", world.clock.wall())
        strange.kind, strange.mentions = kind, (play.discord.bot_user.id,)
        if kind:
            strange.author = play.alice
        world.messages[strange.id] = strange
        thread.log.append(strange)
        world.publish_message("MESSAGE_CREATE", strange)
    await play.quiet()
    assert len(play.said(thread)) == 1
    assert len(play.asked) == 2  # the first question, and the witness's


async def test_direct_messages_are_one_conversation_a_channel(play: Play) -> None:
    for text in ("a1", "b1", "a2"):
        play.grok.script(Script(text=f"re {text}"))
        person = play.alice if text.startswith("a") else play.bob
        await person.say(person.direct_messages(), text)
        await play.ends_with(person.direct_messages(), f"re {text}")
    assert [play.told(i) for i in range(3)] == [["a1"], ["b1"], ["a1", "a2"]]


async def test_where_direct_messages_are_off_people_are_told_so(begin: Callable[..., Awaitable[Play]]) -> None:
    play = await begin(start=False)
    discord = play.settings.discord.model_copy(update={"answer_direct_messages": False})
    play.settings = play.settings.model_copy(update={"discord": discord})
    await play.start()
    await play.alice.say(play.alice.direct_messages(), "hello?")
    await play.reads(play.alice.direct_messages(), NO_DIRECT_MESSAGES)
    assert play.asked == []


@pytest.mark.parametrize("kind", [VOICE, STAGE])
async def test_where_no_threads_are_possible_a_sentence_says_so(
    play: Play, kind: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = payloads.channel
    monkeypatch.setattr(payloads, "channel", lambda c: known(c) | {"bitrate": 64_000, "user_limit": 0})
    channel = play.discord.world.add_channel(play.guild, kind, "voices")
    await play.alice.say(channel, "<@BOT> hello")
    await play.reads(channel, NO_THREADS_HERE)
    assert play.asked == []


async def test_announcement_channels_work(play: Play) -> None:
    news = play.discord.world.add_channel(play.guild, ANNOUNCEMENT, "news")
    play.grok.script(Script(text="News answered."))
    thread = await play.begin("What is new?", channel=news)
    await play.reads(thread, "News answered.")
    await play.bob.say(thread, "and yesterday?")
    await play.ends_with(thread, "counted.")
    assert play.told() == ["Alice: What is new?", "Bob: and yesterday?"]


async def test_what_is_written_into_the_new_thread_at_once_is_a_turn_too(play: Play) -> None:
    play.discord.faults.add("POST", "/channels/*/messages/*/threads", delay=0.5)
    play.grok.script(Script(text="First."))
    play.grok.script(Script(text="Second."))
    message = await play.alice.say(play.general, "<@BOT> one")
    await play.until(lambda: message.thread is not None)
    assert message.thread is not None
    await play.bob.say(message.thread, "two")  # before the bot itself has heard that there is a thread
    await play.reads(message.thread, "First.", "Second.")
    assert play.told() == ["Alice: one", "Bob: two"]
