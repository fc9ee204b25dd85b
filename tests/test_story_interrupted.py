"""What a stop comes in between of: the next start goes on with it. The daemon is a process of its own."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import aiohttp

from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import GrokRules, Script
from grokbot.sandbox.stage import stage
from tests.daemon_process import daemon_process

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.sandbox.discord_server import Channel
    from grokbot.sandbox.stage import Stage

WAIT = 30.0


def ours(here: Stage, thread: Channel) -> list[str]:
    """What the bot says in a thread."""
    return [message.content for message in thread.messages if message.author is here.discord.bot_user]


async def in_database(folder: Path, state: str) -> None:
    """Waits until an answer has come to this state; the database tells nobody, so it is asked again and again."""
    async with asyncio.timeout(WAIT):
        with closing(sqlite3.connect(folder / "grokbot.sqlite3")) as database:
            asked = "SELECT 1 FROM responses WHERE sender = 'model' AND state = ?"
            while not database.execute(asked, (state,)).fetchall():  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.01)


async def test_an_answer_that_ended_before_a_kill_is_brought_to_its_end_after_the_next_start(tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(600))
    async with stage(Rules(), GrokRules(tokens_per_second=2000)) as here:
        here.grok.script(Script(text=words))
        async with daemon_process(here, tmp_path) as daemon:
            here.discord.faults.add("POST", "/channels/*/messages", delay=WAIT, times=None)
            here.discord.faults.add("PATCH", "/channels/*/messages/*", delay=WAIT, times=None)
            await here.alice.say(here.general, "<@BOT> Count for me")
            await here.discord.until(lambda: here.general.threads, WAIT)
            await in_database(tmp_path, "done")
            await daemon.kill()
        [thread] = here.general.threads
        assert " ".join(ours(here, thread)) != words
        here.discord.faults.clear()
        async with daemon_process(here, tmp_path) as daemon:
            await here.discord.until(lambda: " ".join(ours(here, thread)).split() == words.split(), WAIT)
            assert [call.method for call in here.grok.requests].count("GetCompletionChunk") == 1
            assert await daemon.terminate() == 0
        shown = ours(here, thread)
        async with daemon_process(here, tmp_path) as daemon:
            assert await daemon.terminate() == 0
        assert ours(here, thread) == shown


async def test_a_thread_made_just_before_a_kill_gets_its_answer_after_the_next_start(tmp_path: Path) -> None:
    async with stage(Rules(), GrokRules(tokens_per_second=2000)) as here:
        message = await here.alice.say(here.general, "<@BOT> Is anybody there?")
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bot {here.discord.token}"}) as session,
            session.post(
                f"{here.discord.api_url}/channels/{here.general.id}/messages/{message.id}/threads",
                json={"name": "Is anybody there?"},
            ) as made,
        ):
            assert made.ok
        [thread] = here.general.threads
        await here.alice.say(thread, "Hello?")
        here.grok.script(Script(text="I am."), times=2)
        async with daemon_process(here, tmp_path) as daemon:
            await here.discord.until(lambda: "I am." in ours(here, thread), WAIT)
            await here.discord.until(lambda: any("Hello?" in str(call.request) for call in here.grok.requests), WAIT)
            await here.discord.until(lambda: here.grok.running == 0, WAIT)
            assert await daemon.terminate() == 0
        with closing(sqlite3.connect(tmp_path / "grokbot.sqlite3")) as database:
            said = database.execute("SELECT message FROM responses WHERE sender = 'human' ORDER BY id").fetchall()
            options = database.execute("SELECT options FROM conversations").fetchall()
        assert said == [("Is anybody there?",), ("Hello?",)]
        assert len(options) == 1
        assert json.loads(options[0][0])["mention_only"] is False


async def test_what_is_said_while_the_daemon_is_down_is_answered_after_the_next_start_once(tmp_path: Path) -> None:
    async with stage(Rules(), GrokRules(tokens_per_second=2000)) as here:
        here.grok.script(Script(text="First."))
        async with daemon_process(here, tmp_path) as daemon:
            await here.alice.say(here.general, "<@BOT> one")
            await here.discord.until(
                lambda: here.general.threads and "First." in ours(here, here.general.threads[0]), WAIT
            )
            assert await daemon.terminate() == 0
        [thread] = here.general.threads
        await here.alice.say(thread, "two")
        await here.bob.say(thread, "three")
        here.grok.script(Script(text="Again."), times=2)
        for _ in range(2):
            async with daemon_process(here, tmp_path) as daemon:
                await here.discord.until(lambda: "Again." in ours(here, thread), WAIT)
                await here.discord.until(lambda: here.grok.running == 0, WAIT)
                assert await daemon.terminate() == 0
        with closing(sqlite3.connect(tmp_path / "grokbot.sqlite3")) as database:
            said = database.execute("SELECT message FROM responses WHERE sender = 'human' ORDER BY id").fetchall()
            waiting = database.execute("SELECT count(*) FROM responses WHERE state = 'pending'").fetchall()
        assert said == [("one",), ("two",), ("three",)]
        assert waiting == [(0,)]


async def test_a_database_that_is_deleted_under_the_daemon_is_put_back_for_the_next_start(tmp_path: Path) -> None:
    async with stage(Rules(), GrokRules(tokens_per_second=2000)) as here:
        here.grok.script(Script(text="First."))
        async with daemon_process(here, tmp_path) as daemon:
            await here.alice.say(here.general, "<@BOT> one")
            await here.discord.until(
                lambda: here.general.threads and "First." in ours(here, here.general.threads[0]), WAIT
            )
            for end in ("", "-wal", "-shm"):
                (tmp_path / f"grokbot.sqlite3{end}").unlink()
            [thread] = here.general.threads
            here.grok.script(Script(text="Second."))
            await here.alice.say(thread, "two")
            assert await daemon.ended(60.0) == 1
            assert "was deleted or moved" in daemon.log()
        await here.alice.say(thread, "three")
        here.grok.script(Script(text="Third."))
        async with daemon_process(here, tmp_path) as daemon:
            await here.discord.until(lambda: "Third." in ours(here, thread), WAIT)
            assert await daemon.terminate() == 0
        assert [text for text in ours(here, thread) if not text.startswith("-#")] == ["First.", "Second.", "Third."]
