"""Plans the answer to a valid request, following a script.

Here: the model's decisions: whether to reason, to search, what to write and how it ends. Not here: time, cost.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.answers import author
from grokbot.sandbox.grok_server.answers.encrypted_content import owner_of
from grokbot.sandbox.grok_server.answers.plans import KINDS, Plan, Search, cut_to_tokens
from grokbot.sandbox.grok_server.answers.replies import inline
from grokbot.sandbox.grok_server.answers.scripts import FINISHES, Script, ScriptedQuery
from grokbot.wire.xai.chat_pb2 import (
    GetCompletionsRequest,
    IncludeOption,
    Message,
    MessageRole,
    ReasoningEffort,
    ToolMode,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.sandbox.grok_server.prices import ModelFacts
    from grokbot.sandbox.grok_server.rules import GrokRules
    from grokbot.wire.xai.chat_pb2 import InlineCitation

_CURIOUS: Final = re.compile(r"\b(search|look up|news|latest|today|current)\b", re.IGNORECASE)
_OFFERS: Final = {"web_search": "web", "x_search": "x", "code_execution": "code"}
_SHOWN: Final = {
    "web": IncludeOption.INCLUDE_OPTION_WEB_SEARCH_CALL_OUTPUT,
    "x": IncludeOption.INCLUDE_OPTION_X_SEARCH_CALL_OUTPUT,
    "code": IncludeOption.INCLUDE_OPTION_CODE_EXECUTION_CALL_OUTPUT,
}


def draft(
    request: GetCompletionsRequest,
    conversation: Sequence[Message],
    script: Script,
    model: ModelFacts,
    rules: GrokRules,
) -> Plan:
    """Plan one answer.

    Args:
        request: The request.
        conversation: All of it, stored messages included.
        script: A test's wishes; None in it: as the model would do.
        model: Its capabilities.
        rules: How fast the server is.
    """
    searches = tuple(_searches(request, conversation, script))
    sources = _sources(searches)
    text = script.text
    if text is None:
        text = author.answer(request, conversation, script.tokens)
    marks: tuple[InlineCitation, ...] = ()
    if script.text is None and IncludeOption.INCLUDE_OPTION_INLINE_CITATIONS in request.include:
        text, found = inline(text, sources)
        marks = tuple(found)
    finish = script.finish or ("tool_calls" if script.functions else "stop")
    plan = Plan(
        text=text,
        reasoning=_reasoning(request, conversation, script, model),
        searches=searches,
        functions=script.functions,
        finish=FINISHES[finish],
        citations=tuple(dict.fromkeys((*sources, *script.citations))),
        inline=marks,
        sealed_for=owner_of(rules.api_key, model.name) if request.use_encrypted_content else None,
        verbose=IncludeOption.INCLUDE_OPTION_VERBOSE_STREAMING in request.include,
        tokens_per_second=script.tokens_per_second or rules.tokens_per_second,
        tokens_per_chunk=rules.tokens_per_chunk,
        first_token_after=(rules.first_token_after if script.first_token_after is None else script.first_token_after),
        query_seconds=rules.query_seconds,
    )
    if not request.HasField("max_tokens"):
        return plan
    cut = cut_to_tokens(plan, request.max_tokens)
    return replace(cut, inline=tuple(mark for mark in cut.inline if mark.end_index <= len(cut.text)))


def _reasoning(
    request: GetCompletionsRequest, conversation: Sequence[Message], script: Script, model: ModelFacts
) -> str:
    effort = request.reasoning_effort if request.HasField("reasoning_effort") else model.default_effort
    if not model.reasons or effort == ReasoningEffort.EFFORT_NONE:
        return ""
    if script.reasoning is not None:
        return script.reasoning
    return author.reasoning(conversation, effort, script.think)


def _searches(request: GetCompletionsRequest, conversation: Sequence[Message], script: Script) -> list[Search]:
    """The searches: the script's or one by the author, as far as the request allows."""
    offered = {_OFFERS.get(tool.WhichOneof("tool") or "") for tool in request.tools}
    if request.tool_choice.mode == ToolMode.TOOL_MODE_NONE:
        offered = set()
    queries = script.all_queries()
    asked = next((m for m in reversed(conversation) if m.role == MessageRole.ROLE_USER), Message())
    words = author.text_of(asked)
    if not queries and script.text is None and _CURIOUS.search(words):
        queries = (ScriptedQuery(" ".join(words.split()[:12]), kind="web" if "web" in offered else "x"),)
    allowed = [query for query in queries if query.kind in offered]
    if request.HasField("max_turns"):
        allowed = allowed[: request.max_turns]
    return [_search(request, number, query) for number, query in enumerate(allowed)]


def _search(request: GetCompletionsRequest, number: int, query: ScriptedQuery) -> Search:
    key = "code" if query.kind == "code" else "query"
    shown = _SHOWN[query.kind] in request.include
    output = json.dumps({"results": list(_sources_of(query))}) if shown else ""
    return Search(f"{KINDS[query.kind].function}_{number}", query, json.dumps({key: query.text}), output)


def _sources(searches: Sequence[Search]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(url for search in searches for url in _sources_of(search.query)))


def _sources_of(query: ScriptedQuery) -> tuple[str, ...]:
    """The sources of a query; the author's use a domain reserved for examples."""
    if query.sources or query.kind == "code":
        return query.sources
    slug = re.sub(r"\W+", "-", query.text.lower()).strip("-")[:40] or "empty"
    return tuple(f"https://example.com/{query.kind}/{slug}/{number}" for number in (1, 2))
