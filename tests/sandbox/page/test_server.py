"""Who may come in, and with which headers things are served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from yarl import URL

from grokbot.sandbox.discord_server import Upload
from grokbot.sandbox.page import server
from tests.sandbox.page.browser import tab

if TYPE_CHECKING:
    from tests.sandbox.page.conftest import Place

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


async def fetched(address: str, method: str = "GET", **options: object) -> tuple[int, dict[str, str], bytes]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, URL(address, encoded=True), **options) as reply,  # type: ignore[arg-type] # headers
    ):
        assert reply.headers["Content-Security-Policy"] == POLICY
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Cache-Control"] == "no-store"
        return reply.status, dict(reply.headers), await reply.read()


async def test_the_page_is_served_with_its_policy(place: Place) -> None:
    status, headers, body = await fetched(place.served.address)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert body == (server.STATIC / "index.html").read_bytes()
    for name, kind in (("app.js", "text/javascript"), ("style.css", "text/css")):
        status, headers, _ = await fetched(f"{place.served.address}static/{name}")
        assert (status, headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")


@pytest.mark.parametrize(
    "path",
    ["static/", "static/none.js", "static/../server.py", "static/%2e%2e/server.py", "static//etc/passwd", "server.py",
     "static/%2e%2e%2fserver.py", "socket/", "files/1/x", "files/x/y", "files/" + "9" * 40 + "/x", "static/%00.js"],
)  # fmt: skip
async def test_nothing_else_is_there(place: Place, path: str) -> None:
    assert (await fetched(place.served.address + path))[0] == 404


async def test_without_the_token_nothing_is_there(place: Place) -> None:
    origin, token = place.served.address.rstrip("/").rsplit("/", 1)
    for path in ("/", f"/{token}", f"/{token[:-1]}/", f"/{token}x/", "/favicon.ico", "//", "/%c3%a9/"):
        assert (await fetched(origin + path))[0] == 404, path
    assert (await fetched(place.served.address, "POST"))[0] == 404


async def test_another_name_for_the_server_is_refused(place: Place) -> None:
    port = URL(place.served.address).port
    for host, status in (
        (f"localhost:{port}", 200),
        (f"127.0.0.1:{port}", 200),
        ("127.0.0.1", 403),
        (f"evil.example:{port}", 403),
        (f"127.0.0.1.evil.example:{port}", 403),
    ):
        assert (await fetched(place.served.address, headers={"Host": host}))[0] == status, host


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://localhost:1", "https://127.0.0.1:{port}"]
)
async def test_a_socket_of_another_origin_is_refused(place: Place, origin: str | None) -> None:
    given = origin and origin.replace("{port}", str(URL(place.served.address).port))
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with tab(place.served, origin=given):
            pass
    assert refused.value.status == 403


async def test_the_socket_is_ours_by_both_names(place: Place) -> None:
    address = place.served.address.replace("127.0.0.1", "localhost")
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(f"{address}socket", origin=address.rsplit("/", 2)[0]):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{place.served.address}socket", origin=address.rsplit("/", 2)[0])
        async with session.get(f"{place.served.address}socket", headers={"Origin": address.rsplit("/", 2)[0]}) as reply:
            assert reply.status == 403


async def test_no_more_pages_than_it_bears(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PAGES_MAX", 1)
    async with tab(place.served):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with tab(place.served):
                pass
        assert refused.value.status == 503


async def test_pictures_are_shown_and_all_other_files_are_saved(place: Place) -> None:
    files = [
        Upload("a cat.png", b"png", "image/png"),
        Upload("page.html", b"<script>", "text/html; charset=utf-8"),
        Upload("drawing.svg", b"<svg/>", "image/svg+xml"),
    ]
    said = await place.here.alice.say(place.here.general, "files", attachments=files)
    found = {}
    for each in said.attachments:
        address = f"{place.served.address}{server_address(each.id, each.file.name)}"
        status, headers, body = await fetched(address)
        assert (status, body) == (200, each.file.data)
        found[each.file.name] = (headers["Content-Type"], headers.get("Content-Disposition"))
    assert found == {
        "a cat.png": ("image/png", None),
        "page.html": ("application/octet-stream", "attachment; filename*=UTF-8''page.html"),
        "drawing.svg": ("application/octet-stream", "attachment; filename*=UTF-8''drawing.svg"),
    }
    assert (await fetched(f"{place.served.address}files/{said.attachments[0].id}/other.png"))[0] == 404


def server_address(number: int, name: str) -> str:
    return f"files/{number}/{name.replace(' ', '%20')}"


async def test_nothing_of_a_page_is_left_when_it_is_closed_or_cut(place: Place) -> None:
    async with tab(place.served) as page:
        await page.open(place.here.general)
    async with tab(place.served) as again:
        await again.open(place.here.general)
        await place.served.close()
        received = await again.socket.receive(timeout=5)
        assert received.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.ERROR}
