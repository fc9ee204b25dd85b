"""The calls of xAI's own tools before an answer: which, with what arguments, and what they return. Pure.

Here: a script's wishes or the author's, as far as the request allows them. Not here: the tools (`tools`), the rest
of an answer (`draft`).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from grokbot.sandbox.grok_server.answers import author
from grokbot.sandbox.grok_server.answers.plans import Search
from grokbot.sandbox.grok_server.answers.scripts import ScriptedQuery
from grokbot.sandbox.grok_server.answers.tools import offered_by, usual
from grokbot.sandbox.grok_server.media import pictures
from grokbot.sandbox.grok_server.media.documents import AttachedKind, kind_of
from grokbot.wire.xai.chat_pb2 import Message, MessageRole, ToolMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grokbot.sandbox.grok_server.answers.scripts import Script
    from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest

_CURIOUS: Final = re.compile(r"\b(search|look up|news|latest|today|current)\b", re.IGNORECASE)
_DRAWS: Final = re.compile(r"\b(draw|paint|imagine|picture of|image of)\b", re.IGNORECASE)
_WORDS: Final = 12

#: A painted picture's edge, in pixels: large enough to be looked at, small enough for thousands of them.
EDGE: Final = 256


def searches(request: GetCompletionsRequest, conversation: Sequence[Message], script: Script) -> tuple[Search, ...]:
    """The calls before an answer, in order.

    Args:
        request: Offers tools, and bounds their turns.
        conversation: All of it, stored messages included.
        script: A test's wishes.
    """
    offered = _offered(request, conversation)
    wanted = [
        query
        for query in script.all_queries() or _own(request, conversation, script, offered)
        if query.tool.name in offered
    ]
    found: list[Search] = []
    turn = -1
    for query in wanted:
        turn += not (query.beside and found)
        if request.HasField("max_turns") and turn >= request.max_turns:
            break
        found.append(_search(request, len(found), turn, query))
    return tuple(found)


def sources_of(request: GetCompletionsRequest, query: ScriptedQuery) -> tuple[str, ...]:
    """What a call finds, without what the request excludes.

    Args:
        request: Names the sites and handles that are allowed or excluded.
        query: The call; the author's sources are made up.
    """
    if query.error or query.kind not in {"web", "x"}:
        return ()
    slug = re.sub(r"\W+", "-", query.text.lower()).strip("-")[:40] or "empty"
    if query.sources:
        made = query.sources
    elif query.tool.argument == "url":
        made = (query.text,)
    elif query.tool.argument == "post_id":
        made = (f"https://x.com/i/status/{query.text}",)
    elif query.kind == "x":
        handle = next((h for tool in request.tools for h in tool.x_search.allowed_x_handles), "someone")
        made = tuple(f"https://x.com/{handle}/status/{_number(f'{slug} {number}')}" for number in (1, 2))
    else:
        host = next((d for tool in request.tools for d in tool.web_search.allowed_domains), "example.com")
        made = tuple(f"https://{host}/web/{slug}/{number}" for number in (1, 2))
    return tuple(url for url in made if _allowed(request, url))


def _offered(request: GetCompletionsRequest, conversation: Sequence[Message]) -> frozenset[str]:
    if request.tool_choice.mode == ToolMode.TOOL_MODE_NONE:
        return frozenset()
    names = {name for tool in request.tools for name in offered_by(tool)}
    # xAI adds the search in attachments by itself.
    return frozenset(names | ({usual("file").name} if _documents(conversation) else set()))


def _own(
    request: GetCompletionsRequest, conversation: Sequence[Message], script: Script, offered: frozenset[str]
) -> tuple[ScriptedQuery, ...]:
    """What the author calls without a script: a search, a picture, a look into a document that came just now."""
    if script.text is not None:
        return ()
    asked = next((m for m in reversed(conversation) if m.role == MessageRole.ROLE_USER), Message())
    words = " ".join(author.text_of(asked).split()[:_WORDS])
    calls = [ScriptedQuery(name, "file") for name in _documents([asked])]
    if _DRAWS.search(words) and "imagine_text_to_image" in offered:
        calls.append(ScriptedQuery(words, "image"))
    elif _CURIOUS.search(words) or (request.tool_choice.mode == ToolMode.TOOL_MODE_REQUIRED and _only_ours(request)):
        calls.append(ScriptedQuery(words, "web" if usual("web").name in offered else "x"))
    return tuple(calls)


def _only_ours(request: GetCompletionsRequest) -> bool:
    return not any(tool.HasField("function") for tool in request.tools)


def _documents(messages: Iterable[Message]) -> list[str]:
    """The names of the files that a tool must open: PDFs and office documents, and what lies elsewhere."""
    files = (part.file for m in messages for part in m.content if part.WhichOneof("content") == "file")
    return [file.filename or "document" for file in files if file.url or kind_of(file.data) in _OPENED]


_OPENED: Final = frozenset({AttachedKind.PDF, AttachedKind.OFFICE})


def _search(request: GetCompletionsRequest, number: int, turn: int, query: ScriptedQuery) -> Search:
    tool = query.tool
    arguments = {tool.argument: query.text, **tool.more}
    shown = tool.shown is None or tool.shown in request.include
    output = _output(request, query, number) if shown else ""
    return Search(f"{tool.name}_{number}", query, json.dumps(arguments), output, turn)


def _output(request: GetCompletionsRequest, query: ScriptedQuery, number: int) -> str:
    if query.error:
        return json.dumps({"error": query.error})
    match query.kind:
        case "code":
            return json.dumps({"stdout": query.output or "", "stderr": "", "output_files": {}, "error": "", "ret": ""})
        case "image" if query.output is None:
            return json.dumps(
                {
                    "__type": "image_generation_result",
                    "result": pictures.address_of("image/png", pictures.painted(query.text, EDGE, EDGE)),
                    "image_uuid": f"{_number(query.text) % 10**5:05}{number}",
                }
            )
        case "file":
            page = {"page_num_one_indexed": 1, "text": query.output or "", "images": []}
            return json.dumps({"pages": [page]})
        case _:
            return (
                query.output if query.output is not None else json.dumps({"results": list(sources_of(request, query))})
            )


def _allowed(request: GetCompletionsRequest, url: str) -> bool:
    parts = urlsplit(url)
    host, handle = parts.hostname or "", parts.path.strip("/").split("/")[0].lower()
    web = [tool.web_search for tool in request.tools if tool.HasField("web_search")]
    x = [tool.x_search for tool in request.tools if tool.HasField("x_search")]
    if host == "x.com":
        return all(
            (not each.allowed_x_handles or handle in _lower(each.allowed_x_handles))
            and handle not in _lower(each.excluded_x_handles)
            for each in x
        )
    return all(
        (not each.allowed_domains or _under(host, each.allowed_domains)) and not _under(host, each.excluded_domains)
        for each in web
    )


def _lower(handles: Iterable[str]) -> set[str]:
    return {handle.lower() for handle in handles}


def _under(host: str, domains: Iterable[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _number(text: str) -> int:
    """The same number for the same text everywhere, as long as the id of a post."""
    return int.from_bytes(hashlib.blake2b(text.encode(errors="replace"), digest_size=7).digest())
