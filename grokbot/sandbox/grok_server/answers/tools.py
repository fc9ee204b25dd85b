"""xAI's own tools by the names that their calls have: what each takes, counts as and costs. Pure.

Here: the table (xAI's documentation of tool usage, and recorded calls). Not here: which are called when (`draft`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.prices import ATTACHMENT_TICKS, IMAGE_MODELS, TOOL_CALL_TICKS
from grokbot.wire.xai.chat_pb2 import IncludeOption, ToolCallType
from grokbot.wire.xai.usage_pb2 import ServerSideTool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.wire.xai.chat_pb2 import Tool


@dataclass(frozen=True, slots=True)
class ToolKind:
    """One tool.

    Attributes:
        name: The name of its calls.
        kind: The group that scripts name.
        call: The type of its calls.
        used: What a call counts as.
        argument: The name of the argument that holds the text of a query.
        more: The other arguments.
        shown: The option that makes its output visible; None: it always is.
        ticks: The price of a call.
    """

    name: str
    kind: str
    call: ToolCallType.ValueType
    used: ServerSideTool.ValueType
    argument: str = "query"
    more: Mapping[str, object] = field(default_factory=dict)
    shown: IncludeOption.ValueType | None = None
    ticks: int = TOOL_CALL_TICKS


def _web(name: str, argument: str = "query", **more: object) -> ToolKind:
    return ToolKind(
        name,
        "web",
        ToolCallType.TOOL_CALL_TYPE_WEB_SEARCH_TOOL,
        ServerSideTool.SERVER_SIDE_TOOL_WEB_SEARCH,
        argument,
        more,
        IncludeOption.INCLUDE_OPTION_WEB_SEARCH_CALL_OUTPUT,
    )


def _x(name: str, argument: str = "query", **more: object) -> ToolKind:
    return ToolKind(
        name,
        "x",
        ToolCallType.TOOL_CALL_TYPE_X_SEARCH_TOOL,
        ServerSideTool.SERVER_SIDE_TOOL_X_SEARCH,
        argument,
        more,
        IncludeOption.INCLUDE_OPTION_X_SEARCH_CALL_OUTPUT,
    )


def _image(name: str) -> ToolKind:
    return ToolKind(
        name,
        "image",
        ToolCallType.TOOL_CALL_TYPE_IMAGE_GENERATION_TOOL,
        ServerSideTool.SERVER_SIDE_TOOL_IMAGE_GENERATION,
        "prompt",
        ticks=IMAGE_MODELS[0].output_ticks[0],
    )


#: The first of each kind is what a script means that names none.
TOOLS: Final = MappingProxyType(
    {
        tool.name: tool
        for tool in (
            _web("web_search"),
            _web("web_search_with_snippets"),
            _web("browse_page", "url"),
            _web("open_page", "url"),
            _web("open_page_with_find", "url"),
            ToolKind(
                "search_images",
                "web",
                ToolCallType.TOOL_CALL_TYPE_WEB_SEARCH_TOOL,
                ServerSideTool.SERVER_SIDE_TOOL_IMAGE_SEARCH,
                shown=IncludeOption.INCLUDE_OPTION_WEB_SEARCH_CALL_OUTPUT,
            ),
            ToolKind(
                "view_image",
                "web",
                ToolCallType.TOOL_CALL_TYPE_WEB_SEARCH_TOOL,
                ServerSideTool.SERVER_SIDE_TOOL_VIEW_IMAGE,
                "image_url",
                shown=IncludeOption.INCLUDE_OPTION_WEB_SEARCH_CALL_OUTPUT,
            ),
            _x("x_keyword_search", limit=10, mode="Latest"),
            _x("x_semantic_search"),
            _x("x_user_search"),
            _x("x_thread_fetch", "post_id"),
            ToolKind(
                "view_x_video",
                "x",
                ToolCallType.TOOL_CALL_TYPE_X_SEARCH_TOOL,
                ServerSideTool.SERVER_SIDE_TOOL_VIEW_X_VIDEO,
                "video_url",
                shown=IncludeOption.INCLUDE_OPTION_X_SEARCH_CALL_OUTPUT,
            ),
            ToolKind(
                "code_execution",
                "code",
                ToolCallType.TOOL_CALL_TYPE_CODE_EXECUTION_TOOL,
                ServerSideTool.SERVER_SIDE_TOOL_CODE_EXECUTION,
                "code",
                shown=IncludeOption.INCLUDE_OPTION_CODE_EXECUTION_CALL_OUTPUT,
            ),
            ToolKind(
                "pdf_browse",
                "file",
                ToolCallType.TOOL_CALL_TYPE_ATTACHMENT_SEARCH_TOOL,
                ServerSideTool.SERVER_SIDE_TOOL_ATTACHMENT_SEARCH,
                "document_id",
                {"pages": "1"},
                IncludeOption.INCLUDE_OPTION_ATTACHMENT_SEARCH_CALL_OUTPUT,
                ATTACHMENT_TICKS,
            ),
            _image("imagine_text_to_image"),
            _image("imagine_image_to_image"),
        )
    }
)

KINDS: Final = tuple(dict.fromkeys(tool.kind for tool in TOOLS.values()))
TICKS: Final = MappingProxyType({tool.used: tool.ticks for tool in TOOLS.values()})


def usual(kind: str) -> ToolKind:
    """The tool of a kind that is called when nothing else is said."""
    return next(tool for tool in TOOLS.values() if tool.kind == kind)


def offered_by(tool: Tool) -> frozenset[str]:
    """The names of the calls that a tool of a request makes possible."""
    kind = _OFFERS.get(tool.WhichOneof("tool") or "")
    wanted = {
        "search_images": tool.web_search.enable_image_search,
        "view_image": tool.web_search.enable_image_understanding,
        "view_x_video": tool.x_search.enable_video_understanding,
        "imagine_text_to_image": tool.image_generation.action != "edit",
        "imagine_image_to_image": tool.image_generation.action != "generate",
    }
    also = {"view_image"} if tool.x_search.enable_image_understanding else set()
    return frozenset(name for name, each in TOOLS.items() if each.kind == kind and wanted.get(name, True)) | also


_OFFERS: Final = MappingProxyType(
    {
        "web_search": "web",
        "x_search": "x",
        "code_execution": "code",
        "attachment_search": "file",
        "image_generation": "image",
    }
)
