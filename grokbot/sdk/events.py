"""Events in a conversation, from `Conversation.watch`.

Here: the values, made from the daemon's messages. Not here: their effect on the conversation (`conversation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grokbot.sdk.response import Response
    from grokbot.wire.grokbot import daemon_pb2
    from grokbot.wire.prompt_ide import chat_pb2

    Take = Callable[[chat_pb2.Response], Response]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The conversation was loaded: always the first event."""


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody said something, here, in Discord or elsewhere."""

    response: Response


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer has begun or grown: the response has its text so far."""

    response: Response


@dataclass(frozen=True, slots=True)
class Ended:
    """An answer has ended."""

    response: Response


@dataclass(frozen=True, slots=True)
class LeafMoved:
    """The end of Discord's path has moved. The conversation's own leaf stays; `Response.select` moves it."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Titled:
    """The title has changed."""

    title: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """It was deleted: always the last event."""


Happening = Loaded | Said | Answering | Ended | LeafMoved | Titled | Deleted


def happening_of(told: daemon_pb2.Happening, take: Take) -> Happening | None:
    """The daemon's message as a value; None for a kind that this client does not know.

    Args:
        told: The daemon's message.
        take: Adds a response to its conversation.
    """
    make = _MAKE.get(told.WhichOneof("happening") or "")
    return make(told, take) if make else None


_MAKE: Mapping[str, Callable[[daemon_pb2.Happening, Take], Happening]] = {
    "conversation": lambda _, __: Loaded(),
    "user_response": lambda told, take: Said(take(told.user_response)),
    "answering": lambda told, take: Answering(take(told.answering)),
    "model_response": lambda told, take: Ended(take(told.model_response)),
    "leaf_response_id": lambda told, _: LeafMoved(told.leaf_response_id),
    "title": lambda told, _: Titled(told.title),
    "deleted": lambda _, __: Deleted(),
}
