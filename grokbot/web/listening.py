"""Where the web server listens, from its start to its end.

Here: sockets, and what is wrong with a setting when one cannot be had. Not here: answers (`server`).
"""

from __future__ import annotations

import errno
import logging
import socket
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from grokbot.conversation.errors import Misconfigured
from grokbot.web import answers
from grokbot.web.server import ShareServer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader
    from aiohttp.web_protocol import RequestHandler

    from grokbot.settings import WebSettings
    from grokbot.web.server import Shared

log = logging.getLogger(__name__)

UNIX = "unix:"
KEEPALIVE_SECONDS = 30.0
LAST_ANSWERS_SECONDS = 2.0
"""How long answers that are under way may take when the daemon ends."""

_WHY = {
    errno.EADDRINUSE: "something else listens there already",
    errno.EACCES: "this user may not listen there",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.ENOENT: "the folder of the socket is not there",
    errno.ENOTDIR: "the folder of the socket is not there",
}


@asynccontextmanager
async def serving(settings: WebSettings, shared: Shared) -> AsyncIterator[str]:
    """Serves share pages, until it is left. Yields where it listens, in the form of the setting; empty for nowhere.

    Raises:
        Misconfigured: It cannot listen there.
    """
    if not settings.listen:
        yield ""
        return
    pages = ShareServer(shared, settings.public_url)
    server = web.Server(
        pages.answer,
        request_factory=_request,
        access_log=None,
        logger=_strangers(),
        keepalive_timeout=KEEPALIVE_SECONDS,
        handler_cancellation=True,  # nothing is made for who has left
    )
    runner = web.ServerRunner(server, shutdown_timeout=LAST_ANSWERS_SECONDS)
    await runner.setup()
    try:
        where = await _listening(runner, settings.listen)
        log.info("web.listening at=%s", where)
        yield where
    finally:
        await runner.cleanup()
        pages.close()
        if settings.listen.startswith(UNIX):
            _take_away(settings.listen)


async def _listening(runner: web.ServerRunner, listen: str) -> str:
    try:
        if listen.startswith(UNIX):
            await web.UnixSite(runner, listen.removeprefix(UNIX)).start()
            _open_to_all(listen)
            return listen
        host, _, port = listen.rpartition(":")
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
    except OSError as error:
        why = _WHY.get(error.errno or 0) or "its name is not known" * isinstance(error, socket.gaierror) or "it failed"
        raise Misconfigured(
            "web.listen",
            f"web.listen: the web server cannot listen at {listen}, because {why}. Choose another address.",
        ) from error
    return f"{host}:{runner.addresses[0][1]}"


def _open_to_all(listen: str) -> None:
    """As open as a port of this machine is: the reverse proxy runs as another user."""
    Path(listen.removeprefix(UNIX)).chmod(0o666)


def _take_away(listen: str) -> None:
    with suppress(OSError):
        Path(listen.removeprefix(UNIX)).unlink(missing_ok=True)


def _strangers() -> logging.Logger:
    """What aiohttp says of requests that are not HTTP: it would write them down, and anybody can send them."""
    logger = logging.getLogger(f"{__name__}.strangers")
    logger.disabled = True
    return logger


class _Request(web.BaseRequest):
    """A request whose answers, aiohttp's own of malformed ones too, bear our headers and no name of a program."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        response.headers.update(answers.safe_headers())
        response.headers.pop("Server", None)


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> _Request:
    return _Request(message, payload, protocol, writer, task, protocol._loop)  # noqa: SLF001 - as aiohttp's own does
