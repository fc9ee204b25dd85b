"""An answer while it grows: typing, the line before the first word, the pace of edits, and its exact end."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest

from grokbot.discord_bot.markdown import split
from grokbot.discord_bot.markdown.splitter import Splitter
from grokbot.discord_bot.notices.texts.answer_text import STOPPED
from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import Script, ScriptedQuery

from .play import THINKS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Message
    from grokbot.sandbox.discord_server.rules.rules import Mode

    from .play import Play

SECTION = (
    "## A heading\n\nSome *words* of which there are **many**, and a list:\n\n1. first\n2. second\n\n"
    "```python\ndef greet(name):\n    return f'hello {name}'\n\nprint(greet('you'))\n```\n\n> quoted\n\n"
)


async def test_typing_shows_at_once_and_a_line_says_that_grok_thinks_until_there_are_words(play: Play) -> None:
    channel = play.alice.direct_messages()
    asked = await play.alice.say(channel, "!hang 0")
    await play.until(lambda: [c for c, _ in play.discord.typing] == [channel.id])
    assert play.said(channel) == []
    line = await play.thinks(channel)
    since = THINKS.fullmatch(line.content)
    assert since is not None
    assert int(asked.created) <= int(since[1]) <= line.created  # Discord counts on from there, in everybody's client
    await play.alice.delete(asked)
    await play.reads(channel, STOPPED)


async def test_a_search_is_shown_with_its_words_and_gives_way_to_the_answer(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(query_seconds=2.5)
    channel = play.alice.direct_messages()
    play.grok.script(Script(text="Sunny.", reasoning="", queries=[ScriptedQuery("weather `in` Rome")]))
    await play.alice.say(channel, "How is it there?")
    line = re.compile(r"-# 🔎 Searching the web: `weather 'in' Rome`… \(started <t:(\d+):R>\)")
    await play.until(lambda: play.said(channel) and line.fullmatch(play.said(channel)[-1]))
    (message,) = play.messages(channel)
    await play.reads(channel, "Sunny.")
    assert [text for _, text in message.versions][-1] == "Sunny."


@pytest.mark.parametrize("mode", ["leaky", "fixed"])
async def test_long_answers_side_by_side_keep_to_discords_limits_and_end_exactly(
    begin: Callable[..., Awaitable[Play]], mode: Mode
) -> None:
    latency = 0.2
    play = await begin(rules=Rules(latency=latency).with_mode(mode))
    text = "\n".join(f"Line {number} with a few plain words in it." for number in range(37))
    people = [play.alice, play.bob, play.discord.create_user("carol")]
    for _ in people:
        play.grok.script(Script(text=text, reasoning="", tokens_per_second=85.0))
    for person in people:
        await person.say(person.direct_messages(), "go on")
    for person in people:
        channel = person.direct_messages()
        await play.ends_with(channel, text[-100:])
        messages = play.messages(channel)
        assert [m.content for m in messages] == split(text)
        assert "\n".join(m.content for m in messages) == text
        growing = messages[0]
        assert len(growing.versions) >= 4
        for (_, earlier), (_, later) in itertools.pairwise(growing.versions):
            assert later.startswith(earlier)  # nothing stale, and no edit that says nothing new
            assert later != earlier
        sent = [call.at for call in play.discord.requests if call.path.startswith(f"/channels/{channel.id}/messages")]
        gaps = [later - earlier for earlier, later in itertools.pairwise(sent)]
        assert min(gaps) >= latency  # one request in flight


async def test_a_text_of_many_messages_is_cut_into_whole_ones_that_join_to_what_grok_said(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(rules=Rules().unlimited())
    text = (SECTION * 45).strip()
    play.grok.script(Script(text=text, reasoning="", tokens_per_second=4000.0))
    thread = await play.begin("Write a lot")
    await play.reads(thread, *split(text))
    splitter = Splitter()
    splitter.feed(text)
    assert "".join(part.body for part in splitter.parts) == text
    assert len(play.said(thread)) > 3
    for content in play.said(thread):
        assert len(content) <= 2000
        assert content.count("```") % 2 == 0


async def test_a_code_block_longer_than_a_message_is_closed_and_opened_again(play: Play) -> None:
    lines = [f"print({number})  # a line of code that is long enough to fill a message soon" for number in range(60)]
    play.grok.script(Script(text="```python\n" + "\n".join(lines) + "\n```", reasoning=""))
    thread = await play.begin("Write code")
    await play.until(lambda: play.said(thread) and lines[-1] in play.said(thread)[-1])
    said = play.said(thread)
    assert len(said) > 1
    for content in said:
        assert content.startswith("```python\n")
        assert content.endswith("```")
    shown = [line for content in said for line in content.splitlines() if not line.startswith("```")]
    assert shown == lines


async def test_an_answer_pings_nobody_whatever_it_says(play: Play) -> None:
    role = play.guild.create_role("helpers", mentionable=True)
    text = f"@everyone @here <@{play.alice.id}> <@&{role.id}> and many words more " * 24
    play.grok.script(Script(text=text.strip(), reasoning="", tokens_per_second=400.0))
    thread = await play.begin("Call them all")
    await play.reads(thread, *split(text.strip()))
    assert all(not message.pinged for message in play.messages(thread))
    bodies = [
        call.body
        for call in play.discord.requests
        if call.method in {"POST", "PATCH"} and "/messages" in call.path and not call.path.endswith("/threads")
    ]
    assert len(bodies) > 2
    for body in bodies:
        assert body["allowed_mentions"]["parse"] == []
    loud = await play.alice.say(play.general, "@everyone")
    assert loud.pinged == {"everyone"}  # the sandbox would have seen it


async def test_no_nonce_is_used_for_two_messages(play: Play) -> None:
    text = (SECTION * 30).strip()
    play.grok.script(Script(text=text, reasoning=""))
    thread = await play.begin("Write a lot")
    await play.reads(thread, *split(text))

    def nonce(message: Message) -> str:
        return str(message.nonce)

    nonces = [nonce(message) for message in play.messages(thread)]
    assert len(set(nonces)) == len(nonces)
    assert all(0 < len(one) <= 25 for one in nonces)
