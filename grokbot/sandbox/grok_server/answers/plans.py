"""An answer before it is sent: its pieces, their outputs, and when each is due.

Here: the plan as a value, and its beats. Not here: waiting, sending, costs.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.answers import tokens
from grokbot.sandbox.grok_server.answers.encrypted_content import seal
from grokbot.wire.xai.chat_pb2 import (
    FinishReason,
    FunctionCall,
    InlineCitation,
    MessageRole,
    ToolCall,
    ToolCallStatus,
    ToolCallType,
)
from grokbot.wire.xai.usage_pb2 import ServerSideTool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grokbot.sandbox.grok_server.answers.scripts import FunctionRequest, ScriptedQuery

_NOTHING: Final = ServerSideTool.SERVER_SIDE_TOOL_INVALID


@dataclass(frozen=True, slots=True)
class Search:
    """One server-side tool call in a plan: its id, its turn, and its output if the request may see it."""

    id: str
    query: ScriptedQuery
    arguments: str
    output: str = ""
    turn: int = 0

    def call(self, status: ToolCallStatus.ValueType) -> ToolCall:
        """The call as a message, in the given state."""
        tool = self.query.tool
        function = FunctionCall(name=tool.name, arguments=self.arguments)
        return ToolCall(
            id=self.id, type=tool.call, status=status, function=function, error_message=self.query.error or None
        )

    def ended(self) -> ToolCall:
        """The call when it is over."""
        failed = ToolCallStatus.TOOL_CALL_STATUS_FAILED
        return self.call(failed if self.query.error else ToolCallStatus.TOOL_CALL_STATUS_COMPLETED)


@dataclass(frozen=True, slots=True)
class Beat:
    """The smallest unit that is sent: one token, one call, or an end. `at`: seconds after the request arrived."""

    at: float
    index: int
    role: MessageRole.ValueType = MessageRole.ROLE_ASSISTANT
    content: str = ""
    reasoning: str = ""
    sealed: str = ""
    call: ToolCall | None = None
    used: ServerSideTool.ValueType = _NOTHING
    finish: FinishReason.ValueType = FinishReason.REASON_INVALID
    citations: tuple[InlineCitation, ...] = ()
    token: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything known about an answer before its first token. Times in seconds.

    A call appears twice: with the assistant when it is decided, with the tool when it is over. If the answer is
    `verbose` (INCLUDE_OPTION_VERBOSE_STREAMING), the assistant's output tells its end too. `copies` is the number of
    answers that were asked for; the sandbox gives the same to each.
    """

    text: str
    reasoning: str
    searches: tuple[Search, ...]
    functions: tuple[FunctionRequest, ...]
    finish: FinishReason.ValueType
    citations: tuple[str, ...]
    inline: tuple[InlineCitation, ...]
    sealed_for: str | None
    verbose: bool
    tokens_per_second: float
    tokens_per_chunk: int
    first_token_after: float
    query_seconds: float
    copies: int = 1

    def beats(self) -> Iterator[Beat]:
        """The whole answer in order; of several answers piece by piece in turn."""
        for beat in self._beats():
            for copy in range(self.copies):
                # Several answers are never asked for together with tools: each is one output.
                yield (
                    beat if self.copies == 1 else replace(beat, index=copy, last=beat.last and copy == self.copies - 1)
                )

    def _beats(self) -> Iterator[Beat]:
        """One answer in order. Each turn is its calls, their results and another assistant output."""
        clock = _Clock(self.first_token_after, self.tokens_per_second, self.tokens_per_chunk)
        turns = [tuple(turn) for _, turn in itertools.groupby(self.searches, key=lambda search: search.turn)]
        reasoning = _shares(self.reasoning, len(turns) + 1)
        index = 0
        for turn, thought in zip(turns, reasoning, strict=False):
            yield from self._thought(clock, index, thought)
            yield from self._called(clock, index, turn)
            index += len(turn) + 1
        yield from self._concluded(clock, index, reasoning[-1])

    def _thought(self, clock: _Clock, index: int, reasoning: str) -> Iterator[Beat]:
        for token in tokens.split(reasoning):
            yield Beat(clock.tick(), index, reasoning=token, token=True)
        if self.sealed_for is not None and reasoning:
            yield Beat(clock.now, index, sealed=seal(reasoning, self.sealed_for))

    def _called(self, clock: _Clock, index: int, turn: tuple[Search, ...]) -> Iterator[Beat]:
        for search in turn:
            yield Beat(clock.now, index, call=search.call(ToolCallStatus.TOOL_CALL_STATUS_IN_PROGRESS))
        clock.wait(self.query_seconds)
        for search in turn if self.verbose else ():
            yield Beat(clock.now, index, call=search.ended())
        yield Beat(clock.now, index, finish=FinishReason.REASON_TOOL_CALLS)
        for number, search in enumerate(turn, start=1):
            found = f"what {search.id} found for {search.arguments}"
            yield Beat(
                clock.now,
                index + number,
                role=MessageRole.ROLE_TOOL,
                content=search.output,
                sealed="" if self.sealed_for is None else seal(found, self.sealed_for),
                call=search.ended(),
                used=_NOTHING if search.query.error else search.query.tool.used,
                finish=FinishReason.REASON_STOP,
            )

    def _concluded(self, clock: _Clock, index: int, reasoning: str) -> Iterator[Beat]:
        yield from self._thought(clock, index, reasoning)
        written, links = 0, deque(self.inline)
        for token in tokens.split(self.text):
            written += len(token)
            done = []
            while links and links[0].end_index <= written:
                done.append(links.popleft())
            yield Beat(clock.tick(), index, content=token, token=True, citations=tuple(done))
        for number, wanted in enumerate(self.functions):
            function = FunctionCall(name=wanted.name, arguments=wanted.arguments)
            kind = ToolCallType.TOOL_CALL_TYPE_CLIENT_SIDE_TOOL
            yield Beat(clock.now, index, call=ToolCall(id=f"call_{number}", type=kind, function=function))
        yield Beat(clock.now, index, finish=self.finish, last=True)


def cut_to_tokens(plan: Plan, max_tokens: int) -> Plan:
    """The plan with its text cut to `max_tokens`; its finish reason says so."""
    kept = list(itertools.islice(tokens.split(plan.text), max_tokens + 1))
    if len(kept) <= max_tokens:
        return plan
    return replace(plan, text="".join(kept[:max_tokens]), finish=FinishReason.REASON_MAX_LEN)


def _shares(text: str, number: int) -> list[str]:
    """`text` in `number` parts of about equal size, split between words."""
    words = text.split(" ")
    size = math.ceil(len(words) / number)
    return [" ".join(words[start : start + size]) for start in range(0, size * number, size)]


class _Clock:
    """Times the tokens: groups of `group` leave together, when the last one is written."""

    def __init__(self, start: float, rate: float, group: int) -> None:
        self.now = start
        self._start = start
        self._rate = rate
        self._group = group
        self._written = 0

    def tick(self) -> float:
        """When the next token is due."""
        groups = self._written // self._group + 1
        self._written += 1
        self.now = self._start + groups * self._group / self._rate
        return self.now

    def wait(self, seconds: float) -> None:
        """Pause writing; the next token begins a new group."""
        self.now += seconds
        self._start = self.now
        self._written = 0
