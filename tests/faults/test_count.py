"""The counters see what is wrong: the sandbox and what it shows are spoilt on purpose, beside a daemon that works."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

import pytest

from .books import Way
from .ground import Wishes, ground
from .questions import key_of, length_of, numbers_of, question, text_of, words_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from grokbot.sandbox.discord_server import Message
    from grokbot.sandbox.discord_server.state.world import Event

    from .ground import Ground

STOP = {"type": 1, "components": [{"type": 2, "style": 4, "label": "Stop", "custom_id": "x"}]}


@pytest.fixture
async def played(tmp_path: Path) -> AsyncIterator[Ground]:
    """A crowd has talked for a while, all is quiet, and nothing is wrong."""
    async with ground("nothing", Wishes(members=3, pause=0.5, nonces=0.0, titles=False), tmp_path) as here:
        await here.lull(3.0, 4.0)
        assert list((await here.resting()).sentences()) == []
        yield here


def answers(here: Ground) -> list[Message]:
    """Answers that stand in one message, of different places."""
    whole = {}
    for message in here.books.ours():
        keys = {key for key, _ in words_in(message.content)}
        if len(keys) == 1 and len(list(words_in(message.content))) == length_of(keys.pop()):
            whole[message.channel.id] = message
    return list(whole.values())


async def test_every_spoilt_message_is_seen(played: Ground) -> None:
    one, other, *_ = answers(played)

    one.deleted = True
    assert played.count().lost
    assert played.count().mismatched
    one.deleted = False

    twin = copy(one)
    twin.id = played.stage.discord.world.ids.make()
    played.stage.discord.world.messages[twin.id] = twin
    assert played.count().doubled
    del played.stage.discord.world.messages[twin.id]

    components, one.components = one.components, [STOP]
    assert played.count().figures() == {"lost": 0, "doubled": 0, "hanging": 1, "mismatched": 0}
    one.components = components

    text, one.content = one.content, "-# 💭 Thinking…"
    assert (played.count().lost, played.count().hanging) != ([], [])
    words, line, notice = text.partition("\n-# ")  # the privacy notice, under somebody's first answer
    one.content = " ".join(words.split()[:-1]) + line + notice
    assert played.count().hanging
    one.content = " ".join(text.split()[1:])
    assert played.count().mismatched
    one.content, other.content = other.content, text
    assert played.count().mismatched
    one.content, other.content = text, one.content

    played.books.shown.append((1, 2))  # the members' direct messages
    assert played.count().mismatched
    played.books.shown.pop()
    assert not played.count()

    world, alice = played.stage.discord.world, played.stage.alice
    listeners, world.listeners = world.listeners, []
    asked = played.books.enter(Way.MENTION, alice)
    asked.message = await alice.say(played.stage.general, f"<@BOT> {question(asked.number)}")
    world.listeners = listeners
    assert played.count().figures() == {"lost": 1, "doubled": 0, "hanging": 0, "mismatched": 0}


async def test_a_sandbox_that_enforces_no_nonces_and_tells_nobody_doubles_what_is_sent_again(played: Ground) -> None:
    played.patience = 10.0
    world = played.stage.discord.world
    told, own = world.listeners, str(world.bot_user.id)

    def of_others(event: Event) -> None:
        if event.name != "MESSAGE_CREATE" or event.data["author"]["id"] != own:
            for listener in told:
                listener(event)

    world.listeners = [of_others]
    played.stage.discord.faults.add("POST", "/channels/*/messages", status=503, applied=True)
    member = played.books.asked[1].person  # who has been told all that newcomers are told
    asked = played.books.enter(Way.MENTION, member)
    asked.message = await member.say(played.stage.general, f"<@BOT> {question(asked.number)}")
    count = await played.resting()
    assert count.mismatched
    assert count.doubled or count.hanging


def test_an_answer_tells_what_it_answers_and_where_each_word_of_it_belongs() -> None:
    assert key_of(["Please ask q3 for me.", f"{question(12)} {question(13)}"]) == "q12q13"
    assert key_of([question(4), "Go on.", ""]) == "q4c2"
    assert numbers_of("q12q13c2") == (12, 13)
    text = text_of("q12q13")
    assert list(words_in(text)) == [("q12q13", number) for number in range(length_of("q12q13"))]
