"""What may be chosen for `grokbot chat`, and what it prints then: in this process, against a served engine."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.sandbox.grok_server import Script
from grokbot.sdk.choices import Choices
from grokbot.sdk.errors import ApiError
from grokbot.terminal.chat.chat import ChatOptions, _run
from grokbot.terminal.chat.screen import Form, host, sources_line
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.output.code_blocks import CodeBlock, code_blocks, extracted
from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest, ReasoningEffort
from tests.engine.house import shown

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.service import ServedHouse

CODE = "Two ways:\n\n```python\nprint(1)\n```\n\n1. or\n\n   ~~~sh\n   echo 1\n   ~~~\n\nThat is all."


def asked(served: ServedHouse) -> GetCompletionsRequest:
    request = served.grok.requests[-1].request
    assert isinstance(request, GetCompletionsRequest)
    return request


async def chat(served: ServedHouse, text: str, **options: Any) -> int:
    return await _run(ChatOptions(target=served.target, text=text, **options))


async def typed(served: ServedHouse, monkeypatch: pytest.MonkeyPatch, *lines: str) -> int:
    """The lines on standard input, each a message or a command."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return await chat(served, "")


async def test_all_choices_reach_xai(served: ServedHouse) -> None:
    choices = Choices(
        model="grok-4.3", persona="fun", effort="high", temperature=0.3, max_tokens=900, system_prompt="Be brief."
    )
    assert await chat(served, "Hi", choices=choices) == 0
    request = asked(served)
    assert (request.model, round(request.temperature, 4), request.max_tokens) == ("grok-4.3", 0.3, 900)
    assert request.reasoning_effort == ReasoningEffort.EFFORT_HIGH
    system = shown(served.grok.requests[-1])[0]
    assert system.startswith("system: Be brief.")
    assert "fun mode" in system
    assert await chat(served, "On", choices=Choices(persona="none"), continued="") == 0
    system = shown(served.grok.requests[-1])[0]
    assert system.startswith("system: Be brief.")
    assert "fun mode" not in system


async def test_an_answer_for_programs_is_one_document(served: ServedHouse, capsys: pytest.CaptureFixture[str]) -> None:
    served.grok.script(Script(text="Blue.", reasoning="Light.", citations=("https://example.org/sky",)))
    assert await chat(served, "Sky?", form=Form.JSON, usage=True) == 0
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert list(document) == [
        *("conversation_id", "response_id", "message", "status", "model", "sources", "reasoning", "kept_until", "usage")
    ]
    assert (document["message"], document["sources"], document["reasoning"]) == (
        "Blue.",
        ["https://example.org/sky"],
        "Light.",
    )
    assert printed.err.startswith("grok-4.7 · ")
    assert "$" in printed.err
    with pytest.raises(ApiError):
        await chat(served, "Sky? !fail overloaded after 5", form=Form.JSON)
    assert capsys.readouterr().out == "", "what broke off is no document"


async def test_a_program_that_asks_nothing_is_told_so(served: ServedHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n\n"))
    with pytest.raises(CommandFailedError, match="a question on standard input"):
        await chat(served, "", form=Form.JSON)
    assert await typed(served, monkeypatch, "") == 0


@pytest.mark.parametrize(
    ("form", "printed"),
    [(Form.WHOLE, CODE + "\n"), (Form.FIRST_CODE, "print(1)\n"), (Form.LAST_CODE, "echo 1\n")],
)
async def test_an_answer_is_printed_whole_or_only_its_code(
    served: ServedHouse, capsys: pytest.CaptureFixture[str], form: Form, printed: str
) -> None:
    served.grok.script(Script(text=CODE))
    assert await chat(served, "How?", form=form) == 0
    assert capsys.readouterr().out == printed


async def test_commands_tell_and_change_how_messages_are_answered(
    served: ServedHouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served.grok.script(Script(text="Blue.", citations=("https://example.org/sky", "https://example.com/")))
    lines = (
        "/model",
        "/model grok-4.3",
        "/temperature 0.2",
        "/effort high",
        "/persona fun",
        "Sky?",
        "/sources",
        "/usage",
        "/model",
    )
    assert await typed(served, monkeypatch, *lines) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[:3] == ["Model: grok-4.7", "Model: grok-4.3", "Temperature: 0.2"]
    assert printed[3:6] == ["Effort: high", "Persona: fun", "Blue."]
    printed = printed[1:]
    assert printed[5:7] == ["1  https://example.org/sky", "2  https://example.com/"]
    assert printed[7].startswith("Answer: grok-4.3 · ")
    assert printed[8].startswith("Conversation: ")
    assert printed[9] == "Model: grok-4.3"
    assert (asked(served).model, round(asked(served).temperature, 4)) == ("grok-4.3", 0.2)
    assert asked(served).reasoning_effort == ReasoningEffort.EFFORT_HIGH
    for wrong in ("/temperature 3", "/temperature hot", "/effort extreme", "/system", "/usage", "/save", "/copy"):
        with pytest.raises(CommandFailedError):
            await typed(served, monkeypatch, wrong)


async def test_the_last_question_is_edited_and_code_is_saved(
    tmp_path: Path, served: ServedHouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/blue/red/")
    served.grok.script(Script(text="No code."))
    served.grok.script(Script(text=CODE))
    lines = ("Is it blue?", "/save answer.md", "/edit", "/edit", "/save 2 run.sh", "/system Be brief.", "Hi")
    assert await typed(served, monkeypatch, *lines) == 0
    assert "Nothing has changed." in capsys.readouterr().out, "the second time"
    said = [shown(request) for request in served.grok.requests]
    assert [one[-1] for one in said] == ["user: Is it blue?", "user: Is it red?", "user: Hi"]
    assert "Is it blue?" not in "".join(said[1]), "an edited question is asked in its place"
    assert said[2][0].startswith("system: Be brief.")
    assert ((tmp_path / "answer.md").read_text(), (tmp_path / "run.sh").read_text()) == ("No code.", "echo 1\n")
    monkeypatch.setenv("EDITOR", "no-such-editor")
    with pytest.raises(CommandFailedError, match="no-such-editor cannot be used as editor"):
        await typed(served, monkeypatch, "Hi", "/edit")
    served.grok.script(Script(text=CODE))
    with pytest.raises(CommandFailedError, match="The answer has 2 code blocks") as several:
        await typed(served, monkeypatch, "How?", "/save code")
    assert several.value.exit_code == Exit.USAGE


def test_code_blocks_are_found_wherever_they_stand() -> None:
    assert code_blocks(CODE) == (CodeBlock("print(1)\n", "python"), CodeBlock("echo 1\n", "sh"))
    assert code_blocks("    indented\n\n`inline`") == ()
    assert extracted("No code.", last=True) == "No code."
    assert code_blocks("```\nnever closed") == (CodeBlock("never closed", ""),)


def test_sources_are_named_by_their_hosts_and_five_are_enough() -> None:
    addresses = [f"https://www.{name}.org/a?b#c" for name in "abcdefg"]
    assert sources_line(addresses[:2]) == "Sources: 1 a.org · 2 b.org"
    assert sources_line(addresses).endswith("5 e.org · 2 more with /sources")
    assert host("http://[broken") == "http://[broken"
    assert host("x:\x1b[31m") == "x:[31m"
