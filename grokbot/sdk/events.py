"""What happens in a conversation, as `Conversation.watch` tells it.

Here: the values. Not here: what they do to the conversation (`watch`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokbot.sdk.response import Response


@dataclass(frozen=True, slots=True)
class Loaded:
    """The conversation was loaded: always the first that happens."""


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody said something, here, in Discord or anywhere else."""

    response: Response


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer begins, or has grown: the response holds what is there of it."""

    response: Response


@dataclass(frozen=True, slots=True)
class Ended:
    """An answer has come to its end."""

    response: Response


@dataclass(frozen=True, slots=True)
class LeafMoved:
    """Where the path ends that Discord shows. The conversation's own leaf stays; `Response.select` moves it."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Titled:
    """It has another title."""

    title: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """It was deleted: always the last that happens."""


Happening = Loaded | Said | Answering | Ended | LeafMoved | Titled | Deleted
