"""The HTTP side of the loopback Discord: REST, gateway upgrade, CDN.

Here: reading requests, the token, limits, faults, the log, replies. Not here: what a request means (rest/, acts/).
"""

import asyncio
import hmac
import json
import logging
import mimetypes
import socket
import struct
from bisect import bisect_left
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import BodyPartReader, web

from grokbot.sandbox.discord_server.gateway import Connection, SessionBook, encode, packing
from grokbot.sandbox.discord_server.rest import application, channels, guilds, messages
from grokbot.sandbox.discord_server.rest.faults import Fault, Faults
from grokbot.sandbox.discord_server.rest.rate_limits import Limiter
from grokbot.sandbox.discord_server.rest.routes import Call, Route, Router
from grokbot.sandbox.discord_server.rules.errors import RefusedError, refusal
from grokbot.sandbox.discord_server.rules.limits import InvalidRequests
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.model import Upload
from grokbot.sandbox.discord_server.state.world import World

API = "/api/v10"
GatewayTrouble = Literal["refuses", "sends away", "silent"]
"""What new connections get: a 503, an immediate close with 1001, or silence."""
_log = logging.getLogger(__name__)
_TOO_MANY = 429
_UNKNOWN = "application/octet-stream"
_INVALID = {401, 403, _TOO_MANY}


@dataclass(frozen=True, slots=True)
class RestCall:
    """One answered REST request.

    Attributes:
        at: seconds on the monotonic clock when it arrived.
        template: the matched route, "" for none.
        status: the answer's status; 0 for a dropped connection.
        took: seconds until it was answered.
    """

    method: str
    path: str
    status: int
    body: Any
    at: float
    template: str = ""
    took: float = 0.0


def most_in_a_second(requests: Iterable[RestCall]) -> int:
    """The most requests that counted for the whole bot in any second, wherever that second begins."""
    times = sorted(call.at for call in requests if not call.path.startswith(("/interactions/", "/webhooks/")))
    return max((number - bisect_left(times, at - 1.0 + 1e-6) + 1 for number, at in enumerate(times)), default=0)


class HttpServer:
    """Answers HTTP requests with the state of a world."""

    def __init__(self, world: World, book: SessionBook, faults: Faults) -> None:
        self._world = world
        self._book = book
        self._faults = faults
        self._router = Router([*application.ROUTES, *messages.ROUTES, *channels.ROUTES, *guilds.ROUTES])
        self.limiter = Limiter(world)
        self.on_call: list[Callable[[RestCall], None]] = []
        """Called with every answered request; must be quick and must not raise."""
        self._control: Callable[[web.BaseRequest, str], Awaitable[web.StreamResponse]] | None = None
        self.connections: set[Connection] = set()
        self.invalid = InvalidRequests(world.rules.invalid_limit, world.rules.invalid_window)
        self.requests: deque[RestCall] = deque(maxlen=world.rules.keep_requests)
        self.unknown_routes: list[tuple[str, str]] = []
        self.crashes: list[str] = []
        self.count_429 = 0
        self.count_requests = 0
        self.refusing = False
        self.gateway_trouble: GatewayTrouble | None = None
        self.gateway_connects = 0

    def set_control(self, control: Callable[[web.BaseRequest, str], Awaitable[web.StreamResponse]] | None) -> None:
        """Handle requests under /sandbox/ with `control`, which gets the rest of the path; None: answer 404."""
        self._control = control

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Handle any request."""
        path = request.rel_url.raw_path
        if path.startswith(API + "/"):
            return await self._rest(request, path[len(API) :])
        if path.rstrip("/") == "/gateway":
            return await self._gateway(request)
        if path.startswith("/cdn/attachments/"):
            return await self._attachment(request, path)
        if path.startswith("/sandbox/") and self._control is not None:
            return await self._control(request, path.removeprefix("/sandbox/"))
        self.unknown_routes.append((request.method, path))
        return _reply(404, refusal("not_found").body())

    async def _rest(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        arrived = self._world.clock.monotonic()
        self.count_requests += 1
        if self.refusing:
            self._note(request.method, path, 0, None, arrived, "")
            _cut(request)
            return web.Response(status=503)
        if self.invalid.banned(arrived):
            self._note(request.method, path, _TOO_MANY, None, arrived, "")
            return web.Response(status=_TOO_MANY, text="error code: 1015", content_type="text/html")
        fault = self._faults.take(request.method, path)
        found = self._router.find(request.method, path)
        route = None if isinstance(found, int) else found[0]
        status, answer, headers, body = await self._answer(request, path, found, fault)
        delay = self._world.rules.latency + (fault.delay if fault is not None else 0.0)
        if delay > 0:
            await asyncio.sleep(delay)
        cut = fault is not None and fault.reset is not None
        self._note(request.method, path, 0 if cut else status, body, arrived, route.template if route else "")
        if cut:
            _cut(request)
        return _reply(status, answer, headers)

    async def _answer(
        self, request: web.BaseRequest, path: str, found: tuple[Route, dict[str, str]] | int, fault: Fault | None
    ) -> tuple[int, Any, dict[str, str], Any]:
        body: Any = None
        headers = {"Via": "1.1 google"}
        try:
            body, files = await self._read(request)
            if fault is not None and not fault.applied and (fault.status is not None or fault.reset == "before"):
                return _injected(fault, body)
            route, values = self._admit(request, path, found)
            decision = self.limiter.decide(route, values, body)
            headers |= decision.headers
            if decision.refused is not None:
                return _TOO_MANY, decision.refused, headers, body
            call = Call(self._world, self._world.bot_user, values, request.rel_url.query, body, files)
            status, answer = route.handler(call)
        except RefusedError as refused:
            return refused.status, refused.body(), headers, body
        except Exception as error:  # noqa: BLE001 -- a fault of this server is a 500 and seen in `crashes`
            _log.exception("sandbox request failed")
            self.crashes.append(f"{request.method} {path}: {error!r}")
            return 500, {"message": "500: Internal Server Error", "code": 0}, headers, body
        if fault is not None and fault.status is not None:
            return _injected(fault, body)
        return status, answer, headers, body

    def _admit(
        self, request: web.BaseRequest, path: str, found: tuple[Route, dict[str, str]] | int
    ) -> tuple[Route, dict[str, str]]:
        if isinstance(found, int):
            self.unknown_routes.append((request.method, path))
            raise refusal("not_found" if found == 404 else "method_not_allowed")  # noqa: PLR2004 -- not found
        if found[0].authorized and request.headers.get("Authorization") != f"Bot {self._world.token}":
            raise refusal("unauthorized")
        return found

    async def _read(self, request: web.BaseRequest) -> tuple[Any, dict[int, Upload]]:
        if not request.can_read_body:
            return None, {}
        if request.content_type == "multipart/form-data":
            return await self._read_multipart(request)
        data = await request.read()
        if not data:
            return None, {}
        try:
            return json.loads(data), {}
        except ValueError:
            raise refusal("invalid_json") from None

    async def _read_multipart(self, request: web.BaseRequest) -> tuple[Any, dict[int, Upload]]:
        body: Any = {}
        files: dict[int, Upload] = {}
        total = 0
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            data = bytes(await part.read())
            total += len(data)
            if len(data) > self._world.rules.attachment_bytes or total > self._world.rules.request_bytes:
                raise refusal("request_too_large")
            name = part.name or ""
            if name == "payload_json":
                body = json.loads(data)
            elif name.startswith("files["):
                file = part.filename or "unknown"
                kind = part.headers.get("Content-Type", _UNKNOWN)
                if kind == _UNKNOWN:  # as bots send them: Discord goes by the name
                    kind = mimetypes.guess_type(file)[0] or _UNKNOWN
                files[int(name[6:-1])] = Upload(file, data, kind)
        return body, files

    def _note(self, method: str, path: str, status: int, body: Any, arrived: float, template: str) -> None:
        self.count_429 += status == _TOO_MANY
        if status in _INVALID:
            self.invalid.add(arrived)
        call = RestCall(method, path, status, body, arrived, template, self._world.clock.monotonic() - arrived)
        self.requests.append(call)
        for listener in self.on_call:
            listener(call)
        self._world.changed()

    async def _gateway(self, request: web.BaseRequest) -> web.StreamResponse:
        compress = request.rel_url.query.get("compress")
        pack = packing(compress) if compress is not None else None
        spoken = compress is None or pack is not None
        if not spoken or request.rel_url.query.get("encoding", "json") != "json":
            return _reply(400, {"message": "only json, plain, zlib-stream or zstd-stream, is spoken here", "code": 0})
        self.gateway_connects += 1
        if self.gateway_trouble == "refuses":
            return web.Response(status=503)
        ws = web.WebSocketResponse(compress=False, max_msg_size=0, timeout=1.0, autoclose=False)
        await ws.prepare(request)
        connection = Connection(self._world, self._book, ws, request.transport, pack=pack)
        connection.silent = self.gateway_trouble == "silent"
        if self.gateway_trouble == "sends away":
            connection.close(1001)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)
        return ws

    async def _attachment(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        parts = path.split("/")
        expires, proof = request.rel_url.query.get("ex", ""), request.rel_url.query.get("hm", "")
        attachment = self._world.attachments.get(int(parts[4])) if len(parts) > 4 and parts[4].isdigit() else None  # noqa: PLR2004
        if attachment is None:
            return web.Response(status=404, text="This content is no longer available.")
        expected = payloads.attachment_signature(self._world, attachment.id, expires)
        if not hmac.compare_digest(proof, expected) or int(expires, 16) < self._world.clock.wall():
            return web.Response(status=404, text="This content is no longer available.")
        await asyncio.sleep(attachment.file.seconds)
        if self._world.cdn_refuses > 0:
            self._world.cdn_refuses -= 1
            return web.Response(status=503)
        return web.Response(body=attachment.file.data, content_type=attachment.file.content_type.partition(";")[0])


def _injected(fault: Fault, body: Any) -> tuple[int, Any, dict[str, str], Any]:
    headers = {"Via": "1.1 google"} if fault.via else {}
    return fault.status or 500, fault.body, headers | fault.headers, body


def _reply(status: int, answer: Any, headers: dict[str, str] | None = None) -> web.Response:
    if answer is None:
        return web.Response(status=status, headers=headers)
    return web.Response(status=status, body=encode(answer).encode(), headers=headers, content_type="application/json")


def _cut(request: web.BaseRequest) -> None:
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        # Linger of zero seconds: the peer gets a reset instead of an orderly close.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
