"""`client.daemon`: the daemon's own service, and the calls of `prompt_ide.Chat` as they are on the wire.

Here: one thin method per call, which takes plain values and returns the service's message
(protos/grokbot/daemon.proto explains it). Not here: anything with state between two calls (`grok`).

A generator's call begins when it is read, and has ended when the generator is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp

from grokbot.sdk.chat import FUN
from grokbot.sdk.choices import AS_IT_IS
from grokbot.sdk.connection import messages
from grokbot.wire.grokbot import daemon_pb2
from grokbot.wire.prompt_ide import chat_pb2

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable
    from datetime import datetime

    from grokbot.sdk.choices import Choices
    from grokbot.wire.grokbot.daemon_pb2_grpc import DaemonAsyncStub
    from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatAsyncStub


class _Told:
    """Calls about the daemon as a whole, for its operator."""

    _stub: DaemonAsyncStub

    async def status(self, timeout: float | None = None) -> daemon_pb2.Status:  # noqa: ASYNC109 - as gRPC names it
        """The daemon's status: its version, its connection to Discord, what is running, and the caller.

        Args:
            timeout: Seconds to wait for it; None: for ever.
        """
        return await self._stub.GetStatus(Empty(), timeout=timeout)

    async def choices(self) -> daemon_pb2.Choices:
        """The models and personas that may be chosen."""
        return await self._stub.GetChoices(Empty())

    async def usage(
        self,
        *,
        by: daemon_pb2.GetUsageRequest.By.ValueType = daemon_pb2.GetUsageRequest.NOTHING,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> daemon_pb2.GetUsageResponse:
        """Usage by group, from `since` to before `until`."""
        request = daemon_pb2.GetUsageRequest(by=by, since=_timestamp(since), until=_timestamp(until))
        return await self._stub.GetUsage(request)

    async def make_key(self, owner_id: int, name: str, *, everything: bool = False) -> daemon_pb2.MadeKey:
        """Create a key for a person, by their Discord id. Its secret is returned only this once."""
        return await self._stub.MakeKey(daemon_pb2.MakeKeyRequest(owner_id=owner_id, name=name, everything=everything))

    async def keys(self) -> tuple[daemon_pb2.Key, ...]:
        """All keys, revoked ones too."""
        return tuple((await self._stub.ListKeys(Empty())).keys)

    async def revoke_key(self, key_id: str) -> daemon_pb2.Key:
        """Revoke a key permanently."""
        return await self._stub.RevokeKey(daemon_pb2.RevokeKeyRequest(key_id=key_id))

    async def pause(self, reason: str = "") -> daemon_pb2.PauseState:
        """Pause all answers, everywhere, until `unpause`; running answers are stopped."""
        return await self._stub.Pause(daemon_pb2.PauseRequest(reason=reason))

    async def unpause(self) -> daemon_pb2.PauseState:
        """End the pause."""
        return await self._stub.Unpause(Empty())


class _Stuck:
    """Calls about answers that are stuck and messages that were missed, for the daemon's operator."""

    _stub: DaemonAsyncStub

    async def stuck_answers(self) -> tuple[daemon_pb2.StuckAnswer, ...]:
        """What waits too long, makes no progress, or does not stand in Discord; longest first."""
        return tuple((await self._stub.ListStuckAnswers(Empty())).answers)

    async def show_again(self, response_id: str) -> daemon_pb2.ShowAgainResponse:
        """Show an answer in Discord once more where its messages are missing."""
        return await self._stub.ShowAgain(daemon_pb2.ShowAgainRequest(response_id=response_id))

    async def abandon(self, response_id: str) -> str:
        """Give an answer up. Returns what it was, as `StuckAnswer.kind`."""
        return (await self._stub.Abandon(daemon_pb2.AbandonRequest(response_id=response_id))).kind

    async def catch_up(self, channel_id: int = 0, since: datetime | None = None) -> daemon_pb2.CatchUpResponse:
        """Answer messages that were missed, in a channel or (0) everywhere, of the last day or since then."""
        return await self._stub.CatchUp(daemon_pb2.CatchUpRequest(channel_id=channel_id, since=_timestamp(since)))


class _Changed:
    """Changes to a conversation that `prompt_ide.Chat` has no call for."""

    _stub: DaemonAsyncStub

    def resample(self, response_id: str, instruction: str = "") -> AsyncGenerator[chat_pb2.AddResponseResponse, None]:
        """Generate another answer in place of this response; `instruction` is for that answer only."""
        request = daemon_pb2.ResampleRequest(response_id=response_id, instruction=instruction)
        return messages(self._stub.Resample(request))

    def replace(self, response_id: str, message: str) -> AsyncGenerator[chat_pb2.AddResponseResponse, None]:
        """Replace this text. A person's new message is answered; a model's text is stored as given."""
        return messages(self._stub.Replace(daemon_pb2.ReplaceRequest(response_id=response_id, message=message)))

    async def select(self, response_id: str) -> None:
        """Make Discord show the path to this response."""
        await self._stub.Select(daemon_pb2.SelectRequest(response_id=response_id))

    async def stop(self, conversation_id: str) -> None:
        """Stop the running answers of a conversation; received text stays."""
        await self._stub.Stop(daemon_pb2.StopRequest(conversation_id=conversation_id))

    async def branch(self, response_id: str) -> chat_pb2.Conversation:
        """Begin a new conversation that continues from here."""
        return await self._stub.Branch(daemon_pb2.BranchRequest(response_id=response_id))

    async def unshare(self, conversation_id: str) -> int:
        """Revoke a conversation's share pages. Returns how many there were."""
        return (await self._stub.Unshare(daemon_pb2.UnshareRequest(conversation_id=conversation_id))).closed

    async def export(
        self,
        conversation_id: str,
        *,
        response_id: str = "",
        format: str = "markdown",  # noqa: A002 - as the command line and the wire call it
        names: bool = False,
    ) -> daemon_pb2.Document:
        """The path to a response ("": to the leaf) as "markdown", "json" or "html", with or without names."""
        request = daemon_pb2.ExportRequest(
            conversation_id=conversation_id, response_id=response_id, format=format, names=names
        )
        return await self._stub.Export(request)

    async def import_(self, content: bytes) -> chat_pb2.Conversation:
        """Create a conversation from an `export` as "json"."""
        return await self._stub.Import(daemon_pb2.ImportRequest(content=content))


class _Seen:
    """Reading calls."""

    _stub: DaemonAsyncStub

    async def conversations(
        self, *, search: str = "", starred: bool = False, offset: int = 0, limit: int = 100
    ) -> daemon_pb2.ListConversationsResponse:
        """Conversations, most recently changed first, at most 1000 at once; `search` looks at titles and messages."""
        request = daemon_pb2.ListConversationsRequest(search=search, starred=starred, offset=offset, limit=limit)
        return await self._stub.ListConversations(request)

    async def info(self, conversation_id: str) -> daemon_pb2.Info:
        """A conversation's details, without its messages."""
        return await self._stub.GetInfo(daemon_pb2.GetInfoRequest(conversation_id=conversation_id))

    def watch(self, conversation_id: str) -> AsyncGenerator[daemon_pb2.Happening, None]:
        """The conversation's current state, then its events, until it is deleted."""
        return messages(self._stub.Watch(daemon_pb2.WatchRequest(conversation_id=conversation_id)))


class _Kept:
    """`prompt_ide.Chat`, call by call; `grok` is the same with state."""

    _chat: ChatAsyncStub
    _stub: DaemonAsyncStub

    async def begin(self) -> chat_pb2.Conversation:
        """Create an empty conversation."""
        return await self._chat.CreateConversation(chat_pb2.CreateConversationRequest())

    async def read(self, conversation_id: str) -> chat_pb2.Conversation:
        """A conversation with all its responses."""
        return await self._chat.GetConversation(chat_pb2.GetConversationRequest(conversation_id=conversation_id))

    def say(
        self,
        conversation_id: str,
        message: str,
        *,
        parent_id: str = "",
        model: str = "",
        raw: bool = False,
        fun: bool = False,
    ) -> AsyncGenerator[chat_pb2.AddResponseResponse, None]:
        """Say something below `parent_id` ("": a new root), or, if `message` is "", have that response answered."""
        request = chat_pb2.AddResponseRequest(
            conversation_id=conversation_id,
            message=message,
            model_name=model,
            parent_response_id=parent_id,
            use_grok=not raw,
            system_prompt_name=FUN if fun else "",
        )
        return messages(self._chat.AddResponse(request))

    def ask(
        self,
        message: str,
        choices: Choices = AS_IT_IS,
        *,
        conversation_id: str = "",
        parent_id: str = "",
        attachments: Iterable[tuple[str, bytes]] = (),
    ) -> AsyncGenerator[daemon_pb2.AskResponse, None]:
        """Say something, with all that may be chosen for one turn. The end tells what is known of the answer.

        Args:
            message: The person's message; "" has `parent_id`, a person's response, answered.
            choices: How it is answered.
            conversation_id: "": that of `parent_id`; without that too, a new one begins.
            parent_id: The response to continue from; "": the beginning.
            attachments: Names and contents of pictures, PDF and office documents, and texts; less than 16 MiB together.
        """
        request = daemon_pb2.AskRequest(
            attachments=[daemon_pb2.Attachment(name=name, data=data) for name, data in attachments],
            conversation_id=conversation_id,
            message=message,
            parent_response_id=parent_id,
            model=choices.model,
            persona=choices.persona,
            effort=choices.effort,
            temperature=choices.temperature,
            max_tokens=choices.max_tokens,
            system_prompt=choices.system_prompt,
            mode=choices.mode,
        )
        return messages(self._stub.Ask(request))

    async def answer(self, response_id: str) -> daemon_pb2.Answer:
        """What is known of an answer beyond its text: model, usage, citations, reasoning."""
        return await self._stub.GetAnswer(daemon_pb2.GetAnswerRequest(response_id=response_id))

    async def update(
        self, conversation_id: str, *, title: str | None = None, starred: bool | None = None
    ) -> chat_pb2.Conversation:
        """Change title or star; None leaves it unchanged."""
        if starred is None:
            starred = (
                await self._stub.GetInfo(daemon_pb2.GetInfoRequest(conversation_id=conversation_id))
            ).conversation.starred
        request = chat_pb2.UpdateConversationRequest(
            conversation_id=conversation_id, title=title or "", starred=starred
        )
        return await self._chat.UpdateConversation(request)

    async def write_title(self, conversation_id: str, leaf_id: str = "") -> str:
        """Have Grok write a title for the path to a response ("": to the leaf), and set it."""
        request = chat_pb2.GenerateTitleRequest(conversation_id=conversation_id, leaf_response_id=leaf_id)
        return (await self._chat.GenerateTitle(request)).new_title

    async def share(self, conversation_id: str, response_id: str) -> str:
        """Publish the path to a response. Returns the page's address, or its id if the daemon has no public address."""
        request = chat_pb2.ShareConversationRequest(conversation_id=conversation_id, response_id=response_id)
        shared_id = (await self._chat.ShareConversation(request)).shared_id
        public_url = (await self._stub.GetStatus(Empty())).public_url
        return f"{public_url}/s/{shared_id}" if public_url else shared_id

    async def delete(self, conversation_id: str) -> None:
        """Delete a conversation permanently, in Discord too."""
        await self._chat.DeleteConversation(chat_pb2.DeleteConversationRequest(conversation_id=conversation_id))


class AsyncDaemon(_Told, _Stuck, _Seen, _Changed, _Kept):
    """Every call of the daemon's own service, and `prompt_ide.Chat` as it is on the wire.

    Each raises `ApiError` if it fails.

    Args:
        stub: The daemon's service.
        chat: `prompt_ide.Chat`.
    """

    def __init__(self, stub: DaemonAsyncStub, chat: ChatAsyncStub) -> None:
        self._stub = stub
        self._chat = chat


def _timestamp(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    timestamp = Timestamp()
    timestamp.FromDatetime(time)
    return timestamp
