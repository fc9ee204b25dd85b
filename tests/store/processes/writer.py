"""Writes turn after turn and prints the id of each once it has ended, for ever or so often: FILE [TURNS]."""

from __future__ import annotations

import asyncio
import itertools
import sys
from dataclasses import replace
from datetime import UTC, datetime

from grokbot.conversation.response import Author, Conversation, MessageRef, Mode, Response, Sender, State
from grokbot.store import Store

TIME = datetime(2026, 11, 23, tzinfo=UTC)


async def turn(store: Store, number: int) -> None:
    asked = Response(
        id=f"h{number}",
        conversation_id="c",
        parent_id=None,
        sender=Sender.HUMAN,
        state=State.DONE,
        created_at=TIME,
        author=Author(1, "alice"),
    )
    answer = replace(asked, id=str(number), parent_id=asked.id, sender=Sender.MODEL, state=State.PENDING, author=None)
    await store.turns.begin([asked], answer, [MessageRef(number, 2, asked.id)])
    await store.turns.journal(answer.id, "the", "")
    await store.turns.end(replace(answer, state=State.DONE, message=f"the answer {answer.id}"), answer.id, TIME)
    print(answer.id, flush=True)  # noqa: T201 -- this is what the test reads


async def main(file: str, turns: int | None) -> None:
    store = await Store.open(f"sqlite+aiosqlite:///{file}")
    if await store.conversations.get("c") is None:
        await store.conversations.add(
            Conversation(
                id="c", guild_id=None, channel_id=2, owner_id=1, mode=Mode.STATELESS, model="grok",
                created_at=TIME, modified_at=TIME,
            )
        )  # fmt: skip
    first = 1
    while await store.responses.get(f"h{first}") is not None:
        first += 1
    for number in itertools.count(first):
        if turns is not None and number >= first + turns:
            break
        await turn(store, number)
    await store.close()


asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None))
