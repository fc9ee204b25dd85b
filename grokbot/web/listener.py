"""The web server's listening socket, from start to stop.

Not here: checking an address (`process.listen_addresses`), answers (`server`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from grokbot.process import listen_addresses
from grokbot.web import answers
from grokbot.web.guests import Guests
from grokbot.web.server import ShareServer

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader
    from aiohttp.web_protocol import RequestHandler

    from grokbot.conversation.errors import ConfigurationError
    from grokbot.settings import WebSettings
    from grokbot.web.server import Shared

log = logging.getLogger(__name__)

KEEPALIVE_SECONDS = 30.0
WAITING = 128
"""Connections that the kernel queues until they are accepted."""

LAST_ANSWERS_SECONDS = 2.0
"""Time for running answers to end at shutdown."""


@asynccontextmanager
async def serving(settings: WebSettings, shared: Shared, policy: str = "") -> AsyncIterator[str]:
    """Serve share pages and the policy within the block.

    Yields the listening address, in the form of the setting; empty if none.

    Args:
        settings: Where to listen.
        shared: As for `ShareServer`, like the policy.
        policy: The privacy policy as a page; empty: none.

    Raises:
        ConfigurationError: It cannot listen there.
    """
    if not settings.listen:
        yield ""
        return
    pages = ShareServer(shared, settings.public_url, policy)
    server = web.Server(
        pages.answer,
        request_factory=lambda *asked: _request(guests, *asked),
        access_log=None,
        logger=_malformed(),
        keepalive_timeout=KEEPALIVE_SECONDS,
        handler_cancellation=True,  # no page is made for a client that has gone
    )
    guests = Guests(server)
    runner = web.ServerRunner(server, shutdown_timeout=LAST_ANSWERS_SECONDS)
    await runner.setup()
    accepting: list[asyncio.Task[None]] = []
    inode: int | None = None
    try:
        async with _listening(server, settings.listen) as (where, listeners):
            inode = listen_addresses.inode_of(settings.listen)
            accepting += [asyncio.create_task(guests.accept(each), name="web accept") for each in listeners]
            log.info("web.listening at=%s", where)
            yield where
    finally:
        for each in accepting:
            each.cancel()
        await runner.cleanup()
        pages.close()
        listen_addresses.remove_socket(settings.listen, inode)


@asynccontextmanager
async def _listening(server: web.Server, listen: str) -> AsyncIterator[tuple[str, tuple[socket.socket, ...]]]:
    """The address and its sockets: asyncio binds them, but does not accept on them (`guests` says why)."""
    loop = asyncio.get_running_loop()
    host, _, port = listen.rpartition(":")
    try:
        if listen.startswith(listen_addresses.UNIX):
            if why := listen_addresses.why_not(listen):
                raise _cannot(listen, why)
            bound = await loop.create_unix_server(
                server, listen.removeprefix(listen_addresses.UNIX), start_serving=False
            )
            _open_to_all(listen)
        else:
            bound = await loop.create_server(server, host.strip("[]"), int(port), start_serving=False)
        listeners = tuple(each.dup() for each in bound.sockets)
        for each in listeners:
            each.listen(WAITING)
            each.setblocking(False)
    except OSError as error:
        raise _cannot(listen, listen_addresses.reason_of(error)) from error
    try:
        yield (
            (listen if listen.startswith(listen_addresses.UNIX) else f"{host}:{listeners[0].getsockname()[1]}"),
            listeners,
        )
    finally:
        bound.close()
        for each in listeners:
            each.close()


def _cannot(listen: str, why: str) -> ConfigurationError:
    return listen_addresses.cannot_listen("web.listen", "the web server", listen, why)


def _open_to_all(listen: str) -> None:
    """Let every user connect, as to a port of this machine: the reverse proxy runs as another user."""
    Path(listen.removeprefix(listen_addresses.UNIX)).chmod(0o666)


def _malformed() -> logging.Logger:
    """Silence aiohttp's log of malformed requests: it would contain them, and anybody can send them."""
    logger = logging.getLogger(f"{__name__}.malformed")
    logger.disabled = True
    return logger


class _Request(web.BaseRequest):
    """A request whose answers, also aiohttp's to malformed ones, have our headers and name no server software."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        response.headers.update(answers.safe_headers())
        response.headers.pop("Server", None)


def _request(
    guests: Guests,
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> _Request:
    guests.asked(protocol.transport)
    return _Request(message, payload, protocol, writer, task, protocol._loop)  # noqa: SLF001 - as aiohttp's own does
