"""What was pasted where a secret is wanted: the secret alone, or what it is instead. Pure.

Not here: trying it (`trials`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class PasteError(Exception):
    """It cannot be what is wanted. The text says what it seems to be; it holds nothing of it."""


@dataclass(frozen=True, slots=True, repr=False)  # no repr: it holds a secret
class Pasted:
    """A secret, and what was taken off around it."""

    secret: str
    notes: Sequence[str] = ()


TOKEN_PLACE = "The token is in the developer portal under Bot, Reset Token."  # noqa: S105 - no token
KEY_PLACE = "xAI's keys begin with xai- and are made in its console under API Keys."

_AROUND = (
    (r"(?:export\s+)?[A-Za-z_.]*(?:token|api_key)\s*=\s*(.+)", "The name and the = before it were left out."),
    (r"(?:authorization:\s*)?(?:bot|bearer)\s+(.+)", "The word before it was left out."),
    (r"[\"'`\u2018-\u201d](.*)[\"'`\u2018-\u201d]", "The quotes around it were left out."),
)
_TOKEN = r"[\w-]{18,}\.[\w-]{5,8}\.[\w-]{20,}"  # noqa: S105 - a pattern

_NO_TOKEN = (
    (r"[\w-]{32}", "That looks like the client secret, from the portal's page OAuth2."),
    (r"\d{15,21}", "That is an id: of the application, or of a person."),
    (r"[0-9a-f]{64}", "That looks like the application's public key."),
    (r"mfa\..+", "That is the token of a person's account, which a bot must not use."),
    (r"xai-.+", "That is a key of xAI, which is asked for next."),
    (r"https?://.+", "That is an address."),
    (r"[\w-]{18,}\.[\w-]{5,8}\.?", "That is only a part of a token: it has three parts with dots between them."),
)
_NO_KEY = (
    (_TOKEN, "That is a token of Discord."),
    (r"sk-ant-.+", "That is a key of Anthropic, not of xAI."),
    (r"sk-or-.+", "That is a key of OpenRouter, not of xAI."),
    (r"sk-.+", "That is a key of OpenAI, not of xAI."),
    (r"gsk_.+", "That is a key of Groq, which is another company than xAI and its Grok."),
    (r"AIza.+", "That is a key of Google, not of xAI."),
    (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "That is an id: of the key, or of the team."),
    (r"xai-.*(?:\.\.\.|…).*", "That is the key as the console shows it later, shortened. It is shown whole only once."),
    (r"https?://.+", "That is an address."),
)


def token_in(text: str) -> Pasted:
    """A token of Discord in a paste.

    Raises:
        PasteError: It is something else.
    """
    return _secret_in(text, _NO_TOKEN, TOKEN_PLACE)


def key_in(text: str) -> Pasted:
    """A key of xAI in a paste.

    Raises:
        PasteError: It is something else.
    """
    return _secret_in(text, _NO_KEY, KEY_PLACE)


def _secret_in(text: str, others: Sequence[tuple[str, str]], place: str) -> Pasted:
    bare, notes = _bare(text)
    if not bare:
        raise PasteError("Nothing was pasted.")
    for pattern, what in others:
        if re.fullmatch(pattern, bare, re.IGNORECASE):
            raise PasteError(f"{what} {place}")
    if re.search(r"[\r\n]", bare):
        raise PasteError("There is a line break in the middle of it. Copy it again, in one piece.")
    if re.search(r"\s", bare):
        raise PasteError(f"There is a blank in the middle of it, so it is not the secret alone. {place}")
    if not bare.isascii() or not bare.isprintable():
        raise PasteError(f"It holds signs that no secret has: perhaps the dots that hide it were copied. {place}")
    if re.search(r"[\"'`]", bare):
        raise PasteError("There is a quote in it. Copy the secret alone.")
    return Pasted(bare, notes)


def _bare(text: str) -> tuple[str, Sequence[str]]:
    """Without what people copy along, and a note about each."""
    text = re.sub(r"\x1b\[20[01]~", "", text)  # a terminal's marks around what is pasted
    bare, notes = text.strip(" \t\r\n\v\f\ufeff\u200b\u00a0"), []
    if bare != text.rstrip("\r\n") and bare:
        notes.append("The blanks around it were left out.")
    for pattern, note in _AROUND:
        found = re.fullmatch(pattern, bare, re.IGNORECASE | re.DOTALL)
        if found:
            bare = found[1].strip()
            notes.append(note)
    return bare, notes
