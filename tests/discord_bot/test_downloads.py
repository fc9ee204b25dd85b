"""Files are fetched from Discord's own servers alone, whatever these answer, within time and size."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import yarl
from aiohttp import web

from grokbot.discord_bot.content import attachments, downloads
from grokbot.discord_bot.content.attachments import Attachments, Fetched, FileSource
from grokbot.discord_bot.content.downloads import Downloads
from grokbot.documents.uploads import UnreadableError
from grokbot.documents.uploads.pictures import picture_of
from grokbot.documents.uploads.texts import DocumentFormat
from grokbot.engine.prompts.document_reader import DocumentReader
from grokbot.policy.admission import PICTURE_BYTES, TEXT_BYTES
from tests.documents.uploads.cases import bomb, pdf, photo, slow_bomb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REFUSED = (
    "http://cdn.discordapp.com/a.png",
    "https://cdn.discordapp.com.evil.example/a.png",
    "https://evil.example/cdn.discordapp.com/a.png",
    "https://cdn.discordapp.com@evil.example/a.png",
    "https://cdn.discordapp.com:8443/a.png",
    "https://discord.com/api/v10/users/@me",
    "https://127.0.0.1/a.png",
    "http://127.0.0.1:1/a.png",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/a.png",
    "https://10.0.0.1/a.png",
    "file:///etc/passwd",
    "ftp://cdn.discordapp.com/a.png",
    "//cdn.discordapp.com/a.png",
    "https://images-ext-1.discordapp.net.evil.example/a.png",
    "https://images-ext-.discordapp.net/a.png",
    "",
    "https://[",
)


@pytest.mark.parametrize("address", REFUSED)
async def test_no_other_server_is_asked(address: str) -> None:
    assert not Downloads().allows(address)
    found = await Attachments(Downloads()).read([FileSource("a.png", address)])
    assert [file.what for file in found] == [Fetched.NOT_FETCHED]


@pytest.mark.parametrize("host", ["cdn.discordapp.com", "media.discordapp.net", "images-ext-2.discordapp.net"])
def test_discords_own_servers_are_asked(host: str) -> None:
    assert Downloads().allows(f"https://{host}/attachments/1/2/a.png?ex=1&hm=2")
    assert Downloads(yarl.URL("http://127.0.0.1:5")).allows("http://127.0.0.1:5/cdn/a")
    assert not Downloads(yarl.URL("http://127.0.0.1:5")).allows("http://127.0.0.1:6/cdn/a")


class Server:
    """A file server that answers as it likes, and notes what it was asked and how much it sent."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.sent = 0
        self.origin = yarl.URL()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        match request.path.strip("/").split("/")[0]:
            case "redirect":
                raise web.HTTPFound(f"{self.origin}/photo")
            case "photo":
                return web.Response(body=photo(), content_type="text/html")
            case "paper" | "bomb" as what:
                return web.Response(body=pdf("Owls") if what == "paper" else bomb())
            case "page":
                return web.Response(body=b"<html>not found</html>", content_type="image/png")
            case "gone" | "expired" as how:
                return web.Response(status=410 if how == "gone" else 403)
            case "silent":
                await asyncio.sleep(30)
                return web.Response()
            case _:
                return await self.endless(request)

    async def endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "10"} if "liar" in request.path else {})
        await response.prepare(request)
        piece = photo() if "picture" in request.path else b"x"
        while True:
            await response.write(piece.ljust(256 * 1024, b"x"))
            self.sent += 256 * 1024
            piece = b""


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.origin = yarl.URL(f"http://127.0.0.1:{runner.addresses[0][1]}")
    yield server
    await runner.cleanup()


async def test_whatever_a_server_answers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "SECONDS", 0.5)
    monkeypatch.setattr(attachments, "PAUSE", 0.0)
    async with serving() as server:

        async def renewed(address: str) -> str | None:
            return f"{server.origin}/photo" if "renewable" in address else "http://127.0.0.1:1/"

        files = Attachments(Downloads(server.origin, renewed))

        async def what(path: str, size: int = 0) -> Fetched:
            (found,) = await files.read([FileSource("a.png", f"{server.origin}/{path}", size)])
            return found.what

        assert await what("photo") is Fetched.SHOWN  # its bytes count, not what it calls itself
        assert await what("page") is Fetched.TEXT
        assert await what("bomb") is Fetched.BROKEN
        assert await what("redirect") is Fetched.NOT_FETCHED
        assert server.asked.count("/photo") == 1
        assert await what("gone") is Fetched.NOT_FETCHED
        assert await what("expired/renewable") is Fetched.SHOWN
        assert await what("expired") is Fetched.NOT_FETCHED
        assert await what("silent") is Fetched.NOT_FETCHED
        assert server.asked.count("/silent") == 2
        assert await what("endless/text") is Fetched.TOO_LONG
        assert server.sent < TEXT_BYTES * 8
        assert await what("endless/picture", PICTURE_BYTES + 1) is Fetched.TOO_LONG
        monkeypatch.setattr(attachments, "PICTURE_BYTES", 512 * 1024)
        assert await what("endless/picture") is Fetched.TOO_LONG


async def test_the_text_of_a_document_that_has_no_room_in_the_message_is_a_text_file_beside_it() -> None:
    async with serving() as server:
        files = Attachments(Downloads(server.origin))
        [file] = await files.read([FileSource("a.pdf", f"{server.origin}/paper")], left=5)
    assert file.attached is not None
    assert (file.attached.name, file.attached.media_type) == ("a.pdf.txt", "text/plain")
    assert file.attached.data == b"[page 1]\nOwls"


async def test_no_more_files_than_are_fetched_at_a_time_wait_in_memory() -> None:
    async with serving() as server:
        files = Attachments(Downloads(server.origin))
        reading = asyncio.create_task(files.read([FileSource("a.jpg", f"{server.origin}/photo")] * 30))
        await asyncio.sleep(0.15)  # in which all of them could have been fetched
        assert 0 < len(server.asked) <= downloads.AT_ONCE + 2
        reading.cancel()
        await asyncio.wait([reading])


async def test_too_many_pictures_and_too_many_bytes_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "PICTURES", 2)
    async with serving() as server:
        files = Attachments(Downloads(server.origin))
        sources = [FileSource(f"{number}.jpg", f"{server.origin}/photo") for number in range(3)]
        assert [file.what for file in await files.read(sources)] == [Fetched.SHOWN, Fetched.SHOWN, Fetched.TOO_LONG]
        monkeypatch.setattr(attachments, "ATTACHED_BYTES", 1_000)
        assert [file.what for file in await files.read(sources)][-1] is Fetched.TOO_LONG


async def test_a_picture_that_is_built_to_take_for_ever_is_given_up_and_holds_up_nobody() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    with pytest.raises(UnreadableError, match="takes too long"):
        await DocumentReader(seconds=1.0).picture("a.jpg", slow_bomb(2_000))
    ticking.cancel()
    assert ticks > 20


async def test_a_picture_comes_out_of_its_process_as_it_was_prepared_there() -> None:
    reader = DocumentReader()
    assert await reader.picture("a.jpg", photo()) == picture_of("a.jpg", photo())
    with pytest.raises(UnreadableError, match="50 million pixels"):
        await reader.picture("a.png", bomb())


async def test_a_document_that_takes_too_long_is_given_up_and_no_process_stays() -> None:
    with pytest.raises(UnreadableError, match="takes too long"):
        await DocumentReader(seconds=0.01).text(DocumentFormat.PDF, pdf("Owls"))
