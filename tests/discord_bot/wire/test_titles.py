"""Titles in Discord: the thread gets Grok's, people give their own, and nobody waits for either."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from grokbot.engine.library.titles import title_requests
from grokbot.sandbox.discord_server.acts import threads
from grokbot.sandbox.discord_server.rules.protocol import CHANNEL_NAME_CHANGE
from grokbot.sandbox.grok_server import Script
from tests.engine.house import eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

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


def wanted(play: Play, word: str) -> int:
    """How often Grok was asked to name something with this word."""
    return sum(word in str(call.request) for call in play.grok.requests if call.method == "GetCompletion")


async def test_a_thread_has_one_name_from_the_beginning_and_no_line_about_another(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(titles=True)
    play.grok.script_title(Script(text="**Title:** Figs at home."))
    thread = await play.begin("How do figs grow?")
    await play.alice.say(thread, "and plums?")
    await play.ends_with(thread, "counted.")
    await play.until(lambda: len(play.asked) == 2)
    play.grok.script_title(Script(text="Plums"))
    await play.alice.slash(play.general, "chat", prompt="How do plums grow?")
    await play.until(lambda: len(play.asked) == 3)
    await play.quiet()
    assert (wanted(play, "figs"), wanted(play, "How do plums")) == (1, 1)
    assert titles(play)[:2] == [("Figs at home", "grok"), ("Plums", "grok")]
    assert [each.names for each in play.general.threads] == [["Figs at home"], ["Plums"]]
    assert not any(message.kind == CHANNEL_NAME_CHANGE for message in play.discord.world.messages.values())


async def test_a_title_that_would_come_late_delays_no_thread_and_renames_none(
    begin: Callable[..., Awaitable[Play]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(title_requests, "SOON_SECONDS", 0.1)
    play = await begin(titles=True)
    play.grok.script_title(Script(text="Figs at home", first_token_after=0.2), times=9)
    thread = await play.begin("How do figs grow?")
    await kept(play, ("Figs at home", "grok"))
    assert (wanted(play, "figs"), thread.names) == (2, ["How do figs grow?"])  # once in vain
    other = await play.begin("How do plums grow?")
    await kept(play, *[("Figs at home", "grok")] * 2)
    assert (wanted(play, "plums"), other.names, thread.names) == (1, ["How do plums grow?"], ["How do figs grow?"])


async def test_a_persons_name_for_the_thread_is_the_title_and_no_turn_and_outlives_a_restart(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(titles=True)
    play.grok.script_title(Script(text="Figs at home"))
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
    assert thread.names == ["Figs at home", "Alice's garden"]


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
