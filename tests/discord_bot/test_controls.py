"""Which buttons an answer has, for every way in which it can stand; and that a button's id says all of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import product

import pytest

from grokbot.conversation.draft import Phase
from grokbot.conversation.errors import REMEDIES, GrokbotError, GrokTrouble, StoreTrouble
from grokbot.conversation.response import Response, Sender, State
from grokbot.discord_bot.buttons import FACES, AnswerButton, view_of
from grokbot.discord_bot.controls import Control, controls
from grokbot.engine.ids import id_maker
from grokbot.engine.running import Snapshot
from grokbot.engine.steering import BROKEN_OFF

TIME = datetime(2026, 11, 23, tzinfo=UTC)
TROUBLES: list[GrokbotError] = [StoreTrouble("Disk full."), *map(GrokTrouble, REMEDIES)]
ENDS = [state for state in State if state.ended]


def ended(state: State, text: str, trouble: GrokbotError | None = None) -> Snapshot:
    response = Response(
        id="a", conversation_id="c", parent_id="h", sender=Sender.MODEL, state=state, created_at=TIME, message=text
    )
    return Snapshot(1, text, Phase.WRITING, (), response, trouble, cut_short=False)


@pytest.mark.parametrize(("phase", "text"), list(product(Phase, ["", "Seven"])))
def test_as_long_as_it_runs_it_can_be_stopped_and_nothing_else(phase: Phase, text: str) -> None:
    assert controls(Snapshot(1, text, phase, (), None, None, cut_short=False)) == (Control.STOP,)


def test_an_answer_that_came_to_its_own_end_has_no_buttons() -> None:
    assert controls(ended(State.DONE, "Seven")) == ()
    assert controls(ended(State.DONE, "")) == ()


def test_what_somebody_stopped_goes_on_where_it_stopped_or_begins_if_there_was_nothing() -> None:
    assert controls(ended(State.STOPPED, "Seven")) == (Control.CONTINUE,)
    assert controls(ended(State.STOPPED, "")) == (Control.RETRY,)


@pytest.mark.parametrize("state", [State.FAILED, State.INTERRUPTED])
@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_what_broke_off_is_offered_again_where_that_helps(state: State, trouble: GrokbotError) -> None:
    helps = isinstance(trouble, GrokTrouble) and trouble.retryable
    assert controls(ended(state, "Seven", trouble)) == ((Control.CONTINUE, Control.RETRY) if helps else ())
    assert controls(ended(state, "", trouble)) == ((Control.RETRY,) if helps else ())


@pytest.mark.parametrize("trouble", [None, *TROUBLES], ids=str)
@pytest.mark.parametrize("text", ["", "Seven"])
@pytest.mark.parametrize("state", ENDS)
def test_nothing_is_offered_that_the_engine_refuses(state: State, text: str, trouble: GrokbotError | None) -> None:
    offered = controls(ended(state, text, trouble))
    assert Control.STOP not in offered
    assert not offered or state in BROKEN_OFF
    assert Control.CONTINUE not in offered or text


@pytest.mark.parametrize("control", Control)
def test_a_buttons_id_holds_what_it_is_for_and_whose_it_is(control: Control) -> None:
    response_id = id_maker()()
    custom_id = AnswerButton(control, response_id).item.custom_id
    assert custom_id is not None
    assert len(custom_id) <= 100
    match = re.fullmatch(AnswerButton.__discord_ui_compiled_template__, custom_id)
    assert match is not None
    assert (match["control"], match["response_id"]) == (control.value, response_id)
    assert control in FACES


async def test_the_row_of_buttons_is_in_the_order_given_and_never_expires() -> None:
    row = view_of((Control.CONTINUE, Control.RETRY), id_maker()())
    assert row is not None
    assert [item.item.label for item in row.children if isinstance(item, AnswerButton)] == ["Continue", "Retry"]
    assert row.timeout is None
    assert view_of((), id_maker()()) is None
