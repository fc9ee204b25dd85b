"""The page's server on 127.0.0.1: static files, attachments, the socket.

Here: who may come in, and headers. Whoever knows the token in the address may act as everybody in the sandbox, so the
token, the name that the server is called by (DNS rebinding) and the socket's origin are all checked.
Not here: what is on the page (static/), what a socket says (viewer.py).
"""

from __future__ import annotations

import hmac
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from aiohttp import web

from grokbot.sandbox.page.calls import Calls
from grokbot.sandbox.page.demo_author import DemoAuthor
from grokbot.sandbox.page.traffic import TrafficLog
from grokbot.sandbox.page.trouble import Troubles
from grokbot.sandbox.page.viewer import Shared, Viewer

if TYPE_CHECKING:
    from types import TracebackType

    from grokbot.sandbox.discord_server import DiscordSandbox
    from grokbot.sandbox.grok_server import GrokSandbox
    from grokbot.sandbox.page.insight import Insight

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
}
IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""Attachments that a browser shows; every other one it saves."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_STATIC = re.compile(r"static/((?:\w[\w-]*/)*\w[\w-]*\.\w+)", re.ASCII)
PAGES_MAX = 32
"""Sockets at a time."""

FRAME_MAX = 64 * 2**20
"""Bytes of a frame, at which the socket ends; pages see to it that files stay far below it."""

HEARTBEAT_SECONDS = 20.0


class PageServer:
    """The page of one sandbox. Use it as `async with`, or call `start` and `close`.

    Args:
        discord: The loopback Discord that it shows.
        grok: The loopback Grok; None where the real one is asked.
        insight: The bot.
        title: What the page is called; None for its usual name.
        port: Its port on 127.0.0.1; 0 for a free one.
    """

    def __init__(
        self,
        discord: DiscordSandbox,
        grok: GrokSandbox | None,
        insight: Insight,
        *,
        title: str | None = None,
        port: int = 0,
    ) -> None:
        self.troubles = Troubles(discord, grok, insight)
        self._shared = Shared(
            discord, insight, Calls(discord, self.troubles), TrafficLog(discord, grok), self.troubles, title
        )
        self._discord = discord
        self._token = secrets.token_urlsafe(24)
        self._port = port
        self._runner: web.ServerRunner | None = None
        self._viewers: set[Viewer] = set()
        discord.on_change(self._wake)
        insight.watchers.append(self._wake)
        if grok is not None:
            demo = DemoAuthor()
            grok.answers_by(lambda conversation: self.troubles.script() or demo.script(conversation))
            grok.on_change(self._wake_panels)

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self._port}/{self._token}/"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Begins to listen.

        Raises:
            OSError: The port is taken.
        """
        runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.5)
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        self._port = runner.addresses[0][1]

    async def close(self) -> None:
        """Cuts every page off and stops listening."""
        for viewer in list(self._viewers):
            viewer.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _wake(self) -> None:
        for viewer in self._viewers:
            viewer.wake()

    def _wake_panels(self) -> None:
        for viewer in self._viewers:
            viewer.wake(panel=True)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Host") not in {f"127.0.0.1:{self._port}", f"localhost:{self._port}"}:
            return _refused(403)
        token, slash, path = request.path.removeprefix("/").partition("/")
        if request.method != "GET" or not slash or not hmac.compare_digest(token.encode(), self._token.encode()):
            return _refused(404)
        if path == "socket":
            return await self._socket(request)
        if path.startswith("files/"):
            return self._file(path.removeprefix("files/"))
        return _static(path)

    async def _socket(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Origin") != f"http://{request.headers['Host']}":
            return _refused(403)
        if len(self._viewers) >= PAGES_MAX:
            return _refused(503)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, compress=False, max_msg_size=FRAME_MAX, timeout=1.0)
        if not socket.can_prepare(request):
            return _refused(404)
        await socket.prepare(request)
        viewer = Viewer(self._shared, socket, request.transport)
        self._viewers.add(viewer)
        try:
            await viewer.run()
        finally:
            self._viewers.discard(viewer)
        return socket

    def _file(self, path: str) -> web.StreamResponse:
        number, _, name = path.partition("/")
        known = number.isascii() and number.isdigit() and len(number) <= 20  # noqa: PLR2004 -- digits of 2**64
        found = self._discord.world.attachments.get(int(number)) if known else None
        if found is None or found.file.name != name:
            return _refused(404)
        kind = found.file.content_type.partition(";")[0].strip().lower()
        if kind in IMAGES:
            return web.Response(body=found.file.data, content_type=kind, headers=HEADERS)
        saved = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.file.name, safe='')}"}
        return web.Response(body=found.file.data, content_type="application/octet-stream", headers=HEADERS | saved)


def _static(asked: str) -> web.Response:
    found = _STATIC.fullmatch(asked or "static/index.html")
    path = STATIC / (found[1] if found is not None else "")
    if path.suffix not in TYPES or not path.is_file():
        return _refused(404)
    charset = None if path.suffix == ".png" else "utf-8"
    return web.Response(body=path.read_bytes(), content_type=TYPES[path.suffix], charset=charset, headers=HEADERS)


def _refused(status: int) -> web.Response:
    return web.Response(status=status, text="", headers=HEADERS)
