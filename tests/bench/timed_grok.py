"""The loopback Grok with a stop-watch: what it sent to whom, and when.

Here: scripted answers of plain words, chosen by the question, and the time at which each piece of them was handed to
the network. Not here: what became of them in Discord (`audience`).
"""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from grokbot.sandbox.grok_server import GrokSandbox, Script
from grokbot.sandbox.grok_server.answers import text_of
from grokbot.sandbox.grok_server.chat import ChatService
from grokbot.wire.xai.chat_pb2 import MessageRole
from tests.bench.freshness import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.sandbox.grok_server import GrokRules
    from grokbot.sandbox.grok_server.admission.door import Context
    from grokbot.wire.xai.chat_pb2 import GetChatCompletionChunk, GetCompletionsRequest, Message

_QUESTION = re.compile(r"(?:[^:]*: )?Tell me story (\d+)\.")
"""A question as the model is shown it: in a server, the name of who asks stands before it."""

WORDS = (
    "the",
    "sea",
    "was",
    "calm",
    "and",
    "a",
    "boat",
    "went",
    "out",
    "to",
    "find",
    "an",
    "old",
    "map",
    "of",
    "all",
    "isles",
    "where",
    "no",
    "one",
    "had",
    "ever",
    "been",
    "but",
    "two",
    "men",
    "who",
    "saw",
    "how",
    "far",
    "it",
    "is",
    "go",
    "by",
    "day",
    "or",
    "at",
    "night",
    "if",
    "you",
    "do",
    "not",
    "know",
    "any",
    "star",
)
"""Each is one token of the sandbox, about four characters with its space, as tokens of English are."""


def question(number: int) -> str:
    """What is asked to be told the answer of this number."""
    return f"Tell me story {number}."


def story(number: int, tokens: int) -> str:
    """The answer of this number, always the same: so many plain words, so many tokens."""
    chosen = random.Random(number)
    return " ".join(chosen.choice(WORDS) for _ in range(tokens))


@dataclass(slots=True)
class Told:
    """What was sent of one answer. Times are `time.monotonic()`."""

    pieces: list[Piece] = field(default_factory=list)
    text: str = ""


class TimedGrok(GrokSandbox):
    """A `GrokSandbox` that answers `question(n)` with a story, and knows when each piece of it was sent.

    Attributes:
        told: The answers by number. One that was asked for again begins anew.
        lengths: Tokens of an answer by its number; those not named have `tokens`.
    """

    def __init__(self, rules: GrokRules, tokens: int) -> None:
        super().__init__(rules)
        self.told: dict[int, Told] = {}
        self.lengths: dict[int, int] = {}
        self.tokens = tokens
        self._chat = _TimedChat(self.rules, self._door, self._tasks, self._stored, self._limits)
        self._chat.grok = self
        self.answers_by(self._script)

    def _script(self, conversation: Sequence[Message]) -> Script | None:
        number = _asked(conversation)
        return None if number is None else Script(text=self.text(number), reasoning="")

    def text(self, number: int) -> str:
        """The answer of this number."""
        return story(number, self.lengths.get(number, self.tokens))


class _TimedChat(ChatService):
    grok: TimedGrok

    async def GetCompletionChunk(  # type: ignore[override] # noqa: N802 - as in ChatService
        self, request: GetCompletionsRequest, context: Context
    ) -> None:
        number = _asked(request.messages)
        if number is not None:
            told = self.grok.told[number] = Told()
            context = cast("Context", _TimedContext(context, told))
        await super().GetCompletionChunk(request, context)


class _TimedContext:
    """A call's context that notes what is written, just before it is: the earliest that it can count as sent."""

    def __init__(self, context: Context, told: Told) -> None:
        self._context = context
        self._told = told
        self._now = asyncio.get_running_loop().time

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def write(self, chunk: GetChatCompletionChunk) -> None:
        content = "".join(output.delta.content for output in chunk.outputs)
        if content:
            told = self._told
            told.text += content
            told.pieces.append(Piece(self._now(), len(told.text)))
        await self._context.write(chunk)


def _asked(messages: Sequence[Message]) -> int | None:
    """The number that the last message of a person asks for."""
    last = next((message for message in reversed(messages) if message.role == MessageRole.ROLE_USER), None)
    found = _QUESTION.fullmatch(text_of(last)) if last is not None else None
    return int(found[1]) if found else None
