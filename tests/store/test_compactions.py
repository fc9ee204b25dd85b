"""What stands for the earlier part of a conversation goes with any of the words that it may be made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.records.compaction import Compaction, nearest

from .cases import ALICE, BOB, START, human
from .test_delete import LATER, in_any_column, stored
from .test_purge import OF_ALICE, entry
from .test_variants import keep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from grokbot.store import Store

SECRET = "a summary of all that was said"


def summary(response_id: str, conversation_id: str = "c", model: str = "") -> Compaction:
    return Compaction(
        response_id=response_id,
        conversation_id=conversation_id,
        model=model,
        content=SECRET,
        tokens=9,
        created_at=START,
    )


WAYS: dict[str, Callable[[Store], Awaitable[object]]] = {
    "a message is deleted": lambda store: store.deletion.erase("h1", LATER),
    "the conversation is deleted": lambda store: store.deletion.delete("c", LATER),
    "a person has all deleted": lambda store: store.erasure.take_person(ALICE.id, "c", LATER, system_prompt=""),
    "a moderator purges": lambda store: store.purge.run(OF_ALICE, START, entry),
    "a filter hides an answer above": lambda store: store.deletion.forget_below("a1", LATER),
}


@pytest.mark.parametrize("way", WAYS)
async def test_it_goes_with_the_words_in_branches_too_and_from_the_file(store: Store, place: Path, way: str) -> None:
    await keep(store, human("h1"), stored("a1", "h1"), human("h2", "a1", author=BOB), stored("a2", "h2"))
    await keep(store, human("h3"), stored("b1", "h3"), conversation_id="d", branched_from="a2")
    for compaction in (summary("a2"), summary("b1", "d"), summary("a1", model="grok")):
        await store.compactions.add(compaction)
    assert len((await store.responses.path_to_show("b1"))[1]) == 3
    await WAYS[way](store)
    assert await in_any_column(store, SECRET) == set()
    await store.close()
    assert SECRET.encode() not in place.read_bytes()  # noqa: ASYNC240 - a look at one file


async def test_what_was_said_elsewhere_or_later_does_not_take_it_along(store: Store) -> None:
    await keep(store, human("h1"), stored("a1", "h1"), human("h2", "a1"), stored("a2", "h2"))
    await store.compactions.add(summary("a1"))
    await store.deletion.erase("h2", LATER)
    assert (await store.responses.path_to_show("a2"))[1] == (summary("a1"),)


async def test_the_nearest_that_a_model_can_read_counts(store: Store) -> None:
    await keep(store, human("h1"), stored("a1", "h1"), human("h2", "a1"), stored("a2", "h2"))
    for compaction in (summary("a1"), summary("a2", model="grok"), summary("gone")):
        await store.compactions.add(compaction)
    path, compactions = await store.responses.path_to_show("a2")
    assert nearest(path, compactions, "grok") == summary("a2", model="grok")
    assert nearest(path, compactions, "other") == summary("a1")
    assert nearest(path[:2], compactions, "grok") == summary("a1")
    assert nearest(path[:1], compactions, "grok") is None
