"""xAI's messages about images: requests to make some, and what comes of them. Pure: values in, values out.

Not here: sending them (`client`), the images that a chat model looks at (`requests`).
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING

from grokbot.conversation.image_request import ASPECTS, MadeImages
from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.wire.xai import image_pb2
from grokbot.wire.xai.chat_pb2 import DETAIL_AUTO, ImageUrlContent
from grokbot.xai.chunks import usage_of
from grokbot.xai.data_address import image_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.conversation.image_request import ImageRequest
    from grokbot.conversation.parts import ImagePart
    from grokbot.wire.xai import models_pb2

RATIOS: Mapping[str, image_pb2.ImageAspectRatio.ValueType] = {
    aspect: image_pb2.ImageAspectRatio.Value(f"IMG_ASPECT_RATIO_{re.sub('[:.]', '_', aspect)}") for aspect in ASPECTS
}


def image_request_of(wanted: ImageRequest, user: str) -> image_pb2.GenerateImageRequest:
    """The request to xAI. The images come with the answer: nothing is fetched from an address.

    Args:
        wanted: What to make.
        user: Names the person to xAI's abuse control, opaquely; "": nobody.
    """
    request = image_pb2.GenerateImageRequest(
        prompt=wanted.prompt,
        model=wanted.model,
        n=wanted.count,
        user=user,
        format=image_pb2.IMG_FORMAT_BASE64,
    )
    if wanted.aspect is not None:
        request.aspect_ratio = RATIOS[wanted.aspect]
    if len(wanted.sources) == 1:
        request.image.CopyFrom(_content(wanted.sources[0]))
    else:
        request.images.extend(map(_content, wanted.sources))
    return request


def made_of(response: image_pb2.ImageResponse) -> MadeImages:
    """The images of a response. One that cannot be read counts as withheld."""
    found = [image_at(each.base64) if each.respect_moderation else None for each in response.images]
    images = tuple(image for image in found if image is not None)
    return MadeImages(images, len(found) - len(images), usage_of(response.usage))


def image_prices_of(listed: models_pb2.ListImageGenerationModelsResponse) -> Mapping[str, int]:
    """What one image costs, in ticks, by name and alias of each model. xAI lists whole US cents."""
    return {
        name: model.image_price * TICKS_A_DOLLAR // 100
        for model in listed.models
        if model.image_price > 0
        for name in (model.name, *model.aliases)
    }


def _content(image: ImagePart) -> ImageUrlContent:
    address = f"data:{image.media_type};base64,{b64encode(image.data).decode()}"
    return ImageUrlContent(image_url=address, detail=DETAIL_AUTO)
