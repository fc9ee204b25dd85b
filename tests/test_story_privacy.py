"""A whole story with marked words, names and secrets: they stand in the database and in Discord, and nowhere else.

The daemon is a process of its own and logs all that it can. What it writes down and what it tells to strangers is then
searched for every mark.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import grpc
import pytest

from grokbot.policy.filters import Action, Where
from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.grok_server import GrokRules, Script
from grokbot.sandbox.stage import stage
from tests.daemon_process import daemon_process
from tests.engine.house import eventually
from tests.program import program_at
from tests.test_story_rooms import Rooms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grokbot.sandbox.discord_server import Channel

WAIT = 30.0
ASKED, ANSWERED, THOUGHT = "mark-asked-7301", "mark-answered-7302", "mark-thought-7303"
SEARCHED, GROKS_TITLE, TITLE = "mark-searched-7304", "mark-groks-title-7305", "mark-title-7306"
FAILED, STOPPED, EDITED, ERASED = "mark-failed-7307", "mark-stopped-7308", "mark-edited-7309", "mark-erased-7310"
PROGRAMS, DIRECT, REASON, INSTRUCTED = "mark-program-7311", "mark-direct-7312", "mark-reason-7313", "mark-shorter-7314"
MALFORMED = "mark-malformed-7315"
FILTERED, SAMPLE, BLOCKED, UNREAD = "mark-filtered-7320", "mark-sample-7321", "mark-blocked-7322", "mark-unread-7323"
NAME, OTHER_NAME, KEY_NAME = "Mark-Name-7317", "Mark-Other-7318", "Mark-Key-7319"
WORDS = (
    ASKED, ANSWERED, THOUGHT, SEARCHED, GROKS_TITLE, TITLE, FAILED, STOPPED, EDITED, ERASED, PROGRAMS, DIRECT, REASON,
    INSTRUCTED, MALFORMED, FILTERED, SAMPLE, BLOCKED, UNREAD, NAME, OTHER_NAME, KEY_NAME,
)  # fmt: skip


def marks_in(raw: bytes, words: Iterable[str]) -> set[str]:
    """Which words stand in it, in whatever case and coding."""
    raw = raw.lower()
    return {word for word in words if word.lower().encode() in raw or word.lower().encode("utf-16-le") in raw}


async def settled(rooms: Rooms, thread: Channel, text: str) -> None:
    """Waits until one of the bot's messages begins so."""
    await rooms.until(lambda: any(text in message.content for message in rooms.messages(thread)))


async def two_people_talk(rooms: Rooms) -> Channel:
    here = rooms.here
    here.grok.script(Script(text=f"{ANSWERED} it is.", reasoning=THOUGHT, queries=(SEARCHED,)))
    here.grok.script_title(Script(text=GROKS_TITLE))
    await here.alice.say(here.general, f"<@BOT> {ASKED}")
    await rooms.until(lambda: here.general.threads)
    [thread] = here.general.threads
    await settled(rooms, thread, ANSWERED)
    await rooms.until(lambda: thread.name == GROKS_TITLE)
    here.grok.script(Script(text=f"{FAILED} " * 40, fail="overloaded", fail_after_tokens=20))
    await here.bob.say(thread, f"And {FAILED}?")
    await settled(rooms, thread, FAILED)
    here.grok.script(Script(fail="refused"))
    await here.bob.say(thread, f"{FAILED} once more")
    await rooms.until(lambda: here.grok.scripts_left == 0 and here.grok.running == 0)
    here.grok.script(Script(text=f"{STOPPED} " * 400, tokens_per_second=100, reasoning=""))
    message = await here.alice.say(thread, f"Tell {STOPPED}")
    await settled(rooms, thread, STOPPED)
    await rooms.until(lambda: [button["label"] for button in rooms.messages(thread)[-1].buttons()] == ["Stop"])
    await here.alice.press(rooms.messages(thread)[-1], label="Stop")
    await rooms.until(lambda: here.grok.running == 0)
    here.grok.script(Script(text="Edited, then.", reasoning=""))
    await here.alice.edit(message, f"Tell {EDITED}")
    await settled(rooms, thread, "Edited, then.")
    here.grok.script(Script(text="Erased, soon.", reasoning=""))
    erased = await here.bob.say(thread, ERASED)
    await settled(rooms, thread, "Erased, soon.")
    await here.bob.delete(erased)
    here.grok.script(Script(text="The last one.", reasoning=""))
    await here.alice.say(thread, "And the last?")
    await settled(rooms, thread, "The last one.")
    await here.grok.until(lambda: here.grok.running == 0)
    return thread


async def commands_are_given(rooms: Rooms, thread: Channel) -> str:
    """Returns the token of a share."""
    here = rooms.here
    await rooms.told(thread, "title", text=TITLE)  # type: ignore[arg-type] # options are of any kind
    await rooms.told(thread, "star")
    await rooms.told(here.general, "history", search=ANSWERED)  # type: ignore[arg-type]
    here.grok.script(Script(text="Shorter.", reasoning=""))
    await here.alice.slash(thread, "resample", instruction=INSTRUCTED)
    await settled(rooms, thread, "Shorter.")
    await rooms.told(thread, "info")
    told = await rooms.told(thread, "share")
    token: str = told.partition("/s/")[2].split()[0].rstrip(")>.")
    status, _ = await rooms.page(token)
    assert status == 200
    await here.alice.say(here.alice.direct_messages(), DIRECT)
    await rooms.until(lambda: [m for m in here.alice.direct_messages().messages if m.author is here.discord.bot_user])
    return token


async def moderators_act(rooms: Rooms, thread: Channel) -> None:
    here = rooms.here
    carol = here.discord.create_user("carol")
    guild = here.general.guild
    assert guild is not None
    guild.add_member(carol, permissions=Permission.MANAGE_MESSAGES)

    async def told(command: str, **options: object) -> None:
        result = await carol.slash(here.general, command, **options)
        await rooms.until(lambda: result.messages and result.messages[-1].content)

    await told("mod filter add", pattern=f"{FILTERED}*", where=Where.PROMPTS.value, action=Action.REFUSE.value)
    await told("mod filter try", pattern=f"{FILTERED}(", sample=SAMPLE)
    await here.bob.say(thread, f"{FILTERED}000")
    await told("mod block", user=here.bob, reason=REASON)
    await here.bob.say(thread, BLOCKED)
    await told("mod pause", reason=REASON)
    await told("mod unpause")
    await told("mod audit")
    await told("privacy optout")
    await carol.say(here.general, f"<@BOT> {UNREAD}")
    await told("privacy export")
    await here.discord.until(lambda: here.grok.running == 0, WAIT)


async def programs_call(rooms: Rooms) -> str:
    """Returns the secret of a key."""
    async with program_at(rooms.target) as operator:
        program = await operator.of(rooms.here.alice.id, KEY_NAME)
        conversation_id = await program.begin()
        rooms.here.grok.script(Script(text="To the program.", reasoning=""))
        await program.say(conversation_id, PROGRAMS, "")
        rooms.here.grok.script(Script(fail="refused"))
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await program.say(conversation_id, PROGRAMS)
        with pytest.raises(grpc.aio.AioRpcError) as malformed:
            await program.read(MALFORMED)
        for error in (failed.value, malformed.value):
            assert marks_in(str(error).encode(), WORDS) == set()
        return program.key


async def asked(rooms: Rooms, path: str) -> bytes:
    """What a stranger gets: headers and all."""
    connector = aiohttp.UnixConnector(f"{rooms.private}/web.sock")
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"http://127.0.0.1:8080{path}") as answer,
    ):
        return repr(dict(answer.headers)).encode() + await answer.read()


async def test_marked_words_names_and_secrets_stand_nowhere_but_in_the_database_and_in_discord(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(stage(Rules().unlimited(), GrokRules(tokens_per_second=2000)))
        here.alice.display_name, here.bob.display_name = NAME, OTHER_NAME
        private = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rooms-")))
        rooms = Rooms(here, tmp_path, private)
        environment = {
            "GROKBOT_API__LISTEN": rooms.target,
            "GROKBOT_WEB__LISTEN": f"unix:{private}/web.sock",
            "GROKBOT_WEB__PUBLIC_URL": "http://127.0.0.1:8080",
            "GROKBOT_DAEMON__LOG_LEVEL": "debug",
            "GROKBOT_CONVERSATION__TITLES": "true",
            "GROKBOT_CONVERSATION__MODE": "stateful",
        }
        async with daemon_process(here, tmp_path, environment) as daemon:
            thread = await two_people_talk(rooms)
            token = await commands_are_given(rooms, thread)
            await moderators_act(rooms, thread)
            key = await programs_call(rooms)
            paths = ("/healthz", f"/s/{MALFORMED}", f"/{MALFORMED}")
            strangers = b"".join([await asked(rooms, path) for path in paths])
            here.grok.script(Script(text=f"{STOPPED} " * 400, tokens_per_second=100, reasoning=""))
            await here.alice.say(thread, f"Tell {STOPPED} again")
            await rooms.until(lambda: STOPPED in rooms.messages(thread)[-1].content)
            await daemon.kill()
        async with daemon_process(here, tmp_path, environment) as daemon:
            await rooms.until(lambda: any("restarted" in message.content for message in rooms.messages(thread)))
            assert await daemon.terminate() == 0
        secrets = [token, key, here.grok.api_key, *environment_secrets(here.environment())]
        everywhere = files_in(tmp_path)
        outside = {file: raw for file, raw in everywhere.items() if not file.name.startswith("grokbot.sqlite3")}
        log = (tmp_path / "stderr").read_bytes()
        assert b"turn.begin" in log
        assert b"Traceback" not in log
        for raw in (strangers, *outside.values()):
            assert marks_in(raw, [*WORDS, *secrets]) == set()
        database = b"".join(raw for file, raw in everywhere.items() if file not in outside)
        assert {ASKED, ANSWERED, EDITED, TITLE, PROGRAMS, NAME, KEY_NAME} <= marks_in(database, WORDS)
        assert marks_in(database, secrets) == set()
        assert {ERASED, SAMPLE, BLOCKED, UNREAD} & marks_in(database, WORDS) == set()


async def test_where_no_words_are_kept_the_thread_and_xai_have_them_after_a_restart_too(tmp_path: Path) -> None:
    environment = {"GROKBOT_CONVERSATION__MODE": "stateful", "GROKBOT_STORE__KEEP_TEXT": "false"}
    async with stage(Rules().unlimited(), GrokRules(tokens_per_second=2000)) as here:
        rooms = Rooms(here, tmp_path, tmp_path)

        def no_words_left() -> bool:
            with closing(sqlite3.connect(tmp_path / "grokbot.sqlite3")) as database:
                return marks_in("".join(database.iterdump()).encode(), WORDS) == set()

        async with daemon_process(here, tmp_path, environment) as daemon:
            here.grok.script(Script(text=f"{ANSWERED} it is.", reasoning=THOUGHT))
            await here.alice.say(here.general, f"<@BOT> What is {ASKED}?")
            await rooms.until(lambda: here.general.threads)
            [thread] = here.general.threads
            await settled(rooms, thread, ANSWERED)
            await eventually(no_words_left)
            await daemon.kill()
        async with daemon_process(here, tmp_path, environment):
            here.grok.script(Script(text="Again.", reasoning=""))
            await here.bob.say(thread, "Say it again.")
            await settled(rooms, thread, "Again.")
            result = await here.alice.slash(thread, "export")
            await rooms.until(lambda: result.messages and result.messages[-1].attachments)
            exported = result.messages[-1].attachments[0].file.data.decode()
            assert f"What is {ASKED}?" in exported
            assert f"{ANSWERED} it is." in exported
            await eventually(no_words_left)


def files_in(folder: Path) -> dict[Path, bytes]:
    return {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def environment_secrets(environment: dict[str, str]) -> list[str]:
    """The token and the key, as the daemon is given them."""
    return [value for name, value in environment.items() if name.endswith(("TOKEN", "API_KEY"))]
