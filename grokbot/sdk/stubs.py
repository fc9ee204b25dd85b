"""The daemon's three services on one channel.

Here: the stub of each service. Not here: the channel itself (`connection`), the calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from google.protobuf.empty_pb2 import Empty

from grokbot.wire.grokbot.daemon_pb2_grpc import DaemonStub
from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatStub
from grokbot.wire.prompt_ide.stateless_chat_pb2_grpc import StatelessChatStub

if TYPE_CHECKING:
    import grpc.aio

    from grokbot.sdk.connection import DaemonChannel
    from grokbot.wire.grokbot.daemon_pb2_grpc import DaemonAsyncStub
    from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatAsyncStub
    from grokbot.wire.prompt_ide.stateless_chat_pb2_grpc import StatelessChatAsyncStub


class Beside:
    """The calls that `client.grok` needs besides `prompt_ide.Chat`."""

    def __init__(self, daemon: DaemonAsyncStub) -> None:
        self.daemon = daemon
        self._public_url: str | None = None

    async def public_url(self) -> str:
        """The base address of share pages, without a trailing slash; "" if there are none. Requested once.

        Raises:
            ApiError: The daemon does not answer.
        """
        if self._public_url is None:
            self._public_url = (await self.daemon.GetStatus(Empty())).public_url
        return self._public_url


def stateless_chat_on(line: DaemonChannel) -> StatelessChatAsyncStub:
    """The service `prompt_ide.StatelessChat`."""
    return StatelessChatStub(cast("grpc.aio.Channel", line))


def chat_on(line: DaemonChannel) -> ChatAsyncStub:
    """The service `prompt_ide.Chat`, with the daemon's own service attached."""
    stub: ChatAsyncStub = ChatStub(cast("grpc.aio.Channel", line))
    stub.beside = Beside(daemon_on(line))  # type: ignore[attr-defined] # a generated class takes what it is given
    return stub


def daemon_on(line: DaemonChannel) -> DaemonAsyncStub:
    """The daemon's own service, `Daemon`."""
    return DaemonStub(cast("grpc.aio.Channel", line))


def beside(stub: ChatAsyncStub) -> Beside:
    """The daemon's own service attached to `prompt_ide.Chat`.

    Raises:
        RuntimeError: The stub was not created by `Client`.
    """
    found = getattr(stub, "beside", None)
    if not isinstance(found, Beside):
        raise RuntimeError("This needs a stub from grokbot.sdk.Client: prompt_ide.Chat has no such call.")  # noqa: TRY004
    return found
