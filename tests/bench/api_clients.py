"""The processes of the `api` bench: the daemon without Discord, and the clients that read answers to their end.

`python -m tests.bench.api_clients daemon|client …`: each says one line when it is ready; then the client answers each
line of its standard input, `KIND STREAMS`, with one of JSON. Here: who asks, and how long it takes. Not here: the
comparison (`api`).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from grokbot import sdk
from grokbot.conversation.draft import TextPiece
from grokbot.conversation.history import Prompt, PromptMessage, Role
from grokbot.conversation.response import Conversation, Mode
from grokbot.daemon import embedded
from grokbot.settings import ConversationSettings, DiscordSettings, Settings, StoreSettings, XaiSettings
from grokbot.xai.client import GrokClient
from tests.bench.timed_grok import question

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    Ask = Callable[[int], AsyncGenerator[str, None]]
    """Asks for the story of this number and yields its pieces."""


@asynccontextmanager
async def bare(target: str, key: str) -> AsyncIterator[Ask]:
    """The client of xAI alone."""
    client = GrokClient(XaiSettings(api_key=SecretStr(key), target=target, insecure=True))
    now = datetime.now(UTC)
    where = Conversation(
        id="bench", guild_id=None, channel_id=None, owner_id=1, mode=Mode.STATELESS, model="grok-4.7",
        created_at=now, modified_at=now,
    )  # fmt: skip

    async def ask(number: int) -> AsyncGenerator[str, None]:
        async with aclosing(client.stream(Prompt((PromptMessage(Role.USER, question(number)),)), where)) as answer:
            async for events in answer:
                for event in events:
                    if isinstance(event, TextPiece):
                        yield event.text

    try:
        yield ask
    finally:
        await client.close()


@asynccontextmanager
async def chat(target: str) -> AsyncIterator[Ask]:
    """The SDK's stateless half."""
    async with sdk.Client(target) as client:
        yield lambda number: client.chat.create_conversation().add_response(question(number)).token_stream


@asynccontextmanager
async def grok(target: str) -> AsyncIterator[Ask]:
    """The SDK's half that keeps conversations."""
    async with sdk.Client(target) as client:
        yield lambda number: client.grok.create_conversation().add_response(question(number)).token_stream


async def serve(grok_target: str, key: str, folder: str) -> None:
    """The daemon's inner half and its API, until standard input ends."""
    settings = Settings(
        discord=DiscordSettings(token=SecretStr("no-discord-here")),
        xai=XaiSettings(api_key=SecretStr(key), target=grok_target, insecure=True),
        store=StoreSettings(url=str(Path(folder, "bench.sqlite3"))),
        conversation=ConversationSettings(titles=False),
    )
    async with embedded(settings) as target:
        _say(target)
        await asyncio.to_thread(sys.stdin.read)


async def read(grok_target: str, key: str, target: str) -> None:
    """Reads answers as it is told to, one round after another."""
    async with bare(grok_target, key) as alone, chat(target) as stateless, grok(target) as kept:
        asks = {"bare": alone, "chat": stateless, "grok": kept}
        _say("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            kind, streams = line.split()
            cpu = time.process_time()
            answers = await asyncio.gather(*(_timed(asks[kind], number) for number in range(int(streams))))
            whole, flowing, words = zip(*answers, strict=True)
            told = {"whole": whole, "flowing": flowing, "words": words, "cpu": time.process_time() - cpu}
            _say(json.dumps(told))


async def _timed(ask: Ask, number: int) -> tuple[float, float, int]:
    """Seconds of an answer from the question to its end, and from its first piece to its end; and its words."""
    began = time.perf_counter()
    first = None
    pieces = []
    async for piece in ask(number):
        first = first or time.perf_counter()
        pieces.append(piece)
    ended = time.perf_counter()
    return ended - began, ended - (first or began), len("".join(pieces).split())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    asyncio.run({"daemon": serve, "client": read}[what](*arguments))
