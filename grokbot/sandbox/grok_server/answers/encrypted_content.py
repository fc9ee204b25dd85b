"""encrypted_content: a text in a form that the client can only send back unchanged.

Here: sealing and checking. Not here: when it is sent. It proves that the text is unchanged and whose it is but,
unlike xAI's, does not hide it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

_MARK = b"grok sandbox seal"
_SIZE = 16


def owner_of(key: str, model: str) -> str:
    """Who can open a seal: the same key with the same model, as at xAI."""
    return f"{key}/{model}"


def seal(text: str, owner: str = "") -> str:
    """The sealed form of a text, which only `owner` opens."""
    raw = text.encode()
    return base64.b64encode(_digest(raw, owner) + raw).decode()


def unseal(sealed: str, owner: str = "") -> str | None:
    """The sealed text, or None if anything was changed or somebody else's seal is on it."""
    raw = _raw(sealed)
    return raw[_SIZE:].decode(errors="replace") if raw[:_SIZE] == _digest(raw[_SIZE:], owner) else None


def below(sealed: str) -> str:
    """The text below a seal, whoever's it is: to count it."""
    return _raw(sealed)[_SIZE:].decode(errors="replace")


def _raw(sealed: str) -> bytes:
    try:
        return base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _digest(raw: bytes, owner: str) -> bytes:
    return hashlib.blake2b(owner.encode() + b"\0" + raw, key=_MARK, digest_size=_SIZE).digest()
