"""Plans the answer to a valid request, following a script.

Here: the model's decisions: whether to reason, to search, what to write and how it ends. Not here: time, cost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.sandbox.grok_server.answers import author, citations
from grokbot.sandbox.grok_server.answers.encrypted_content import owner_of
from grokbot.sandbox.grok_server.answers.plans import Plan, cut_to_tokens
from grokbot.sandbox.grok_server.answers.scripts import FINISHES, FunctionRequest, Script
from grokbot.sandbox.grok_server.answers.searches import searches, sources_of
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
    calls = searches(request, conversation, script)
    sources = tuple(dict.fromkeys(url for call in calls for url in sources_of(request, call.query)))
    functions = _functions(request, conversation, script)
    linked = IncludeOption.INCLUDE_OPTION_INLINE_CITATIONS in request.include
    text = script.text
    if text is None:
        text = "" if functions else author.answer(request, conversation, script.tokens, sources)
    cited = citations.addresses_in(text) if script.text is not None else ()
    if not linked:
        text = citations.without(text)
    finish = script.finish or ("tool_calls" if functions else "stop")
    plan = Plan(
        text=text,
        reasoning=_reasoning(request, conversation, script, model),
        searches=calls,
        functions=functions,
        copies=request.n or 1,
        finish=FINISHES[finish],
        citations=tuple(dict.fromkeys((*sources, *cited, *script.citations))),
        inline=citations.found_in(text) if linked else (),
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


def _functions(
    request: GetCompletionsRequest, conversation: Sequence[Message], script: Script
) -> tuple[FunctionRequest, ...]:
    """The client's functions to call: the script's as far as they are offered, or the one that the request demands."""
    offered = {tool.function.name: tool.function for tool in request.tools if tool.HasField("function")}
    chosen = request.tool_choice
    if chosen.mode == ToolMode.TOOL_MODE_NONE:
        return ()
    if script.functions or script.text is not None:
        wanted = tuple(function for function in script.functions if function.name in offered)
        return wanted[:1] if request.HasField("parallel_tool_calls") and not request.parallel_tool_calls else wanted
    demanded = chosen.function_name or (next(iter(offered), "") if chosen.mode == ToolMode.TOOL_MODE_REQUIRED else "")
    if not demanded or conversation[-1].role == MessageRole.ROLE_TOOL:
        return ()
    return (FunctionRequest(demanded, author.example(offered[demanded].parameters)),)


def _reasoning(
    request: GetCompletionsRequest, conversation: Sequence[Message], script: Script, model: ModelFacts
) -> str:
    effort = request.reasoning_effort if request.HasField("reasoning_effort") else model.default_effort
    if not model.reasons or effort == ReasoningEffort.EFFORT_NONE:
        return ""
    if script.reasoning is not None:
        return script.reasoning
    return author.reasoning(conversation, effort, script.think)
