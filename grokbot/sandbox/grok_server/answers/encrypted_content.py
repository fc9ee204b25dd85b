"""encrypted_content: the reasoning in a form that the client can only send back unchanged.

Here: sealing and checking. Not here: when it is sent. It proves that the text is unchanged but, unlike xAI's, does
not hide it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

_MARK = b"grok sandbox seal"
_SIZE = 16


def seal(reasoning: str) -> str:
    """The sealed form of a reasoning text."""
    raw = reasoning.encode()
    return base64.b64encode(_digest(raw) + raw).decode()


def unseal(sealed: str) -> str | None:
    """The sealed text, or None if anything was changed."""
    try:
        raw = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        return None
    text = raw[_SIZE:]
    return text.decode(errors="replace") if raw[:_SIZE] == _digest(text) else None


def _digest(raw: bytes) -> bytes:
    return hashlib.blake2b(raw, key=_MARK, digest_size=_SIZE).digest()
