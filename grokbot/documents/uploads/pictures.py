"""A picture as a model is shown it: of a size that it can use, with nothing in it but what can be seen.

The same picture gives the same bytes each time: xAI's prompt cache goes by them. Whatever the camera wrote into the
file, such as the place, is left out.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from grokbot.conversation.parts import AttachedFile, AttachmentKind, Detail
from grokbot.documents.uploads import UnreadableError

LONGEST_SIDE = 2048
"""Larger pictures are scaled down: what a model sees of one has fewer pixels still."""

MOST_PIXELS = 50_000_000
"""Larger pictures are refused unread: they would take too much memory."""

SMALL_SIDE = 512
"""Pictures up to this size are shown in the low detail, which loses nothing of them."""

PNG_BYTES = 768 * 1024
"""Drawings and screenshots up to this size stay as sharp as they are; all else becomes JPEG."""

JPEG_QUALITY = 88

LOW_TOKENS = 256
TILE, TILE_TOKENS, MOST_TILES = 448, 256, 6
"""A picture in high detail is cut into so many tiles at most, and shown once more as a whole (xAI's documentation)."""

_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")


def is_picture(head: bytes) -> bool:
    """Whether a file with this beginning is a picture that can be shown: JPEG, PNG, WebP, or GIF."""
    return head.startswith(_STARTS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def picture_of(name: str, data: bytes) -> AttachedFile:
    """The picture, prepared; of an animated one the first frame.

    May take seconds, 17 bytes of memory for each pixel and, of a file that is built for it, for ever: it runs in a
    process of its own (`file_process`).

    Args:
        name: Its file name.
        data: The file.

    Raises:
        UnreadableError: It is broken, or has too many pixels.
    """
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as source:
            if source.width * source.height > MOST_PIXELS:
                raise UnreadableError(_TOO_LARGE)
            drawn = source.format != "JPEG"
            seen = _seen(source)
            media_type, prepared = _encoded(seen, drawn=drawn)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadableError(_TOO_LARGE) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, MemoryError) as error:
        raise UnreadableError("is broken") from error
    detail = Detail.LOW if max(seen.size) <= SMALL_SIDE else Detail.HIGH
    return AttachedFile(
        kind=AttachmentKind.PICTURE,
        name=name,
        media_type=media_type,
        size=len(prepared),
        width=seen.width,
        height=seen.height,
        detail=detail,
        tokens=picture_tokens(*seen.size, detail),
        data=prepared,
    )


def picture_tokens(width: int, height: int, detail: Detail) -> int:
    """How many tokens a picture is expected to take.

    Args:
        width: In pixels.
        height: In pixels.
        detail: The resolution at which it is shown.
    """
    if detail is Detail.LOW:
        return LOW_TOKENS
    tiles = -(-width // TILE) * -(-height // TILE)
    return (min(tiles, MOST_TILES) + 1) * TILE_TOKENS


_TOO_LARGE = f"has more than {MOST_PIXELS // 1_000_000} million pixels"


def _seen(source: Image.Image) -> Image.Image:
    """The first frame as people see it: upright, on white, not too large. It is made small first, then copied."""
    if source.mode.startswith("I"):
        seen = _in_eight_bits(source)
    elif source.has_transparency_data and source.mode not in {"RGBA", "LA"}:
        seen = source.convert("RGBA")
    else:
        seen = source.convert("RGB") if source.mode in {"1", "P"} else source
    seen.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)  # a JPEG is read at a fraction of its size
    seen = ImageOps.exif_transpose(seen)
    if seen.has_transparency_data:
        clear = seen.convert("RGBA")
        seen = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    return seen if seen.mode in {"RGB", "L"} else seen.convert("RGB")


def _in_eight_bits(source: Image.Image) -> Image.Image:
    """A picture with 16 bits of grey: Pillow's own conversion would make all but the darkest white."""
    return source.convert("I").point(lambda grey: grey / 256).convert("L")


def _encoded(seen: Image.Image, *, drawn: bool) -> tuple[str, bytes]:
    out = BytesIO()
    if drawn:
        bare = Image.new(seen.mode, seen.size)
        bare.paste(seen)  # without the texts and profiles of the file
        bare.save(out, "PNG", compress_level=6)
        if out.tell() <= PNG_BYTES:
            return "image/png", out.getvalue()
        out = BytesIO()
    seen.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0 if drawn else 2, exif=b"", icc_profile=None, comment=b"")
    return "image/jpeg", out.getvalue()
