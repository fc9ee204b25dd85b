"""The Image service: pictures, refusals, prices."""

from __future__ import annotations

import asyncio
import base64
import io
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import grpc.aio
import pytest
from PIL import Image

from grokbot.sandbox.grok_server import GrokSandbox, ScriptedImages
from grokbot.sandbox.grok_server.media import pictures
from grokbot.sandbox.grok_server.media.images import size_of
from grokbot.wire.xai.chat_pb2 import ImageUrlContent
from grokbot.wire.xai.image_pb2 import (
    GenerateImageRequest,
    ImageAspectRatio,
    ImageFormat,
    ImageResolution,
    ImageResponse,
    PublicUrlOptions,
    StorageOptions,
)
from grokbot.wire.xai.image_pb2_grpc import ImageStub
from grokbot.wire.xai.models_pb2 import GetModelRequest
from grokbot.wire.xai.models_pb2_grpc import ModelsStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .asking import Client

MODEL = "grok-imagine-image"
PNG = ImageUrlContent(image_url=pictures.address_of("image/png", pictures.painted("x", 40, 30)))
BASE64, URL = ImageFormat.IMG_FORMAT_BASE64, ImageFormat.IMG_FORMAT_URL


class _Painter:
    def __init__(self, channel: grpc.aio.Channel, metadata: Any) -> None:
        self.stub: Any = ImageStub(channel)
        self.models: Any = ModelsStub(channel)
        self.metadata = metadata

    async def make(self, prompt: str = "a cat", **more: Any) -> ImageResponse:
        request = GenerateImageRequest(**{"model": MODEL, "prompt": prompt, "format": BASE64, **more})
        response: ImageResponse = await self.stub.GenerateImage(request, metadata=self.metadata)
        return response

    async def refusal(self, prompt: str = "a cat", **more: Any) -> tuple[str, str]:
        try:
            await self.make(prompt, **more)
        except grpc.aio.AioRpcError as error:
            return error.code().name, error.details() or ""
        return "OK", ""


@asynccontextmanager
async def _painter(grok: GrokSandbox, client: Client) -> AsyncIterator[_Painter]:
    async with grpc.aio.insecure_channel(grok.target) as channel:
        yield _Painter(channel, client.metadata())


def _opened(address: str) -> tuple[int, int]:
    with Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,")))) as picture:
        picture.load()
        return picture.size


async def test_pictures_are_real_differ_and_are_priced_one_by_one(grok: GrokSandbox, client: Client) -> None:
    async with _painter(grok, client) as painter:
        made = await painter.make(n=2, user="somebody", aspect_ratio=ImageAspectRatio.IMG_ASPECT_RATIO_16_9)
        assert {_opened(image.base64) for image in made.images} == {(1360, 768)}
        assert len({image.base64 for image in made.images}) == 2
        assert all(image.respect_moderation for image in made.images)
        assert (made.model, made.usage.cost_in_usd_ticks) == (MODEL, 4 * 10**8)
        edited = await painter.make("as a sketch", images=[PNG, PNG], resolution=ImageResolution.IMG_RESOLUTION_1K)
        assert edited.usage.cost_in_usd_ticks == 24 * 10**7
        assert [call.person for call in grok.requests] == ["somebody", ""]
        assert [call.cost_ticks for call in grok.requests] == [4 * 10**8, 24 * 10**7]
        listed = await painter.models.GetImageGenerationModel(GetModelRequest(name=MODEL), metadata=painter.metadata)
        assert listed.image_price == 2


async def test_an_address_leads_to_the_picture_until_the_sandbox_closes(grok: GrokSandbox, client: Client) -> None:
    async with _painter(grok, client) as painter:
        options = StorageOptions(filename="cat.png", expires_after=3_600, public_url=PublicUrlOptions())
        (image,) = (await painter.make(format=URL, storage_options=options)).images

        def fetched() -> tuple[str, bytes]:
            with urlopen(image.url, timeout=5) as answer:  # noqa: S310 - our own
                return answer.headers["Content-Type"], answer.read()

        kind, data = await asyncio.to_thread(fetched)
        assert (kind, pictures.opened(data)) == ("image/png", pictures.Picture("image/png", 1024, 1024))
        assert image.file_output.filename == "cat.png"
        assert image.file_output.public_url_error
    await grok.close()
    with pytest.raises(OSError, match="refused"):
        await asyncio.to_thread(fetched)


async def test_scripts_withhold_pictures_or_refuse(grok: GrokSandbox, client: Client) -> None:
    grok.script_images(ScriptedImages(withheld=1))
    grok.script_images(ScriptedImages(fail="image_rejected"))
    async with _painter(grok, client) as painter:
        made = await painter.make(n=2)
        assert [(image.respect_moderation, bool(image.base64)) for image in made.images] == [
            (False, False),
            (True, True),
        ]
        assert await painter.refusal() == ("INVALID_ARGUMENT", "Generated image rejected by content moderation.")
        assert (await painter.refusal("!fail refused"))[0] == "PERMISSION_DENIED"
        assert (await painter.refusal())[0] == "OK"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"model": "grok-4.7"}, "NOT_FOUND"),
        ({"prompt": " "}, "INVALID_ARGUMENT"),
        ({"prompt": "word " * 8_001}, "INVALID_ARGUMENT"),
        ({"n": 11}, "INVALID_ARGUMENT"),
        ({"n": 0}, "INVALID_ARGUMENT"),
        ({"image": PNG, "images": [PNG]}, "INVALID_ARGUMENT"),
        ({"images": [PNG] * 4}, "INVALID_ARGUMENT"),
        ({"aspect_ratio": 99}, "INVALID_ARGUMENT"),
        ({"image": ImageUrlContent(image_url="data:image/png;base64,AAAA")}, "DATA_LOSS"),
        ({"image": ImageUrlContent(file_id="file_none")}, "NOT_FOUND"),
        ({"storage_options": StorageOptions()}, "INVALID_ARGUMENT"),
    ],
)
async def test_wrong_requests_are_refused(grok: GrokSandbox, client: Client, wrong: dict[str, Any], code: str) -> None:
    async with _painter(grok, client) as painter:
        assert (await painter.refusal(**wrong))[0] == code


def test_a_picture_has_the_asked_for_shape() -> None:
    for name, value in ImageAspectRatio.items():
        width, height = size_of(value, ImageResolution.IMG_RESOLUTION_1K)
        assert 0.9 < width * height / 1024**2 < 1.1, name
    assert size_of(ImageAspectRatio.IMG_ASPECT_RATIO_9_19_5, ImageResolution.IMG_RESOLUTION_2K) == (1392, 3008)
