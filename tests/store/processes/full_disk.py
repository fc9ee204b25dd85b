"""Lets a store run out of room (no file may grow), then gives it room again, and says what came of it: FILE."""

from __future__ import annotations

import asyncio
import resource
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import Conversation, Mode, Response, Sender, State
from grokbot.store import Store

TIME = datetime(2026, 11, 23, tzinfo=UTC)


def room(size: int) -> None:
    """How large a file may become, in bytes."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))


async def refused(call: object, word: str) -> None:
    try:
        await call  # type: ignore[misc] # a coroutine
    except StoreError:
        print(word, "refused")  # noqa: T201 -- this is what the test reads


async def main(file: str) -> None:
    store = await Store.open(f"sqlite+aiosqlite:///{file}")
    conversation = Conversation(
        id="c", guild_id=None, channel_id=2, owner_id=1, mode=Mode.STATELESS, model="grok",
        created_at=TIME, modified_at=TIME,
    )  # fmt: skip
    begun = Response(
        id="a", conversation_id="c", parent_id=None, sender=Sender.MODEL, state=State.PENDING, created_at=TIME
    )
    ended = replace(begun, state=State.DONE, message="long " * 100_000)
    await store.turns.begin([], begun, [], conversation)
    room(Path(f"{file}-wal").stat().st_size)  # noqa: ASYNC240 -- nothing else runs here
    await refused(store.turns.end(ended, "a", TIME), "write")
    await refused(store.file.check_writable(), "trial")
    if await store.responses.get("a") == begun and await store.conversations.get("c") == conversation:
        print("answer whole")  # noqa: T201 -- as above
    room(resource.RLIM_INFINITY)
    await store.file.check_writable()
    await store.turns.end(ended, "a", TIME)
    if await store.responses.get("a") == ended:
        print("works again")  # noqa: T201 -- as above
    await store.close()


asyncio.run(main(sys.argv[1]))
