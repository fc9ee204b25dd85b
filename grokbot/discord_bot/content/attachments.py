"""The text files of messages, fetched from Discord's servers.

Each has a deadline and one retry, and no more is read than is shown. It uses its own session: discord.py reads without
limits. Not here: what is text (`file_text`, pure), how files are shown to a model (`message_reader`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import aiohttp

from grokbot.discord_bot.content.file_text import HEAD, is_media, may_be_text, text_of
from grokbot.discord_bot.rate_limits import in_short
from grokbot.policy.admission import FILE_BYTES, MESSAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import discord

log = logging.getLogger(__name__)

SECONDS = 8.0
"""For each try, in seconds."""

PAUSE = 0.5
"""Seconds before the second try."""

AT_ONCE = 16
"""Files that are fetched at the same time, over all messages."""


class Fetched(Enum):
    """The result of fetching a file."""

    TEXT = auto()
    EMPTY = auto()
    """A text file without content."""
    TOO_LONG = auto()
    """A text file that is too long to be shown."""
    NOT_FETCHED = auto()
    OTHER = auto()
    """Not a text file."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message; `text` only if it is shown."""

    name: str
    what: Fetched
    text: str = ""
    size: int = 0
    """Bytes of the text."""


class Attachments:
    """Fetches files; one per process."""

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def read(self, attachments: Sequence[discord.Attachment], left: int = MESSAGE_BYTES) -> Sequence[File]:
        """What these files say, in their order. Raises nothing: a failed fetch is one of the results.

        Args:
            attachments: The files of one message.
            left: Bytes of all of them together that may be shown.
        """
        if not attachments:
            return ()
        async with aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=SECONDS), raise_for_status=True, auto_decompress=False
        ) as session:
            found = await asyncio.gather(*(self._file(session, attachment) for attachment in attachments))
        kept = []
        for file in found:
            fits = file.size <= left
            kept.append(file if fits else File(file.name, Fetched.TOO_LONG))
            left -= file.size if fits else 0
        return kept

    async def _file(self, session: aiohttp.ClientSession, attachment: discord.Attachment) -> File:
        if attachment.height is not None:  # Discord recognizes it as a picture
            return File(attachment.filename, Fetched.OTHER)
        for last in (False, True):
            try:
                async with self._gate:
                    return await _fetched(session, attachment)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                log.info("discord.file_unread file=%d error=%s", attachment.id, in_short(error))
                gone = isinstance(error, aiohttp.ClientResponseError) and error.status in (403, 404, 410)
                if last or gone:
                    break
                await asyncio.sleep(PAUSE)
        media = is_media(attachment.content_type)
        return File(attachment.filename, Fetched.OTHER if media else Fetched.NOT_FETCHED)


async def _fetched(session: aiohttp.ClientSession, attachment: discord.Attachment) -> File:
    name, kind = attachment.filename, attachment.content_type
    plain = {"Accept-Encoding": "identity"}
    async with session.get(attachment.url, allow_redirects=False, headers=plain) as response:
        data = await _read(response.content, HEAD)
        if not may_be_text(data, kind):
            return File(name, Fetched.OTHER)
        if len(data) == HEAD and attachment.size <= FILE_BYTES:
            data += await _read(response.content, FILE_BYTES + 1 - HEAD)  # the reported size may be wrong
        if max(len(data), attachment.size) > FILE_BYTES:
            return File(name, Fetched.TOO_LONG)
    text = text_of(data, kind)
    if text is None:
        return File(name, Fetched.OTHER)
    return File(name, Fetched.TEXT, text, len(data)) if text.strip() else File(name, Fetched.EMPTY)


async def _read(stream: aiohttp.StreamReader, most: int) -> bytes:
    """Reads up to so many bytes."""
    data = bytearray()
    while len(data) < most and (piece := await stream.read(most - len(data))):
        data += piece
    return bytes(data)
