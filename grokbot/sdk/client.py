"""Where a program begins: one client, and behind it everything that the daemon offers.

Here: what is reached from a client. Not here: how (`connection`).
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
"""By which a key is known from a target."""


class Client:
    """A client of one grokbot daemon. All that waits is a coroutine; there is no blocking form of it.

    It may be made anywhere, also outside an event loop: it connects at its first call. `await client.close()` or
    `async with Client() as client` ends what is under way; a client that nobody closes ends quietly with the program.

    Args:
        target: "unix:/path/to/api.sock" or "host:port"; without one, $GROKBOT_API, else the socket of the daemon that
            runs here.
        api_key: A key that `grokbot keys make` has made; without one, $GROKBOT_API_KEY. A Unix socket needs none:
            whoever may open it is the operator.
        certificate: PEM of the authorities to trust, where the daemon's certificate is not signed by one that this
            system trusts. "host:port" is reached with TLS, but on loopback, where it is used only with a certificate.

        api_host: As the SDK of 2024 named `target`. It took the key first, which works too: `Client("gbk_…")`.
        initial_rng_seed: That SDK took one; nothing is sampled by it here.

    Raises:
        ValueError: The key has characters that no key has.

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
        initial_rng_seed: int | None = None,  # noqa: ARG002 - so that a program that gives it runs
    ) -> None:
        if target is not None and target.startswith(KEYS_BEGIN):
            target, api_key = None, target
        self._line = line_to(target or api_host, api_key, certificate)

    @property
    def target(self) -> str:
        """Where the daemon is looked for; "" where none is known."""
        return self._line.target

    @cached_property
    def chat(self) -> AsyncChat:
        """Conversations of which the server keeps nothing: the Chat SDK of 2024."""
        return AsyncChat(stateless_chat_on(self._line))

    @cached_property
    def grok(self) -> AsyncGrok:
        """Conversations that are kept, those of Discord among them: the Grok SDK of 2024."""
        return AsyncGrok(chat_on(self._line))

    @cached_property
    def stateful(self) -> AsyncStateful:
        """`stateful_chat`: one call for each turn, continued by an id."""
        return AsyncStateful(daemon_on(self._line))

    @cached_property
    def daemon(self) -> AsyncDaemon:
        """Everything else: the daemon's own service, which the SDK of 2024 does not have."""
        return AsyncDaemon(daemon_on(self._line), chat_on(self._line))

    async def close(self) -> None:
        """Ends what is under way. A later call connects anew."""
        await self._line.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
