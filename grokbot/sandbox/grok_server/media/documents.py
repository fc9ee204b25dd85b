"""Files as bytes: which can be read, and the text in them. Pure.

Here: telling text, PDF and office documents apart. Not here: keeping files (`kept_files`).
"""

from __future__ import annotations

from enum import Enum
from typing import Final

_PDF: Final = b"%PDF-"


class AttachedKind(Enum):
    """What the model does with a file: text is put into the prompt, the others are opened by a tool."""

    TEXT = "text"
    PDF = "pdf"
    OFFICE = "office"


def kind_of(data: bytes) -> AttachedKind | None:
    """The kind of a file by its bytes; None: nothing that can be read."""
    if data.startswith(_PDF):
        return AttachedKind.PDF
    if data.startswith(b"PK\x03\x04"):
        return AttachedKind.OFFICE
    return AttachedKind.TEXT if text_of(data) is not None else None


def text_of(data: bytes) -> str | None:
    """The text of a text file in UTF-8; None if it is something else."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text or data.startswith(_PDF) else text
