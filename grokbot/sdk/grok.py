"""`client.grok`: stored conversations, forests of responses, including those in Discord.

Here: creating, finding and listing them. Not here: what can be done in one (`conversation`, `response`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.empty_pb2 import Empty

from grokbot.sdk.conversation import Conversation
from grokbot.sdk.response import Response

if TYPE_CHECKING:
    from grokbot.wire.prompt_ide import chat_pb2
    from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatAsyncStub

__all__ = ["AsyncGrok", "Conversation", "Response"]


class AsyncGrok:
    """Stored conversations. They are the same ones that people have in Discord.

    Depending on the caller's key, these are their own ones or everyone's.

    Args:
        stub: The service, from a `Client` or created on your own channel.
    """

    def __init__(self, stub: ChatAsyncStub) -> None:
        self._stub = stub

    def create_conversation(self, model_name: str = "", fun_mode: bool = False) -> Conversation:
        """A new conversation. Nothing is sent: its first message creates it.

        Args:
            model_name: The xAI model that answers; "" is the daemon's setting.
            fun_mode: Whether Grok answers as the fun persona.
        """
        return Conversation(self._stub, model_name, fun_mode, None)

    async def get_conversation(
        self, conversation_id: str, model_name: str = "", fun_mode: bool = False
    ) -> Conversation:
        """An existing conversation, with all its responses.

        Args:
            conversation_id: Its id.
            model_name: The model for answers from here on; "" is the conversation's own.
            fun_mode: Whether Grok answers as the fun persona from here on.

        Raises:
            NotFoundError: It does not exist, or the caller may not see it.
        """
        conversation = Conversation(self._stub, model_name, fun_mode, conversation_id)
        await conversation.load()
        return conversation

    async def list_conversations(self) -> list[chat_pb2.Conversation]:
        """All conversations that the caller may see, most recently changed first, without their responses."""
        return list((await self._stub.ListConversations(Empty())).conversations)
