"""prompt_ide.Chat: stored conversations.

Each method is a request, one call to the engine, an answer. Not here: running methods (`calls.calls`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from google.protobuf.empty_pb2 import Empty

from grokbot.api.messages.prompt_ide import conversation_message, requested_options, response_message
from grokbot.api.services.answers import begun, streamed
from grokbot.wire.prompt_ide import chat_pb2

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from grokbot.engine.engine import Engine
    from grokbot.policy.actor import Actor

PAGE = 500
"""Conversations read at a time for a list."""

MOST_LISTED = 10_000
"""The most recently changed ones. More would exceed a client's default message size, 4 MiB."""


class Chat:
    """The service.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._forests = engine.program_conversations

    async def create_conversation(self, _: chat_pb2.CreateConversationRequest, caller: Actor) -> chat_pb2.Conversation:
        """Create an empty conversation."""
        return conversation_message(await self._forests.begin(caller))

    async def get_conversation(self, request: chat_pb2.GetConversationRequest, caller: Actor) -> chat_pb2.Conversation:
        """A conversation with all its responses."""
        read = await self._forests.read(request.conversation_id, caller)
        return await asyncio.to_thread(  # it may have thousands of responses
            conversation_message,
            read.conversation,
            starred=read.starred,
            responses=read.responses,
            shared=read.shared,
        )

    async def list_conversations(self, _: Empty, caller: Actor) -> chat_pb2.ListConversationsResponse:
        """All conversations, without their responses."""
        listed = chat_pb2.ListConversationsResponse()
        while len(listed.conversations) < MOST_LISTED:
            page = await self._forests.listed(caller, offset=len(listed.conversations), limit=PAGE)
            listed.conversations.extend(
                conversation_message(entry.conversation, starred=entry.starred) for entry in page.entries
            )
            if len(page.entries) < PAGE:
                break
        return listed

    async def add_response(
        self, request: chat_pb2.AddResponseRequest, caller: Actor
    ) -> AsyncGenerator[chat_pb2.AddResponseResponse, None]:
        """Add a human response, or none, and stream the model's answer."""
        saying = self._engine.program_turns.say(
            request.conversation_id,
            caller,
            request.message,
            request.parent_response_id or None,
            requested_options(request),
        )
        return streamed(self._engine, await begun(self._engine, saying))

    async def add_model_response(self, request: chat_pb2.AddModelResponseRequest, caller: Actor) -> chat_pb2.Response:
        """Add an answer written by the caller."""
        response = await self._engine.program_turns.by_hand(
            request.conversation_id,
            caller,
            request.message,
            request.parent_response_id or None,
            partial=request.partial,
        )
        return response_message(response, above=request.parent_response_id or None)

    async def update_conversation(
        self, request: chat_pb2.UpdateConversationRequest, caller: Actor
    ) -> chat_pb2.Conversation:
        """Set title and star; an empty title keeps the old one."""
        updated = await self._forests.update(
            request.conversation_id, caller, title=request.title, starred=request.starred
        )
        return conversation_message(updated, starred=request.starred)

    async def delete_conversation(self, request: chat_pb2.DeleteConversationRequest, caller: Actor) -> Empty:
        """Delete a conversation permanently."""
        await self._engine.library.delete(request.conversation_id, caller)
        return Empty()

    async def generate_title(
        self, request: chat_pb2.GenerateTitleRequest, caller: Actor
    ) -> chat_pb2.GenerateTitleResponse:
        """Generate a title with Grok."""
        title = await self._engine.titles.write(
            request.conversation_id, caller, leaf_id=request.leaf_response_id or None
        )
        return chat_pb2.GenerateTitleResponse(new_title=title)

    async def share_conversation(
        self, request: chat_pb2.ShareConversationRequest, caller: Actor
    ) -> chat_pb2.ShareConversationResponse:
        """Create a page that shows it up to one response."""
        token = await self._forests.share(request.conversation_id, request.response_id, caller)
        return chat_pb2.ShareConversationResponse(shared_id=token)
