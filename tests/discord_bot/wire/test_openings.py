"""What somebody asked for is kept before its place is opened: an outage or a kill delays it, and nothing is doubled."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.conversation.personas import FUN
from grokbot.discord_bot.notices.texts.answer_text import goes_on_in
from grokbot.discord_bot.rate_limits import retry
from grokbot.engine.library.titles import title_requests
from grokbot.sandbox.discord_server import Permission
from grokbot.sandbox.grok_server import Script

from .play import back_up, restore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .play import Play


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0.1)


def kept(play: Play) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        return list(database.execute("SELECT id, user_id, wanted FROM openings"))


def keep_again(play: Play, row: tuple[Any, ...], channel_id: int, guild_id: int | None, since: int) -> None:
    """As a kill leaves it. Between two runs of the daemon."""
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database, database:
        database.execute(
            "INSERT INTO openings (id, user_id, wanted, channel_id, guild_id, since) VALUES (?, ?, ?, ?, ?, ?)",
            (*row, channel_id, guild_id, since),
        )


def now(play: Play) -> int:
    return int(play.discord.clock.wall() * 1_000_000)


async def test_a_mention_outlasts_an_outage_and_its_words_are_kept_nowhere_else(play: Play) -> None:
    play.discord.faults.add("POST", "/channels/*/messages/*/threads", status=503, times=6)
    message = await play.alice.say(play.general, "<@BOT> hello")
    await play.until(lambda: len(play.discord.faults.happened) > 5)
    assert kept(play) == [(message.id, play.alice.id, "")]
    await play.until(lambda: message.thread is not None and play.said(message.thread))
    await play.quiet()
    assert kept(play) == []
    assert play.said(play.general) == []
    assert message.thread is not None
    assert len(play.said(message.thread)) == 1


async def test_a_mention_that_a_kill_left_without_a_thread_is_answered_after_the_next_start(play: Play) -> None:
    message = await play.alice.say(play.general, "hello")  # which nobody takes for a question
    await play.quiet()
    await play.stop()
    play.discord.world.messages[message.id].content = f"<@{play.discord.bot_user.id}> hello"
    play.discord.world.messages[message.id].mentions = (play.discord.bot_user.id,)
    play.discord.clock.advance(60)
    keep_again(play, (message.id, play.alice.id, ""), play.general.id, play.guild.id, now(play))
    await play.start()
    await play.until(lambda: message.thread is not None and play.said(message.thread))
    await play.quiet()
    assert kept(play) == []


async def test_a_mention_that_was_answered_is_not_answered_again_because_its_row_is_there(play: Play) -> None:
    thread = await play.talk("One.")
    await play.stop()
    keep_again(play, (thread.id, play.alice.id, ""), play.general.id, play.guild.id, now(play))
    asked = len(play.asked)
    await play.start()
    await play.until(lambda: kept(play) == [])
    await play.quiet()
    assert len(play.asked) == asked + 1


FAULTS: dict[str, dict[str, Any]] = {
    "unavailable": {"status": 503, "times": 8},
    "done, though cut": {"reset": "after"},
    "cut": {"reset": "before", "times": 8},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("what", ["threads", "messages"])
async def test_a_command_that_is_acknowledged_outlasts_an_outage(play: Play, fault: str, what: str) -> None:
    before = len(play.general.threads)
    path = "/channels/*/threads" if what == "threads" else "/channels/*/messages"
    play.discord.faults.add("POST", path, **FAULTS[fault])
    result = await play.alice.slash(play.general, "chat", prompt="Why?", persona=FUN)
    assert result.acknowledged
    await play.until(lambda: len(play.general.threads) > before and len(play.said(play.general.threads[-1])) == 2)
    await play.quiet()
    (thread,) = play.general.threads
    assert len(play.said(thread)) == 2
    assert play.told(0) == ["Alice: Why?"]
    assert kept(play) == []
    await play.until(lambda: [told.content for told in result.messages] == [goes_on_in(thread.id)])


async def test_a_command_in_direct_messages_outlasts_an_outage(play: Play) -> None:
    await play.alice.say(play.general, "hello")  # now they share a server
    channel = play.alice.direct_messages()
    play.discord.faults.add("POST", "/webhooks/*/*", status=503, times=2)
    await play.alice.slash(channel, "chat", prompt="Why?")
    await play.until(lambda: len(play.said(channel)) == 2)
    await play.quiet()
    assert len(play.said(channel)) == 2
    assert kept(play) == []


async def cut_off(play: Play) -> None:
    """As a kill does: the database stays as it was in this moment."""
    back_up(play)
    await play.stop()
    restore(play)
    play.discord.faults.clear()


async def begins_once(play: Play) -> None:
    asked = len(play.asked)
    await play.start()
    await play.until(lambda: kept(play) == [] and len(play.asked) == asked + 1)
    await play.until(lambda: play.general.threads and len(play.said(play.general.threads[0])) == 2)
    await play.quiet()
    (thread,) = play.general.threads
    assert len(play.said(thread)) == 2
    assert len(play.asked) == asked + 2


@pytest.fixture
def _stops_in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grokbot.daemon.stop.SETTLE_SECONDS", 0.2)


BLOCKED: dict[str, tuple[str, dict[str, Any]]] = {
    "before its thread": ("/channels/*/threads", {"status": 503, "times": None}),
    "before its thread is known": ("/channels/*/threads", {"delay": 1.5}),
    "before its first line": ("/channels/*/messages", {"status": 503, "times": None}),
    "before its first line is known": ("/channels/*/messages", {"delay": 1.5}),
}


@pytest.mark.usefixtures("_stops_in_haste")
@pytest.mark.parametrize("when", BLOCKED)
async def test_a_command_that_a_kill_cut_off_begins_once_after_the_next_start(play: Play, when: str) -> None:
    path, fault = BLOCKED[when]
    play.discord.faults.add("POST", path, **fault)
    await play.alice.slash(play.general, "chat", prompt="Why?")
    await play.until(lambda: play.discord.faults.happened)
    await play.until(lambda: "known" not in when or any(play.said(t) or "thread" in when for t in play.general.threads))
    await cut_off(play)
    play.discord.world.nonces.clear()  # minutes pass
    await begins_once(play)


@pytest.mark.usefixtures("_stops_in_haste")
async def test_a_thread_that_a_kill_left_without_a_title_is_found_by_its_name_and_no_title_is_asked_for(
    begin: Callable[..., Awaitable[Play]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(title_requests, "SOON_SECONDS", 0.05)
    play = await begin(titles=True)
    play.grok.script_title(Script(text="Late", first_token_after=5.0))
    path, fault = BLOCKED["before its thread is known"]
    play.discord.faults.add("POST", path, **fault)
    await play.alice.slash(play.general, "chat", prompt="Why?")
    await play.until(lambda: play.general.threads)
    await cut_off(play)
    monkeypatch.setattr(title_requests, "SOON_SECONDS", 1.0)
    play.grok.script_title(Script(text="Quick"), times=9)
    await begins_once(play)


async def test_a_command_that_has_begun_does_not_begin_again_because_its_row_is_there(play: Play) -> None:
    play.discord.faults.add("POST", "/channels/*/messages", delay=0.5)
    await play.alice.slash(play.general, "chat", prompt="Why?")
    await play.until(lambda: kept(play))
    (row,) = kept(play)
    await play.until(lambda: play.general.threads and len(play.said(play.general.threads[0])) == 2)
    await play.whole(play.general.threads[0])
    await play.stop()
    starter = play.messages(play.general.threads[0])[0]
    command = {**json.loads(row[2]), "starter_id": starter.id, "thread_id": starter.channel.id}
    keep_again(play, (*row[:2], json.dumps(command)), play.general.id, play.guild.id, now(play))
    await play.start()
    await play.until(lambda: kept(play) == [])
    await play.quiet()
    assert len(play.general.threads) == 1
    assert len(play.asked) == 2


@pytest.mark.usefixtures("_stops_in_haste")
@pytest.mark.parametrize("meanwhile", ["closed", "closed, and known", "in use", "gone"])
async def test_what_was_shown_before_a_kill_is_answered_where_its_words_stand(play: Play, meanwhile: str) -> None:
    play.discord.faults.add("POST", "/channels/*/messages", delay=1.5)
    await play.alice.slash(play.general, "chat", prompt="Why?")
    await play.until(lambda: play.general.threads and play.said(play.general.threads[0]))
    await cut_off(play)
    [thread] = play.general.threads
    [row] = kept(play)
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database, database:
        database.execute("DELETE FROM openings")
    if meanwhile == "closed, and known":
        [starter] = play.messages(thread)
        row = (*row[:2], json.dumps({**json.loads(row[2]), "thread_id": thread.id, "starter_id": starter.id}))
    if meanwhile == "in use":
        await play.start()
        await play.bob.say(thread, "Mine first.")
        await play.until(lambda: len(play.said(thread)) == 2)
        await play.whole(thread)
        await play.stop()
    thread.archived = meanwhile.startswith("closed")
    thread.deleted = meanwhile == "gone"
    keep_again(play, row, play.general.id, play.guild.id, now(play))
    before = len(play.said(thread))
    await play.start()
    await play.until(lambda: kept(play) == [])
    place = next(thread for thread in play.general.threads if not thread.deleted)
    await play.until(lambda: len(play.said(place)) == (2 if meanwhile == "gone" else before + 1))
    assert play.told()[-1] == "Alice: Why?"
    await play.quiet()
    assert [thread for thread in play.general.threads if not thread.deleted] == [place]


async def test_people_who_ask_the_same_at_the_same_time_have_a_thread_each(play: Play) -> None:
    people = [play.discord.create_user(f"person-{number}") for number in range(6)]
    play.discord.faults.add("POST", "/channels/*/threads", delay=0.5, times=3)
    play.discord.faults.add("POST", "/channels/*/threads", status=503, times=1)
    results = [await person.slash(play.general, "chat", prompt="the same") for person in people]
    await play.until(lambda: len(play.general.threads) == 6)
    places = {goes_on_in(thread.id) for thread in play.general.threads}
    await play.until(lambda: {told.content for result in results for told in result.messages} == places)
    for thread in play.general.threads:
        await play.whole(thread)
    assert len(play.general.threads) == 6


@pytest.mark.usefixtures("_stops_in_haste")
async def test_a_command_that_a_kill_cut_off_waits_for_a_server_that_is_away(play: Play) -> None:
    play.discord.faults.add("POST", "/channels/*/threads", status=503, times=None)
    await play.alice.slash(play.general, "chat", prompt="Why?")
    await play.until(lambda: play.discord.faults.happened)
    await cut_off(play)
    play.discord.outage(play.guild)
    await play.start()
    await play.quiet()
    assert play.general.threads == []
    play.discord.outage(play.guild, over=True)
    await play.until(lambda: play.general.threads and len(play.said(play.general.threads[0])) == 2)
    await play.until(lambda: kept(play) == [])


@pytest.mark.usefixtures("_stops_in_haste")
@pytest.mark.parametrize("who", ["has left", "sees nothing there any more"])
async def test_a_command_that_a_kill_cut_off_does_not_begin_for_who_may_not_any_more(play: Play, who: str) -> None:
    play.discord.faults.add("POST", "/channels/*/threads", status=503, times=None)
    await play.alice.slash(play.general, "chat", prompt="Why?")
    await play.until(lambda: play.discord.faults.happened)
    await cut_off(play)
    if who == "has left":
        play.guild.remove_member(play.alice)
    else:
        play.general.set_overwrite(play.alice, deny=Permission.VIEW_CHANNEL)
    await play.start()
    await play.until(lambda: kept(play) == [])
    await play.quiet()
    assert play.general.threads == []
    assert len(play.asked) == 1
