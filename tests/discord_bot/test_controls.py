"""Which buttons an answer has, for every way in which it can stand; and that a button's id says all of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from grokbot.conversation.draft import Phase
from grokbot.conversation.errors import REMEDIES, GrokbotError, GrokError, StoreError
from grokbot.conversation.response import Query, Response, Sender, State
from grokbot.discord_bot.answers.buttons.actions import ACTS
from grokbot.discord_bot.answers.buttons.controls import (
    A_ROW,
    AFTER_REPAIR,
    VARIANTS,
    Control,
    controls,
    menu_of,
)
from grokbot.discord_bot.answers.buttons.faces import BUTTON_ID, FACES, button_of, ids_of, view_of
from grokbot.discord_bot.answers.layout import Part
from grokbot.display import VariantNumber
from grokbot.engine.context import id_maker
from grokbot.engine.turns import Snapshot
from grokbot.engine.variants.stop_and_retry import BROKEN_OFF

TIME = datetime(2026, 11, 23, tzinfo=UTC)
TROUBLES: list[GrokbotError] = [StoreError("Disk full."), *map(GrokError, REMEDIES)]
WHOLE = (Control.RESAMPLE, Control.MENU)
CUT = (Control.CONTINUE, Control.RETRY, Control.RESAMPLE, Control.MENU)
ENDS = [state for state in State if state.ended]


def ended(state: State, text: str, trouble: GrokbotError | None = None) -> Snapshot:
    response = Response(
        id="a", conversation_id="c", parent_id="h", sender=Sender.MODEL, state=state, created_at=TIME, message=text
    )
    return Snapshot(1, text, Phase.WRITING, (), response, trouble, cut_short=False)


@pytest.mark.parametrize(("phase", "text"), list(product(Phase, ["", "Seven"])))
def test_as_long_as_it_runs_it_can_be_stopped_and_nothing_else(phase: Phase, text: str) -> None:
    assert controls(Snapshot(1, text, phase, (), None, None, cut_short=False)) == (Control.STOP,)


def test_an_answer_that_came_to_its_own_end_can_be_sampled_again_and_the_rest_is_in_its_menu() -> None:
    assert controls(ended(State.DONE, "Seven")) == WHOLE
    assert controls(ended(State.DONE, "")) == WHOLE


def test_only_the_last_answer_has_buttons() -> None:
    for state, text in product(ENDS, ["", "Seven"]):
        assert controls(ended(state, text), VariantNumber(1, 2), last=False) == ()


def test_what_is_told_of_a_variant_that_failed_takes_nothing_from_the_one_that_came_back() -> None:
    for trouble in TROUBLES:
        assert controls(ended(State.DONE, "Seven", trouble)) == WHOLE


@pytest.mark.parametrize("state", ENDS)
@pytest.mark.parametrize("text", ["", "Seven"])
def test_where_there_are_variants_the_way_to_them_comes_first_and_the_row_is_one(state: State, text: str) -> None:
    snapshot = ended(state, text)
    row = controls(snapshot, VariantNumber(2, 3))
    first, *_ = alone = controls(snapshot)
    assert row == (*VARIANTS, first, Control.MENU)
    assert controls(snapshot, VariantNumber(1, 1)) == alone
    assert max(len(row), len(alone)) <= A_ROW
    assert snapshot.ended is not None
    others = menu_of(snapshot.ended, VariantNumber(2, 3), row=row, allowed=alone)
    assert {*others, *row} == {*alone, *VARIANTS}  # what has no room is in the menu
    running = Snapshot(1, text, Phase.WRITING, (), None, None, cut_short=False)
    assert controls(running, VariantNumber(2, 3)) == (Control.STOP,)


def test_what_somebody_stopped_goes_on_where_it_stopped_or_begins_if_there_was_nothing() -> None:
    assert controls(ended(State.STOPPED, "Seven")) == CUT
    assert controls(ended(State.STOPPED, "")) == (Control.RETRY, Control.MENU)


@pytest.mark.parametrize("state", [State.FAILED, State.INTERRUPTED])
@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_what_broke_off_is_offered_again_where_that_helps(state: State, trouble: GrokbotError) -> None:
    helps = isinstance(trouble, GrokError) and (trouble.retryable or trouble.kind in AFTER_REPAIR)
    both = (Control.CONTINUE, Control.RETRY, Control.MENU)
    assert controls(ended(state, "Seven", trouble)) == (both if helps else (Control.MENU,))
    assert controls(ended(state, "", trouble)) == (both[1:] if helps else (Control.MENU,))


def test_the_menu_has_what_this_person_may_do_and_what_there_is() -> None:
    answer = ended(State.DONE, "Seven").ended
    assert answer is not None
    everything = {*Control} - {Control.UNSTAR, Control.CONTINUE, Control.RETRY, Control.STOP, Control.MENU}
    whole = menu_of(answer, None, row=WHOLE, allowed=everything)
    assert whole == (Control.BRANCH, Control.STAR, Control.SHARE, Control.INFO, Control.DELETE)
    assert menu_of(answer, None, row=WHOLE, allowed={Control.UNSTAR, Control.INFO}) == (Control.UNSTAR, Control.INFO)
    thought = replace(answer, reasoning="Hm.", queries=(Query("web", "hills"),))
    assert menu_of(thought, None, row=WHOLE, allowed=()) == (Control.SOURCES, Control.THOUGHTS)
    older = menu_of(answer, VariantNumber(1, 2), row=(), allowed=everything)
    assert older == (*VARIANTS, Control.RESAMPLE, *whole)


@pytest.mark.parametrize("trouble", [None, *TROUBLES], ids=str)
@pytest.mark.parametrize("text", ["", "Seven"])
@pytest.mark.parametrize("state", ENDS)
def test_nothing_is_offered_that_the_engine_refuses(state: State, text: str, trouble: GrokbotError | None) -> None:
    offered = controls(ended(state, text, trouble))
    assert Control.STOP not in offered
    assert state in BROKEN_OFF or not {Control.CONTINUE, Control.RETRY} & {*offered}
    assert Control.CONTINUE not in offered or text


@pytest.mark.parametrize("control", Control)
@pytest.mark.parametrize("sure", [False, True])
def test_a_buttons_id_holds_what_it_is_for_and_whose_it_is(control: Control, sure: bool) -> None:
    response_id = id_maker()()
    custom_id = button_of(control, response_id, sure=sure).custom_id
    assert custom_id is not None
    assert len(custom_id) <= 100
    match = BUTTON_ID.fullmatch(custom_id)
    assert match is not None
    assert (match["control"], match["response_id"], match["sure"] is not None) == (control.value, response_id, sure)
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


async def test_every_button_has_a_word_or_a_sign_to_read_aloud_and_the_row_never_expires() -> None:
    assert rows(Part("x", CUT)) == [["Continue", "Retry", "Resample", "More…"]]
    assert rows(Part("x", WHOLE)) == [["Resample", "More…"]]
    assert view_of(Part("x"), id_maker()()) is None


async def test_the_way_to_the_other_variants_ends_where_there_is_no_other() -> None:
    row = (*VARIANTS, *WHOLE)
    assert rows(Part("x", row, variant=VariantNumber(1, 3))) == [["(‹)", "(1/3)", "›", "Resample", "More…"]]  # noqa: RUF001 - as the buttons say
    assert rows(Part("x", VARIANTS, variant=VariantNumber(2, 3))) == [["‹", "(2/3)", "›"]]  # noqa: RUF001 - as the buttons say
    assert rows(Part("x", VARIANTS, variant=VariantNumber(3, 3))) == [["‹", "(3/3)", "(›)"]]  # noqa: RUF001 - as the buttons say


async def test_no_two_buttons_have_the_same_id_however_many_there_are() -> None:
    ids = ids_of(view_of(Part("x", tuple(Control), variant=VariantNumber(2, 3)), id_maker()()))
    assert len(ids) == len({*ids}) == len(Control)
