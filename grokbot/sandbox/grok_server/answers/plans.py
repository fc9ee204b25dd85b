"""An answer before it is sent: its pieces, their outputs, and when each is due.

Here: the plan as a value, and its beats. Not here: waiting, sending, costs.
"""

from __future__ import annotations

import itertools
import math
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


@dataclass(frozen=True, slots=True)
class ToolKind:
    """One kind of server-side tool, as named in the messages."""

    call: ToolCallType.ValueType
    used: ServerSideTool.ValueType
    function: str


KINDS: Final = {
    "web": ToolKind(
        ToolCallType.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, ServerSideTool.SERVER_SIDE_TOOL_WEB_SEARCH, "web_search"
    ),
    "x": ToolKind(ToolCallType.TOOL_CALL_TYPE_X_SEARCH_TOOL, ServerSideTool.SERVER_SIDE_TOOL_X_SEARCH, "x_search"),
    "code": ToolKind(
        ToolCallType.TOOL_CALL_TYPE_CODE_EXECUTION_TOOL,
        ServerSideTool.SERVER_SIDE_TOOL_CODE_EXECUTION,
        "code_execution",
    ),
}


@dataclass(frozen=True, slots=True)
class Search:
    """One server-side tool call in a plan: its id, and its output if the request asked to see it."""

    id: str
    query: ScriptedQuery
    arguments: str
    output: str = ""

    def call(self, status: ToolCallStatus.ValueType) -> ToolCall:
        """The call as a message, in the given state."""
        kind = KINDS[self.query.kind]
        function = FunctionCall(name=kind.function, arguments=self.arguments)
        return ToolCall(id=self.id, type=kind.call, status=status, function=function)


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
    used: ServerSideTool.ValueType = ServerSideTool.SERVER_SIDE_TOOL_INVALID
    finish: FinishReason.ValueType = FinishReason.REASON_INVALID
    citations: tuple[InlineCitation, ...] = ()
    token: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything known about an answer before its first token. Times in seconds.

    A running call is shown only if the answer is `verbose`: xAI's documentation requires
    INCLUDE_OPTION_VERBOSE_STREAMING to show calls in real time. Otherwise it appears when it is done.
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

    def beats(self) -> Iterator[Beat]:
        """The whole answer in order. Each search is a call, a result and another assistant output."""
        clock = _Clock(self.first_token_after, self.tokens_per_second, self.tokens_per_chunk)
        reasoning = _shares(self.reasoning, len(self.searches) + 1)
        for number, search in enumerate(self.searches):
            yield from self._thought(clock, 2 * number, reasoning[number])
            yield from self._searched(clock, 2 * number, search)
        yield from self._concluded(clock, 2 * len(self.searches), reasoning[-1])

    def _thought(self, clock: _Clock, index: int, reasoning: str) -> Iterator[Beat]:
        for token in tokens.split(reasoning):
            yield Beat(clock.tick(), index, reasoning=token, token=True)
        if self.sealed_for is not None and reasoning:
            yield Beat(clock.now, index, sealed=seal(reasoning, self.sealed_for))

    def _searched(self, clock: _Clock, index: int, search: Search) -> Iterator[Beat]:
        done = search.call(ToolCallStatus.TOOL_CALL_STATUS_COMPLETED)
        started = search.call(ToolCallStatus.TOOL_CALL_STATUS_IN_PROGRESS)
        if self.verbose:
            yield Beat(clock.now, index, call=started)
        clock.wait(self.query_seconds)
        used = KINDS[search.query.kind].used
        yield Beat(clock.now, index, call=done, used=used, finish=FinishReason.REASON_TOOL_CALLS)
        yield Beat(
            clock.now,
            index + 1,
            role=MessageRole.ROLE_TOOL,
            content=search.output,
            call=done,
            finish=FinishReason.REASON_STOP,
        )

    def _concluded(self, clock: _Clock, index: int, reasoning: str) -> Iterator[Beat]:
        yield from self._thought(clock, index, reasoning)
        for token in tokens.split(self.text):
            yield Beat(clock.tick(), index, content=token, token=True)
        for number, wanted in enumerate(self.functions):
            function = FunctionCall(name=wanted.name, arguments=wanted.arguments)
            kind = ToolCallType.TOOL_CALL_TYPE_CLIENT_SIDE_TOOL
            yield Beat(clock.now, index, call=ToolCall(id=f"call_{number}", type=kind, function=function))
        yield Beat(clock.now, index, finish=self.finish, citations=self.inline, last=True)


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
