"""Calls of the API with bytes in and bytes out: nothing of our generated code is between a test and the wire.

Not here: putting bytes together and taking them apart (`tests.wire.by_hand`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

import grpc
import pytest

from tests.wire.by_hand import message, part, parts, text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    Metadata: TypeAlias = tuple[tuple[str, str | bytes], ...]

CHAT = "/prompt_ide.Chat/"
STATELESS = "/prompt_ide.StatelessChat/"
DAEMON = "/grokbot.Daemon/"


@dataclass(frozen=True)
class Raw:
    """A client that knows no message. `metadata` goes with every call."""

    channel: grpc.aio.Channel
    metadata: Metadata = ()

    def with_key(self, key: str) -> Raw:
        return Raw(self.channel, (("apikey", key),))

    async def call(self, method: str, request: bytes = b"") -> bytes:
        made: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self.channel.unary_unary(method)
        return await made(request, metadata=self.metadata, timeout=20)

    def stream(
        self, method: str, request: bytes, timeout: float = 20
    ) -> grpc.aio.UnaryStreamCall[bytes, bytes]:  # the call itself, so that a test can cancel it
        made: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = self.channel.unary_stream(method)
        return made(request, metadata=self.metadata, timeout=timeout)

    async def all(self, method: str, request: bytes) -> list[bytes]:
        return [answer async for answer in self.stream(method, request)]

    async def begin(self) -> str:
        """A new conversation's id."""
        return text(await self.call(CHAT + "CreateConversation"), 1)

    async def say(self, conversation: str, words: str, parent: str = "", *, grok: bool = True) -> Said:
        """One turn, to its end."""
        fields: tuple[tuple[int, int | str], ...] = ((1, conversation), (2, words), (5, parent), (6, int(grok)))
        return said(await self.all(CHAT + "AddResponse", message(*(field for field in fields if field[1]))))

    async def responses(self, conversation: str) -> list[bytes]:
        """All responses of a conversation."""
        return parts(await self.call(CHAT + "GetConversation", message((1, conversation))), 5)


@dataclass(frozen=True)
class Said:
    """What AddResponse streamed."""

    user: bytes
    """What was said; b"" where nothing was."""
    text: str
    """The pieces of the answer, put together."""
    answer: bytes
    """The whole answer, as the last message had it."""
    kinds: tuple[int, ...]
    """Which of the oneof each message was, each kind once for every run of it."""
    queries: tuple[tuple[str, str], ...] = ()
    """Words and type of the searches."""
    budget: bytes | None = None

    @property
    def user_id(self) -> str:
        return text(self.user, 1)

    @property
    def answer_id(self) -> str:
        return text(self.answer, 1)


def said(stream: list[bytes]) -> Said:
    """The messages of AddResponse, read."""
    kinds: list[int] = []
    pieces, queries, budget = "", [], None
    for each in stream:
        kind = each[0] >> 3
        if kinds[-1:] != [kind]:
            kinds.append(kind)
        content = part(each, kind)
        if kind == 2 and content[0] >> 3 == 1:
            pieces += text(part(part(content, 1), 1), 2)
        elif kind == 2:
            budget = part(content, 2)
        elif kind == 4:
            queries.append((text(content, 1), text(content, 2)))
    user = part(stream[0], 1) if kinds[0] == 1 else b""
    answer = part(stream[-1], 3) if kinds[-1] == 3 else b""
    return Said(user, pieces, answer, tuple(kinds), tuple(queries), budget)


class Refused:
    """`with Refused(code) as refused:` a call that ends so; `refused.text` is what it says then."""

    def __init__(self, code: grpc.StatusCode) -> None:
        self._code = code
        self._raises = pytest.raises(grpc.aio.AioRpcError)
        self.text = ""

    def __enter__(self) -> Self:
        self._caught = self._raises.__enter__()
        return self

    def __exit__(self, *failure: object) -> bool:
        caught = self._raises.__exit__(*failure)  # type: ignore[arg-type] # as Python hands them over
        error = self._caught.value
        self.text = error.details() or ""
        assert (error.code(), self.text) == (self._code, self.text)
        assert self.text.endswith("."), "a sentence for people"
        return caught


async def every(stream: AsyncIterator[bytes]) -> list[bytes]:
    return [each async for each in stream]
