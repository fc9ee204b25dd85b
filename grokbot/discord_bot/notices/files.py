"""Conversations as file attachments.

Not here: their content (`documents`), who may have them (`engine`).
"""

from __future__ import annotations

import asyncio
import io
import time
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import UserError
from grokbot.discord_bot.notices.texts.command_text import CANNOT_ATTACH
from grokbot.documents.as_html import to_html
from grokbot.documents.as_json import to_json
from grokbot.documents.as_markdown import to_markdown
from grokbot.documents.transcript import file_name, public

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grokbot.documents.transcript import Transcript

FILE_BYTES = 10 * 1024 * 1024
"""Discord's limit everywhere, in bytes (its documentation); servers with boosts allow more."""


class Format(StrEnum):
    """The file formats of a conversation; the values are the files' extensions."""

    MARKDOWN = "md"
    JSON = "json"
    HTML = "html"

    @property
    def label(self) -> str:
        """Its name for people."""
        return {"md": "Markdown", "json": "JSON", "html": "HTML"}[self.value]


WRITERS: Mapping[Format, Callable[[Transcript], str]] = {
    Format.MARKDOWN: to_markdown,
    Format.JSON: to_json,
    Format.HTML: partial(to_html, clock=time.monotonic),
}


async def document(interaction: discord.Interaction[Any], transcript: Transcript, kind: Format) -> discord.File:
    """A conversation as a file for the reply to an interaction, with only what Discord shows of it.

    It is written in a worker thread: a long one takes a while.

    Args:
        interaction: Its server says how large a file may be.
        transcript: The conversation.
        kind: The file's format.

    Raises:
        UserError: It is larger than Discord takes there.
    """
    content = (await asyncio.to_thread(WRITERS[kind], public(transcript))).encode("utf-8", "replace")
    most = interaction.guild.filesize_limit if interaction.guild is not None else FILE_BYTES
    if len(content) > most:
        raise UserError(CANNOT_ATTACH)
    return discord.File(io.BytesIO(content), file_name(transcript, kind.value))
