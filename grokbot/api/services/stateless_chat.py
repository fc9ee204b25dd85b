"""prompt_ide.StatelessChat: conversations that are not stored.

Not here: running methods (`calls.calls`), the request to xAI (`engine.programs.stateless`).
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from google.protobuf.empty_pb2 import Empty

from grokbot.api.calls import NOT_LOGGED, NotOfferedError
from grokbot.api.messages.prompt_ide import persona_of
from grokbot.api.services.batches import gathered, gathering_seconds
from grokbot.conversation.errors import UserError
from grokbot.conversation.response import Sender
from grokbot.wire.prompt_ide import stateless_chat_pb2 as wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from grokbot.api.calls import Shutdown
    from grokbot.engine.engine import Engine
    from grokbot.engine.programs import StatelessPiece
    from grokbot.policy.actor import Actor

SENDERS: Mapping[int, Sender] = {
    wire.StatelessResponse.HUMAN: Sender.HUMAN,
    wire.StatelessResponse.ASSISTANT: Sender.MODEL,
}

BETWEEN = "\n"
"""Separates two searches: a client concatenates them like texts."""

NO_SENDER = "Each of `responses` needs a `sender`: HUMAN or ASSISTANT."


class StatelessChat:
    """The service.

    Args:
        engine: The engine.
        shutdown: Ends answers at shutdown.
    """

    def __init__(self, engine: Engine, shutdown: Shutdown) -> None:
        self._engine = engine
        self._under_way = 0
        self._shutdown = shutdown

    async def add_response(
        self, request: wire.StatelessConversation, caller: Actor
    ) -> AsyncGenerator[wire.StatelessResponse, None]:
        """Answer the last of the given responses."""
        sampled = self._engine.stateless.sample(
            caller,
            _history(request),
            persona=persona_of(request.system_prompt_name),
            conversation_key=request.stateless_conversation_id,
            user_name=request.username if request.expose_username_to_grok and request.username else None,
        )
        return self._shutdown.answered(self._messages(sampled))

    async def _messages(
        self, sampled: AsyncGenerator[StatelessPiece, None]
    ) -> AsyncGenerator[wire.StatelessResponse, None]:
        """Each message is what has arrived meanwhile. A slow reader delays nobody."""
        self._under_way += 1
        between = ""
        try:
            async with aclosing(gathered(sampled, self._gathering)) as joined:
                async for pieces in joined:
                    queries = [piece.query for piece in pieces if piece.query]
                    yield wire.StatelessResponse(
                        sender=wire.StatelessResponse.ASSISTANT,
                        message="".join(piece.text for piece in pieces),
                        query=between + BETWEEN.join(queries) if queries else "",
                    )
                    between = BETWEEN if between or queries else ""
        finally:
            self._under_way -= 1

    def _gathering(self) -> float:
        return gathering_seconds(self._under_way + len(self._engine.runner.running))

    async def log_for_debugging(self, _: wire.StatelessConversation, __: Actor) -> Empty:
        """Always refused: nobody may read what was said."""
        raise NotOfferedError(NOT_LOGGED)

    async def delete_logged_conversations(self, _: wire.DeleteLoggedConversationsRequest, __: Actor) -> Empty:
        """Nothing is ever logged, so there is nothing to delete."""
        return Empty()


def _history(request: wire.StatelessConversation) -> tuple[tuple[Sender, str], ...]:
    if any(response.sender not in SENDERS for response in request.responses):
        raise UserError(NO_SENDER)
    return tuple((SENDERS[response.sender], response.message) for response in request.responses)
