"""A kill between sending a message and noting it leaves no second one, however much later the next start comes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .play import Play

LINES = "\n".join(f"Line {number} of an answer of several messages." for number in range(150))


def forget_from(play: Play, part: int) -> None:
    """As if these messages of the newest answer had been sent and not noted. Between two runs of the daemon."""
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database, database:
        [(newest,)] = database.execute("SELECT max(id) FROM responses WHERE sender = 'model'")
        database.execute("DELETE FROM discord_messages WHERE response_id = ? AND part >= ?", (newest, part))


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("noted", [0, 1, 2, 3])
async def test_messages_that_a_kill_left_unnoted_are_not_sent_again(
    begin: Callable[..., Awaitable[Play]], noted: int, *, answered: bool
) -> None:
    play = await begin(rules=Rules().unlimited())
    play.grok.script(Script(text=LINES, reasoning=""))
    thread = await play.begin("a lot")
    whole = await play.whole(thread)
    assert len(whole) > 3
    await play.stop()
    play.was_killed(answered=answered)
    forget_from(play, noted)
    play.discord.world.nonces.clear()  # minutes pass
    said = play.said(thread)
    await play.start()
    await play.quiet()
    if answered:
        await play.whole(thread)
        assert play.said(thread) == said
    else:
        await play.until(lambda: "Continue" in play.labels(play.messages(thread)[-1]))
        assert len(play.messages(thread)) == len(whole)
    assert [m.id for m in play.messages(thread)] == [m.id for m in whole]


async def test_the_placeholder_of_an_answer_that_a_kill_left_unnoted_is_taken_up(play: Play) -> None:
    play.grok.script(Script(text="Never said.", reasoning="", first_token_after=60.0))
    thread = await play.begin("think")
    waiting = await play.thinks(thread)
    await play.stop()
    play.was_killed(text="")
    forget_from(play, 0)
    play.discord.world.nonces.clear()
    await play.start()
    await play.until(lambda: "Stop" not in play.labels(waiting))
    await play.quiet()
    assert [message.id for message in play.messages(thread)] == [waiting.id]


async def test_a_message_that_the_connection_tells_of_is_not_sent_again_though_the_request_failed(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(rules=Rules(nonce_lives=0.0).unlimited())
    play.discord.faults.add("POST", "/channels/*/messages", reset="after", times=3)
    text = " ".join(f"word{number}" for number in range(600))
    play.says(text)
    thread = await play.begin("one")
    await play.whole(thread)
    assert " ".join(play.said(thread)).split() == text.split()
