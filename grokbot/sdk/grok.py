"""`client.grok`: conversations that are kept, forests of responses, those of Discord among them.

Here: how one is begun, found and listed. Not here: what can be done in one (`conversation`, `response`).
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
    """Conversations that the daemon keeps. They are the same ones that people hold in Discord.

    Which of them are there depends on the caller: their own ones, or everybody's.

    Args:
        stub: The service, from a `Client` or made by hand on a channel of one's own.
    """

    def __init__(self, stub: ChatAsyncStub) -> None:
        self._stub = stub

    def create_conversation(self, model_name: str = "", fun_mode: bool = False) -> Conversation:
        """A new conversation. Nothing is sent: it comes to be when something is said in it.

        Args:
            model_name: Which of xAI's models answers; "" is the daemon's setting.
            fun_mode: Whether Grok answers as the fun persona.
        """
        return Conversation(self._stub, model_name, fun_mode, None)

    async def get_conversation(
        self, conversation_id: str, model_name: str = "", fun_mode: bool = False
    ) -> Conversation:
        """A conversation that exists, with all its responses.

        Args:
            conversation_id: Its id.
            model_name: Which model answers what is said from here; "" is the conversation's own.
            fun_mode: Whether Grok answers what is said from here as the fun persona.

        Raises:
            NotFoundError: There is none, or it is not the caller's to see.
        """
        conversation = Conversation(self._stub, model_name, fun_mode, conversation_id)
        await conversation.load()
        return conversation

    async def list_conversations(self) -> list[chat_pb2.Conversation]:
        """All conversations that are the caller's to see, changed last first, without their responses."""
        return list((await self._stub.ListConversations(Empty())).conversations)
