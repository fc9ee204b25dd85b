"""Requests for images, and what comes of them."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

import pytest
from google.protobuf.json_format import MessageToDict

from grokbot.conversation.image_request import ASPECTS, ImageRequest
from grokbot.conversation.parts import ImagePart
from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.wire.xai import image_pb2, models_pb2, usage_pb2
from grokbot.xai.data_address import image_at, image_of_tool
from grokbot.xai.images import RATIOS, image_prices_of, image_request_of, made_of

FOX = ImagePart(b"\xff\xd8fox", "image/jpeg")
ADDRESS = f"data:image/jpeg;base64,{b64encode(FOX.data).decode()}"


def test_a_request_asks_for_the_bytes_and_says_no_more_than_it_must() -> None:
    made = image_request_of(ImageRequest(prompt="a fox", model="grok-imagine-image", count=2), "")
    assert MessageToDict(made, preserving_proto_field_name=True) == {
        "prompt": "a fox",
        "model": "grok-imagine-image",
        "n": 2,
        "format": "IMG_FORMAT_BASE64",
    }


def test_shape_person_and_the_image_to_edit_arrive() -> None:
    made = image_request_of(ImageRequest(prompt="bluer", model="m", aspect="19.5:9", sources=(FOX,)), "somebody")
    assert (made.aspect_ratio, made.user) == (image_pb2.IMG_ASPECT_RATIO_19_5_9, "somebody")
    assert (made.image.image_url, len(made.images)) == (ADDRESS, 0)
    several = image_request_of(ImageRequest(prompt="one of them", model="m", sources=(FOX, FOX)), "")
    assert ([each.image_url for each in several.images], several.HasField("image")) == ([ADDRESS] * 2, False)


def test_every_shape_that_people_may_choose_is_one_of_xais() -> None:
    assert sorted(RATIOS) == sorted(ASPECTS)
    assert len(set(RATIOS.values())) == len(ASPECTS)


def test_what_broke_the_rules_is_withheld_whatever_came_in_its_place() -> None:
    good = image_pb2.GeneratedImage(base64=ADDRESS, respect_moderation=True)
    bad = image_pb2.GeneratedImage(base64=ADDRESS, respect_moderation=False)
    unread = image_pb2.GeneratedImage(base64="data:image/jpeg;base64,%", respect_moderation=True)
    made = made_of(
        image_pb2.ImageResponse(images=[good, bad, unread], usage=usage_pb2.SamplingUsage(cost_in_usd_ticks=7))
    )
    assert (made.images, made.withheld, made.usage.cost_ticks) == ((FOX,), 2, 7)
    assert made_of(image_pb2.ImageResponse(images=[good])).usage.cost_ticks is None


def test_prices_are_listed_in_cents_by_every_name() -> None:
    listed = models_pb2.ListImageGenerationModelsResponse(
        models=[
            models_pb2.ImageGenerationModel(name="one", aliases=["uno"], image_price=2),
            models_pb2.ImageGenerationModel(name="free"),
        ]
    )
    assert image_prices_of(listed) == {"one": TICKS_A_DOLLAR // 50, "uno": TICKS_A_DOLLAR // 50}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        "[]",
        '{"__type": "image_generation_result"}',
        '{"__type": "image_generation_result", "result": 7}',
        json.dumps({"__type": "another", "result": ADDRESS}),
        json.dumps({"__type": "image_generation_result", "result": "https://example.org/fox.jpg"}),
        json.dumps({"__type": "image_generation_result", "result": "data:text/html;base64,PGI+"}),
        "[" * 100_000,
    ],
)
def test_what_is_no_image_of_the_tool_is_none(content: str) -> None:
    assert image_of_tool(content) is None


def test_the_tools_image_is_read_from_its_result() -> None:
    said = json.dumps({"__type": "image_generation_result", "result": ADDRESS, "image_uuid": "x"})
    assert image_of_tool(said) == FOX
    assert image_at(ADDRESS) == FOX
    assert b64decode(ADDRESS.partition(",")[2]) == FOX.data
