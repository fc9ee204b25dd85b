"""Titles in Discord: the thread gets Grok's, people give their own, and nobody waits for either."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from grokbot.sandbox.discord_server.acts import threads
from grokbot.sandbox.grok_server import Script
from tests.engine.house import eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Channel

    from .play import Play


def titles(play: Play) -> list[tuple[str, str | None]]:
    """(title, title_by) of every conversation in the database."""
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        return list(database.execute("SELECT title, title_by FROM conversations ORDER BY id"))


def person_names(play: Play, thread: Channel, name: str) -> None:
    """Who owns the server may rename whatever is there."""
    threads.modify(play.discord.world, play.discord.world.owner, thread, {"name": name})


async def kept(play: Play, *wanted: tuple[str, str | None]) -> None:
    await eventually(lambda: titles(play) == list(wanted))


async def test_after_the_first_answer_the_thread_is_called_as_grok_says_and_only_then(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(titles=True)
    play.grok.script_title(Script(text="**Title:** Figs at home."))
    thread = await play.begin("How do figs grow?")
    await play.until(lambda: thread.names == ["How do figs grow?", "Figs at home"])
    await play.alice.say(thread, "and plums?")
    await play.ends_with(thread, "counted.")
    await play.until(lambda: len(play.asked) == 2)
    await play.quiet()
    assert sum("figs" in str(call.request) for call in play.grok.requests if call.method == "GetCompletion") == 1
    assert titles(play)[0] == ("Figs at home", "grok")
    assert thread.names == ["How do figs grow?", "Figs at home"]


async def test_a_persons_name_for_the_thread_is_the_title_and_no_turn_and_outlives_a_restart(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(titles=True)
    play.grok.script_title(Script(text="Figs at home", first_token_after=0.5))
    thread = await play.begin("How do figs grow?")
    person_names(play, thread, "Alice's garden")
    await kept(play, ("Alice's garden", "person"))
    await play.ends_with(thread, "counted.")
    await play.restart()
    await play.alice.say(thread, "and plums?")
    await play.until(lambda: len(play.asked) == 2)
    await play.quiet()
    assert play.told(1) == ["Alice: How do figs grow?", "Alice: and plums?"]
    assert titles(play)[0] == ("Alice's garden", "person")
    assert thread.names == ["How do figs grow?", "Alice's garden"]


async def test_a_direct_message_gets_a_title_and_no_name(begin: Callable[..., Awaitable[Play]]) -> None:
    play = await begin(titles=True)
    play.grok.script_title(Script(text="Figs at home"))
    await play.alice.say(play.alice.direct_messages(), "How do figs grow?")
    await kept(play, ("Figs at home", "grok"))
    assert [call for call in play.discord.requests if call.method == "PATCH" and call.path.count("/") == 2] == []


async def test_a_stop_waits_for_no_title(begin: Callable[..., Awaitable[Play]]) -> None:
    play = await begin(titles=True)
    play.grok.script_title(Script(text="Late", first_token_after=3_600.0))
    thread = await play.begin("How do figs grow?")
    await play.grok.until(lambda: any(call.method == "GetCompletion" for call in play.grok.requests))
    await play.stop()
    assert thread.names == ["How do figs grow?"]
