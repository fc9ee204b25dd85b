from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.forest import BrokenForestError, Forest, leaf_after
from grokbot.conversation.response import FOLLOWS, Response, State

from .cases import ENDED, answer, human, trees


@given(trees())
def test_children_are_found_by_their_parent_oldest_first(made: list[Response]) -> None:
    forest = Forest(made)
    assert list(forest) == made
    assert forest.roots == tuple(r for r in made if r.parent_id is None)
    for response in made:
        assert forest.children(response.id) == tuple(r for r in made if r.parent_id == response.id)


@given(trees())
def test_a_path_leads_from_a_root_along_parents_to_its_leaf(made: list[Response]) -> None:
    forest = Forest(made)
    for response in made:
        path = forest.path(response.id)
        assert path[-1] == response
        assert [None, *(r.id for r in path[:-1])] == [r.parent_id for r in path]


@given(trees())
def test_variants_are_the_same_senders_under_the_same_parent(made: list[Response]) -> None:
    forest = Forest(made)
    for response in made:
        variants = forest.variants(response.id)
        assert response in variants
        assert variants == tuple(r for r in made if (r.parent_id, r.sender) == (response.parent_id, response.sender))


@given(trees())
def test_the_newest_leaf_hangs_below_and_has_nothing_below_it(made: list[Response]) -> None:
    forest = Forest(made)
    for response in made:
        leaf = forest.newest_leaf(response.id)
        assert response in forest.path(leaf.id)
        assert not forest.children(leaf.id)
        path = forest.path(leaf.id)
        for upper, lower in itertools.pairwise(path):
            if path.index(upper) >= path.index(response):
                assert forest.children(upper.id)[-1] == lower


@given(trees(), st.data())
def test_adding_makes_a_new_forest_and_leaves_the_old_one_as_it_was(made: list[Response], data: Any) -> None:
    forest = Forest(made)
    parent = data.draw(st.none() | st.sampled_from(made)) if made else None
    more = answer("new", parent.id if parent is not None else None)
    grown = forest.adding(more)
    assert list(forest) == made
    assert "new" not in forest
    assert list(grown) == [*made, more]
    assert grown["new"] is more
    assert len(grown) == len(forest) + 1


def test_the_path_of_a_conversation_that_has_not_begun_is_empty() -> None:
    assert Forest().path(None) == ()
    assert Forest([human("a")]).path(None) == ()


def test_a_path_of_thousands_of_responses_is_walked_without_recursion() -> None:
    made = [human(str(n), str(n - 1) if n else None) for n in range(5_000)]
    forest = Forest(made)
    assert forest.path("4999") == tuple(made)
    assert forest.newest_leaf("0") is made[-1]


def test_an_unknown_id_is_an_error_and_not_an_empty_answer() -> None:
    forest = Forest([human("a")])
    for asked in (forest.children, forest.variants, forest.path, forest.newest_leaf):
        with pytest.raises(KeyError):
            asked("b")


@pytest.mark.parametrize(
    "made",
    [
        [human("a"), human("a")],
        [human("a", "b")],
        [human("a", "b"), human("b")],
        [human("a", "a")],
        [human("a"), answer("b", "a", conversation_id="another")],
        [human("a", author=None)],
    ],
    ids=["id twice", "parent missing", "parent later", "own parent", "two conversations", "human nobody"],
)
def test_what_is_no_forest_is_refused(made: list[Response]) -> None:
    with pytest.raises(BrokenForestError):
        Forest(made)


def test_a_human_response_set_by_hand_needs_no_author() -> None:
    imported = human("a", author=None, manual=True)
    assert Forest([imported]).roots == (imported,)


@pytest.mark.parametrize("state", ENDED)
def test_an_answer_with_text_is_the_new_leaf_however_it_ended(state: State) -> None:
    assert leaf_after(answer("m", "h", "text", state=state), "before") == "m"


@pytest.mark.parametrize("state", ENDED)
@pytest.mark.parametrize("text", ["", "\n", " "])
def test_an_answer_without_text_leaves_the_path_as_it_was_before_the_turn(state: State, text: str) -> None:
    assert leaf_after(answer("m", "h", text, state=state), "before") == "before"
    assert leaf_after(answer("m", "h", text, state=state), None) is None


def test_a_state_that_has_ended_is_followed_by_none() -> None:
    assert {state for state in State if not state.ended} == {State.PENDING, State.STREAMING}
    assert all(not FOLLOWS[state] for state in ENDED)
    assert FOLLOWS[State.STREAMING] == set(ENDED)
    assert FOLLOWS[State.PENDING] == {State.STREAMING, *ENDED}


def test_a_response_is_frozen() -> None:
    with pytest.raises(AttributeError):
        human("a").message = "another"  # type: ignore[misc] # that it cannot be done is the point
