"""The Image service: a real picture for every prompt, or the refusal that a test wants.

Here: checks, the order of the steps, the bill. Not here: painting (`pictures`), keeping files (`kept_files`).
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final, TypeAlias

from grokbot.sandbox.grok_server.admission.content import image_problem
from grokbot.sandbox.grok_server.admission.door import CallFailedError
from grokbot.sandbox.grok_server.answers import directed, tokens
from grokbot.sandbox.grok_server.answers.scripts import ScriptedImages
from grokbot.sandbox.grok_server.failures import FAILURES, invalid, too_long, unknown_model
from grokbot.sandbox.grok_server.media import pictures
from grokbot.sandbox.grok_server.media.kept_files import problem_of
from grokbot.sandbox.grok_server.prices import find
from grokbot.wire.xai.image_pb2 import (
    FileOutput,
    GeneratedImage,
    GenerateImageRequest,
    ImageAspectRatio,
    ImageFormat,
    ImageQuality,
    ImageResolution,
    ImageResponse,
)
from grokbot.wire.xai.image_pb2_grpc import ImageServicer
from grokbot.wire.xai.usage_pb2 import SamplingUsage

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.sandbox.grok_server.admission.door import Context, Door
    from grokbot.sandbox.grok_server.admission.limits import RateLimits
    from grokbot.sandbox.grok_server.answers import Scripts
    from grokbot.sandbox.grok_server.media.kept_files import KeptFiles
    from grokbot.sandbox.grok_server.media.picture_host import PictureHost
    from grokbot.sandbox.grok_server.prices import ImageModelFacts
    from grokbot.sandbox.grok_server.rules import GrokRules

Artist: TypeAlias = "Callable[[str], tuple[str, bytes]]"
"""Gives the media type and the bytes of a picture to a prompt."""

MOST: Final = 10

#: Edge of a square picture in pixels.
EDGES: Final = {ImageResolution.IMG_RESOLUTION_1K: 1_024, ImageResolution.IMG_RESOLUTION_2K: 2_048}

#: Edges are rounded to this many pixels.
_STEP: Final = 16


class ImageService(ImageServicer):
    """xAI's Image. The same prompt asked again gives another picture, always in the same order.

    Attributes:
        artist: Makes the pictures; None: they are painted.
    """

    def __init__(
        self,
        rules: GrokRules,
        door: Door,
        scripts: Scripts,
        files: KeptFiles,
        host: PictureHost,
        limits: RateLimits,
    ) -> None:
        self._rules = rules
        self._door = door
        self._scripts = scripts
        self._files = files
        self._host = host
        self._limits = limits
        self._made = 0
        self.artist: Artist | None = None

    async def GenerateImage(  # noqa: N802 - a method's name on the wire
        self, request: GenerateImageRequest, context: Context
    ) -> ImageResponse:
        """Make pictures, or edit those that came along."""
        async with self._door.call(context, "GenerateImage", request) as call:
            model = self._admit(request)
            script = self._script(request.prompt)
            await asyncio.sleep(script.seconds)
            if script.fail:
                raise CallFailedError(FAILURES[script.fail])
            count = request.n if request.HasField("n") else 1
            images = [await self._image(request, withheld=number < script.withheld) for number in range(count)]
            given = len(request.images) + request.HasField("image")
            cost = count * model.output_ticks[request.resolution == ImageResolution.IMG_RESOLUTION_2K]
            call.cost_ticks = cost + given * model.input_ticks
        usage = SamplingUsage(cost_in_usd_ticks=call.cost_ticks if self._rules.tells_cost else None)
        return ImageResponse(images=images, model=model.name, usage=usage)

    def _admit(self, request: GenerateImageRequest) -> ImageModelFacts:
        model = find(self._rules.image_models, request.model)
        if model is None:
            raise CallFailedError(unknown_model(request.model))
        text = _problem(request, model)
        if text is not None:
            raise CallFailedError(invalid(text))
        length = tokens.count(request.prompt)
        if length > model.context:
            raise CallFailedError(too_long(model.context, length))
        given = [request.image] if request.HasField("image") else request.images
        wrong = next((found for image in given if (found := image_problem(image, self._files.find))), None)
        if wrong is not None:
            raise CallFailedError(wrong)
        self._limits.admit(length)
        return model

    def _script(self, prompt: str) -> ScriptedImages:
        script = self._scripts.images.take()
        wishes = directed(prompt) if script is None and self._rules.directives else None
        if wishes is not None:
            script = ScriptedImages(fail=wishes.fail, seconds=wishes.first_token_after or 0.0)
        return script or ScriptedImages()

    async def _image(self, request: GenerateImageRequest, *, withheld: bool) -> GeneratedImage:
        if withheld:
            return GeneratedImage(respect_moderation=False)
        self._made += 1
        size = size_of(request.aspect_ratio, request.resolution)
        if self.artist is not None:
            kind, data = self.artist(request.prompt)
        else:
            kind, data = "image/png", await asyncio.to_thread(pictures.painted, f"{self._made} {request.prompt}", *size)
        image = GeneratedImage(respect_moderation=True)
        if request.format == ImageFormat.IMG_FORMAT_BASE64:
            image.base64 = pictures.address_of(kind, data)
        else:
            image.url = await self._host.address_of(kind, data)
        if request.HasField("storage_options"):
            image.file_output.CopyFrom(self._kept(request, data))
        return image

    def _kept(self, request: GenerateImageRequest, data: bytes) -> FileOutput:
        options = request.storage_options
        lifetime = options.expires_after if options.HasField("expires_after") else None
        described = self._files.add(options.filename, data, lifetime).described()
        output = FileOutput(file_id=described.id, filename=described.filename)
        if described.HasField("expires_at"):
            output.expires_at.CopyFrom(described.expires_at)
        if options.HasField("public_url"):
            output.public_url_error = "The sandbox makes no file public."
        return output


def size_of(aspect: ImageAspectRatio.ValueType, resolution: ImageResolution.ValueType) -> tuple[int, int]:
    """Width and height in pixels of a picture: the area is that of the resolution's square.

    Args:
        aspect: The ratio; unset or automatic: a square.
        resolution: Unset: 1K.
    """
    edge = EDGES.get(resolution, EDGES[ImageResolution.IMG_RESOLUTION_1K])
    words = ImageAspectRatio.Name(aspect).removeprefix("IMG_ASPECT_RATIO_").replace("19_5", "19.5").split("_")
    try:
        ratio = float(words[0]) / float(words[1])
    except (ValueError, IndexError):
        ratio = 1.0
    return _rounded(edge * math.sqrt(ratio)), _rounded(edge / math.sqrt(ratio))


def _rounded(pixels: float) -> int:
    return round(pixels / _STEP) * _STEP


def _problem(request: GenerateImageRequest, model: ImageModelFacts) -> str | None:
    enums = (
        (request.format, ImageFormat),
        (request.quality, ImageQuality),
        (request.aspect_ratio, ImageAspectRatio),
        (request.resolution, ImageResolution),
    )
    text = None
    if not request.prompt.strip():
        text = "The prompt is empty."
    elif request.HasField("n") and not 1 <= request.n <= MOST:
        text = f"n is {request.n}; it goes from 1 to {MOST}."
    elif request.HasField("image") and request.images:
        text = "A request has one image or several images, not both."
    elif len(request.images) > model.inputs:
        text = f"Model {model.name} takes at most {model.inputs} images."
    elif any(value not in enum.values() for value, enum in enums):
        text = "An option of the image is not known."
    elif request.HasField("storage_options"):
        options = request.storage_options
        text = problem_of(options.filename, options.expires_after if options.HasField("expires_after") else None)
    return text
