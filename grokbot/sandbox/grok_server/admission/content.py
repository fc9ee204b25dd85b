"""Checks pictures and files in messages, as xAI does before it spends a token.

Here: pure checks of one part. Nothing is fetched: a host below .invalid (RFC 2606) stands for one that cannot be
read. Not here: the rest of a message (`validation`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from grokbot.sandbox.grok_server.failures import IMAGE_UNREADABLE, Failure, file_gone, invalid
from grokbot.sandbox.grok_server.media import pictures
from grokbot.sandbox.grok_server.media.documents import kind_of
from grokbot.wire.xai.chat_pb2 import FileContent, ImageDetail, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from grokbot.sandbox.grok_server.media.kept_files import KeptFile
    from grokbot.wire.xai.chat_pb2 import Content, ImageUrlContent

    Files = Callable[[str], KeptFile | None]

_WEB: Final = frozenset({"https", "http"})
_UNKNOWN_FILE: Final = invalid("The file is of a kind that cannot be read.")


def part_problem(part: Content, files: Files) -> Failure | None:
    """What is wrong with a part of a message, or None.

    Args:
        part: Text, picture or file.
        files: Finds a kept file by id.
    """
    match part.WhichOneof("content"):
        case "image_url":
            return image_problem(part.image_url, files)
        case "file":
            return _file_problem(part.file, files)
        case _:
            return None


def image_problem(image: ImageUrlContent, files: Files) -> Failure | None:
    """What is wrong with a picture, or None.

    Args:
        image: The picture.
        files: Finds a kept file by id.
    """
    if image.detail not in ImageDetail.values():
        return invalid("The detail of an image is auto, low or high.")
    match image.WhichOneof("source"):
        case "file_id":
            kept = files(image.file_id)
            return file_gone(image.file_id) if kept is None else _picture_problem(kept.data)
        case "image_url":
            return _address_problem(image.image_url)
        case _:
            return invalid("An image needs an address or a file_id.")


def hydrated(messages: Iterable[Message], files: Files) -> tuple[Message, ...]:
    """The messages with the kept files that they name in them.

    Args:
        messages: The conversation.
        files: Finds a kept file by id.
    """
    return tuple(_hydrated(message, files) if any(map(_kept_id, message.content)) else message for message in messages)


def _hydrated(message: Message, files: Files) -> Message:
    whole = Message()
    whole.CopyFrom(message)
    for part in whole.content:
        kept = files(_kept_id(part))
        if kept is not None and part.HasField("image_url"):
            picture = pictures.opened(kept.data)
            part.image_url.image_url = pictures.address_of(picture.media_type if picture else "", kept.data)
        elif kept is not None:
            part.file.CopyFrom(FileContent(data=kept.data, filename=part.file.filename or kept.name))
    return whole


def _kept_id(part: Content) -> str:
    return part.image_url.file_id or part.file.file_id


def _address_problem(address: str) -> Failure | None:
    parts = urlsplit(address[:2_000])
    if parts.scheme in _WEB:
        return IMAGE_UNREADABLE if _cannot_be_reached(parts.hostname) else None
    if parts.scheme != "data":
        return invalid("An image needs a web address or a data: address.")
    found = pictures.of_address(address)
    if found is None:
        return IMAGE_UNREADABLE
    if found[0] not in pictures.MEDIA_TYPES:
        return invalid(f"Images are {', '.join(sorted(pictures.MEDIA_TYPES))}; not {found[0][:100]}.")
    return _picture_problem(found[1])


def _picture_problem(data: bytes) -> Failure | None:
    if len(data) > pictures.LARGEST:
        return invalid(f"The image is larger than {pictures.LARGEST} bytes.")
    return IMAGE_UNREADABLE if pictures.opened(data) is None else None


def _file_problem(file: FileContent, files: Files) -> Failure | None:
    if sum(map(bool, (file.file_id, file.data, file.url))) != 1:
        return invalid("A file needs exactly one of file_id, data and url.")
    if file.url:
        parts = urlsplit(file.url)
        if parts.scheme not in _WEB or _cannot_be_reached(parts.hostname):
            return invalid("The file at the given address could not be read.")
        return None
    if file.data:
        return _UNKNOWN_FILE if kind_of(file.data) is None else None
    kept = files(file.file_id)
    if kept is None:
        return file_gone(file.file_id)
    # A kept picture may come as a file as well.
    return _UNKNOWN_FILE if kind_of(kept.data) is None and pictures.opened(kept.data) is None else None


def _cannot_be_reached(host: str | None) -> bool:
    return not host or host.endswith(".invalid")
