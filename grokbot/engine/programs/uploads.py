"""Files that programs send with a message: what the model is shown of each.

Texts stand in the message; pictures and other documents beside it, as with messages in Discord. A file that cannot be
shown refuses the whole call: nothing was said yet. Not here: preparing them (`documents.uploads`), Discord's files
(`discord_bot.content`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.parts import AttachmentKind
from grokbot.conversation.text import quotations
from grokbot.documents.uploads import UnreadableError
from grokbot.documents.uploads.file_text import HEAD, text_of
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
    Unread,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.text import OthersText

LONGEST_NAME = 200
MOST_FILES = 20
TOO_MANY = f"At most {MOST_FILES} files can be sent with one message."
EMPTY = "There is nothing in {name}."


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file as a program sends it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class MessageFiles:
    """What the model is shown of a message's files."""

    texts: tuple[str, ...] = ()
    """What stands in the message, each marked."""
    attached: tuple[AttachedFile, ...] = ()

    def with_words(self, words: OthersText) -> str:
        """The whole message; the words as they are if there are no files."""
        if not self.texts and not self.attached:
            return words
        names = [quotations.shown([each.name for each in self.attached])] if self.attached else []
        return quotations.composed((), words, [*self.texts, *names])


NO_FILES = MessageFiles()


class Uploads:
    """Reads files; one for the process."""

    def __init__(self) -> None:
        self._documents = DocumentReader()

    async def read(self, files: Sequence[UploadedFile]) -> MessageFiles:
        """What the model is shown of the files of one message, in their order.

        Raises:
            UserError: One cannot be shown; says which, and why.
        """
        if len(files) > MOST_FILES:
            raise UserError(TOO_MANY)
        texts: list[str] = []
        attached: list[AttachedFile] = []
        left = MESSAGE_BYTES
        for file in files:
            name = "".join(c for c in file.name.rpartition("/")[2] if c.isprintable())[:LONGEST_NAME] or "file"
            found = await self._read(name, file.data)
            if isinstance(found, str) and len(encoded := found.encode(errors="replace")) > min(FILE_BYTES, left):
                found = file_beside(name, encoded)
            if isinstance(found, str):
                left -= len(encoded)
                texts.append(quotations.file(name, found))
            else:
                attached.append(found)
                _check_room(name, attached)
        return MessageFiles(tuple(texts), tuple(attached))

    async def _read(self, name: str, data: bytes) -> str | AttachedFile:
        """A text, or what stands beside the message."""
        if is_picture(data):
            return await self._picture(name, data)
        kind = document_format(name, data[:HEAD])
        if kind is not None:
            return await self._document(name, kind, data)
        _check_size(name, data, TEXT_BYTES)
        text = await asyncio.to_thread(text_of, data, None)
        if text is None:
            raise UserError(Unread(other=(name,)).sentence)
        if not text.strip():
            raise UserError(EMPTY.format(name=name))
        return text

    async def _picture(self, name: str, data: bytes) -> AttachedFile:
        _check_size(name, data, PICTURE_BYTES)
        try:
            return await self._documents.picture(name, data)
        except UnreadableError as error:
            raise UserError(Unread(broken=((name, str(error)),)).sentence) from None

    async def _document(self, name: str, kind: DocumentFormat, data: bytes) -> str | AttachedFile:
        _check_size(name, data, DOCUMENT_BYTES)
        try:
            shown = await self._documents.document(name, kind, data)
        except UnreadableError as error:
            raise UserError(Unread(broken=((name, str(error)),)).sentence) from None
        if shown is None:
            raise UserError(Unread(too_long=(name,)).sentence)
        if not shown:
            raise UserError(EMPTY.format(name=name))
        return shown


def _check_size(name: str, data: bytes, most: int) -> None:
    if len(data) > most:
        raise UserError(Unread(too_long=(name,)).sentence)


def _check_room(name: str, attached: Sequence[AttachedFile]) -> None:
    pictures = sum(each.kind is AttachmentKind.PICTURE for each in attached)
    if sum(each.size for each in attached) > ATTACHED_BYTES or pictures > PICTURES:
        raise UserError(Unread(too_long=(name,)).sentence)
