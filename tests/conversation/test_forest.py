from __future__ import annotations

import pytest

from grokbot.conversation.forest import leaf_after
from grokbot.conversation.response import FOLLOWS, State

from .cases import ENDED, answer, human


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
