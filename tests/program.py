"""A program of somebody's at a daemon's API, over the wire: the service of 2024 and the project's own, nothing between.

Not here: what is proven.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc.aio
from google.protobuf.empty_pb2 import Empty

from grokbot.wire.grokbot.daemon_pb2 import (
    Happening,
    MakeKeyRequest,
    ReplaceRequest,
    ResampleRequest,
    SelectRequest,
    StopRequest,
    WatchRequest,
)
from grokbot.wire.grokbot.daemon_pb2_grpc import DaemonStub
from grokbot.wire.prompt_ide.chat_pb2 import (
    AddModelResponseRequest,
    AddResponseRequest,
    AddResponseResponse,
    Conversation,
    CreateConversationRequest,
    GetConversationRequest,
    Response,
    ShareConversationRequest,
    UpdateConversationRequest,
)
from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable

    from grokbot.wire.grokbot.daemon_pb2_grpc import DaemonAsyncStub
    from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatAsyncStub

SECONDS = 30.0


@dataclass(frozen=True)
class Said:
    """What came of one call that says something."""

    asked: Response | None
    text: str
    answer: Response | None


@dataclass
class Watched:
    """What was told of one conversation, as it came."""

    happenings: list[Happening] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, true: Callable[[list[Happening]], object]) -> None:
        async with asyncio.timeout(SECONDS):
            while not true(self.happenings):
                self.came.clear()
                await self.came.wait()


@dataclass(frozen=True)
class Program:
    """Calls with one key, or as whoever may open the socket."""

    channel: grpc.aio.Channel
    key: str = ""

    @property
    def _given(self) -> dict[str, Any]:
        return {"metadata": (("apikey", self.key),) if self.key else (), "timeout": SECONDS}

    @property
    def _chat(self) -> ChatAsyncStub:
        return ChatStub(self.channel)

    @property
    def _daemon(self) -> DaemonAsyncStub:
        return DaemonStub(self.channel)

    async def of(self, owner_id: int, name: str) -> Program:
        """The same with a key of a person's own."""
        made = await self._daemon.MakeKey(MakeKeyRequest(owner_id=owner_id, name=name), **self._given)
        return Program(self.channel, made.secret)

    async def conversations(self) -> list[Conversation]:
        return list((await self._chat.ListConversations(Empty(), **self._given)).conversations)

    async def begin(self) -> str:
        return str((await self._chat.CreateConversation(CreateConversationRequest(), **self._given)).conversation_id)

    async def read(self, conversation_id: str) -> Conversation:
        wanted = GetConversationRequest(conversation_id=conversation_id)
        conversation: Conversation = await self._chat.GetConversation(wanted, **self._given)
        return conversation

    async def texts(self, conversation_id: str) -> list[str]:
        """What was said in a conversation, in the order in which it was."""
        return [response.message for response in (await self.read(conversation_id)).responses]

    async def last(self, conversation_id: str) -> str:
        """The newest response: where the client of 2024 goes on."""
        return (await self.read(conversation_id)).responses[-1].response_id

    async def say(self, conversation_id: str, message: str, parent_id: str | None = None) -> Said:
        """Says something, under the newest response if no other is named, and reads the answer to its end."""
        parent_id = await self.last(conversation_id) if parent_id is None else parent_id
        wanted = AddResponseRequest(
            conversation_id=conversation_id, message=message, parent_response_id=parent_id, use_grok=True
        )
        return await self._heard(self._chat.AddResponse(wanted, **self._given))

    async def resample(self, response_id: str) -> Said:
        return await self._heard(self._daemon.Resample(ResampleRequest(response_id=response_id), **self._given))

    async def replace(self, response_id: str, message: str) -> Said:
        wanted = ReplaceRequest(response_id=response_id, message=message)
        return await self._heard(self._daemon.Replace(wanted, **self._given))

    async def by_hand(self, conversation_id: str, message: str, parent_id: str) -> Response:
        wanted = AddModelResponseRequest(conversation_id=conversation_id, message=message, parent_response_id=parent_id)
        response: Response = await self._chat.AddModelResponse(wanted, **self._given)
        return response

    async def select(self, response_id: str) -> None:
        await self._daemon.Select(SelectRequest(response_id=response_id), **self._given)

    async def stop(self, conversation_id: str) -> None:
        await self._daemon.Stop(StopRequest(conversation_id=conversation_id), **self._given)

    async def update(self, conversation_id: str, *, title: str, starred: bool) -> Conversation:
        wanted = UpdateConversationRequest(conversation_id=conversation_id, title=title, starred=starred)
        conversation: Conversation = await self._chat.UpdateConversation(wanted, **self._given)
        return conversation

    async def share(self, conversation_id: str, response_id: str) -> str:
        wanted = ShareConversationRequest(conversation_id=conversation_id, response_id=response_id)
        return str((await self._chat.ShareConversation(wanted, **self._given)).shared_id)

    @asynccontextmanager
    async def watching(self, conversation_id: str) -> AsyncIterator[Watched]:
        """Everything that happens in a conversation while inside."""
        seen = Watched()
        call = self._daemon.Watch(WatchRequest(conversation_id=conversation_id), **self._given)

        async def read() -> None:
            async for happening in call:
                seen.happenings.append(happening)
                seen.came.set()

        reading = asyncio.create_task(read())
        try:
            await seen.until(bool)
            yield seen
        finally:
            call.cancel()
            await asyncio.wait([reading])
            if not reading.cancelled():  # a daemon that went away ends it too
                reading.exception()

    @staticmethod
    async def _heard(call: AsyncIterable[AddResponseResponse]) -> Said:
        asked, text, answer = None, "", None
        async for piece in call:
            match piece.WhichOneof("response"):
                case "user_response":
                    asked = piece.user_response
                case "token":
                    text += piece.token.token.final_logit.string_token
                case "model_response":
                    answer = piece.model_response
        return Said(asked, text, answer)


@asynccontextmanager
async def program_at(target: str) -> AsyncIterator[Program]:
    """A program that has opened the socket at a target."""
    # Without this, gRPC clients of one process share a connection, and so a test would see another's.
    async with grpc.aio.insecure_channel(target, options=(("grpc.use_local_subchannel_pool", 1),)) as channel:
        yield Program(channel)
