"""What a test, or a person by a directive in a message, wants from one answer.

Here: the values, and parsing directives. Not here: how an answer is written or sent.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.failures import FAILURES
from grokbot.wire.xai.chat_pb2 import FinishReason

if TYPE_CHECKING:
    from collections.abc import Sequence

#: "none" ends the stream normally but without a reason, as a proxy does when the connection behind it broke.
FINISHES: Final = MappingProxyType(
    {
        "stop": FinishReason.REASON_STOP,
        "max_len": FinishReason.REASON_MAX_LEN,
        "max_context": FinishReason.REASON_MAX_CONTEXT,
        "tool_calls": FinishReason.REASON_TOOL_CALLS,
        "time_limit": FinishReason.REASON_TIME_LIMIT,
        "none": FinishReason.REASON_INVALID,
    }
)

QUERY_KINDS: Final = ("web", "x", "code")


@dataclass(frozen=True, slots=True)
class ScriptedQuery:
    """One server-side tool call: "web", "x" or "code", the query, and its sources."""

    text: str
    kind: str = "web"
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in QUERY_KINDS:
            raise ValueError(f"a query is one of {QUERY_KINDS}, not {self.kind!r}")


@dataclass(frozen=True, slots=True)
class FunctionRequest:
    """A request that the client run a function; arguments are JSON text."""

    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class Script:
    """One future answer. Fields that are None or empty are left to the built-in author and the sandbox's rules.

    Attributes:
        text: The answer, verbatim.
        reasoning: The reasoning before it; ignored by models without reasoning. "" means none.
        tokens_per_second: Pace of this stream.
        first_token_after: Seconds before the first token.
        queries: Searches before it (a plain string is a web search); skipped if the request does not offer the tool.
        functions: Functions for the client to run; the answer then finishes with "tool_calls".
        citations: Addresses for the last chunk, besides the sources of the queries.
        fail: A name in `FAILURES`.
        fail_after_tokens: Tokens (reasoning included) before `fail` happens; 0 refuses the call immediately.
        hang_after_tokens: After so many tokens nothing more is sent, and the stream stays open.
        finish: A name in `FINISHES`.
        tokens: Target length for the built-in author.
        think: Target number of reasoning tokens for the built-in author.

    Raises:
        ValueError: A name is unknown, or two wishes contradict each other.
    """

    text: str | None = None
    reasoning: str | None = None
    tokens_per_second: float | None = None
    first_token_after: float | None = None
    queries: Sequence[str | ScriptedQuery] = ()
    functions: tuple[FunctionRequest, ...] = ()
    citations: tuple[str, ...] = ()
    fail: str | None = None
    fail_after_tokens: int = 0
    hang_after_tokens: int | None = None
    finish: str | None = None
    tokens: int | None = None
    think: int | None = None

    def __post_init__(self) -> None:
        if self.fail is not None and self.fail not in FAILURES:
            raise ValueError(f"fail is one of {', '.join(FAILURES)}; not {self.fail!r}")
        if self.fail is None and self.fail_after_tokens:
            raise ValueError("fail_after_tokens needs a fail")
        if self.fail is not None and self.hang_after_tokens is not None:
            raise ValueError("an answer either fails or hangs")
        if self.finish is not None and self.finish not in FINISHES:
            raise ValueError(f"finish is one of {', '.join(FINISHES)}; not {self.finish!r}")
        if self.tokens_per_second is not None and self.tokens_per_second <= 0:
            raise ValueError("tokens_per_second is more than 0; use hang_after_tokens to stand still")

    def all_queries(self) -> tuple[ScriptedQuery, ...]:
        """The queries as values."""
        return tuple(query if isinstance(query, ScriptedQuery) else ScriptedQuery(query) for query in self.queries)


class ScriptQueue:
    """Scripts in order of arrival; each serves as many answers as requested."""

    def __init__(self) -> None:
        self._waiting: deque[list[Script]] = deque()

    def add(self, script: Script, times: int) -> None:
        """Queue `script` for the next `times` answers."""
        self._waiting.extend([script] for _ in range(times))

    def take(self) -> Script | None:
        """The script of the next answer, or None to leave it to the author."""
        return self._waiting.popleft()[0] if self._waiting else None

    def clear(self) -> None:
        """Drop unused scripts."""
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)


@dataclass(frozen=True, slots=True)
class Scripts:
    """The scripts: for answers, and separately for titles, whose requests come at no predictable time."""

    answers: ScriptQueue = field(default_factory=ScriptQueue)
    titles: ScriptQueue = field(default_factory=ScriptQueue)


_DIRECTIVE: Final = re.compile(r"(?<!\S)!(fail|slow|fast|search|think|long|wait|hang|finish)\b([^!\n]*)")
_NAME_AND_COUNT: Final = re.compile(r"([a-z_]+)(?:\s+after\s+(\d+))?")

#: Upper bound for any number in a directive.
_MOST: Final = 100_000.0

#: Directives that take a number: the field of the script, and the number when none is given.
_AMOUNTS: Final = MappingProxyType(
    {
        "slow": ("tokens_per_second", 5.0),
        "fast": ("tokens_per_second", 1_000.0),
        "think": ("think", 200),
        "long": ("tokens", 2_000),
        "wait": ("first_token_after", 5.0),
        "hang": ("hang_after_tokens", 10),
    }
)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


def directed(message: str) -> Script | None:
    """Parse directives such as `!fail overloaded after 10`, `!slow 5`, `!search cats` or `!think 200`.

    Numbers are optional. Text that cannot be parsed is not a directive: the author answers it.
    """
    wishes: dict[str, object] = {}
    for match in _DIRECTIVE.finditer(message):
        wishes.update(_wish(match[1], match[2].strip()))
    try:
        return Script(**wishes) if wishes else None  # type: ignore[arg-type] # _wish names and types each field
    except ValueError:  # contradicting wishes
        return None


def _wish(word: str, rest: str) -> dict[str, object]:
    number = _NUMBER.search(rest)
    if word in {"fail", "finish"}:
        return _named(word, rest)
    if word == "search":
        return {"queries": (ScriptedQuery(rest or "what is new"),)}
    field, otherwise = _AMOUNTS[word]
    amount = min(float(number[0]), _MOST) if number else otherwise
    # A pace of zero is a stream that hangs at once.
    return (
        {"hang_after_tokens": 0} if field == "tokens_per_second" and amount == 0 else {field: type(otherwise)(amount)}
    )


def _named(word: str, rest: str) -> dict[str, object]:
    found = _NAME_AND_COUNT.match(rest)
    if found is None:
        return {}
    if word == "finish":
        return {"finish": found[1]} if found[1] in FINISHES else {}
    return {"fail": found[1], "fail_after_tokens": int(found[2] or 0)} if found[1] in FAILURES else {}
