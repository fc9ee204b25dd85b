"""Reads documents and pictures, each in a process of its own, which ends with it.

A file may be built to take for ever, or all memory, or to hold the interpreter. Not here: reading
(`documents.uploads.texts`, `documents.uploads.pictures`).
"""

from __future__ import annotations

import asyncio
import json
import logging

from grokbot.conversation.parts import AttachedFile, AttachmentKind, Detail
from grokbot.documents.uploads import UnreadableError
from grokbot.documents.uploads.file_process import PICTURE
from grokbot.documents.uploads.files import PDF, file_beside
from grokbot.documents.uploads.texts import DocumentFormat
from grokbot.policy.admission import FILE_BYTES, TEXT_BYTES
from grokbot.process.module_run import run_module

log = logging.getLogger(__name__)

SECONDS = 20.0
AT_ONCE = 2
"""Documents, and as many pictures: each may take 1 GiB of memory."""
_READ_BYTES = 16 * 1024**2
"""Of a document's text."""
_REFUSED = 2
_PROCESS = "grokbot.documents.uploads.file_process"


class DocumentReader:
    """Reads documents and pictures, a few at once.

    Args:
        seconds: How long one of them may take.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._documents = asyncio.Semaphore(AT_ONCE)
        self._pictures = asyncio.Semaphore(AT_ONCE)

    async def text(self, kind: DocumentFormat, data: bytes) -> str:
        """The text of a document; "" if it has none. Cancelling kills the process.

        Args:
            kind: What it is.
            data: The file.

        Raises:
            UnreadableError: It cannot be read; the text says why.
        """
        async with self._documents:
            text = await self._read(kind.value, data)
        return text[:_READ_BYTES].decode("utf-8", "replace")

    async def document(self, name: str, kind: DocumentFormat, data: bytes) -> str | AttachedFile | None:
        """A document's text, if that may stand in a message; "" if it has none. Else what may stand beside the message.

        Args:
            name: Its file name.
            kind: What it is.
            data: The file.

        Returns:
            None: it is too long for both.

        Raises:
            UnreadableError: It cannot be read; the text says why.
        """
        text = await self.text(kind, data)
        encoded = text.encode(errors="replace")
        if text and len(encoded) <= FILE_BYTES:
            return text
        if kind is DocumentFormat.PDF:  # as it is: xAI also reads what is only a picture of text
            return file_beside(name, data, PDF)
        if len(encoded) > TEXT_BYTES:
            return None
        return file_beside(f"{name}.txt", encoded) if text else ""

    async def picture(self, name: str, data: bytes) -> AttachedFile:
        """A picture, prepared for a model. Cancelling kills the process.

        Args:
            name: Its file name.
            data: The file.

        Raises:
            UnreadableError: It cannot be shown; the text says why.
        """
        async with self._pictures:
            facts, _, shown = (await self._read(PICTURE, data)).partition(b"\n")
        said = json.loads(facts)
        return AttachedFile(
            kind=AttachmentKind.PICTURE,
            name=name,
            media_type=said["media_type"],
            size=len(shown),
            width=said["width"],
            height=said["height"],
            detail=Detail(said["detail"]),
            tokens=said["tokens"],
            data=shown,
        )

    async def _read(self, kind: str, data: bytes) -> bytes:
        """What a process makes of a file."""
        try:
            run = await run_module(_PROCESS, f"{kind}\n".encode() + data, self._seconds)
        except TimeoutError:
            raise UnreadableError("takes too long to read") from None
        except OSError as error:
            log.warning("document.not_started error=%s", type(error).__name__)
            raise UnreadableError("could not be opened here") from error
        if run.code == _REFUSED:
            raise UnreadableError(run.output.decode("utf-8", "replace"))
        if run.code:
            log.info("document.unread code=%s error=%s", run.code, run.error)
            raise UnreadableError("is too complicated")
        return run.output
