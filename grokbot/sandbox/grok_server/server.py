"""The loopback Grok as one object: start, direct, inspect and close it.

Here: connecting the services, and the interface for tests and people. Not here: behaviour on the wire.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Self

import grpc.aio

from grokbot.sandbox.grok_server.admission.call_log import ChangeWatch, RecordedCall
from grokbot.sandbox.grok_server.admission.door import Door
from grokbot.sandbox.grok_server.admission.limits import RateLimits
from grokbot.sandbox.grok_server.answers import Script, Scripts
from grokbot.sandbox.grok_server.chat import ChatService
from grokbot.sandbox.grok_server.directory import AuthService, ModelsService, TokenizeService
from grokbot.sandbox.grok_server.media.files import FilesService
from grokbot.sandbox.grok_server.media.images import ImageService
from grokbot.sandbox.grok_server.media.kept_files import KeptFiles
from grokbot.sandbox.grok_server.media.picture_host import PictureHost
from grokbot.sandbox.grok_server.rules import GrokRules
from grokbot.sandbox.grok_server.stored import StoredResponses
from grokbot.sandbox.grok_server.tasks import Tasks
from grokbot.wire.xai.auth_pb2_grpc import add_AuthServicer_to_server
from grokbot.wire.xai.chat_pb2_grpc import add_ChatServicer_to_server
from grokbot.wire.xai.files_pb2_grpc import add_FilesServicer_to_server
from grokbot.wire.xai.image_pb2_grpc import add_ImageServicer_to_server
from grokbot.wire.xai.models_pb2_grpc import add_ModelsServicer_to_server
from grokbot.wire.xai.tokenize_pb2_grpc import add_TokenizeServicer_to_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from grokbot.sandbox.grok_server.answers import Author, ScriptedImages
    from grokbot.sandbox.grok_server.media.images import Artist

_DAY_SECONDS: Final = 86_400

#: Time for cancelled calls to end; they need milliseconds.
_CLOSING_SECONDS: Final = 10.0

#: The message size and ping rate that xAI's own client relies on: 20 MiB, and a ping every 30 s on an idle
#: connection, which a gRPC server rejects as abuse by default.
_OPTIONS: Final = (
    ("grpc.max_send_message_length", 20 << 20),
    ("grpc.max_receive_message_length", 20 << 20),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.so_reuseport", 0),  # two sandboxes on one port are a mistake and must fail
)


class GrokSandbox:
    """xAI's API on 127.0.0.1. Everything happens on the event loop that started it.

    Use it as `async with GrokSandbox() as grok:`, or with `start` and `close`.
    """

    def __init__(self, rules: GrokRules | None = None, *, now: Callable[[], float] = time.time) -> None:
        """`now` is the wall clock in seconds; stored responses expire by it."""
        self.rules = rules or GrokRules()
        self._changes = ChangeWatch()
        self._door = Door(self.rules.api_key, self._changes)
        self._scripts = Scripts()
        self._stored = StoredResponses(self.rules.store_days * _DAY_SECONDS, now)
        self._files = KeptFiles(now)
        self._host = PictureHost()
        self._limits = RateLimits(self.rules, now)
        self._tasks = Tasks(self.rules, self._scripts, self._stored, self._files, self._limits, now)
        self._chat = ChatService(self.rules, self._door, self._tasks, self._stored, self._limits)
        self._images = ImageService(self.rules, self._door, self._scripts, self._files, self._host, self._limits)
        self._server: grpc.aio.Server | None = None
        self._port = 0

    async def start(self) -> None:
        """Start listening, on the port in the rules or on a free one.

        Raises:
            RuntimeError: The port is taken, or the sandbox is already running.
        """
        if self._server is not None:
            raise RuntimeError("the sandbox runs already")
        server = grpc.aio.server(options=_OPTIONS)
        add_ChatServicer_to_server(self._chat, server)
        add_ModelsServicer_to_server(ModelsService(self.rules, self._door), server)
        add_AuthServicer_to_server(AuthService(self.rules, self._door), server)
        add_ImageServicer_to_server(self._images, server)
        add_FilesServicer_to_server(FilesService(self.rules, self._door, self._files), server)
        add_TokenizeServicer_to_server(TokenizeService(self.rules, self._door), server)
        self._port = server.add_insecure_port(f"127.0.0.1:{self._port or self.rules.port}")
        await server.start()
        self._server = server

    async def close(self) -> None:
        """End every stream and stop listening; clients see UNAVAILABLE. A later `start` uses the same port."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.stop(grace=None)
            await self._chat.close()
            await self._host.close()
            # gRPC has cancelled the calls; they finish their records in later turns of the loop.
            await self._changes.until(lambda: not self._door.open, _CLOSING_SECONDS)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def target(self) -> str:
        """Where a plain-text channel connects: host and port."""
        return f"127.0.0.1:{self._port}"

    @property
    def api_key(self) -> str:
        """The one key that is accepted."""
        return self.rules.api_key

    @property
    def requests(self) -> list[RecordedCall]:
        """Every call since the start or since `forget_requests`, refused ones included, oldest first."""
        return self._door.requests

    @property
    def running(self) -> int:
        """Streams running now."""
        return self._door.streams

    @property
    def scripts_left(self) -> int:
        """How many scripted answers have not been requested yet."""
        return len(self._scripts.answers)

    def script(self, script: Script, *, times: int = 1) -> None:
        """Direct the next `times` answers that are not scripted yet. An invalid request uses up none."""
        self._scripts.answers.add(script, times)

    def answers_by(self, author: Author | None) -> None:
        """Let `author` direct every answer without a script; None restores the built-in one."""
        self._tasks.author = author

    def images_by(self, artist: Artist | None) -> None:
        """Let `artist` make the pictures of the Image service; None paints them."""
        self._images.artist = artist

    def script_title(self, script: Script, *, times: int = 1) -> None:
        """Direct the next `times` titles. Titles use no other scripts, and ignore directives."""
        self._scripts.titles.add(script, times)

    def script_compaction(self, script: Script, *, times: int = 1) -> None:
        """Direct the next `times` compactions; the text is what is written down of the conversation."""
        self._scripts.compactions.add(script, times)

    def script_images(self, script: ScriptedImages, *, times: int = 1) -> None:
        """Direct the next `times` answers of the Image service that are not scripted yet."""
        self._scripts.images.add(script, times)

    def expire(self, response_id: str) -> bool:
        """Expire a stored response, as after 30 days. Returns whether it existed."""
        return self._stored.forget(response_id)

    def expire_all(self) -> None:
        """Expire all stored responses."""
        self._stored.forget_all()

    def forget_seals(self) -> None:
        """Make all sealed texts unreadable, as if sealed by another team's key."""
        self._tasks.forget_seals()

    def forget_cache(self) -> None:
        """Empty the prompt cache, as on another of xAI's servers."""
        self._tasks.cache.forget()

    def forget_requests(self) -> None:
        """Empty `requests`; running streams continue but are no longer listed."""
        self._door.requests.clear()

    def forget_scripts(self) -> None:
        """Drop unused scripts."""
        self._scripts.clear()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback` whenever a call starts, sends or ends; it must be quick and must not raise."""
        self._changes.watchers.append(callback)

    async def until(self, condition: Callable[[], bool], timeout: float = 10.0) -> None:  # noqa: ASYNC109 - the caller's choice
        """Wait until `condition` holds; it is checked whenever a call starts, sends or ends.

        Raises:
            TimeoutError: It did not hold within `timeout` seconds.
        """
        await self._changes.until(condition, timeout)
