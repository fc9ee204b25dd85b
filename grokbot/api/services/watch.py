"""Watching a conversation: the engine's events as a stream of messages.

Not here: the events (`engine.programs.watch`), permissions.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, assert_never

from google.protobuf.empty_pb2 import Empty

from grokbot.api.messages.prompt_ide import conversation_message, response_message
from grokbot.engine.programs import Answering, Deleted, Ended, LeafMoved, Read, Said, Titled, so_far
from grokbot.wire.grokbot import daemon_pb2 as wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from grokbot.engine.programs import Happening


async def watched(happenings: AsyncGenerator[Happening, None]) -> AsyncGenerator[wire.Happening, None]:
    """All events, until it is closed or the conversation is deleted.

    Raises:
        GrokbotError: What the engine raises.
    """
    async with aclosing(happenings):
        async for happening in happenings:
            yield happening_message(happening)


def happening_message(happening: Happening) -> wire.Happening:
    """One event."""
    told = wire.Happening()
    match happening:
        case Read(conversation, starred, responses, shared):
            message = conversation_message(conversation, starred=starred, responses=responses, shared=shared)
            told.conversation.CopyFrom(message)
        case Said(response):
            told.user_response.CopyFrom(response_message(response))
        case Answering(running):
            told.answering.CopyFrom(response_message(so_far(running)))
        case Ended(response):
            told.model_response.CopyFrom(response_message(response))
        case LeafMoved(leaf_id):
            told.leaf_response_id = leaf_id or ""
        case Titled(title):
            told.title = title
        case Deleted():
            told.deleted.CopyFrom(Empty())
        case _:
            assert_never(happening)
    return told
