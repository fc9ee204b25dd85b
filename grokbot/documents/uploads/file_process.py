"""The process that reads one document or picture: its kind and bytes come in, what is shown of it goes out.

Here: bounds of time and memory, and reporting errors without any text of the document. Not here: who starts it
(`engine.prompts.document_reader`), reading (`texts`, `pictures`).
"""

from __future__ import annotations

import json
import logging
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.documents.uploads import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

PICTURE = "picture"
"""As a kind; the others are those of documents."""

MEMORY_BYTES = 1024**3
CPU_SECONDS = 20


def restrict() -> None:
    """Bound what this process may take, before it reads anything."""
    with suppress(OSError):  # where memory is short, this process goes, and not the bot
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):  # where the service may set none, its own limits hold
            resource.setrlimit(what, (most, most))


def main() -> int:
    """Read the file on standard input, after a line with its kind. 0: what is shown of it is on standard output.

    Of a picture, that is a line with facts, and its bytes. 2: it cannot be read, for the reason on standard output.
    """
    restrict()
    logging.disable()  # libraries warn of what they find, with words of the document
    try:
        kind = sys.stdin.buffer.readline().decode().strip()
        data = sys.stdin.buffer.read()
        sys.stdout.buffer.writelines(_picture(data) if kind == PICTURE else _text(kind, data))
    except UnreadableError as error:
        sys.stdout.write(str(error))
        return 2
    except BaseException as error:  # noqa: BLE001 -- its text may hold the document's
        sys.stderr.write(type(error).__name__)
        return 1
    sys.stdout.buffer.flush()
    return 0


def _picture(data: bytes) -> Iterable[bytes]:
    from grokbot.documents.uploads.pictures import picture_of  # noqa: PLC0415 -- bounded

    shown = picture_of("", data)
    facts = {name: getattr(shown, name) for name in ("media_type", "width", "height", "detail", "tokens")}
    return json.dumps(facts).encode(), b"\n", shown.data or b""


def _text(kind: str, data: bytes) -> Iterable[bytes]:
    from grokbot.documents.uploads.texts import DocumentFormat, document_text  # noqa: PLC0415 -- bounded

    return (document_text(DocumentFormat(kind), data).encode(errors="replace"),)


if __name__ == "__main__":
    sys.exit(main())
