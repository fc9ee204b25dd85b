"""Following a conversation: what the daemon tells of it, and what becomes of what is known on this side.

Here: one generator. Not here: the values that it yields (`events`).
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from grokbot.sdk.connection import messages
from grokbot.sdk.events import Answering, Deleted, Ended, LeafMoved, Loaded, Said, Titled
from grokbot.sdk.stubs import beside
from grokbot.wire.grokbot.daemon_pb2 import WatchRequest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from grokbot.sdk.conversation import Conversation
    from grokbot.sdk.events import Happening
    from grokbot.wire.grokbot import daemon_pb2
    from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatAsyncStub


async def watched(
    conversation: Conversation, stub: ChatAsyncStub, conversation_id: str
) -> AsyncGenerator[Happening, None]:
    """What happens, after what is known of the conversation has followed it."""
    call = beside(stub).daemon.Watch(WatchRequest(conversation_id=conversation_id))
    async with aclosing(messages(call)) as happenings:
        async for happening in happenings:
            known = _followed(conversation, happening)
            if known is not None:
                yield known


def _followed(conversation: Conversation, told: daemon_pb2.Happening) -> Happening | None:
    """What it is, once the conversation knows of it; None for what this client does not know yet."""
    kind = told.WhichOneof("happening")
    if kind == "conversation":
        conversation.take(told.conversation)
    elif kind == "title":
        conversation.take_title(told.title)
    elif kind == "deleted":
        conversation.take_end()
    make = _HAPPENINGS.get(kind or "")
    return make(conversation, told) if make else None


_HAPPENINGS: Mapping[str, Callable[[Conversation, daemon_pb2.Happening], Happening]] = {
    "conversation": lambda _, __: Loaded(),
    "user_response": lambda conversation, told: Said(conversation.taken(told.user_response)),
    "answering": lambda conversation, told: Answering(conversation.taken(told.answering)),
    "model_response": lambda conversation, told: Ended(conversation.taken(told.model_response)),
    "leaf_response_id": lambda _, told: LeafMoved(told.leaf_response_id),
    "title": lambda _, told: Titled(told.title),
    "deleted": lambda _, __: Deleted(),
}
