"""The files of messages: what a model can be shown of each, or why it cannot.

Text stands in the message; pictures, and documents that are too long for that or have no text, go beside it. Each is
tried twice, and no more of it is read than is needed. Not here: downloads (`downloads`), what is text, preparing
pictures and documents (`documents.uploads`, pure), the message (`message_reader`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

import aiohttp

from grokbot.conversation.parts import AttachedFile, AttachmentKind
from grokbot.conversation.text import quotations
from grokbot.discord_bot.content.downloads import PAUSE, DownloadError
from grokbot.discord_bot.rate_limits import in_short
from grokbot.documents.uploads import UnreadableError
from grokbot.documents.uploads.file_text import HEAD, is_media, may_be_text, text_of
from grokbot.documents.uploads.files import file_beside
from grokbot.documents.uploads.pictures import is_picture
from grokbot.documents.uploads.texts import DocumentFormat, document_format
from grokbot.engine.prompts.document_reader import DocumentReader
from grokbot.policy.admission import (
    ATTACHED_BYTES,
    DOCUMENT_BYTES,
    FILE_BYTES,
    MESSAGE_BYTES,
    PICTURE_BYTES,
    PICTURES,
    TEXT_BYTES,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import discord

    from grokbot.discord_bot.content.downloads import Downloads

log = logging.getLogger(__name__)


class Fetched(Enum):
    """The result of fetching a file."""

    TEXT = auto()
    SHOWN = auto()
    """A picture or document beside the text."""
    EMPTY = auto()
    """A text file without content, or an office document without text."""
    TOO_LONG = auto()
    """It is too large, alone or with the others."""
    NOT_FETCHED = auto()
    BROKEN = auto()
    """It cannot be read, for the reason in `why`."""
    VOICE = auto()
    """A voice message."""
    OTHER = auto()
    """Nothing that can be shown."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """Where a file is, as a message names it."""

    name: str
    address: str
    size: int = 0
    """As Discord reports it; 0: unknown."""
    content_type: str | None = None
    voice: bool = False
    attachment_id: int | None = None
    from_embed: bool = False

    @classmethod
    def of(cls, attachment: discord.Attachment) -> FileSource:
        """An attachment of a message."""
        return cls(
            attachment.filename,
            attachment.url,
            attachment.size,
            attachment.content_type,
            voice=attachment.is_voice_message(),
            attachment_id=attachment.id,
        )


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message; `text` only if it is shown in the message, `attached` if beside it."""

    name: str
    what: Fetched
    text: str = ""
    """As it stands in the message, between its marks."""
    size: int = 0
    """Bytes of the text."""
    attached: AttachedFile | None = None
    text_name: str = ""
    """What a document's text is called beside the message; "": as the file."""
    why: str = ""


class Attachments:
    """Reads files; one per bot.

    Args:
        downloads: Fetches them.
    """

    def __init__(self, downloads: Downloads) -> None:
        self._downloads = downloads
        self._documents = DocumentReader()

    async def read(self, sources: Sequence[FileSource], left: int = MESSAGE_BYTES) -> Sequence[File]:
        """What these files say, in their order. Raises nothing: a failed fetch is one of the results.

        Args:
            sources: The files of one message.
            left: Bytes of text of all of them together that may be shown.
        """
        found = await asyncio.gather(*(self._file(source) for source in sources))
        kept, beside, pictures = [], ATTACHED_BYTES, PICTURES
        for file in found:
            its: File = file
            if its.what is Fetched.TEXT and its.size > left:
                its = _beside(its, its.text.encode(), its.text_name or its.name)
            if (shown := its.attached) is not None:
                is_one = shown.kind is AttachmentKind.PICTURE
                if shown.size > beside or (is_one and not pictures):
                    its = File(its.name, Fetched.TOO_LONG)
                else:
                    beside -= shown.size
                    pictures -= is_one
            if its.what is Fetched.TEXT:
                left -= its.size
                its = replace(its, text=await asyncio.to_thread(quotations.file, its.name, its.text))
            kept.append(its)
        return kept

    async def _file(self, source: FileSource) -> File:
        if source.voice:
            return File(source.name, Fetched.VOICE)
        for last in (False, True):
            try:
                file = await self._fetched(source)
            except (aiohttp.ClientError, OSError, TimeoutError, DownloadError) as error:
                log.info("discord.file_unread file=%s error=%s", source.attachment_id, in_short(error))
                if last or isinstance(error, DownloadError):
                    break
                await asyncio.sleep(PAUSE)
            else:
                if file.attached is None:
                    return file
                return replace(file, attached=replace(file.attached, attachment_id=source.attachment_id))
        media = is_media(source.content_type) and not (source.content_type or "").startswith("image/")
        return File(source.name, Fetched.OTHER if media else Fetched.NOT_FETCHED)

    async def _fetched(self, source: FileSource) -> File:
        name, kind = source.name, source.content_type
        async with self._downloads.opened(source.address) as stream:
            data = await _read(stream, HEAD)
            most = _most(name, data, kind)
            if most and len(data) == HEAD and source.size <= most:
                data += await _read(stream, most + 1 - HEAD)  # the reported size may be wrong
            if not most or (source.from_embed and not is_picture(data)):
                return File(name, Fetched.OTHER)
            if max(len(data), source.size) > most:
                return File(name, Fetched.TOO_LONG)
            # Within the download, which only a few have at a time: no more files than those wait in memory.
            if is_picture(data):
                return await self._picture(name, data)
            if (document := document_format(name, data[:HEAD])) is not None:
                return await self._document(name, document, data)
            return await asyncio.to_thread(_text, name, data, kind)

    async def _picture(self, name: str, data: bytes) -> File:
        try:
            return File(name, Fetched.SHOWN, attached=await self._documents.picture(name, data))
        except UnreadableError as error:
            return File(name, Fetched.BROKEN, why=str(error))

    async def _document(self, name: str, document: DocumentFormat, data: bytes) -> File:
        try:
            shown = await self._documents.document(name, document, data)
        except UnreadableError as error:
            return File(name, Fetched.BROKEN, why=str(error))
        if shown is None:
            return File(name, Fetched.TOO_LONG)
        if isinstance(shown, AttachedFile):
            return File(name, Fetched.SHOWN, attached=shown)
        size = len(shown.encode(errors="replace"))
        return File(name, Fetched.TEXT if shown else Fetched.EMPTY, shown, size, text_name=f"{name}.txt")


def _most(name: str, head: bytes, content_type: str | None) -> int:
    """Bytes that are read of a file with this beginning; 0: nothing in it can be shown."""
    if is_picture(head):
        return PICTURE_BYTES
    if document_format(name, head) is not None:
        return DOCUMENT_BYTES
    return TEXT_BYTES if may_be_text(head, content_type) else 0


def _text(name: str, data: bytes, content_type: str | None) -> File:
    text = text_of(data, content_type)
    if text is None:
        return File(name, Fetched.OTHER)
    if not text.strip():
        return File(name, Fetched.EMPTY)
    file = File(name, Fetched.TEXT, text, len(data))
    return file if len(data) <= FILE_BYTES else _beside(file, text.encode(errors="replace"), name)


def _beside(file: File, data: bytes, name: str) -> File:
    """A text that xAI reads by itself."""
    return File(file.name, Fetched.SHOWN, attached=file_beside(name, data))


async def _read(stream: aiohttp.StreamReader, most: int) -> bytes:
    """Reads up to so many bytes."""
    data = bytearray()
    while len(data) < most and (piece := await stream.read(most - len(data))):
        data += piece
    return bytes(data)
