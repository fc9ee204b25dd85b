"""Options that a model refuses: by the table of models, and by what xAI has refused in this process.

Not here: xAI's error texts (`errors`), asking again (`client`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from grokbot.conversation.models import options_of
from grokbot.xai.errors import EFFORT, refused_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.errors import GrokError
    from grokbot.wire.xai import chat_pb2

log = logging.getLogger(__name__)

Leavable: TypeAlias = Literal[
    "reasoning_effort",
    "temperature",
    "top_p",
    "max_tokens",
    "max_turns",
    "presence_penalty",
    "frequency_penalty",
    "stop",
    "parallel_tool_calls",
]
LEAVABLE: Sequence[Leavable] = get_args(Leavable)
"""Fields without which a request still asks for the same answer."""


class RefusedOptions:
    """One for the process. A refusal costs one request, once for each model."""

    def __init__(self) -> None:
        self._refused: set[tuple[str, str, object]] = set()

    def leave_out(self, request: chat_pb2.GetCompletionsRequest) -> None:
        """Takes out of a request what its model is known to refuse."""
        known = options_of(request.model)
        for name in LEAVABLE:
            if (known is not None and name in known.refused) or _key(request, name) in self._refused:
                request.ClearField(name)

    def found(self, trouble: GrokError, request: chat_pb2.GetCompletionsRequest) -> bool:
        """Whether a request was refused for one of its options, which is noted and taken out of it."""
        given = {field.name for field, _ in request.ListFields()}
        refused = refused_option(trouble, [name for name in LEAVABLE if name in given])
        for name in LEAVABLE:
            if name == refused:
                self._refused.add(_key(request, name))
                log.info("xai.option_refused model=%s option=%s", request.model, name)
                request.ClearField(name)
        return refused is not None


def _key(request: chat_pb2.GetCompletionsRequest, name: str) -> tuple[str, str, object]:
    """Of an effort, the value is refused: a model may take others."""
    return request.model, name, request.reasoning_effort if name == EFFORT else None
