from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grokbot.conversation.response import Response, Sender, State
from grokbot.store import NotStoredError, RowRefusedError
from grokbot.store.conversations.variants import BLANK
from tests.conversation.forest import variants

from .cases import at, conversation, ended, human, pending, ref

if TYPE_CHECKING:
    from grokbot.store import Store


def said(response_id: str, parent_id: str | None, text: str = "an answer", state: State = State.DONE) -> Response:
    """An answer that has ended."""
    return ended(pending(response_id, parent_id), text, state)


async def keep(
    store: Store, *responses: Response, conversation_id: str = "c", branched_from: str | None = None
) -> None:
    begun = replace(conversation(conversation_id), branched_from=branched_from)
    await store.conversations.add_forest(begun, [replace(r, conversation_id=conversation_id) for r in responses])


def test_blank_is_what_python_strips() -> None:
    """Written down, for to ask about each of a million characters took a tenth of a second of every start."""
    assert sorted(BLANK) == [letter for letter in map(chr, range(sys.maxunicode + 1)) if letter.isspace()]


async def test_variants_are_the_answers_under_one_parent_that_may_be_shown(store: Store) -> None:
    await keep(
        store,
        human("h"),
        said("a1", "h"),
        said("a2", "h", "", State.FAILED),
        said("a3", "h", "\n \u2003\x85", State.STOPPED),
        said("a4", "h", "half of", State.INTERRUPTED),
        pending("a5", "h"),
        human("h2", "h"),
        human("other"),
        said("b1", "other"),
    )
    assert await store.variants.of("a1") == ("a1", "a4", "a5")
    assert await store.variants.of("a2") == ("a1", "a2", "a4", "a5")
    assert await store.variants.of("b1") == ("b1",)
    assert await store.variants.of("h") == ()
    with pytest.raises(NotStoredError):
        await store.variants.of("nobody")


async def test_answers_that_are_roots_are_variants_of_each_other_within_their_conversation(store: Store) -> None:
    await keep(store, said("a1", None), said("a2", None))
    await keep(store, said("b1", None), conversation_id="d")
    assert await store.variants.of("a2") == ("a1", "a2")


@given(data=st.data(), size=st.integers(1, 25))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, derandomize=True)
async def test_any_forest_has_the_variants_that_the_rules_say(store: Store, data: st.DataObject, size: int) -> None:
    name = str(uuid4())
    made: list[Response] = []
    for number in range(size):
        parent = data.draw(st.none() | st.sampled_from(made) if made else st.none())
        response_id, parent_id = f"{name}-{number:02}", parent.id if parent else None
        text = data.draw(st.sampled_from(["words", "", " \n", "\u2028"]))
        state = data.draw(st.sampled_from([State.DONE, State.FAILED, State.STREAMING]))
        of_model = replace(said(response_id, parent_id, text, state), created_at=at(number))
        response = data.draw(st.sampled_from([of_model, human(response_id, parent_id, number)]))
        made.append(replace(response, conversation_id=name))
    await keep(store, *made, conversation_id=name)
    for response in made:
        shown = [
            r.id
            for r in variants(made, response)
            if r.sender is Sender.MODEL and (r.answered or not r.state.ended or r.id == response.id)
        ]
        assert await store.variants.of(response.id) == tuple(shown)


async def test_selecting_moves_the_leaf_and_notes_what_is_to_be_shown_again(store: Store) -> None:
    await keep(store, human("h"), said("a1", "h"), said("a2", "h"), human("i", "a2"), said("j", "i"))
    await store.variants.select("c", "a1", ["a1", "j", "h", "nobody"], at(5))
    found = await store.conversations.get("c")
    assert found is not None
    assert (found.leaf_id, found.modified_at) == ("a1", at(5))
    assert [response.id for response in await store.messages.unshown()] == ["a1", "j"]
    await store.variants.select("c", "j", ["j", "a2", "j"], at(6))
    assert [response.id for response in await store.messages.unshown()] == ["a1", "a2", "j"]
    await store.variants.select("c", None, [], at(7))
    assert (await store.conversations.get("c") or found).leaf_id is None


async def test_a_leaf_of_another_conversation_is_refused_and_nothing_changes(store: Store) -> None:
    await keep(store, human("h"), said("a", "h"))
    await keep(store, human("x"), conversation_id="d")
    before = await store.conversations.get("c")
    with pytest.raises(RowRefusedError):
        await store.variants.select("c", "x", ["a"], at(5))
    with pytest.raises(NotStoredError):
        await store.variants.select("nobody", None, ["a"], at(5))
    assert await store.conversations.get("c") == before
    assert await store.messages.unshown() == ()


async def test_the_path_of_a_branch_runs_through_the_conversations_that_it_goes_on_from(store: Store) -> None:
    await keep(store, human("h"), said("a", "h"), human("h2", "a"), said("a2", "h2"))
    await keep(store, human("x"), said("y", "x"), human("x2", "y"), conversation_id="d", branched_from="a")
    await keep(store, human("z"), conversation_id="e", branched_from="y")
    assert [r.id for r in await store.responses.path("x2")] == ["h", "a", "x", "y", "x2"]
    assert [r.id for r in await store.responses.path("z")] == ["h", "a", "x", "y", "z"]
    assert [r.id for r in await store.responses.path("a2")] == ["h", "a", "h2", "a2"]
    assert [r.id for r in await store.responses.forest("d")] == ["x", "y", "x2"]


async def test_a_branch_begins_only_below_what_is_there(store: Store) -> None:
    await keep(store, human("h"), said("a", "h"))
    branch = replace(conversation("d"), branched_from="a")
    await store.conversations.add(branch)
    assert await store.conversations.get("d") == branch
    await store.deletion.delete("c", at(5))
    with pytest.raises(RowRefusedError):
        await store.conversations.add(replace(branch, id="e"))
    assert await store.conversations.get("e") is None


async def test_branches_are_found_by_the_responses_that_they_go_on_from(store: Store) -> None:
    await keep(store, human("h"), said("a", "h"))
    for name in ("e", "d"):
        await keep(store, conversation_id=name, branched_from="a")
    many = [*(f"r{number}" for number in range(1200)), "a", "h", "a"]
    assert [each.id for each in await store.variants.branches(many)] == ["d", "e"]
    assert await store.variants.branches([]) == ()
    assert await store.variants.branches(["h"]) == ()


async def test_every_message_of_a_conversation_is_found_and_can_be_given_to_other_responses(store: Store) -> None:
    await keep(store, human("h"), said("a1", "h"), said("a2", "h"))
    await keep(store, said("x", None), conversation_id="d")
    await store.messages.put(ref(3, "a1", 1), ref(1, "h"), ref(2, "a1"), ref(9, "x"))
    assert await store.messages.in_conversation("c") == (ref(1, "h"), ref(2, "a1"), ref(3, "a1", 1))
    await store.messages.put(ref(2, "a2"), ref(3, "a2", 1), ref(4, "a2", 2))
    assert await store.messages.in_conversation("c") == (ref(1, "h"), ref(2, "a2"), ref(3, "a2", 1), ref(4, "a2", 2))
    with pytest.raises(RowRefusedError):
        await store.messages.put(ref(2, "a1"), ref(5, "nobody"))
    assert await store.messages.of("a1") == ()
    await store.messages.put()
    assert await store.messages.in_conversation("nobody") == ()
