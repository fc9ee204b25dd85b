"""What a test, or a person by a directive in a message, wants from one answer.

Here: the values, and parsing directives. Not here: how an answer is written or sent.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from grokbot.sandbox.grok_server.answers.tools import KINDS, TOOLS, ToolKind, usual
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


@dataclass(frozen=True, slots=True)
class ScriptedQuery:
    """One call of a server-side tool.

    Attributes:
        text: The query, or what else the call is about: an address, the id of a post, code, a picture's description.
        kind: One of `KINDS`: "web", "x", "code", "file", "image".
        sources: Addresses that it finds; those that the request excludes are left out.
        name: The call's name, such as "browse_page" or "x_thread_fetch"; "" is the usual one of its kind.
        output: What code printed, or what another tool returns; the request must ask to see it, but for pictures.
        error: The call fails with this text. It is not billed, and makes no picture.
        beside: It runs in the same turn as the call before it.

    Raises:
        ValueError: There is no such kind or name.
    """

    text: str
    kind: str = "web"
    sources: tuple[str, ...] = ()
    name: str = ""
    output: str | None = None
    error: str = ""
    beside: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a query is one of {KINDS}, not {self.kind!r}")
        if self.name and (self.name not in TOOLS or TOOLS[self.name].kind != self.kind):
            raise ValueError(f"{self.name!r} is no call of the kind {self.kind!r}")

    @property
    def tool(self) -> ToolKind:
        """The tool that is called."""
        return TOOLS[self.name] if self.name else usual(self.kind)


@dataclass(frozen=True, slots=True)
class FunctionRequest:
    """A request that the client run a function; arguments are JSON text."""

    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class Script:
    """One future answer. Fields that are None or empty are left to the built-in author and the sandbox's rules.

    Attributes:
        text: The answer, verbatim. Links such as `[[1]](https://example.org)` stay in it, and have their positions,
            if the request asks for inline citations, else they are left out; so at xAI.
        reasoning: The reasoning before it; ignored by models without reasoning. "" means none.
        tokens_per_second: Pace of this stream.
        first_token_after: Seconds before the first token.
        queries: Searches before it (a plain string is a web search); skipped if the request does not offer the tool.
        files: Names and bytes of files that code execution wrote; the request must ask to get them.
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
    files: tuple[tuple[str, bytes], ...] = ()
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


@dataclass(frozen=True, slots=True)
class ScriptedImages:
    """One future answer of the Image service.

    Attributes:
        fail: A name in `FAILURES`, such as "image_rejected" or "refused".
        withheld: How many of the pictures, from the first on, are kept back because they broke the rules.
        seconds: How long it takes.

    Raises:
        ValueError: There is no such failure.
    """

    fail: str | None = None
    withheld: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.fail is not None and self.fail not in FAILURES:
            raise ValueError(f"fail is one of {', '.join(FAILURES)}; not {self.fail!r}")


_Wish = TypeVar("_Wish", Script, ScriptedImages)


class ScriptQueue(Generic[_Wish]):
    """Scripts in order of arrival; each serves as many answers as requested."""

    def __init__(self) -> None:
        self._waiting: deque[_Wish] = deque()

    def add(self, script: _Wish, times: int) -> None:
        """Queue `script` for the next `times` answers."""
        self._waiting.extend(script for _ in range(times))

    def take(self) -> _Wish | None:
        """The script of the next answer, or None to leave it to the author."""
        return self._waiting.popleft() if self._waiting else None

    def clear(self) -> None:
        """Drop unused scripts."""
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)


@dataclass(frozen=True, slots=True)
class Scripts:
    """The scripts: for answers, and separately for what is asked at no predictable time or is no answer."""

    answers: ScriptQueue[Script] = field(default_factory=ScriptQueue)
    titles: ScriptQueue[Script] = field(default_factory=ScriptQueue)
    compactions: ScriptQueue[Script] = field(default_factory=ScriptQueue)
    images: ScriptQueue[ScriptedImages] = field(default_factory=ScriptQueue)

    def clear(self) -> None:
        """Drop all unused scripts."""
        for queue in (self.answers, self.titles, self.compactions, self.images):
            queue.clear()


_DIRECTIVE: Final = re.compile(
    r"(?<!\S)!(fail|slow|fast|search|open|post|code|draw|think|long|wait|hang|finish)\b([^!\n]*)"
)
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

#: Directives that call a tool: its name, and what it is about when nothing is said.
_CALLS: Final = MappingProxyType(
    {
        "search": ("web_search", "what is new"),
        "open": ("browse_page", "https://example.com/"),
        "post": ("x_thread_fetch", "1"),
        "code": ("code_execution", "print(2 + 2)"),
        "draw": ("imagine_text_to_image", "a red square"),
    }
)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


def directed(message: str) -> Script | None:
    """Parse directives such as `!fail overloaded after 10`, `!slow 5`, `!search cats`, `!draw a cat` or `!think 200`.

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
    if word in _CALLS:
        name, about = _CALLS[word]
        called = "" if TOOLS[name] == usual(TOOLS[name].kind) else name
        return {"queries": (ScriptedQuery(rest or about, TOOLS[name].kind, name=called),)}
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
