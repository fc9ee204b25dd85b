from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from grokbot.conversation.parts import Detail
from grokbot.documents.uploads import UnreadableError
from grokbot.documents.uploads.pictures import (
    LONGEST_SIDE,
    PNG_BYTES,
    is_picture,
    picture_of,
    picture_tokens,
)

from .cases import bomb, photo, picture


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(BytesIO(data))


@pytest.mark.parametrize(
    ("form", "mode", "media_type"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "P", "image/png"),
        ("PNG", "1", "image/png"),
        ("PNG", "I;16", "image/png"),
        ("WEBP", "RGB", "image/png"),
        ("GIF", "P", "image/png"),
    ],
)
def test_every_kind_of_picture_becomes_one_that_xai_takes_and_always_the_same_bytes(
    form: str, mode: str, media_type: str
) -> None:
    data = picture(form=form, mode=mode)
    assert is_picture(data[:16])
    shown = picture_of("a", data)
    assert (shown.media_type, shown.width, shown.height, shown.size) == (media_type, 64, 48, len(shown.data or b""))
    assert opened(shown.data).mode in {"RGB", "L"}
    assert picture_of("b", data).data == shown.data


def test_a_large_picture_is_made_smaller_and_shown_in_high_detail() -> None:
    shown = picture_of("a", photo((5000, 1000)))
    assert (shown.width, shown.height, shown.detail) == (LONGEST_SIDE, 410, Detail.HIGH)
    assert picture_of("a", photo((512, 300))).detail is Detail.LOW


def test_a_drawing_that_would_be_large_becomes_a_jpeg() -> None:
    out = BytesIO()
    Image.effect_noise((1500, 1500), 90).save(out, "PNG")
    shown = picture_of("a", out.getvalue())
    assert shown.media_type == "image/jpeg"
    assert PNG_BYTES < shown.size < len(out.getvalue())


def test_of_an_animation_the_first_frame_is_shown() -> None:
    out = BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert opened(picture_of("a", out.getvalue()).data).convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_a_picture_is_upright_on_white_and_says_nothing_of_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "my secret garden"
    shown = picture_of("a", picture((64, 48), "JPEG", exif=exif, comment=b"my secret comment"))
    assert (shown.width, shown.height) == (48, 64)
    assert b"secret" not in (shown.data or b"")
    assert not opened(shown.data).getexif()
    out = BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(out, "PNG")
    assert opened(picture_of("a", out.getvalue()).data).convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_sixteen_bits_of_grey_stay_shades_of_grey() -> None:
    out = BytesIO()
    Image.new("I;16", (8, 8), 0x8000).save(out, "PNG")
    assert opened(picture_of("a", out.getvalue()).data).getpixel((0, 0)) == 128


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_a_large_picture_is_made_small_before_it_is_copied(mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (3_000, 1_000), 0).save(out, "PNG", transparency=0 if mode == "P" else None)
    shown = picture_of("a", out.getvalue())
    assert opened(shown.data).convert("RGB").getcolors() == [(2_048 * 683, (255, 255, 255))]


def test_a_picture_that_would_take_all_memory_is_refused_unread() -> None:
    for side in (8_000, 12_000, 30_000):  # a few, beyond Pillow's warning, beyond its limit
        assert len(bomb(side)) < 200
        with pytest.raises(UnreadableError, match="50 million pixels"):
            picture_of("a", bomb(side))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\0\0",
        photo()[:300],
        photo()[:20],
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"%!PS-Adobe-3.0 EPSF",
    ],
)
def test_a_broken_picture_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="is broken"):
        picture_of("a", data)


def test_other_files_are_no_pictures() -> None:
    assert not any(
        map(is_picture, (b"", b"%PDF-1.7", b"RIFF\0\0\0\0WAVE", b"<svg>", b"BM", b"II*\0", b"\0\0\0\x18ftypheic"))
    )


def test_the_tokens_of_a_picture_follow_its_size_and_detail() -> None:
    assert picture_tokens(100, 100, Detail.LOW) == 256
    assert picture_tokens(600, 400, Detail.HIGH) == 3 * 256
    assert picture_tokens(2048, 2048, Detail.HIGH) == 7 * 256
