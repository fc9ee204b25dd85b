"""Reads an image that we posted back from Discord, to edit it.

Not here: files of people (`content.attachments`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import aiohttp

from grokbot.conversation.errors import UserError
from grokbot.conversation.parts import ImagePart
from grokbot.discord_bot.notices import FILE_BYTES
from grokbot.discord_bot.notices.texts.image_text import IMAGE_UNREAD
from grokbot.discord_bot.rate_limits import in_short

if TYPE_CHECKING:
    import discord

log = logging.getLogger(__name__)

SECONDS = 20.0

BEGINNINGS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png", b"RIFF": "image/webp"}
"""The first bytes of what xAI takes."""


async def fetched(attachment: discord.Attachment) -> ImagePart:
    """The image of an attachment, from the address that Discord gave with its message.

    Raises:
        UserError: It could not be read, or is none.
    """
    if attachment.size > FILE_BYTES:
        raise UserError(IMAGE_UNREAD)
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session,
            session.get(attachment.url, allow_redirects=False) as response,
        ):
            data = await response.content.read(FILE_BYTES + 1)
            while len(data) <= FILE_BYTES and (more := await response.content.read(FILE_BYTES + 1 - len(data))):
                data += more
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        log.info("discord.image_unread file=%d error=%s", attachment.id, in_short(error))
        raise UserError(IMAGE_UNREAD) from None
    kind = next((kind for beginning, kind in BEGINNINGS.items() if data.startswith(beginning)), None)
    if kind is None or len(data) > FILE_BYTES:
        raise UserError(IMAGE_UNREAD)
    return ImagePart(data, kind)
