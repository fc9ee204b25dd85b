"""Where pictures lie that were asked for as an address: an HTTP server on 127.0.0.1.

Here: keeping and serving them. Not here: making them (`images`).
"""

from __future__ import annotations

import hashlib

from aiohttp import web


class PictureHost:
    """Starts with the first picture; most sandboxes have none."""

    def __init__(self) -> None:
        self._pictures: dict[str, tuple[str, bytes]] = {}
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def address_of(self, media_type: str, data: bytes) -> str:
        """The address of a picture from now on."""
        if self._runner is None:
            app = web.Application()
            app.router.add_get("/images/{name}", self._serve)
            self._runner = web.AppRunner(app, access_log=None)
            await self._runner.setup()
            site = web.TCPSite(self._runner, "127.0.0.1", 0)
            await site.start()
            self._port = self._runner.addresses[0][1]
        name = f"{hashlib.blake2b(data, digest_size=12).hexdigest()}.{media_type.removeprefix('image/')}"
        self._pictures[name] = (media_type, data)
        return f"http://127.0.0.1:{self._port}/images/{name}"

    async def close(self) -> None:
        """Stop serving; the addresses are dead from then on."""
        runner, self._runner = self._runner, None
        self._pictures.clear()
        if runner is not None:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        found = self._pictures.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found[1], content_type=found[0])
