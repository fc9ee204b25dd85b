"""A file that stands beside a message's text, for xAI to read by itself. Pure.

Not here: what stands in the text (`file_text`, `texts`), pictures (`pictures`).
"""

from __future__ import annotations

from grokbot.conversation.parts import AttachedFile, AttachmentKind
from grokbot.policy.budgets import tokens_of

DOCUMENT_TOKENS = 20_000
"""What a document is expected to take that xAI opens page by page."""

PDF = "application/pdf"
PLAIN = "text/plain"


def file_beside(name: str, data: bytes, media_type: str = PLAIN) -> AttachedFile:
    """The file.

    Args:
        name: As the model sees it.
        data: Its content.
        media_type: What it is: a text in UTF-8, or a document.
    """
    return AttachedFile(
        kind=AttachmentKind.FILE,
        name=name,
        media_type=media_type,
        size=len(data),
        tokens=DOCUMENT_TOKENS if media_type != PLAIN else tokens_of(data.decode(errors="replace")),
        data=data,
    )
