"""Which buttons an answer has, for every way in which it can stand; and that a button's id says all of it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from grokbot.conversation.draft import Phase
from grokbot.conversation.errors import REMEDIES, GrokbotError, GrokError, StoreError
from grokbot.conversation.response import Response, Sender, State
from grokbot.discord_bot.answers import AnswerButton
from grokbot.discord_bot.answers.button_actions import ACTS
from grokbot.discord_bot.answers.buttons import BUTTON_ID, FACES, ids_of, view_of
from grokbot.discord_bot.answers.controls import VARIANTS, WHOLE, Control, controls
from grokbot.discord_bot.answers.layout import Part
from grokbot.display import VariantNumber
from grokbot.engine.context import id_maker
from grokbot.engine.turns import Snapshot
from grokbot.engine.variants.stop_and_retry import BROKEN_OFF

TIME = datetime(2026, 11, 23, tzinfo=UTC)
TROUBLES: list[GrokbotError] = [StoreError("Disk full."), *map(GrokError, REMEDIES)]
ENDS = [state for state in State if state.ended]


def ended(state: State, text: str, trouble: GrokbotError | None = None) -> Snapshot:
    response = Response(
        id="a", conversation_id="c", parent_id="h", sender=Sender.MODEL, state=state, created_at=TIME, message=text
    )
    return Snapshot(1, text, Phase.WRITING, (), response, trouble, cut_short=False)


@pytest.mark.parametrize(("phase", "text"), list(product(Phase, ["", "Seven"])))
def test_as_long_as_it_runs_it_can_be_stopped_and_nothing_else(phase: Phase, text: str) -> None:
    assert controls(Snapshot(1, text, phase, (), None, None, cut_short=False)) == (Control.STOP,)


def test_an_answer_that_came_to_its_own_end_can_be_sampled_again_branched_starred_and_shared() -> None:
    assert controls(ended(State.DONE, "Seven")) == WHOLE
    assert controls(ended(State.DONE, "")) == (Control.RESAMPLE,)


def test_where_no_thread_can_be_opened_no_branch_is_offered() -> None:
    snapshot = ended(State.DONE, "text")
    assert Control.BRANCH in controls(snapshot)
    assert controls(snapshot, branches=False) == tuple(c for c in controls(snapshot) if c is not Control.BRANCH)


def test_what_is_told_of_a_variant_that_failed_takes_nothing_from_the_one_that_came_back() -> None:
    for trouble in TROUBLES:
        assert controls(ended(State.DONE, "Seven", trouble)) == WHOLE


@pytest.mark.parametrize("state", ENDS)
@pytest.mark.parametrize("text", ["", "Seven"])
def test_where_there_are_variants_the_way_to_them_comes_first_and_one_alone_needs_none(state: State, text: str) -> None:
    snapshot = ended(state, text)
    assert controls(snapshot, VariantNumber(2, 3)) == (*VARIANTS, *controls(snapshot))
    assert controls(snapshot, VariantNumber(1, 1)) == controls(snapshot)
    running = Snapshot(1, text, Phase.WRITING, (), None, None, cut_short=False)
    assert controls(running, VariantNumber(2, 3)) == (Control.STOP,)


@pytest.mark.parametrize("state", sorted(BROKEN_OFF))
def test_what_broke_off_above_others_is_resampled_instead_of_tried_again(state: State) -> None:
    assert controls(ended(state, "Seven"), last=False) == (Control.CONTINUE, Control.RESAMPLE)
    assert controls(ended(state, ""), last=False) == (Control.RESAMPLE,)
    assert controls(ended(State.DONE, "Seven"), last=False) == WHOLE


def test_what_somebody_stopped_goes_on_where_it_stopped_or_begins_if_there_was_nothing() -> None:
    assert controls(ended(State.STOPPED, "Seven")) == (Control.CONTINUE,)
    assert controls(ended(State.STOPPED, "")) == (Control.RETRY,)


@pytest.mark.parametrize("state", [State.FAILED, State.INTERRUPTED])
@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_what_broke_off_is_offered_again_where_that_helps(state: State, trouble: GrokbotError) -> None:
    helps = isinstance(trouble, GrokError) and trouble.retryable
    assert controls(ended(state, "Seven", trouble)) == ((Control.CONTINUE, Control.RETRY) if helps else ())
    assert controls(ended(state, "", trouble)) == ((Control.RETRY,) if helps else ())


@pytest.mark.parametrize("trouble", [None, *TROUBLES], ids=str)
@pytest.mark.parametrize("text", ["", "Seven"])
@pytest.mark.parametrize("state", ENDS)
def test_nothing_is_offered_that_the_engine_refuses(state: State, text: str, trouble: GrokbotError | None) -> None:
    offered = controls(ended(state, text, trouble))
    assert Control.STOP not in offered
    assert state in BROKEN_OFF or not {Control.CONTINUE, Control.RETRY} & {*offered}
    assert Control.CONTINUE not in offered or text


@pytest.mark.parametrize("control", Control)
def test_a_buttons_id_holds_what_it_is_for_and_whose_it_is(control: Control) -> None:
    response_id = id_maker()()
    custom_id = AnswerButton(control, response_id).item.custom_id
    assert custom_id is not None
    assert len(custom_id) <= 100
    match = BUTTON_ID.fullmatch(custom_id)
    assert match is not None
    assert (match["control"], match["response_id"]) == (control.value, response_id)
    assert control in FACES
    assert control in ACTS


def rows(part: Part) -> list[list[str]]:
    """What the buttons say, row by row; in brackets those that cannot be pressed."""
    view = view_of(part, id_maker()())
    assert view is not None
    assert view.timeout is None
    return [
        [f"({button['label']})" if button["disabled"] else button["label"] for button in row["components"]]
        for row in view.to_components()
    ]


async def test_the_row_of_buttons_is_in_the_order_given_and_never_expires() -> None:
    assert rows(Part("x", (Control.CONTINUE, Control.RETRY))) == [["Continue", "Retry"]]
    assert rows(Part("x", WHOLE)) == [["Resample", "Branch", "Star", "Share"]]
    assert view_of(Part("x"), id_maker()()) is None


async def test_the_way_to_the_other_variants_ends_where_there_is_no_other() -> None:
    broken_off = (*VARIANTS, Control.CONTINUE, Control.RETRY)
    assert rows(Part("x", broken_off, variant=VariantNumber(1, 3))) == [["(‹)", "(1/3)", "›", "Continue", "Retry"]]  # noqa: RUF001 - as the buttons say
    assert rows(Part("x", VARIANTS, variant=VariantNumber(2, 3))) == [["‹", "(2/3)", "›"]]  # noqa: RUF001 - as the buttons say
    assert rows(Part("x", (*VARIANTS, *WHOLE), variant=VariantNumber(3, 3))) == [
        ["‹", "(3/3)", "(›)"],  # noqa: RUF001 - as the buttons say
        ["Resample", "Branch", "Star", "Share"],
    ]


async def test_no_two_buttons_under_a_message_have_the_same_id() -> None:
    ids = ids_of(view_of(Part("x", (*VARIANTS, *WHOLE), variant=VariantNumber(2, 3)), id_maker()()))
    assert len(ids) == len({*ids}) == len(VARIANTS) + len(WHOLE)
