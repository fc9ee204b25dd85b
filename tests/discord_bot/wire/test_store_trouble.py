"""The disk is full or may not be written while people talk: they are told, and nothing that was said is lost."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.engine.turns import unsaved_facts
from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import Script
from grokbot.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy import Connection, Engine

    from .play import Play

LARGE = "\N{GAME DIE}" * 1900  # more bytes than fit into what room is left in the pages there are
WORDS = " ".join(f"word{number}" for number in range(60))


@pytest.fixture
async def opened(monkeypatch: pytest.MonkeyPatch) -> list[Store]:
    """Every store that the daemon opens, so that a test can take its rights away."""
    stores: list[Store] = []

    class Watched(Store):
        @classmethod
        async def open(cls, *args: Any, **wishes: Any) -> Any:
            stores.append(await Store.open(*args, **wishes))
            return stores[-1]

    monkeypatch.setattr("grokbot.daemon.composition.Store", Watched)
    return stores


@asynccontextmanager
async def unwritable(store: Store, pragma: str, undo: str) -> AsyncIterator[None]:
    """SQLite refuses every write as it would on a disk that is full, or on a file system that went read-only."""

    def change(connection: Connection) -> None:
        connection.exec_driver_sql(pragma)

    def change_back(writer: Engine) -> None:
        with closing(writer.raw_connection()) as connection:  # it may not even begin a transaction now
            connection.cursor().execute(undo)

    await store._database.write(change)
    yield
    await store._database._writer.run(change_back)


@pytest.mark.parametrize(
    ("pragma", "undo", "sentence"),
    [
        ("PRAGMA query_only=ON", "PRAGMA query_only=OFF", "is read-only"),
        ("PRAGMA max_page_count=1", "PRAGMA max_page_count=1000000", "is full"),
    ],
    ids=["read-only", "full"],
)
async def test_a_database_that_takes_no_more_is_told_and_what_was_said_is_there_once_it_does(
    opened: list[Store], begin: Callable[..., Awaitable[Play]], pragma: str, undo: str, sentence: str
) -> None:
    play = await begin(rules=Rules().unlimited())
    long = "\n".join([WORDS] * 10)
    play.grok.script(Script(text=long, reasoning="", tokens_per_second=4000.0, first_token_after=0.5))
    thread = await play.begin("one")
    await play.until(lambda: play.grok.running)
    async with unwritable(opened[0], pragma, undo):
        await play.until(lambda: play.said(thread) and sentence in play.said(thread)[-1])
        await play.bob.say(thread, "two " + LARGE)
        await play.until(lambda: sentence in play.said(thread)[-1] and play.messages(thread)[-1].reference)
        refused = await play.bob.say(play.general, "<@BOT> three " + LARGE)
        await play.until(
            lambda: [m for m in play.messages(play.general) if m.reference and m.reference.message_id == refused.id]
        )
        assert sentence in play.said(play.general)[-1]
        await play.until(lambda: refused.thread is None or refused.thread.archived)
    play.grok.script(Script(text="Back again.", reasoning=""))
    await play.bob.say(thread, "four")
    await play.ends_with(thread, "Back again.")
    assert play.told() == ["Alice: one", "Bob: four"]
    shown = [part.text for message in play.asked[-1].messages for part in message.content]
    assert long in shown  # the answer that could not be saved at first


async def test_messages_say_the_truth_once_there_is_room_and_no_start_sends_any_of_them_again(
    opened: list[Store], begin: Callable[..., Awaitable[Play]]
) -> None:
    play = await begin(rules=Rules(nonce_lives=0.0).unlimited())
    text = "\n".join([WORDS] * 10)
    play.grok.script(Script(text=text, reasoning="", tokens_per_second=2000.0, first_token_after=0.5))
    thread = await play.begin("one")
    await play.until(lambda: play.grok.running)
    async with unwritable(opened[0], "PRAGMA query_only=ON", "PRAGMA query_only=OFF"):
        await play.ends_with(thread, "is read-only.")
    await play.until(lambda: "\n".join(play.said(thread)) == text)
    shown = await play.whole(thread)
    assert len(shown) > 1
    await play.restart()
    await play.quiet()
    assert play.messages(thread) == shown
    assert "\n".join(play.said(thread)) == text


async def test_a_command_that_was_refused_for_want_of_room_does_not_begin_at_the_next_start(
    opened: list[Store], begin: Callable[..., Awaitable[Play]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsaved_facts, "AGAIN_SECONDS", 0.05)
    play = await begin()
    play.discord.faults.add("POST", "/channels/*/messages", delay=1.0)
    result = await play.alice.slash(play.general, "chat", prompt="Why?")  # acknowledged once it is kept
    async with unwritable(opened[0], "PRAGMA query_only=ON", "PRAGMA query_only=OFF"):
        await play.until(lambda: any("is read-only" in told.content for told in result.messages))
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        await play.until(lambda: database.execute("SELECT count(*) FROM openings").fetchone() == (0,))
    [thread] = play.general.threads
    assert len(play.said(thread)) == 1
    await play.restart()
    await play.quiet()
    assert play.general.threads == [thread]
    assert len(play.said(thread)) == 1


async def test_what_was_answered_is_not_refused_when_it_is_heard_again(
    opened: list[Store], begin: Callable[..., Awaitable[Play]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "grokbot.discord_bot")
    play = await begin()
    thread = await play.talk("One.", "Two.")
    general = play.said(play.general)
    async with unwritable(opened[0], "PRAGMA query_only=ON", "PRAGMA query_only=OFF"):
        caught_up = caplog.text.count("discord.caught_up")
        play.discord.disconnect(resumable=False)
        await play.until(lambda: caplog.text.count("discord.caught_up") > caught_up)
        assert (play.said(thread), play.said(play.general)) == (["One.", "Two."], general)
