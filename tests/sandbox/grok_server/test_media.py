"""Pictures and files in messages, and the service that keeps files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from PIL import Image

from grokbot.sandbox.grok_server import GrokRules, GrokSandbox
from grokbot.sandbox.grok_server.answers import tokens
from grokbot.sandbox.grok_server.media import pictures
from grokbot.wire.xai.chat_pb2 import (
    Content,
    FileContent,
    ImageDetail,
    ImageUrlContent,
    Message,
    ToolChoice,
    ToolMode,
)
from grokbot.wire.xai.files_pb2 import (
    DeleteFileRequest,
    DownloadFormat,
    File,
    FilesSortBy,
    ListFilesRequest,
    Ordering,
    RetrieveFileContentRequest,
    RetrieveFileRequest,
    UploadFileChunk,
    UploadFileInit,
)
from grokbot.wire.xai.files_pb2_grpc import FilesStub

from .asking import USER, Client, asked, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import WallClock

PNG = pictures.painted("a small one", 40, 30)


def _drawn(kind: str, width: int = 90, height: int = 50, mode: str = "RGB") -> bytes:
    stream = io.BytesIO()
    Image.new(mode, (width, height), "teal").save(stream, kind, **({"lossless": True} if mode == "RGBA" else {}))
    return stream.getvalue()


def _image(data: bytes = PNG, kind: str = "image/png", **more: Any) -> Content:
    return Content(image_url=ImageUrlContent(image_url=pictures.address_of(kind, data), **more))


def _file(**more: Any) -> Content:
    return Content(file=FileContent(**more))


def _with(*parts: Content) -> Message:
    return Message(role=USER, content=[Content(text="See !fast"), *parts])


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (_drawn("PNG"), ("image/png", 90, 50)),
        (_drawn("JPEG"), ("image/jpeg", 90, 50)),
        (_drawn("WEBP"), ("image/webp", 90, 50)),
        (_drawn("WEBP", mode="RGBA"), ("image/webp", 90, 50)),
        (_drawn("GIF"), None),
        (_drawn("PNG")[:20], None),
        (_drawn("JPEG")[:12], None),
        (b"", None),
    ],
)
def test_the_header_tells_kind_and_size(data: bytes, found: tuple[str, int, int] | None) -> None:
    picture = pictures.opened(data)
    assert (picture and (picture.media_type, picture.width, picture.height)) == found


def test_a_painted_picture_is_a_real_one_and_always_the_same() -> None:
    with Image.open(io.BytesIO(PNG)) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("PNG", (40, 30))
        assert len(picture.convert("RGB").getcolors() or []) > 1
    assert pictures.painted("a small one", 40, 30) == PNG != pictures.painted("another", 40, 30)


@pytest.mark.parametrize(
    ("part", "refusal"),
    [
        (_image(), "OK"),
        (_image(_drawn("JPEG"), "image/jpeg"), "OK"),
        (_image(_drawn("WEBP"), "image/webp", detail=ImageDetail.DETAIL_HIGH), "OK"),
        (Content(image_url=ImageUrlContent(image_url="https://example.com/1.png")), "OK"),
        (Content(image_url=ImageUrlContent(image_url="https://pictures.invalid/1.png")), "DATA_LOSS"),
        (Content(image_url=ImageUrlContent(image_url="data:image/png;base64,%%%")), "DATA_LOSS"),
        (_image(PNG[:30]), "DATA_LOSS"),
        (_image(b"no picture"), "DATA_LOSS"),
        (_image(_drawn("GIF"), "image/gif"), "INVALID_ARGUMENT"),
        (_image(b"\x89PNG" + b"\0" * pictures.LARGEST), "INVALID_ARGUMENT"),
        (Content(image_url=ImageUrlContent(image_url="ftp://example.com/1.png")), "INVALID_ARGUMENT"),
        (Content(image_url=ImageUrlContent(file_id="file_none")), "NOT_FOUND"),
        (_file(data=b"one, two", filename="a.csv"), "OK"),
        (_file(data=b"%PDF-1.7 and so on", filename="a.pdf", mime_type="application/pdf"), "OK"),
        (_file(url="https://example.com/a.pdf"), "OK"),
        (_file(url="https://files.invalid/a.pdf"), "INVALID_ARGUMENT"),
        (_file(data=b"\0\xff\xfe", filename="a.bin"), "INVALID_ARGUMENT"),
        (_file(filename="a.bin"), "INVALID_ARGUMENT"),
        (_file(data=b"x", url="https://example.com/x"), "INVALID_ARGUMENT"),
        (_file(file_id="file_none"), "NOT_FOUND"),
    ],
)
async def test_what_cannot_be_read_is_refused_before_a_token_is_spent(
    client: Client, part: Content, refusal: str
) -> None:
    assert (await client.refusal(asked(_with(part))))[0] == refusal


@pytest.mark.parametrize(
    ("size", "detail", "cost"),
    [
        ((600, 560), ImageDetail.DETAIL_AUTO, 256),
        ((600, 560), ImageDetail.DETAIL_HIGH, 5 * 256),
        ((448, 448), ImageDetail.DETAIL_HIGH, 2 * 256),
        ((1_000, 1_400), ImageDetail.DETAIL_AUTO, 7 * 256),
        ((1_000, 1_400), ImageDetail.DETAIL_LOW, 256),
    ],
)
async def test_an_image_costs_by_its_size_and_detail(
    client: Client, size: tuple[int, int], detail: ImageDetail.ValueType, cost: int
) -> None:
    part = _image(pictures.painted("x", *size), detail=detail)
    usage = (await client.whole(asked(_with(part)))).usage
    assert usage.prompt_image_tokens == cost
    assert usage.prompt_tokens == usage.prompt_text_tokens + cost


async def test_the_text_of_a_file_is_in_the_prompt_and_a_pdf_is_not(client: Client) -> None:
    async def prompt(*parts: Content) -> int:
        # Without tools the prompt is read once.
        request = asked(_with(*parts), tool_choice=ToolChoice(mode=ToolMode.TOOL_MODE_NONE))
        return (await client.whole(request)).usage.prompt_text_tokens

    bare = await prompt()
    text = "a line\n" * 500
    assert await prompt(_file(data=text.encode())) == bare + tokens.count(text)
    assert await prompt(_file(data=b"%PDF-" + text.encode())) == bare


async def test_the_answer_tells_what_it_was_shown(client: Client) -> None:
    answer = await client.whole(asked(_with(_image(), _file(data=b"12345", filename="five.txt"))))
    assert "With it came a picture of 40 by 30, the file five.txt of 5 bytes." in answer.outputs[0].message.content


class _Files:
    """The Files service as a client sees it."""

    def __init__(self, channel: grpc.aio.Channel, metadata: tuple[tuple[str, str], ...]) -> None:
        self.stub: Any = FilesStub(channel)
        self.metadata = metadata

    async def upload(self, *chunks: UploadFileChunk) -> File:
        def stream() -> Iterator[UploadFileChunk]:
            yield from chunks

        uploaded: File = await self.stub.UploadFile(stream(), metadata=self.metadata)
        return uploaded

    async def keep(self, name: str, data: bytes, **more: Any) -> File:
        start = UploadFileChunk(init=UploadFileInit(name=name, **more))
        return await self.upload(start, UploadFileChunk(data=data[:2]), UploadFileChunk(data=data[2:]))

    async def refusal(self, method: str, request: Any) -> str:
        try:
            call = getattr(self.stub, method)(request, metadata=self.metadata)
            await (call.read() if method == "RetrieveFileContent" else call)
        except grpc.aio.AioRpcError as error:
            return str(error.code().name)
        return "OK"


async def test_a_kept_file_is_listed_read_used_and_deleted(
    grok: GrokSandbox, client: Client, wall_clock: WallClock
) -> None:
    async with grpc.aio.insecure_channel(grok.target) as channel:
        files = _Files(channel, client.metadata())
        note = await files.keep("note.txt", b"hello there")
        picture = await files.keep("a.png", PNG, expires_after=3_600)
        assert (note.filename, note.size, note.HasField("expires_at")) == ("note.txt", 11, False)
        first = await files.stub.ListFiles(
            ListFilesRequest(limit=1, order=Ordering.DESCENDING, sort_by=FilesSortBy.FILES_SORT_BY_FILENAME),
            metadata=files.metadata,
        )
        assert ([kept.id for kept in first.data], first.pagination_token) == ([note.id], "1")
        shown = _with(_file(file_id=note.id), Content(image_url=ImageUrlContent(file_id=picture.id)))
        answer = (await client.whole(asked(shown))).outputs[0].message.content
        assert "With it came the file note.txt of 11 bytes, a picture of 40 by 30." in answer
        wanted = RetrieveFileContentRequest(file_id=note.id, format=DownloadFormat.DOWNLOAD_FORMAT_TEXT)
        content = files.stub.RetrieveFileContent(wanted, metadata=files.metadata)
        assert b"".join([chunk.data async for chunk in content]) == b"hello there"
        wall_clock.seconds += 3_600
        assert await files.refusal("RetrieveFile", RetrieveFileRequest(file_id=picture.id)) == "NOT_FOUND"
        assert (await client.refusal(asked(shown)))[0] == "NOT_FOUND"
        assert await files.refusal("DeleteFile", DeleteFileRequest(file_id=note.id)) == "OK"
        assert await files.refusal("RetrieveFileContent", RetrieveFileContentRequest(file_id=note.id)) == "NOT_FOUND"


async def test_a_wrong_upload_is_refused() -> None:
    rules = GrokRules(largest_file=5)
    async with GrokSandbox(rules) as grok, client_of(grok) as client, grpc.aio.insecure_channel(grok.target) as channel:
        files = _Files(channel, client.metadata())

        async def refused(*chunks: UploadFileChunk) -> str:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await files.upload(*chunks)
            return str(error.value.code().name)

        def init(**more: Any) -> UploadFileChunk:
            return UploadFileChunk(init=UploadFileInit(**more))

        assert await refused(UploadFileChunk(data=b"x")) == "INVALID_ARGUMENT"
        assert await refused() == "INVALID_ARGUMENT"
        assert await refused(init(name="a\nb")) == "INVALID_ARGUMENT"
        assert await refused(init(name="a", expires_after=60)) == "INVALID_ARGUMENT"
        assert await refused(init(name="a"), UploadFileChunk(data=b"123456")) == "RESOURCE_EXHAUSTED"
        assert (await files.upload(init(name="a"), UploadFileChunk(data=b"12345"))).size == 5
