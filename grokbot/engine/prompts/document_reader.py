"""Reads the text of PDF and office documents in a process of its own, which ends with each of them.

A document may be built to take for ever, or all memory. Not here: reading (`documents.uploads.texts`).
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import grokbot
from grokbot.documents.uploads.texts import UnreadableDocumentError

if TYPE_CHECKING:
    from grokbot.documents.uploads.texts import DocumentFormat

log = logging.getLogger(__name__)

SECONDS = 20.0
AT_ONCE = 2
TEXT_BYTES = 16 * 1024**2
_REFUSED = 2
_PASSED_ON = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TMPDIR")
"""Passed on from our environment, which has secrets in it."""


class DocumentReader:
    """Reads documents, a few at once.

    Args:
        seconds: How long one document may take.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def text(self, kind: DocumentFormat, data: bytes) -> str:
        """The text of a document; "" if it has none. Cancelling kills the process.

        Args:
            kind: What it is.
            data: The file.

        Raises:
            UnreadableDocumentError: It cannot be read; the text says why.
        """
        async with self._gate:
            try:
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-P", "-m", "grokbot.documents.uploads.text_process",
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                    env=_environment(), cwd="/",
                )  # fmt: skip
            except OSError as error:
                log.warning("document.not_started error=%s", type(error).__name__)
                raise UnreadableDocumentError("could not be opened here") from error
            try:
                async with asyncio.timeout(self._seconds):
                    text, told = await process.communicate(f"{kind.value}\n".encode() + data)
            except TimeoutError:
                raise UnreadableDocumentError("takes too long to read") from None
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.kill()
                    await asyncio.shield(asyncio.ensure_future(process.wait()))
        if process.returncode == _REFUSED:
            raise UnreadableDocumentError(text.decode("utf-8", "replace"))
        if process.returncode:
            log.info("document.unread code=%s error=%s", process.returncode, told[:80].decode("ascii", "replace"))
            raise UnreadableDocumentError("is too complicated")
        return text[:TEXT_BYTES].decode("utf-8", "replace")


def _environment() -> dict[str, str]:
    mine = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    here = str(Path(grokbot.__file__).resolve().parents[1])  # this grokbot, however it was started
    return mine | {"PYTHONPATH": here, "PYTHONWARNINGS": "ignore", "PYTHONUTF8": "1"}
