"""Tools at xAI's side: their calls by name, their turns, what they return and cost; links to sources."""

from __future__ import annotations

import base64
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from grokbot.sandbox.grok_server import GrokSandbox, Script, ScriptedQuery
from grokbot.sandbox.grok_server.answers import citations, directed
from grokbot.sandbox.grok_server.answers.tools import KINDS, TOOLS, usual
from grokbot.wire.xai.chat_pb2 import (
    CodeExecution,
    Content,
    FileContent,
    GetChatCompletionResponse,
    ImageGeneration,
    IncludeOption,
    Message,
    MessageRole,
    Tool,
    ToolCallStatus,
    ToolCallType,
    WebSearch,
    XSearch,
)
from grokbot.wire.xai.usage_pb2 import ServerSideTool

from .asking import USER, Client, asked, text_of

WEB, X, CODE = Tool(web_search=WebSearch()), Tool(x_search=XSearch()), Tool(code_execution=CodeExecution())
DRAW = Tool(image_generation=ImageGeneration())
LINKED = IncludeOption.INCLUDE_OPTION_INLINE_CITATIONS
PRINTED = IncludeOption.INCLUDE_OPTION_CODE_EXECUTION_CALL_OUTPUT
WIKI = "https://en.wikipedia.org/wiki/XAI_(company)"
POST = "https://x.com/i/status/1991284813727474073"


def _called(answer: GetChatCompletionResponse) -> list[tuple[str, dict[str, object]]]:
    calls = (call for output in answer.outputs[:-1:2] for call in output.message.tool_calls)
    return [(call.function.name, json.loads(call.function.arguments)) for call in calls]


async def test_calls_have_the_names_and_arguments_of_the_real_ones(grok: GrokSandbox, client: Client) -> None:
    grok.script(
        Script(
            text="ok",
            queries=[
                "figs",
                ScriptedQuery("https://example.org/figs", name="browse_page"),
                ScriptedQuery("figs", "x"),
                ScriptedQuery("123", "x", name="x_thread_fetch"),
                ScriptedQuery("print(1)", "code"),
            ],
        )
    )
    answer = await client.whole(asked("?", tools=[WEB, X, CODE]))
    assert _called(answer) == [
        ("web_search", {"query": "figs"}),
        ("browse_page", {"url": "https://example.org/figs"}),
        ("x_keyword_search", {"query": "figs", "limit": 10, "mode": "Latest"}),
        ("x_thread_fetch", {"post_id": "123"}),
        ("code_execution", {"code": "print(1)"}),
    ]
    assert "https://example.org/figs" in answer.citations
    assert "https://x.com/i/status/123" in answer.citations


@pytest.mark.parametrize(
    ("name", "tool", "offered"),
    [
        ("view_image", WEB, False),
        ("view_image", Tool(web_search=WebSearch(enable_image_understanding=True)), True),
        ("view_image", Tool(x_search=XSearch(enable_image_understanding=True)), True),
        ("search_images", WEB, False),
        ("search_images", Tool(web_search=WebSearch(enable_image_search=True)), True),
        ("view_x_video", Tool(x_search=XSearch(enable_video_understanding=True)), True),
        ("view_x_video", X, False),
        ("imagine_image_to_image", DRAW, True),
        ("imagine_image_to_image", Tool(image_generation=ImageGeneration(action="generate")), False),
        ("imagine_text_to_image", Tool(image_generation=ImageGeneration(action="edit")), False),
    ],
)
async def test_a_call_is_made_only_if_the_request_makes_it_possible(
    grok: GrokSandbox, client: Client, name: str, tool: Tool, offered: bool
) -> None:
    grok.script(Script(text="ok", queries=[ScriptedQuery("it", TOOLS[name].kind, name=name)]))
    answer = await client.whole(asked("?", tools=[tool]))
    assert [call for call, _ in _called(answer)] == ([name] if offered else [])
    assert list(answer.usage.server_side_tools_used) == ([TOOLS[name].used] if offered else [])


async def test_turns_are_bounded_and_calls_of_one_turn_run_side_by_side(grok: GrokSandbox, client: Client) -> None:
    queries: list[str | ScriptedQuery] = ["one", ScriptedQuery("two", beside=True), "three", "four"]
    for _ in range(2):
        grok.script(Script(text="ok", reasoning="", queries=queries))
    answer = await client.whole(asked("?", tools=[WEB], max_turns=2))
    roles = [output.message.role for output in answer.outputs]
    tool, assistant = MessageRole.ROLE_TOOL, MessageRole.ROLE_ASSISTANT
    assert roles == [assistant, tool, tool, assistant, tool, assistant]
    assert [len(output.message.tool_calls) for output in answer.outputs] == [2, 1, 1, 1, 1, 0]
    chunks = await client.chunks(asked("?", tools=[WEB], max_turns=1))
    assert text_of(chunks) == "ok"
    assert list(chunks[-1].usage.server_side_tools_used) == [ServerSideTool.SERVER_SIDE_TOOL_WEB_SEARCH] * 2


async def test_what_code_printed_is_shown_only_to_who_asked(grok: GrokSandbox, client: Client) -> None:
    for _ in range(2):
        query = ScriptedQuery("print(2)", "code", output="2\n")
        grok.script(Script(text="ok", queries=[query], files=(("a.csv", b"1,2"),)))
    files = IncludeOption.INCLUDE_OPTION_CODE_EXECUTION_FILES_OUTPUT
    shown = await client.whole(asked("?", tools=[CODE], include=[PRINTED, files]))
    assert json.loads(shown.outputs[1].message.content) == {
        "stdout": "2\n",
        "stderr": "",
        "output_files": {},
        "error": "",
        "ret": "",
    }
    assert [file.name for file in shown.output_files] == ["a.csv"]
    hidden = await client.whole(asked("?", tools=[CODE]))
    assert (hidden.outputs[1].message.content, len(hidden.output_files)) == ("", 0)


async def test_a_call_that_fails_says_so_and_is_not_billed(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="ok", reasoning="", queries=[ScriptedQuery("https://x", name="browse_page", error="gone")]))
    grok.script(Script(text="ok", reasoning=""))
    answer = await client.whole(asked("?", tools=[WEB]))
    (call,) = answer.outputs[0].message.tool_calls
    assert (call.status, call.error_message) == (ToolCallStatus.TOOL_CALL_STATUS_FAILED, "gone")
    assert not answer.citations
    plain = await client.whole(asked("?", tools=[WEB]))
    read_again = plain.usage.prompt_tokens * 5_000
    assert answer.usage.cost_in_usd_ticks == plain.usage.cost_in_usd_ticks + read_again
    assert not answer.usage.server_side_tools_used


async def test_the_model_draws_on_its_way(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="Here.", queries=[ScriptedQuery("a corgi", "image")]))
    answer = await client.whole(asked("?", tools=[DRAW]))
    (call,) = answer.outputs[1].message.tool_calls
    assert (call.type, call.function.name) == (
        ToolCallType.TOOL_CALL_TYPE_IMAGE_GENERATION_TOOL,
        "imagine_text_to_image",
    )
    envelope = json.loads(answer.outputs[1].message.content)
    assert envelope["__type"] == "image_generation_result"
    kind, encoded = envelope["result"].split("base64,")
    assert kind == "data:image/png;"
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
        assert picture.size == (256, 256)
    assert list(answer.usage.server_side_tools_used) == [ServerSideTool.SERVER_SIDE_TOOL_IMAGE_GENERATION]
    assert answer.usage.cost_in_usd_ticks >= 2 * 10**8
    asked_for = await client.whole(asked("Please draw a cat", tools=[DRAW]))
    assert _called(asked_for)[0][0] == "imagine_text_to_image"


async def test_a_pdf_is_opened_by_a_tool_that_nobody_offered(client: Client) -> None:
    pdf = Content(file=FileContent(data=b"%PDF-1.7", filename="a.pdf"))
    answer = await client.whole(asked(Message(role=USER, content=[Content(text="See"), pdf])))
    assert _called(answer) == [("pdf_browse", {"document_id": "a.pdf", "pages": "1"})]
    assert answer.usage.cost_in_usd_ticks >= 10**8


async def test_sources_keep_to_what_the_request_allows(grok: GrokSandbox, client: Client) -> None:
    sources = (
        "https://a.example.org/1",
        "https://b.net/2",
        "https://x.com/alice/status/1",
        "https://x.com/bob/status/2",
    )
    for _ in range(2):
        grok.script(Script(text="ok", queries=[ScriptedQuery("it", sources=sources)]))

    async def found(web: WebSearch, x: XSearch) -> list[str]:
        return list((await client.whole(asked("?", tools=[Tool(web_search=web), Tool(x_search=x)]))).citations)

    assert await found(WebSearch(allowed_domains=["example.org"]), XSearch(excluded_x_handles=["Bob"])) == [
        sources[0],
        sources[2],
    ]
    assert await found(WebSearch(excluded_domains=["example.org"]), XSearch(allowed_x_handles=["bob"])) == [
        sources[1],
        sources[3],
    ]


async def test_links_stand_where_the_text_says_and_only_if_asked_for(grok: GrokSandbox, client: Client) -> None:
    text = f"One.[[1]]({WIKI})[[2]]({POST}) Two *again*.[[1]]({WIKI})"
    for _ in range(2):
        grok.script(Script(text=text, reasoning=""))
    chunks = await client.chunks(asked("?", include=[LINKED]))
    assert text_of(chunks) == text
    found = [citation for chunk in chunks for output in chunk.outputs for citation in output.delta.citations]
    assert [(c.id, c.web_citation.url, c.x_citation.url) for c in found] == [
        ("1", WIKI, ""),
        ("2", "", POST),
        ("1", WIKI, ""),
    ]
    assert [text[c.start_index : c.end_index] for c in found] == [f"[[1]]({WIKI})", f"[[2]]({POST})", f"[[1]]({WIKI})"]
    assert not chunks[-1].outputs[0].delta.citations
    assert list(chunks[-1].citations) == [WIKI, POST]
    plain = (await client.whole(asked("?"))).outputs[0].message
    assert (plain.content, len(plain.citations)) == ("One. Two *again*.", 0)


async def test_the_author_links_to_what_it_found(client: Client) -> None:
    answer = await client.whole(asked("any news?", tools=[WEB, X], include=[LINKED]))
    message = answer.outputs[-1].message
    assert [c.web_citation.url for c in message.citations] == list(answer.citations) != []
    assert message.content[message.citations[0].start_index - 1] == "."


@given(
    st.lists(st.sampled_from(["text ", "日本 ", "👩‍🚀", f"[[1]]({WIKI})", f"[[12]]({POST})", "[[1]](no)", "[x](y)"]))
)
def test_positions_cut_out_exactly_the_links(parts: list[str]) -> None:
    text = "".join(parts)
    found = [text[c.start_index : c.end_index] for c in citations.found_in(text)]
    assert found == [part for part in parts if part.startswith("[[") and "://" in part]
    assert citations.found_in(citations.without(text)) == ()


def test_every_kind_has_a_usual_call_and_wrong_names_are_refused() -> None:
    assert {usual(kind).kind for kind in KINDS} == set(KINDS) == {"web", "x", "code", "file", "image"}
    with pytest.raises(ValueError, match="no call of the kind"):
        ScriptedQuery("x", "web", name="x_thread_fetch")


@pytest.mark.parametrize(
    ("said", "query"),
    [
        ("!draw a cat", ScriptedQuery("a cat", "image")),
        ("!code", ScriptedQuery("print(2 + 2)", "code")),
        ("!open https://example.org/", ScriptedQuery("https://example.org/", name="browse_page")),
        ("!post 12", ScriptedQuery("12", "x", name="x_thread_fetch")),
    ],
)
def test_directives_call_tools(said: str, query: ScriptedQuery) -> None:
    assert directed(said) == Script(queries=(query,))
