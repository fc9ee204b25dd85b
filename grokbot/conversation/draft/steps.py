"""What the model did on its way to an answer, for people: its thoughts, and the programs that it ran. Pure.

Not here: its searches (`conversation.text.lookups`), what is replayed of the steps (`conversation.history`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.response import ANSWER

if TYPE_CHECKING:
    from grokbot.conversation.response import Response

CODE_EXECUTION = 4
"""The wire's type of a call that runs code."""

LONGEST_CODE = 20_000
"""Characters of a program that are read of its call."""


@dataclass(frozen=True, slots=True)
class CodeRun:
    """A program that the model ran at xAI, and what it printed, as xAI reports it."""

    code: str
    output: str


def thoughts_of(answer: Response) -> str:
    """The summary of the model's reasoning, before its searches and before the answer; empty if there is none."""
    before = [step.reasoning for step in answer.steps if step.role != ANSWER]
    return "\n\n".join(text.strip() for text in (*before, answer.reasoning) if text.strip())


def code_runs_of(answer: Response) -> tuple[CodeRun, ...]:
    """The programs that the model ran on its way."""
    outputs = {step.tool_calls[0].id: step.text for step in answer.steps if step.role == "tool" and step.tool_calls}
    calls = [call for step in answer.steps if step.role != "tool" for call in step.tool_calls]
    return tuple(
        CodeRun(_code_in(call.arguments), call.error or outputs.get(call.id, ""))
        for call in calls
        if call.type == CODE_EXECUTION
    )


def _code_in(arguments: str) -> str:
    """The program in a call's arguments; other arguments as they are."""
    if len(arguments) > LONGEST_CODE:
        return arguments[:LONGEST_CODE]
    try:
        code = json.loads(arguments)["code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return arguments
    return code if isinstance(code, str) else arguments
