"""The client, the entry point to everything that the daemon offers.

Here: the client's parts. Not here: the connection (`connection`).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from grokbot.sdk.chat import AsyncChat
from grokbot.sdk.connection import line_to
from grokbot.sdk.daemon import AsyncDaemon
from grokbot.sdk.grok import AsyncGrok
from grokbot.sdk.stateful import AsyncStateful
from grokbot.sdk.stubs import chat_on, daemon_on, stateless_chat_on

if TYPE_CHECKING:
    from types import TracebackType


KEYS_BEGIN = "gbk_"
"""Distinguishes a key from a target."""


class Client:
    """A client of one grokbot daemon. Everything that waits is a coroutine; there is no blocking API.

    You can create it anywhere, also outside an event loop: it connects on its first call. `await client.close()` or
    `async with Client() as client` ends running calls; an unclosed client ends quietly with the program.

    Args:
        target: "unix:/path/to/api.sock" or "host:port"; by default $GROKBOT_API, else the socket of the daemon
            on this machine.
        api_key: A key from `grokbot keys make`; by default $GROKBOT_API_KEY. A Unix socket needs none:
            whoever can open it is the operator.
        certificate: PEM of the authorities to trust, if this system does not trust the daemon's certificate.
            "host:port" uses TLS, but on loopback only if a certificate is given.

        api_host: `target` in the SDK of 2024. Its first argument was the key, which works too: `Client("gbk_…")`.
        initial_rng_seed: From the SDK of 2024; ignored here.

    Raises:
        ValueError: The key has invalid characters.

    Example:
        ```python
        from grokbot import sdk

        async with sdk.Client() as client:
            conversation = client.grok.create_conversation()
            token_stream, response = conversation.add_response("Why is the sky blue?")
            async for token in token_stream:
                print(token, end="", flush=True)
        ```
    """

    def __init__(
        self,
        target: str | None = None,
        api_key: str | None = None,
        *,
        certificate: bytes | None = None,
        api_host: str | None = None,
        initial_rng_seed: int | None = None,  # noqa: ARG002 - so that a program that passes it runs
    ) -> None:
        if target is not None and target.startswith(KEYS_BEGIN):
            target, api_key = None, target
        self._line = line_to(target or api_host, api_key, certificate)

    @property
    def target(self) -> str:
        """The daemon's target; "" if none is known."""
        return self._line.target

    @cached_property
    def chat(self) -> AsyncChat:
        """Conversations that the server does not store: the Chat SDK of 2024."""
        return AsyncChat(stateless_chat_on(self._line))

    @cached_property
    def grok(self) -> AsyncGrok:
        """Stored conversations, including those in Discord: the Grok SDK of 2024."""
        return AsyncGrok(chat_on(self._line))

    @cached_property
    def stateful(self) -> AsyncStateful:
        """`stateful_chat`: one call per turn, continued by an id."""
        return AsyncStateful(daemon_on(self._line))

    @cached_property
    def daemon(self) -> AsyncDaemon:
        """Everything else: the daemon's own service, which the SDK of 2024 does not have."""
        return AsyncDaemon(daemon_on(self._line), chat_on(self._line))

    async def close(self) -> None:
        """End running calls. A later call reconnects."""
        await self._line.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
