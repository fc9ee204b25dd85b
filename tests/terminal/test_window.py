"""`grokbot chat` in a terminal: what a person sees while it streams, what keys do, and what others say meanwhile."""

from __future__ import annotations

import asyncio
import math
import os
import re
import signal
import tempfile
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from grokbot.sandbox.grok_server import GrokRules, Script
from tests.api.service import serving_house
from tests.terminal.window import ALT_ENTER, CTRL_C, CTRL_D, CTRL_Z, ENTER, TAB, window

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.service import ServedHouse

LINES = 60
LONG = (
    "A paragraph before it.\n\n```python\n"
    + "".join(f"print({number})\n" for number in range(LINES))
    + "```\n\n| a | b |\n|---|---|\n| cell | another |\n\nThe **end** of it.\n"
)
PROMPT = "\n>"
UP = "\x1b[A"


def way(served: ServedHouse) -> dict[str, str]:
    return {"GROKBOT_API": served.target}


def count(seen: str, text: str) -> int:
    return sum(line.strip() == text for line in seen.splitlines())


@pytest.mark.parametrize(("columns", "lines"), [(40, 12), (200, 50)])
async def test_a_long_answer_scrolls_and_each_of_its_lines_stands_there_once(
    tmp_path: Path, columns: int, lines: int
) -> None:
    async with serving_house(tmp_path, rules=GrokRules(tokens_per_second=math.inf)) as served:
        served.grok.script(Script(text=LONG, tokens_per_second=400.0, queries=["the sky"]))
        async with window(tmp_path, "chat", env=way(served), columns=columns, lines=lines) as shown:
            await shown.until("/help")
            shown.type("go on" + ENTER)
            await shown.until("Ctrl-C stops")
            await shown.until("The end of it.")
            await shown.until(lambda seen: seen.endswith(PROMPT))
            seen = shown.all
            shown.type(CTRL_D)
            assert await shown.end() == 0
    assert [count(seen, f"print({number})") for number in range(LINES)] == [1] * LINES
    assert count(seen, "The end of it.") == count(seen, "A paragraph before it.") == 1
    assert "cell" in seen
    assert "the sky" in seen
    assert "Ctrl-C stops" not in seen, "nothing of what was live is left"
    assert seen.index("print(0)") < seen.index("print(59)") < seen.index("The end")


async def test_ctrl_c_stops_the_answer_and_not_the_conversation(tmp_path: Path) -> None:
    async with (
        serving_house(tmp_path, rules=GrokRules(tokens_per_second=100.0)) as served,
        window(tmp_path, "chat", env=way(served)) as shown,
    ):
        await shown.until("/help")
        shown.type(CTRL_C)
        await shown.until("Ctrl-D quits.\n>")
        shown.type("first !long 5000" + ENTER)
        await shown.until("You asked")
        shown.type("typed too early")
        shown.type(CTRL_C)  # which the terminal takes to forget what was typed
        await shown.until(lambda seen: seen.endswith("Stopped. The text so far is kept.\n\n>"))
        assert "too early" not in shown.all
        shown.type("second !fast" + ENTER)
        await shown.until("2 questions, 1 answer of mine")
        shown.type("third !wait 60" + ENTER)
        await shown.until("Thinking")
        shown.type(CTRL_C)
        await shown.until("Stopped before the answer began.")
        shown.type("/quit" + ENTER)
        assert await shown.end() == 0
        assert not served.engine.runner.running
        assert "Traceback" not in shown.all


async def test_what_is_said_elsewhere_appears_above_what_is_being_typed(tmp_path: Path, served: ServedHouse) -> None:
    first = await served.house.answered("a question from Discord")
    async with window(tmp_path, "chat", "--continue", env=way(served), lines=60) as shown:
        await shown.until("Going on with")
        shown.type("half a li")
        await shown.until("> half a li")
        await served.house.answered("and another from there")
        await shown.until("2 questions, 1 answer of mine")
        await shown.until(lambda seen: seen.endswith("> half a li"))
        shown.type("ne" + ENTER)
        await shown.until("3 questions, 2 answers of mine")
        assert len(await served.house.path()) == 6
        assert shown.all.count("half a line") == 2, "once typed, once repeated by Grok: what is said here is no news"
        shown.type(CTRL_D)
        assert await shown.end() == 0
    assert (await served.house.path_ids())[1] == first.id


async def test_slash_commands_do_what_they_say(tmp_path: Path, served: ServedHouse) -> None:
    async with window(tmp_path, "chat", env=way(served), lines=100) as shown:
        await shown.until("/help")
        shown.type("/star" + ENTER)
        await shown.until("No messages here yet.")
        for typed, seen in (
            ("/help", "/resample [INSTRUCTION]"),
            ("/history", "There are no conversations yet."),
            ("the first question", "1 question, 0 answers"),
            ("/title The sky", "It is called “The sky” now."),
            ("/star", "Starred."),
            ("/resample much shorter", "much shorter"),
            ("/variants", "* 2  "),
            ("/variants 3", "a number from 1 to 2"),
            ("/variants 1", "Grok  2"),
            ("/share", "https://grok.example.org/s/"),
            ("/unshare", "Closed 1 share page."),
            ("/branch", "This is a branch now"),
            ("in the branch", "2 questions, 1 answer"),
            ("/history sky", "The sky"),
            ("/nonsense", "There is no /nonsense."),
            ("/new", "starts a new conversation"),
            ("/show", "No messages here yet."),
        ):
            shown.type(typed + ENTER)
            await shown.until(lambda all_, typed=typed, seen=seen: seen in all_.rpartition(f"> {typed}")[2])  # type: ignore[misc] # mypy cannot infer the lambda
            await shown.until(lambda all_: all_.endswith(PROMPT))
        shown.type(CTRL_D)
        assert await shown.end() == 0
        assert "Traceback" not in shown.all


async def test_lines_are_remembered_for_this_person_alone_and_commands_are_completed(
    tmp_path: Path, served: ServedHouse
) -> None:
    kept = tmp_path / ".local" / "state" / "grokbot" / "chat_history"
    kept.parent.mkdir(parents=True)
    kept.touch(0o644)
    async with window(tmp_path, "chat", env=way(served)) as shown:
        await shown.until("/help")
        shown.type("two" + ALT_ENTER + "lines" + ENTER)
        await shown.until("1 question, 0 answers")
        shown.type(CTRL_D)
        assert await shown.end() == 0
    assert kept.stat().st_mode & 0o777 == 0o600
    async with window(tmp_path, "chat", env=way(served)) as shown:
        await shown.until("/help")
        shown.type(UP)
        await shown.until("> two\n  lines")
        shown.type(CTRL_C + "/unst")
        await shown.until("Remove your star")
        shown.type(TAB)
        await shown.until("> /unstar")
        shown.type(CTRL_C + CTRL_D)
        assert await shown.end() == 0


async def test_an_answer_that_fails_is_told_and_the_conversation_goes_on(tmp_path: Path, served: ServedHouse) -> None:
    async with window(tmp_path, "chat", env={**way(served), "NO_COLOR": "1"}) as shown:
        await shown.until("/help")
        shown.type("!fail overloaded after 60" + ENTER)
        await shown.until("Grok broke")
        shown.type("next" + ENTER)
        await shown.until("▌ next")
        shown.type(CTRL_D)
        assert await shown.end() == 0
        assert "Traceback" not in shown.all
        assert not re.search(rb"\x1b\[(?:[0-9;]*;)?[34][0-7]m", shown.bytes), "NO_COLOR is respected"


async def test_a_daemon_that_is_gone_is_told_and_ends_nothing(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        daemon = await stack.enter_async_context(AsyncExitStack())
        served = await daemon.enter_async_context(serving_house(tmp_path))
        shown = await stack.enter_async_context(window(tmp_path, "chat", env=way(served)))
        await shown.until("/help")
        shown.type("hello" + ENTER)
        await shown.until("1 question")
        await daemon.aclose()
        shown.type("anyone?" + ENTER)
        await shown.until("No grokbot daemon answers")
        await shown.until(lambda seen: seen.endswith(PROMPT))
        shown.type(CTRL_D)
        assert await shown.end() == 0
        assert "Traceback" not in shown.all


async def test_deleting_asks_first(tmp_path: Path, served: ServedHouse) -> None:
    answer = await served.house.answered("what is to be deleted")
    command = ("conversations", "delete", answer.conversation_id[-6:])
    for reply, code, kept in (("n" + ENTER, 1, True), (CTRL_C, 1, True), ("y" + ENTER, 0, False)):
        async with window(tmp_path, *command, env=way(served)) as shown:
            await shown.until("permanently, here and at xAI? [y/N]:")
            assert "what is to be deleted" in shown.seen
            while shown.process.returncode is None:  # Python may miss a signal that comes just before it waits for keys
                shown.type(reply)
                await asyncio.wait([asyncio.ensure_future(shown.process.wait())], timeout=1.0)
            assert await shown.end() == code
        assert (await served.house.store.responses.get(answer.id) is not None) is kept


async def test_several_files_have_a_bar(tmp_path: Path, served: ServedHouse) -> None:
    for channel in range(900, 903):
        await served.house.answered("hello", channel=channel)
    command = ("conversations", "export", "--all", "--output", str(tmp_path / "out"))
    async with window(tmp_path, *command, env=way(served), columns=200) as shown:
        assert await shown.end() == 0
        assert b"Exporting" in shown.bytes
        assert "Exporting" not in shown.all
    assert len([*(tmp_path / "out").iterdir()]) == 3


async def test_the_sandbox_needs_nothing_and_keeps_nothing(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:  # a short one: it gets a socket
        async with window(tmp_path, "chat", "--sandbox", env={"TMPDIR": folder}) as shown:
            await shown.until(lambda seen: seen.endswith("Ctrl-D quits." + PROMPT))
            assert "answers are made up" in shown.seen
            assert os.listdir(folder) == [], "the prompt is there before the sandbox is"  # noqa: PTH208 - a coroutine
            shown.type(CTRL_C)
            await shown.until(lambda seen: seen.endswith("Ctrl-D ends." + PROMPT))
            shown.type("hello !fast" + ENTER)
            await shown.until("1 question, 0 answers")
            assert os.listdir(folder) != []  # noqa: PTH208 - as above
            shown.type(CTRL_D)
            assert await shown.end() == 0
        assert os.listdir(folder) == []  # noqa: PTH208 - as above
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]  # noqa: ASYNC240 - no history of what was typed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(tmp_path: Path, number: signal.Signals) -> None:
    async with (
        serving_house(tmp_path, rules=GrokRules(tokens_per_second=100.0)) as served,
        window(tmp_path, "chat", env=way(served)) as shown,
    ):
        await shown.until("/help")
        assert not shown.echoes()
        shown.type("first !long 5000" + ENTER)
        await shown.until("You asked")
        shown.process.send_signal(number)
        assert await shown.end() == -number
        assert shown.echoes()
        assert shown.bytes.rindex(b"\x1b[?25h") > shown.bytes.rindex(b"\x1b[?25l"), "the cursor is there again"


async def test_ctrl_z_is_no_character(tmp_path: Path, served: ServedHouse) -> None:
    async with window(tmp_path, "chat", env=way(served)) as shown:
        await shown.until("/help")
        shown.type(CTRL_Z)  # no shell is behind this terminal: what would stop goes on at once
        shown.type("hello")
        await shown.until("> hello")
        shown.type(ENTER)
        await shown.until("1 question")
        assert "^Z" not in shown.all


async def test_what_an_export_holds_does_nothing_to_the_terminal(tmp_path: Path, served: ServedHouse) -> None:
    said = await served.house.answered("red: \x1b[31m, a title: \x1b]0;mine\x07")
    async with window(tmp_path, "conversations", "export", said.conversation_id, env=way(served)) as shown:
        assert await shown.end() == 0
        await shown.until("]0;mine")
        assert b"\x1b" not in shown.bytes
