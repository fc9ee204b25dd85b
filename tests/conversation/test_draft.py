from __future__ import annotations

from datetime import timedelta

import pytest

from grokbot.conversation.draft import (
    Called,
    Cited,
    CitedInText,
    Draft,
    Event,
    Finished,
    Identified,
    Phase,
    TextPiece,
    UsageSoFar,
)
from grokbot.conversation.response import ANSWER, Query, Response, State, Step, ToolCall, Usage
from grokbot.conversation.text.citations import MOST_CITATIONS, Citation

from .cases import NOW, answer

BEGUN = answer("m", "h", "", state=State.PENDING, model="asked-for")
ASSISTANT, TOOL = "assistant", "tool"
RUNNING = ToolCall("c1", 2, 0, "web_search", '{"query": "figs"}')
DONE = ToolCall("c1", 2, 1, "web_search", '{"query": "figs"}')
FIGS = Query("web", "figs")

SEARCHED: tuple[Event, ...] = (
    Identified("x1", "grok"),
    UsageSoFar(Usage(prompt_tokens=10)),
    TextPiece(0, ASSISTANT, reasoning="I will look."),
    TextPiece(0, ASSISTANT, encrypted_content="c2Vh"),
    Called(0, RUNNING, FIGS),
    Called(0, DONE, FIGS),
    TextPiece(1, TOOL, "found"),
    Called(1, DONE),
    Finished(1),
    TextPiece(2, ASSISTANT, reasoning="They are cheap."),
    TextPiece(2, ASSISTANT, "Figs are "),
    TextPiece(2, ASSISTANT, "cheap."),
    Finished(2),
    UsageSoFar(Usage(prompt_tokens=10, completion_tokens=5, tool_calls=1, cost_ticks=7)),
    Cited(("https://example.com/1", "https://example.com/2")),
)


def drafted(*events: Event) -> Draft:
    draft = Draft()
    for event in events:
        draft.apply(event)
    return draft


def ended(*events: Event, state: State = State.DONE) -> Response:
    return drafted(*events).ended(BEGUN, state, NOW + timedelta(seconds=9))


def test_the_end_keeps_everything_that_arrived() -> None:
    assert ended(*SEARCHED) == answer(
        "m",
        "h",
        "Figs are cheap.",
        finished_at=NOW + timedelta(seconds=9),
        reasoning="They are cheap.",
        steps=(
            Step(ASSISTANT, "", "I will look.", "c2Vh", (DONE,)),
            Step(TOOL, "found", tool_calls=(DONE,)),
        ),
        queries=(FIGS,),
        citations=("https://example.com/1", "https://example.com/2"),
        xai_id="x1",
        model="grok",
        usage=Usage(prompt_tokens=10, completion_tokens=5, tool_calls=1, cost_ticks=7),
    )


@pytest.mark.parametrize("count", range(len(SEARCHED) + 1))
@pytest.mark.parametrize("state", [State.STOPPED, State.FAILED, State.INTERRUPTED])
def test_an_answer_that_ends_at_any_point_keeps_what_was_received(count: int, state: State) -> None:
    draft = drafted(*SEARCHED[:count])
    kept = draft.ended(BEGUN, state, NOW, "why")
    assert kept.state is state
    assert kept.failure == "why"
    assert kept.message == draft.text == "Figs are cheap."[: len(draft.text)]
    assert (kept.queries, kept.citations, kept.usage) == (draft.queries, draft.citations, draft.usage)
    arrived = {e.encrypted_content + e.text + e.reasoning for e in SEARCHED[:count] if isinstance(e, TextPiece)}
    stored = "".join(s.text + s.reasoning + s.encrypted_content for s in (*kept.steps, Step("", kept.message)))
    stored += kept.reasoning + kept.encrypted_content
    assert all(piece in stored for piece in arrived)


def test_the_phase_follows_what_the_model_does() -> None:
    draft = Draft()
    phases = [draft.phase]
    for event in SEARCHED:
        draft.apply(event)
        if draft.phase is not phases[-1]:
            phases.append(draft.phase)
    assert phases == [Phase.THINKING, Phase.SEARCHING, Phase.THINKING, Phase.WRITING]


def test_a_tools_result_is_no_answer() -> None:
    draft = drafted(TextPiece(0, ASSISTANT, reasoning="hm"), TextPiece(1, TOOL, "a thousand results"))
    assert draft.text == ""
    assert draft.phase is Phase.THINKING


def test_the_answer_is_the_last_output_of_the_assistant_that_has_text() -> None:
    draft = drafted(TextPiece(0, ASSISTANT, "Let me see."))
    assert draft.text == "Let me see."
    draft.apply(TextPiece(1, TOOL, "found"))
    draft.apply(TextPiece(2, ASSISTANT, reasoning="aha"))
    assert draft.text == "Let me see."
    draft.apply(TextPiece(2, ASSISTANT, "Figs."))
    assert draft.text == "Figs."
    draft.apply(TextPiece(0, ASSISTANT, " Late."))
    assert draft.text == "Figs."


def test_outputs_after_the_last_text_are_kept_with_it_among_the_steps() -> None:
    said = ended(TextPiece(0, ASSISTANT, "Let me see."), Called(0, DONE, FIGS), Called(1, DONE), TextPiece(1, TOOL))
    assert said.message == "Let me see."
    assert said.steps == (Step(ANSWER, "Let me see.", tool_calls=(DONE,)), Step(TOOL, tool_calls=(DONE,)))


def test_an_output_that_says_nothing_is_no_step() -> None:
    assert ended(TextPiece(0, ASSISTANT), TextPiece(1, ASSISTANT, "Figs."), TextPiece(2, ASSISTANT)).steps == ()


def test_a_call_that_goes_on_is_one_query_and_one_call() -> None:
    draft = drafted(Called(0, RUNNING, FIGS), Called(0, DONE, FIGS))
    assert draft.queries == (FIGS,)
    assert draft.ended(BEGUN, State.STOPPED, NOW).steps == (Step(ANSWER, tool_calls=(DONE,)),)


def test_calls_without_an_id_are_kept_apart() -> None:
    nameless = ToolCall("", 2, 1, "web_search", "{}")
    draft = drafted(Called(0, nameless, FIGS), Called(0, nameless, Query("web", "plums")), Called(2, nameless, FIGS))
    assert draft.queries == (FIGS, Query("web", "plums"), FIGS)


def test_queries_stay_in_the_order_in_which_they_began() -> None:
    other = ToolCall("c2", 3, 0, "x_search", "{}")
    draft = drafted(Called(0, RUNNING, FIGS), Called(0, other, Query("x", "plums")), Called(0, DONE, FIGS))
    assert draft.queries == (FIGS, Query("x", "plums"))


def test_an_address_is_cited_once_in_the_order_of_arrival() -> None:
    assert drafted(Cited(("b", "a", "b")), Cited(("a", "c"))).citations == ("b", "a", "c")


def test_the_last_usage_and_the_last_id_count() -> None:
    draft = drafted(
        UsageSoFar(Usage(1)), Identified("x1", "grok"), UsageSoFar(Usage(2)), Identified("x2", "grok-latest")
    )
    assert (draft.usage, draft.xai_id, draft.model) == (Usage(2), "x2", "grok-latest")


def test_a_model_that_xai_does_not_name_stays_the_one_that_was_asked_for() -> None:
    assert ended(Identified("x1", ""), TextPiece(0, ASSISTANT, "hi")).model == "asked-for"


@pytest.mark.parametrize("count", range(len(SEARCHED) + 1))
def test_the_model_is_done_only_when_its_last_output_is(count: int) -> None:
    last = SEARCHED.index(Finished(2))
    assert drafted(*SEARCHED[:count]).finished is (count > last)


def test_a_stream_that_ends_with_the_end_of_a_tool_was_cut_off() -> None:
    assert not drafted(TextPiece(0, ASSISTANT, "hm"), Finished(0), TextPiece(1, TOOL, "found"), Finished(1)).finished


def test_only_the_end_of_the_last_output_tells_whether_the_answer_was_cut_short() -> None:
    assert drafted(TextPiece(0, ASSISTANT, "a"), Finished(0, cut_short=True)).cut_short
    assert not drafted(
        TextPiece(0, ASSISTANT, "a"), Finished(0, cut_short=True), TextPiece(1, ASSISTANT, "b")
    ).cut_short
    assert not drafted(Finished(0, cut_short=True), TextPiece(1, ASSISTANT, "b"), Finished(1)).cut_short


def test_the_length_counts_all_text_and_reasoning_and_text_may_be_read_at_any_time() -> None:
    draft, length = Draft(), 0
    for event in SEARCHED:
        draft.apply(event)
        if isinstance(event, TextPiece):
            length += len(event.text) + len(event.reasoning)
        assert draft.length == length
        assert "Figs are cheap.".startswith(draft.text)
    assert draft.text == draft.text == "Figs are cheap."
    assert draft.reasoning == "They are cheap."


def test_an_empty_draft_ends_as_an_empty_response() -> None:
    assert ended(state=State.FAILED) == answer(
        "m", "h", "", state=State.FAILED, finished_at=NOW + timedelta(seconds=9), model="asked-for"
    )


def test_only_the_citations_of_the_answers_own_output_are_kept_however_late_they_come() -> None:
    early, late = Citation("https://a.example", 0, 3), Citation("https://b.example", 4, 9)
    draft = drafted(
        TextPiece(0, "assistant", "Looking."),
        CitedInText(0, (early,)),
        TextPiece(2, "assistant", "The answer."),
        CitedInText(2, (late,)),
        CitedInText(2, (late,)),
    )
    assert draft.cited == (late,)
    many = tuple(Citation("https://a.example", number, number) for number in range(MOST_CITATIONS))
    assert drafted(TextPiece(0, "assistant", "a"), CitedInText(0, many), CitedInText(0, (late,))).cited == many
