from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.response import MessageRef, State
from grokbot.display import Node, Rearranged
from grokbot.store import NotStoredError, RowRefusedError

from .cases import ALICE, BOB, CHANNEL, at, conversation, human, pending

if TYPE_CHECKING:
    from grokbot.store import Store


async def talk(store: Store) -> None:
    """q under nothing, answered by a; r waits. Messages 1 and 2 hold q and a, 3 holds r."""
    answer = pending("a", "q", 2)
    await store.turns.begin([human("q", tick=1)], answer, [MessageRef(1, CHANNEL, "q")], conversation())
    await store.turns.end(replace(answer, state=State.DONE, message="hi", finished_at=at(3)), "a", at(3))
    await store.messages.put(MessageRef(2, CHANNEL, "a"))
    await store.queue.add(human("r", state=State.PENDING, author=BOB), MessageRef(3, CHANNEL, "r"))


async def test_the_shape_of_a_conversation_is_read_without_its_words(store: Store) -> None:
    await talk(store)
    standing = await store.placement.get("c")
    q, a = standing.nodes["q"], standing.nodes["a"]
    assert (q.parent_id, q.counts, a) == (None, False, Node("a", "q", a.sender, answered=True))
    assert [(ref.message_id, ref.response_id) for ref in standing.refs] == [(1, "q"), (2, "a"), (3, "r")]
    assert set(standing.nodes) == {"q", "a"}
    assert standing.unshown == {"a"}
    assert (await store.placement.get("unknown")).nodes == {}


async def test_a_new_answer_takes_over_the_messages_in_the_transaction_in_which_it_begins(store: Store) -> None:
    await talk(store)
    await store.messages.shown_whole("a")
    moved = [MessageRef(1, CHANNEL, "q2"), MessageRef(2, CHANNEL, "b")]
    change = Rearranged(moved=moved, former=[("q", 1)], again=["a"], moves_leaf=True, leaf_id=None)
    await store.turns.begin([human("q2", tick=5)], pending("b", "q2", 5), (), change=change)
    standing = await store.placement.get("c")
    assert [(ref.message_id, ref.response_id) for ref in standing.refs] == [(1, "q2"), (2, "b"), (3, "r")]
    assert standing.former == {"q": 1}
    assert standing.unshown == {"a", "b"}
    found = await store.conversations.get("c")
    assert found is not None
    assert found.leaf_id is None
    assert await store.placement.versions(1) == ("q", "q2")


async def test_nothing_of_a_change_is_kept_where_its_leaf_is_refused(store: Store) -> None:
    await talk(store)
    before = await store.placement.get("c")
    change = Rearranged(moved=[MessageRef(2, CHANNEL, "q")], moves_leaf=True, leaf_id="unknown")
    with pytest.raises(RowRefusedError):
        await store.placement.change("c", change, at(9))
    with pytest.raises(NotStoredError):
        await store.placement.change("unknown", replace(change, leaf_id=None), at(9))
    assert (await store.placement.get("c")).refs == before.refs


async def test_a_message_that_is_gone_is_not_brought_back_by_moving_it(store: Store) -> None:
    await talk(store)
    await store.messages.drop(2)
    await store.placement.change("c", Rearranged(moved=[MessageRef(2, CHANNEL, "q")]), at(9))
    assert await store.messages.of("a") == ()
    assert [ref.message_id for ref in (await store.placement.get("c")).refs] == [1, 3]


async def test_only_what_waits_is_reworded(store: Store) -> None:
    await talk(store)
    assert await store.queue.reword(3, BOB, "else")
    assert not await store.queue.reword(1, ALICE, "else")
    assert not await store.queue.reword(9, ALICE, "else")
    (waiting,) = await store.queue.of("c")
    assert (waiting.id, waiting.message) == ("r", "else")
    assert [r.message for r in await store.responses.some(["q", "unknown", "a"])] == ["a question", "hi"]


async def test_an_answer_by_hand_is_kept_with_what_it_moves(store: Store) -> None:
    await talk(store)
    written = replace(pending("b", "q", 5), state=State.DONE, message="by hand", manual=True)
    change = Rearranged(moved=[MessageRef(2, CHANNEL, "b")], again=["b"], moves_leaf=True, leaf_id="b")
    await store.placement.add_by_hand(written, change, at(9))
    assert [response.message for response in await store.responses.path("b")] == ["a question", "by hand"]
    assert "b" in (await store.placement.get("c")).unshown
