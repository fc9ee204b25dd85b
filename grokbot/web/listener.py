"""A site's listening socket, from start to stop, and what holds for the requests of every site.

Not here: checking an address (`process.listen_addresses`), the sites (`share_site`, `operator_site`).
Requests are never logged: anyone who reads a share's token can read its conversation.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from grokbot.conversation.errors import GrokbotError
from grokbot.process import listen_addresses, metrics
from grokbot.web import answers
from grokbot.web.guests import Guests
from grokbot.web.pages import TooBusyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader
    from aiohttp.web_protocol import RequestHandler

    from grokbot.conversation.errors import ConfigurationError

log = logging.getLogger(__name__)

KEEPALIVE_SECONDS = 30.0
WAITING = 128
"""Connections that the kernel queues until they are accepted."""

LAST_ANSWERS_SECONDS = 2.0
"""Time for running answers to end at shutdown."""


PUBLIC = 0o666
"""Mode of a socket to which every user may connect, as to a port of this machine: the reverse proxy is another user."""


class Site(Protocol):
    """What is served at one address."""

    async def page(self, request: web.BaseRequest) -> web.Response:
        """The page at a path. Raises a GrokbotError or TooBusyError where it cannot be shown now."""
        ...

    def close(self) -> None:
        """End what it has begun."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where a site is served."""

    site: str
    """Its name among the metrics."""
    setting: str
    """Dotted name of the setting that says so."""
    server: str
    """What listens there, in an error."""
    listen: str
    """The setting: host:port or unix:/path; empty: nowhere."""
    mode: int
    """Of a Unix socket."""

    def refused(self, why: str) -> ConfigurationError:
        """The error for an address where it cannot listen."""
        return listen_addresses.cannot_listen(self.setting, self.server, self.listen, why)


@asynccontextmanager
async def serving(address: Address, opened: Callable[[], Site]) -> AsyncIterator[str]:
    """Serve a site within the block.

    Yields the listening address, in the form of the setting; empty if none.

    Args:
        address: Where.
        opened: Makes the site, if it is served anywhere.

    Raises:
        ConfigurationError: It cannot listen there.
    """
    if not address.listen:
        yield ""
        return
    site = opened()

    async def answered(request: web.BaseRequest) -> web.StreamResponse:
        answer = await _answer(site, request)
        metrics.WEB_REQUESTS.labels(address.site, answer.status).inc()
        return answer

    server = web.Server(
        answered,
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
        async with _listening(server, address) as (where, listeners):
            inode = listen_addresses.inode_of(address.listen)
            accepting += [asyncio.create_task(guests.accept(each), name="web accept") for each in listeners]
            log.info("web.listening setting=%s at=%s", address.setting, where)
            yield where
    finally:
        for each in accepting:
            each.cancel()
        await runner.cleanup()
        site.close()
        listen_addresses.remove_socket(address.listen, inode)


async def _answer(site: Site, request: web.BaseRequest) -> web.StreamResponse:
    """Answer a request, with any method and path."""
    if request.method not in answers.METHODS:
        return answers.not_that_way()
    try:
        return await site.page(request)
    except TooBusyError:
        log.warning("web.too_busy")
    except GrokbotError as error:
        log.warning("web.unanswered error=%s", type(error).__name__)
    except Exception:
        log.exception("web.failed")
    return answers.later()


@asynccontextmanager
async def _listening(server: web.Server, address: Address) -> AsyncIterator[tuple[str, tuple[socket.socket, ...]]]:
    """The address and its sockets: asyncio binds them, but does not accept on them (`guests` says why)."""
    loop = asyncio.get_running_loop()
    listen = address.listen
    host, _, port = listen.rpartition(":")
    try:
        if listen.startswith(listen_addresses.UNIX):
            bound = await loop.create_unix_server(server, sock=_unix_socket(address), start_serving=False)
        else:
            bound = await loop.create_server(server, host.strip("[]"), int(port), start_serving=False)
        listeners = tuple(each.dup() for each in bound.sockets)
        for each in listeners:
            each.listen(WAITING)
            each.setblocking(False)
    except OSError as error:
        raise address.refused(listen_addresses.reason_of(error)) from error
    try:
        yield (
            (listen if listen.startswith(listen_addresses.UNIX) else f"{host}:{listeners[0].getsockname()[1]}"),
            listeners,
        )
    finally:
        bound.close()
        for each in listeners:
            each.close()


def _unix_socket(address: Address) -> socket.socket:
    """A bound socket in place of one that a killed process left behind. Raises as `serving` does, and OSError."""
    if why := listen_addresses.why_not(address.listen):
        raise address.refused(why)
    path = Path(address.listen.removeprefix(listen_addresses.UNIX))
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        with listen_addresses.created_with(address.mode):
            bound.bind(str(path))
    except OSError:
        bound.close()
        raise
    return bound


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
