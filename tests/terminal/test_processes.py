"""The commands as processes: exit codes, one sentence on standard error, pipes that close, lines in and answers out."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from grokbot.cli import main
from grokbot.policy.actor import Actor, ActorKind
from grokbot.sandbox.grok_server import GrokRules
from grokbot.store import Store
from tests.api.service import serving_house
from tests.engine.house import shown
from tests.terminal.window import PATIENCE_SECONDS, environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.api.service import ServedHouse


OPERATOR = Actor(id=0, name="operator", kind=ActorKind.OPERATOR)


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


@asynccontextmanager
async def begun(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "grokbot", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        cwd=folder, env=environment(folder, env),
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def completed(folder: Path, env: Mapping[str, str]) -> Ended:
    """As the shell asks: by the command's own name, which the variable is named after."""
    program = Path(sys.executable).parent / "grokbot"
    process = await asyncio.create_subprocess_exec(
        program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment(folder, env)
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def grokbot(folder: Path, *arguments: str, env: Mapping[str, str] | None = None, given: str = "") -> Ended:
    async with begun(folder, *arguments, env=env) as process, asyncio.timeout(PATIENCE_SECONDS):
        out, err = await process.communicate(given.encode())
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())


def told(ended: Ended) -> str:
    """The one line that says what is wrong."""
    assert "Traceback" not in ended.err + ended.out
    [line] = ended.err.splitlines()
    assert line.startswith("grokbot: ")
    return line


def way(served: ServedHouse) -> dict[str, str]:
    return {"GROKBOT_API": served.target}


@pytest.mark.parametrize("arguments", [("status",), ("conversations", "list", "--json")])
async def test_where_no_daemon_runs_a_sentence_says_what_to_do_and_it_exits_69(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    ended = await grokbot(tmp_path, *arguments)
    assert (ended.code, ended.out) == (69, "")
    assert "grokbot run" in told(ended)


async def test_a_daemon_that_was_named_and_is_not_there_is_named_and_no_other_is_begun(tmp_path: Path) -> None:
    ended = await grokbot(tmp_path, "chat", "--target", f"unix:{tmp_path}/none.sock", "hello")
    assert ended.code == 69
    assert "none.sock" in told(ended)


async def test_exit_codes_tell_what_went_wrong(tmp_path: Path, served: ServedHouse) -> None:
    commands: tuple[tuple[list[str], dict[str, str], int], ...] = (
        (["conversations", "show", "ABCD"], {}, 3),
        (["status"], {"GROKBOT_API_KEY": "gbk_wrong"}, 77),
        (["status", "--target", "nonsense.invalid:1"], {}, 69),
        (["chat", "--continue", "hello"], {}, 3),
    )
    ended = await asyncio.gather(
        *(grokbot(tmp_path, *arguments, env={**way(served), **env}) for arguments, env, _ in commands)
    )
    for (arguments, _, code), one in zip(commands, ended, strict=True):
        assert one.code == code, (arguments, one)
        assert one.out == ""
        told(one)


async def test_whoever_has_read_enough_ends_it_quietly(tmp_path: Path, served: ServedHouse) -> None:
    for channel in range(900, 904):
        await served.house.answered("hello " + "x" * 200, channel=channel)
    async with begun(tmp_path, "conversations", "list", "--json", env=way(served)) as process:
        transport = process._transport.get_pipe_transport(1)  # type: ignore[attr-defined] # asyncio has no public way
        transport.close()
        assert process.stderr is not None
        assert await process.stderr.read() == b""
        assert await process.wait() == 0


async def test_lines_are_said_one_after_the_other_and_answers_come_out_plain(
    tmp_path: Path, served: ServedHouse
) -> None:
    given = "first thing\n\n/title Two things\n//second thing\n/quit\nnever said\n"
    ended = await grokbot(tmp_path, "chat", env=way(served), given=given)
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    assert ended.out.index("first thing") < ended.out.index("Two things") < ended.out.index("/second thing")
    listed = await grokbot(tmp_path, "conversations", "list", "--json", env=way(served))
    [held] = json.loads(listed.out)
    assert (held["title"], held["responses"]) == ("Two things", 4)


async def test_one_question_is_answered_and_the_newest_conversation_goes_on(
    tmp_path: Path, served: ServedHouse
) -> None:
    first = await grokbot(tmp_path, "chat", "first", "question", env=way(served))
    assert first.code == 0
    assert "first question" in first.out
    second = await grokbot(tmp_path, "chat", "--continue", "--", "-", env=way(served), given="of several\nlines\n")
    assert "1 answer of mine" in second.out
    [held] = json.loads((await grokbot(tmp_path, "conversations", "list", "--json", env=way(served))).out)
    third = await grokbot(tmp_path, "chat", f"--continue={held['id'][-6:]}", "and on", env=way(served))
    assert "2 answers of mine" in third.out


async def test_what_comes_on_standard_input_is_said_below_the_question(tmp_path: Path, served: ServedHouse) -> None:
    ended = await grokbot(tmp_path, "chat", "Summarise", "this.", env=way(served), given="one\ntwo\n")
    assert ended.code == 0
    assert shown(served.grok.requests[-1])[-1] == "user: Summarise this.\n\none\ntwo"
    beside = tmp_path / "beside.txt"
    beside.write_text("from a file")
    assert (await shell(tmp_path, "grokbot chat Hi < beside.txt", way(served))).code == 0
    assert shown(served.grok.requests[-1])[-1] == "user: Hi\n\nfrom a file"
    for nothing in ("< /dev/null", "<&-"):
        assert (await shell(tmp_path, f"grokbot chat Hi {nothing}", way(served))).code == 0
        assert shown(served.grok.requests[-1])[-1] == "user: Hi"


@pytest.mark.parametrize("how", ["", " -", " Hi"])
async def test_of_a_pipe_without_an_end_so_much_is_read_and_no_more(
    tmp_path: Path, served: ServedHouse, how: str
) -> None:
    ended = await shell(tmp_path, f"head -c 9000000 /dev/zero | tr '\\0' a | grokbot chat{how}", way(served))
    assert "4,000,00" in ended.err  # characters, of which the daemon takes less
    assert served.grok.requests == []


async def test_a_pipe_that_nobody_writes_to_holds_up_no_question(tmp_path: Path, served: ServedHouse) -> None:
    async with begun(tmp_path, "chat", "Hi", env=way(served)) as process, asyncio.timeout(PATIENCE_SECONDS):
        assert process.stdout is not None
        assert "Hi" in (await process.stdout.read()).decode()  # nothing was written, and it is still open
        assert await process.wait() == 0


async def test_an_answer_that_fails_ends_it_with_the_reason(tmp_path: Path, served: ServedHouse) -> None:
    ended = await grokbot(tmp_path, "chat", env=way(served), given="!fail overloaded after 60\nnever said\n")
    assert ended.code == 75
    assert "Grok" in told(ended)
    assert "never said" not in ended.out


async def shell(folder: Path, command: str, env: Mapping[str, str]) -> Ended:
    process = await asyncio.create_subprocess_shell(
        command.replace("grokbot", f"{sys.executable} -m grokbot"),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        cwd=folder, env=environment(folder, env),
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@pytest.mark.parametrize(
    ("command", "code", "sentence"),
    [
        ("grokbot status >/dev/full", 1, "No space left on device"),
        ("grokbot chat hello >/dev/full", 1, "No space left on device"),
        ("grokbot status >&-", 0, ""),
        ("grokbot chat <&-", 0, ""),
        ("grokbot conversations list --search \"$(printf '\\377')\"", 2, "not UTF-8 text"),
        ("printf '\\377' | grokbot chat", 2, "not UTF-8 text"),
        ("printf '\\377' | grokbot chat -", 2, "not UTF-8 text"),
        ("grokbot status --key \"$(printf '\\303\\274')\"", 2, "not an API key"),
    ],
)
async def test_whatever_stands_around_it_there_is_a_sentence_and_no_traceback(
    tmp_path: Path, served: ServedHouse, command: str, code: int, sentence: str
) -> None:
    ended = await shell(tmp_path, command, way(served))
    assert ended.code == code, ended.err
    if sentence:
        assert sentence in told(ended)
    else:
        assert not ended.err
    entries = (await served.engine.program_conversations.listed(OPERATOR)).entries
    assert bool(entries) == ("hello" in command), "nothing is begun for what was never said"


async def test_a_stream_that_cannot_hold_a_character_shows_another(tmp_path: Path, served: ServedHouse) -> None:
    env = {**way(served), "PYTHONIOENCODING": "ascii"}
    ended = await grokbot(tmp_path, "chat", "\u6f22\u5b57 !fast", env=env)
    assert ended.code == 0, ended.err
    assert "> ?? !fast" in ended.out


async def test_a_conversation_whose_first_words_are_not_taken_is_not_left_behind(
    tmp_path: Path, served: ServedHouse
) -> None:
    await served.engine.pauses.pause(111, "")
    ended = await grokbot(tmp_path, "chat", "hello", env=way(served))
    assert ended.code == 1
    assert "paused" in told(ended)
    assert (await served.engine.program_conversations.listed(OPERATOR)).entries == ()


async def test_ctrl_c_keeps_what_is_there(tmp_path: Path) -> None:
    async with serving_house(tmp_path, rules=GrokRules(tokens_per_second=200.0)) as served:
        async with begun(tmp_path, "chat", "go on !long 5000", env=way(served)) as process:
            assert process.stdout is not None
            first = await process.stdout.read(1)
            process.send_signal(signal.SIGINT)
            rest = await process.stdout.read()
            assert await process.wait() == 130
        received = (first + rest).decode()
        [entry] = (await served.engine.program_conversations.listed(OPERATOR)).entries
        read = await served.engine.program_conversations.read(entry.conversation.id, OPERATOR)
        assert read.responses[-1].message.strip() == received.strip()
        assert read.responses[-1].state.value == "stopped"


async def test_a_daemon_that_goes_away_in_mid_answer_is_told(tmp_path: Path) -> None:
    async with serving_house(tmp_path, rules=GrokRules(tokens_per_second=200.0)) as served:  # noqa: SIM117 - line length
        async with begun(tmp_path, "chat", "go on !long 5000", env=way(served)) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert await process.stdout.read(1)
            await served.engine.drain(0.0)
            await process.stdout.read()
            err = (await process.stderr.read()).decode()
            assert "Traceback" not in err
            assert "not the whole answer" in err or await process.wait() == 75


async def test_without_a_daemon_one_of_its_own_keeps_the_conversation(tmp_path: Path, served: ServedHouse) -> None:
    grok = served.grok
    env = {
        "GROKBOT_XAI__API_KEY": grok.api_key,
        "GROKBOT_XAI__TARGET": grok.target,
        "GROKBOT_XAI__INSECURE": "true",
        "GROKBOT_STORE__URL": str(tmp_path / "own.sqlite3"),
    }
    first = await grokbot(tmp_path, "chat", "first question", env=env)
    assert first.code == 0, first.err
    assert "No daemon is running" in first.err
    second = await grokbot(tmp_path, "chat", "--continue", "--", "second", env=env)
    assert "1 answer of mine" in second.out


async def test_a_daemon_of_its_own_needs_a_key_and_a_database_that_nobody_else_has(
    tmp_path: Path, served: ServedHouse
) -> None:
    none = await grokbot(tmp_path, "chat", "hello")
    assert none.code == 78
    assert "xai.api_key" in none.err
    database = str(tmp_path / "taken.sqlite3")
    env = {"GROKBOT_XAI__API_KEY": served.grok.api_key, "GROKBOT_STORE__URL": database}
    store = await Store.open(f"sqlite+aiosqlite:///{database}", alone=True)
    try:
        taken = await grokbot(tmp_path, "chat", "hello", env=env)
    finally:
        await store.close()
    assert taken.code == 69, taken.err
    assert "--target" in taken.err
    assert "Traceback" not in none.err + taken.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(shell: str) -> None:
    ended = CliRunner().invoke(main, ["completion", shell])
    assert ended.exit_code == 0
    assert "_GROKBOT_COMPLETE" in ended.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["usage", "--since", "soon"],
        ["conversations", "list", "--limit", "0"],
        ["conversations", "delete", "--older-than", "long"],
        ["conversations", "import"],
        ["keys", "make", "--owner", "alice", "--name", "alice"],
        ["chat", "--continue", "no id"],
    ],
)
def test_what_cannot_be_understood_exits_2(arguments: list[str]) -> None:
    ended = CliRunner().invoke(main, arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr


async def test_the_shell_is_offered_ids_with_their_titles(tmp_path: Path, served: ServedHouse) -> None:
    answer = await served.house.answered("Why is the sky blue?")
    short = answer.conversation_id[-8:]
    env = {"_GROKBOT_COMPLETE": "zsh_complete", "COMP_WORDS": "grokbot conversations show ", "COMP_CWORD": "3"}
    ended = await completed(tmp_path, {**way(served), **env})
    assert short in ended.out
    assert "sky" in ended.out
    persona = {"COMP_WORDS": "grokbot chat --persona f", "COMP_CWORD": "3"}
    assert "fun" in (await completed(tmp_path, {**way(served), **env, **persona})).out.split()
    nobody = await completed(tmp_path, env)
    assert (nobody.out.strip(), nobody.err) == ("", "")
