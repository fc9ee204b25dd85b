"""grokbot.Daemon's conversation methods: lists, events, control, files, stateful turns.

Each method is a request, one call to the engine, an answer. Not here: running methods (`calls.calls`), the
operator's methods (`daemon_operator`), the event stream (`watch`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.empty_pb2 import Empty

from grokbot.api.messages.daemon import entry_message, info_message, stateful_message, stateful_options
from grokbot.api.messages.prompt_ide import conversation_message, response_message
from grokbot.api.services.answers import begun, let_go, outcome, streamed
from grokbot.api.services.watch import watched
from grokbot.conversation.errors import UserError
from grokbot.conversation.options import effective
from grokbot.conversation.response import Response, State
from grokbot.engine.admission import nowhere
from grokbot.wire.grokbot import daemon_pb2 as wire
from grokbot.wire.prompt_ide import chat_pb2

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from grokbot.api.calls import Shutdown
    from grokbot.engine.engine import Engine
    from grokbot.policy.actor import Actor

MOST_ENTRIES = 1_000
ENTRIES = 100
"""Entries per page by default."""

NO_PAGE = "`offset` must be at least 0, and `limit` from 0 to 1000."


class DaemonConversations:
    """The service's conversation methods.

    Args:
        engine: The engine.
        shutdown: Ends watches at shutdown.
    """

    def __init__(self, engine: Engine, shutdown: Shutdown) -> None:
        self._engine = engine
        self._shutdown = shutdown

    async def list_conversations(
        self, request: wire.ListConversationsRequest, caller: Actor
    ) -> wire.ListConversationsResponse:
        """A page of conversations."""
        if request.offset < 0 or not 0 <= request.limit <= MOST_ENTRIES:
            raise UserError(NO_PAGE)
        page = await self._engine.program_conversations.listed(
            caller,
            search=request.search,
            starred=request.starred,
            offset=request.offset,
            limit=request.limit or ENTRIES,
        )
        entries = [entry_message(entry) for entry in page.entries]
        return wire.ListConversationsResponse(entries=entries, total=page.total)

    async def get_info(self, request: wire.GetInfoRequest, caller: Actor) -> wire.Info:
        """A conversation's details and usage."""
        return info_message(await self._engine.library.info(request.conversation_id, caller))

    async def watch(self, request: wire.WatchRequest, caller: Actor) -> AsyncGenerator[wire.Happening, None]:
        """A conversation's events from now on."""
        return self._shutdown.watched(watched(self._engine.conversation_watch.watch(request.conversation_id, caller)))

    async def resample(
        self, request: wire.ResampleRequest, caller: Actor
    ) -> AsyncGenerator[chat_pb2.AddResponseResponse, None]:
        """Generate another answer."""
        resampling = self._engine.variants.resample(request.response_id, caller, request.instruction)
        return streamed(self._engine, await begun(self._engine, resampling))

    async def replace(
        self, request: wire.ReplaceRequest, caller: Actor
    ) -> AsyncGenerator[chat_pb2.AddResponseResponse, None]:
        """Replace a response's text."""
        replaced = await begun(
            self._engine, self._engine.program_turns.replaced(request.response_id, caller, request.message)
        )
        return _alone(replaced) if isinstance(replaced, Response) else streamed(self._engine, replaced)

    async def select(self, request: wire.SelectRequest, caller: Actor) -> Empty:
        """Select the path to a response."""
        await self._engine.variants.lead_to(request.response_id, caller)
        return Empty()

    async def stop(self, request: wire.StopRequest, caller: Actor) -> Empty:
        """Stop the running answers."""
        await self._engine.answers.stop_in(request.conversation_id, caller)
        return Empty()

    async def branch(self, request: wire.BranchRequest, caller: Actor) -> chat_pb2.Conversation:
        """Branch a new conversation from a response."""
        return conversation_message(await self._engine.variants.branch(request.response_id, caller, nowhere(caller.id)))

    async def unshare(self, request: wire.UnshareRequest, caller: Actor) -> wire.UnshareResponse:
        """Revoke a conversation's share pages."""
        return wire.UnshareResponse(closed=await self._engine.library.shares.close(request.conversation_id, caller))

    async def stateful_chat(self, request: wire.StatefulChatRequest, caller: Actor) -> wire.StatefulChatResponse:
        """Run one turn to its end."""
        running = await begun(
            self._engine,
            self._engine.program_turns.stateful(
                caller,
                request.prompt,
                response_id=request.response_id or None,
                options=stateful_options(request),
                system_prompt=request.system_prompt or None,
            ),
        )
        try:
            await running.end()
        finally:
            await let_go(self._engine, running)
        snapshot = running.snapshot()
        answer = outcome(snapshot)
        complete = answer.state is State.DONE and not snapshot.cut_short
        model = effective(running.conversation, running.response.options).model
        return stateful_message(request, answer, model=model, complete=complete)


async def _alone(response: Response) -> AsyncGenerator[chat_pb2.AddResponseResponse, None]:
    """A response that was complete at once, as a stream."""
    yield chat_pb2.AddResponseResponse(model_response=response_message(response))
