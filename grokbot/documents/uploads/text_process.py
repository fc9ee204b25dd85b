"""The process that reads one document: its kind and bytes come in, its text goes out, and it exits.

Here: bounds of time and memory, and reporting errors without any text of the document. Not here: who starts it
(`engine.prompts.document_reader`), reading (`texts`).
"""

from __future__ import annotations

import resource
import sys
from contextlib import suppress

MEMORY_BYTES = 1024**3
CPU_SECONDS = 20


def main() -> int:
    """Read the document on standard input, whose first line is its kind. 0: the text is on standard output.

    2: it cannot be read, for the reason on standard output.
    """
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):  # where the service may set none, its own limits hold
            resource.setrlimit(what, (most, most))
    try:
        from grokbot.documents.uploads.texts import DocumentFormat, UnreadableDocumentError, document_text  # noqa: PLC0415 -- bounded
    except BaseException as error:  # noqa: BLE001 -- its text may hold names
        sys.stderr.write(type(error).__name__)
        return 1
    try:
        kind, data = DocumentFormat(sys.stdin.buffer.readline().decode().strip()), sys.stdin.buffer.read()
        text = document_text(kind, data)
    except UnreadableDocumentError as error:
        sys.stdout.write(str(error))
        return 2
    except BaseException as error:  # noqa: BLE001 -- its text may hold the document's
        sys.stderr.write(type(error).__name__)
        return 1
    sys.stdout.buffer.write(text.encode(errors="replace"))
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
