"""What is pure in the sandbox: tokens, directives, validation, the author, the plan."""

from __future__ import annotations

import itertools
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.sandbox.grok_server import MODELS, GrokRules, Script, ScriptedQuery
from grokbot.sandbox.grok_server.admission.validation import problem
from grokbot.sandbox.grok_server.answers import author, directed, encrypted_content, tokens
from grokbot.sandbox.grok_server.answers.draft import draft
from grokbot.sandbox.grok_server.failures import Failure
from grokbot.sandbox.grok_server.media.pictures import address_of, painted
from grokbot.sandbox.grok_server.prices import ModelFacts, find
from grokbot.wire.xai.chat_pb2 import (
    MCP,
    CodeExecution,
    CollectionsSearch,
    Content,
    FileContent,
    FormatType,
    Function,
    GetCompletionsRequest,
    ImageGeneration,
    ImageUrlContent,
    IncludeOption,
    Message,
    MessageRole,
    ReasoningEffort,
    ResponseFormat,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    WebSearch,
    XSearch,
)

from .asking import ASSISTANT, SYSTEM, USER, asked, said


def _model(name: str = "grok-4.7") -> ModelFacts:
    found = find(MODELS, name)
    assert found is not None
    return found


@given(st.text())
def test_tokens_joined_are_the_text(text: str) -> None:
    parts = tokens.split(text)
    assert "".join(parts) == text
    assert tokens.count(text) == len(parts)
    assert all(parts)


def test_a_token_is_about_four_characters_of_english() -> None:
    text = "The quick brown fox jumps over the lazy dog, and then it rests for a while in the warm afternoon sun. " * 20
    assert 3 <= len(text) / tokens.count(text) <= 5


@given(st.text(max_size=200))
def test_only_the_unchanged_seal_opens(text: str) -> None:
    sealed = encrypted_content.seal(text)
    assert encrypted_content.unseal(sealed) == text
    assert encrypted_content.unseal("A" + sealed) is None
    assert encrypted_content.unseal(sealed[:8] + ("B" if sealed[8] == "A" else "A") + sealed[9:]) is None
    assert encrypted_content.unseal("no seal") is None
    assert encrypted_content.unseal(sealed, "another/model") is None
    assert encrypted_content.below(sealed) == text


@pytest.mark.parametrize(
    ("message", "script"),
    [
        ("hello", None),
        ("a wow!fail overloaded", None),
        ("!fail", None),
        ("!fail with_an_unknown_name", None),
        ("!fail no_credit", Script(fail="no_credit")),
        ("please !fail overloaded after 10", Script(fail="overloaded", fail_after_tokens=10)),
        ("!slow 5", Script(tokens_per_second=5.0)),
        ("!slow", Script(tokens_per_second=5.0)),
        ("!slow 0", Script(hang_after_tokens=0)),
        ("!fast 2.5", Script(tokens_per_second=2.5)),
        ("!search", Script(queries=(ScriptedQuery("what is new"),))),
        ("!search old cats\nand more", Script(queries=(ScriptedQuery("old cats"),))),
        ("!think", Script(think=200)),
        ("!long 99999999999999", Script(tokens=100_000)),
        ("!think 50 !long 99", Script(think=50, tokens=99)),
        ("!wait 2 !hang 7", Script(first_token_after=2.0, hang_after_tokens=7)),
        ("!finish max_len", Script(finish="max_len")),
        ("!finish somehow", None),
        ("!fail internal !hang 7", None),
    ],
)
def test_directives_are_read(message: str, script: Script | None) -> None:
    assert directed(message) == script


@given(st.text(alphabet="!failslowhngtk 0123456789_.\n"))
def test_no_message_breaks_the_reading_of_directives(message: str) -> None:
    assert directed(message) is None or isinstance(directed(message), Script)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fail": "no_such_failure"},
        {"fail_after_tokens": 3},
        {"fail": "internal", "hang_after_tokens": 3},
        {"finish": "somehow"},
        {"tokens_per_second": 0},
    ],
)
def test_a_script_with_a_slip_is_refused_when_it_is_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Script(**wrong)  # type: ignore[arg-type] # wrong on purpose


def test_a_query_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="one of"):
        ScriptedQuery("figs", kind="smell")


def _picture(url: str) -> Message:
    return Message(role=USER, content=[Content(image_url=ImageUrlContent(image_url=url))])


def _file(**fields: object) -> Message:
    return Message(role=USER, content=[Content(file=FileContent(**fields))])  # type: ignore[arg-type] # by name


_FINE = [
    asked(said(SYSTEM, "Be kind."), "Why?", said(ASSISTANT, "Because."), "Really?"),
    asked(said(USER, "hi", name="alice")),
    asked("?", reasoning_effort=ReasoningEffort.EFFORT_XHIGH, temperature=2, top_p=0),
    asked("?", model="grok-4.3", reasoning_effort=ReasoningEffort.EFFORT_NONE),
    asked("?", model="grok-4.20-non-reasoning", stop=["."], presence_penalty=-2, frequency_penalty=2),
    asked(Message(role=ASSISTANT, tool_calls=[ToolCall(id="call_0")]), "?"),
    asked(Message(role=ASSISTANT, encrypted_content=encrypted_content.seal("hm", "/grok-4.7")), "?"),
    asked(said(MessageRole.ROLE_TOOL, "{}", tool_call_id="call_0")),
    asked(said(MessageRole.ROLE_TOOL, "{}")),
    asked("?", n=10),
    asked(_picture("https://example.com/1.png"), _picture(address_of("image/png", painted("x", 9, 9)))),
    asked(_file(url="https://example.com/a.pdf"), _file(data=b"x", filename="a.txt")),
    asked("?", tools=[Tool(web_search=WebSearch(allowed_domains=["example.com"])), Tool(x_search=XSearch())]),
    asked("?", tools=[Tool(code_execution=CodeExecution()), Tool(function=Function(name="f", parameters="{}"))]),
    asked("?", response_format=ResponseFormat(format_type=FormatType.FORMAT_TYPE_JSON_SCHEMA, schema="{}")),
]

_WRONG = {
    "no messages": asked(),
    "no role": asked(said(MessageRole.INVALID_ROLE, "hi")),
    "a role of tomorrow": asked(Message(role=99, content=[Content(text="hi")])),  # type: ignore[arg-type] # on purpose
    "blank text": asked(said(USER, " \n")),
    "no content": asked(Message(role=USER)),
    "an answer of nothing": asked(Message(role=ASSISTANT)),
    "a name that is not a user's": asked(said(ASSISTANT, "hi", name="bob")),
    "a compaction of nobody": asked(Message(role=USER, encrypted_content="AAAA"), "?"),
    "the seal of another model": asked(
        said(ASSISTANT, "hi", encrypted_content=encrypted_content.seal("hm", "/grok-4.6")), "?"
    ),
    "a changed seal": asked(said(ASSISTANT, "hi", encrypted_content="AAAA"), "?"),
    "an image of no scheme": asked(_picture("pictures/1.png")),
    "an image of nothing": asked(Message(role=USER, content=[Content(image_url=ImageUrlContent())])),
    "a file of nothing": asked(_file(filename="a.txt")),
    "a file of two": asked(_file(file_id="f", url="https://example.com/")),
    "penalty": asked("?", presence_penalty=0.1),
    "other penalty": asked("?", frequency_penalty=0.1),
    "stop": asked("?", stop=["."]),
    "effort none for 4.7": asked("?", reasoning_effort=ReasoningEffort.EFFORT_NONE),
    "effort for 4.20": asked("?", model="grok-4.20", reasoning_effort=ReasoningEffort.EFFORT_LOW),
    "effort for a model that does not reason": asked(
        "?", model="grok-4.20-non-reasoning", reasoning_effort=ReasoningEffort.EFFORT_LOW
    ),
    "hot": asked("?", temperature=2.1),
    "top_p": asked("?", top_p=1.5),
    "no tokens": asked("?", max_tokens=0),
    "no turns": asked("?", max_turns=0),
    "eleven answers": asked("?", n=11),
    "two answers with a search": asked("?", n=2, tools=[Tool(web_search=WebSearch())]),
    "two answers about a file": asked(_file(data=b"x"), n=2),
    "a function that is not offered": asked("?", tool_choice=ToolChoice(function_name="f")),
    "a demand without tools": asked("?", tool_choice=ToolChoice(mode=ToolMode.TOOL_MODE_REQUIRED)),
    "an action that images do not have": asked("?", tools=[Tool(image_generation=ImageGeneration(action="look"))]),
    "a server of tools that is nowhere": asked("?", tools=[Tool(mcp=MCP(server_url="file:///tools"))]),
    "a search in no collection": asked("?", tools=[Tool(collections_search=CollectionsSearch())]),
    "five stops": asked("?", model="grok-4.20-non-reasoning", stop=list("abcde")),
    "a nameless function": asked("?", tools=[Tool(function=Function())]),
    "a function without a schema": asked("?", tools=[Tool(function=Function(name="f", parameters="[]"))]),
    "an empty tool": asked("?", tools=[Tool()]),
    "both lists": asked("?", tools=[Tool(web_search=WebSearch(allowed_domains=["a"], excluded_domains=["b"]))]),
    "six domains": asked("?", tools=[Tool(web_search=WebSearch(allowed_domains=list("abcdef")))]),
    "eleven handles": asked("?", tools=[Tool(x_search=XSearch(excluded_x_handles=list("abcdefghijk")))]),
    "a schema that is none": asked(
        "?", response_format=ResponseFormat(format_type=FormatType.FORMAT_TYPE_JSON_SCHEMA, schema="nope")
    ),
}


@pytest.mark.parametrize("request_", _FINE)
def test_what_xai_accepts_is_accepted(request_: GetCompletionsRequest) -> None:
    assert problem(request_, _model(request_.model)) is None


@pytest.mark.parametrize("name", _WRONG)
def test_what_xai_refuses_is_refused(name: str) -> None:
    found = problem(_WRONG[name], _model(_WRONG[name].model))
    assert isinstance(found, Failure)
    assert found.code.name == "INVALID_ARGUMENT"


def test_no_two_models_share_a_name() -> None:
    names = [name for model in MODELS for name in (model.name, *model.aliases)]
    assert len(names) == len(set(names))


def test_the_author_names_who_asked_and_counts_what_was_shown() -> None:
    pictures = [said(USER, "first"), said(ASSISTANT, "yes"), said(USER, "last\nline", name="alice")]
    pictures[0].content.append(Content(image_url=ImageUrlContent(image_url="https://example.com/1.png")))
    text = author.answer(asked(), pictures, None)
    assert "alice asked:\n\n> last\n> line" in text
    assert "**2 questions**, 1 answer of mine and 1 image" in text


@pytest.mark.parametrize("wanted", [200, 2_000])
def test_the_author_writes_at_length_and_closes_every_fence(wanted: int) -> None:
    text = author.answer(asked(), [said(USER, "?")], wanted)
    assert wanted <= tokens.count(text) <= wanted + 100
    assert text.count("```") % 2 == 0
    assert "```python" in text


def test_the_author_thinks_more_with_more_effort() -> None:
    efforts = (
        ReasoningEffort.EFFORT_NONE,
        ReasoningEffort.EFFORT_LOW,
        ReasoningEffort.EFFORT_MEDIUM,
        ReasoningEffort.EFFORT_HIGH,
        ReasoningEffort.EFFORT_XHIGH,
    )
    lengths = [len(author.reasoning([said(USER, "?")], effort, None)) for effort in efforts]
    assert lengths[0] == 0
    assert all(shorter < longer for shorter, longer in itertools.pairwise(lengths))


def test_a_title_is_short_and_plain() -> None:
    request = asked(said(SYSTEM, "Write a title."), "growing figs at home", max_tokens=30)
    assert author.answer(request, request.messages, None) == "Growing Figs At Home"


def test_json_is_written_when_it_is_asked_for() -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "s": {"type": "string"}, "e": {"enum": ["a", "b"]}},
    }
    wanted = ResponseFormat(format_type=FormatType.FORMAT_TYPE_JSON_SCHEMA, schema=json.dumps(schema))
    assert json.loads(author.answer(asked(response_format=wanted), [], None)) == {"n": 1, "s": "text", "e": "a"}
    loose = ResponseFormat(format_type=FormatType.FORMAT_TYPE_JSON_OBJECT)
    text = author.answer(asked(response_format=loose), [said(USER, "hi")], None)
    assert json.loads(text) == {"questions": 1, "last": "hi"}


_SEARCH = (Tool(web_search=WebSearch()),)


def test_the_author_searches_when_it_may_and_the_words_say_so() -> None:
    def searches(text: str, **more: object) -> list[str]:
        request = asked(text, **more)
        return [
            found.query.text for found in draft(request, request.messages, Script(), _model(), GrokRules()).searches
        ]

    assert searches("the latest on figs", tools=_SEARCH) == ["the latest on figs"]
    assert searches("the latest on figs") == []
    assert searches("hello", tools=_SEARCH) == []
    never = ToolChoice(mode=ToolMode.TOOL_MODE_NONE)
    assert searches("the latest on figs", tools=_SEARCH, tool_choice=never) == []


def test_turns_bound_the_searches() -> None:
    request = asked("?", tools=_SEARCH, max_turns=2)
    plan = draft(request, request.messages, Script(queries=["a", "b", "c"]), _model(), GrokRules())
    assert [found.query.text for found in plan.searches] == ["a", "b"]


def test_citations_that_were_cut_off_are_not_marked() -> None:
    include = [IncludeOption.INCLUDE_OPTION_INLINE_CITATIONS]
    request = asked("latest figs", tools=_SEARCH, include=include)
    assert len(draft(request, request.messages, Script(), _model(), GrokRules()).inline) == 2
    request.max_tokens = 5
    assert draft(request, request.messages, Script(), _model(), GrokRules()).inline == ()


def test_a_model_that_does_not_reason_never_does() -> None:
    request = asked("?", use_encrypted_content=True)
    script = Script(text="t", reasoning="r")
    assert draft(request, request.messages, script, _model("grok-4.20-non-reasoning"), GrokRules()).reasoning == ""
    assert draft(request, request.messages, script, _model(), GrokRules()).reasoning == "r"


@given(
    text=st.text(max_size=60),
    reasoning=st.text(max_size=60),
    queries=st.lists(st.text(max_size=5), max_size=3),
    rate=st.sampled_from([1.0, 60.0, math.inf]),
    group=st.integers(1, 5),
)
def test_a_plan_is_sent_in_order_and_complete(
    text: str, reasoning: str, queries: list[str], rate: float, group: int
) -> None:
    request = asked("?", tools=_SEARCH, use_encrypted_content=True)
    rules = GrokRules(tokens_per_second=rate, tokens_per_chunk=group, query_seconds=0.5, first_token_after=1.0)
    script = Script(text=text, reasoning=reasoning, queries=queries)
    beats = list(draft(request, request.messages, script, _model(), rules).beats())
    times = [beat.at for beat in beats]
    assert times == sorted(times)
    assert times[0] >= 1.0
    assert times[-1] >= 1.0 + 0.5 * len(queries)
    assert [beat.index for beat in beats] == sorted(beat.index for beat in beats)
    assert "".join(beat.content for beat in beats if beat.role == ASSISTANT) == text
    assert "".join(beat.reasoning for beat in beats).replace(" ", "") == reasoning.replace(" ", "")
    assert [beat.last for beat in beats] == [False] * (len(beats) - 1) + [True]
    owner = encrypted_content.owner_of(rules.api_key, "grok-4.7")
    opened = [(beat.role, encrypted_content.unseal(beat.sealed, owner) or "") for beat in beats if beat.sealed]
    assert "".join(text for role, text in opened if role == ASSISTANT) == "".join(beat.reasoning for beat in beats)
    assert len([text for role, text in opened if role != ASSISTANT and text]) == len(queries)
