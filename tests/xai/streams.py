"""Streams as xAI sends them, made up at random, and ways of cutting one stream into chunks.

Not here: what is proved with them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from grokbot.wire.xai import chat_pb2, usage_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from random import Random

ASSISTANT, TOOL = chat_pb2.ROLE_ASSISTANT, chat_pb2.ROLE_TOOL
WORDS = ("fig", " plum", "\n", " ", "你好", "é", "👩\u200d🚀", "**", "```\n", ":", "alice: ", "\u202e", "0")
KINDS = (
    (chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, "web_search"),
    (chat_pb2.TOOL_CALL_TYPE_X_SEARCH_TOOL, "x_search"),
    (chat_pb2.TOOL_CALL_TYPE_CODE_EXECUTION_TOOL, "code_execution"),
)
ARGUMENTS = ('{"query": "figs"}', '{"query": ""}', "{}", "", "no json", "[1]", '{"query": 7}', '{"code": "1 + 1"}')


@dataclass(frozen=True)
class Atom:
    """A piece of one output that holds one thing."""

    index: int
    role: chat_pb2.MessageRole.ValueType
    text: str = ""
    reasoning: str = ""
    sealed: str = ""
    call: chat_pb2.ToolCall | None = None
    finish: chat_pb2.FinishReason.ValueType = chat_pb2.REASON_INVALID


def words(random: Random, least: int = 0, most: int = 6) -> str:
    return "".join(random.choice(WORDS) for _ in range(random.randint(least, most)))


def stream(random: Random, *, verbose: bool = False) -> list[Atom]:
    """One whole answer, searches on the way included; `verbose` shows calls while they run, too."""
    atoms: list[Atom] = []
    searches = random.choice((0, 0, 1, 2, 3))
    for number in range(searches):
        atoms += _search(random, 2 * number, verbose=verbose)
    last = 2 * searches
    atoms += _thought(random, last)
    atoms.append(Atom(last, ASSISTANT, text="x" + words(random)))
    finish = random.choice((chat_pb2.REASON_STOP, chat_pb2.REASON_MAX_LEN))
    atoms.append(Atom(last, ASSISTANT, finish=finish))
    return atoms


def _thought(random: Random, index: int) -> Iterator[Atom]:
    if random.random() < 0.7:
        yield Atom(index, ASSISTANT, reasoning="hm" + words(random))
    if random.random() < 0.7:
        yield Atom(index, ASSISTANT, sealed=f"c2VhbA{random.randrange(100)}")


def _search(random: Random, index: int, *, verbose: bool) -> Iterator[Atom]:
    calls = [_call(random, f"call_{index}_{number}") for number in range(random.randint(1, 2))]
    yield from _thought(random, index)
    if random.random() < 0.3:
        yield Atom(index, ASSISTANT, text="I look." + words(random))
    for call in calls:
        if verbose:
            begun = chat_pb2.ToolCall()
            begun.CopyFrom(call)
            begun.status = chat_pb2.TOOL_CALL_STATUS_IN_PROGRESS
            begun.ClearField("error_message")
            yield Atom(index, ASSISTANT, call=begun)
        yield Atom(index, ASSISTANT, call=call)
    yield Atom(index, ASSISTANT, finish=chat_pb2.REASON_TOOL_CALLS)
    for call in calls:
        yield Atom(index + 1, TOOL, call=call)
    if random.random() < 0.5:
        yield Atom(index + 1, TOOL, text=words(random, 1))
    yield Atom(index + 1, TOOL, finish=chat_pb2.REASON_STOP)


def _call(random: Random, call_id: str) -> chat_pb2.ToolCall:
    kind, name = random.choice(KINDS)
    function = chat_pb2.FunctionCall(name=name, arguments=random.choice(ARGUMENTS))
    call = chat_pb2.ToolCall(id=call_id, type=kind, function=function)
    if random.random() < 0.2:
        call.status = chat_pb2.TOOL_CALL_STATUS_FAILED
        call.error_message = random.choice(("", "no such page"))
    else:
        call.status = chat_pb2.TOOL_CALL_STATUS_COMPLETED
    return call


def cut(random: Random, atoms: Iterable[Atom], xai_id: str = "x1") -> list[chat_pb2.GetChatCompletionChunk]:
    """The stream in chunks, each text cut and pieces that follow each other joined anyhow."""
    groups: list[list[Atom]] = [[]]
    for atom in atoms:
        for piece in _pieces(random, atom):
            if random.random() < 0.6:
                groups.append([])
            groups[-1].append(piece)
    return [chunk(group, xai_id, number) for number, group in enumerate(groups)]


def _pieces(random: Random, atom: Atom) -> list[Atom]:
    for name in ("text", "reasoning", "sealed"):
        whole: str = getattr(atom, name)
        if whole:
            cuts = sorted({0, len(whole), *(random.randrange(len(whole)) for _ in range(random.randint(0, 3)))})
            parts = [whole[start:end] for start, end in itertools.pairwise(cuts)]
            return [replace(atom, **cast("dict[str, Any]", {name: part})) for part in parts]
    return [atom]


def chunk(atoms: Sequence[Atom], xai_id: str = "x1", tokens: int = 0) -> chat_pb2.GetChatCompletionChunk:
    """Atoms joined by output, as they travel together."""
    made = chat_pb2.GetChatCompletionChunk(id=xai_id, model="grok-4.7")
    made.usage.CopyFrom(usage_pb2.SamplingUsage(completion_tokens=tokens))
    outputs: dict[int, chat_pb2.CompletionOutputChunk] = {}
    for atom in atoms:
        if atom.index not in outputs:
            outputs[atom.index] = made.outputs.add(index=atom.index)
        output = outputs[atom.index]
        output.delta.role = atom.role
        output.delta.content += atom.text
        output.delta.reasoning_content += atom.reasoning
        output.delta.encrypted_content += atom.sealed
        if atom.call is not None:
            output.delta.tool_calls.append(atom.call)
        output.finish_reason = atom.finish or output.finish_reason
    return made
