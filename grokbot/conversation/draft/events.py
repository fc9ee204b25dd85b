"""What a stream brings of an answer, as values. Each event is applied to a draft in turn.

Not here: xAI's chunks (`xai.chunks` makes events of them), what becomes of them (`draft`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from grokbot.conversation.parts import ImagePart
    from grokbot.conversation.response import Query, ToolCall, Usage
    from grokbot.conversation.text.citations import Citation


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of one of the model's outputs. `output` is its number; the answer is the last assistant output."""

    output: int
    role: str
    text: str = ""
    reasoning: str = ""
    encrypted_content: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """The model called a server-side tool, or that call progressed. A later event of the same id replaces this one."""

    output: int
    call: ToolCall
    query: Query | None = None


@dataclass(frozen=True, slots=True)
class Identified:
    """The id and the model with which xAI answers."""

    xai_id: str
    model: str


@dataclass(frozen=True, slots=True)
class UsageSoFar:
    """The answer's usage so far; the last event counts."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Cited:
    """Addresses that the answer cites."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The model makes an image."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The model made an image, of this prompt."""

    image: ImagePart
    prompt: str


@dataclass(frozen=True, slots=True)
class CitedInText:
    """Where an output cites its sources; it may come after the text. Positions count in that output."""

    output: int
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """One output has ended. `cut_short`: a length or time limit ended it, not the model.

    An output that ends to run a tool does not count as finished.
    """

    output: int
    cut_short: bool = False


@dataclass(frozen=True, slots=True)
class Delayed:
    """xAI did not take the request; the client is sending it again."""


Event: TypeAlias = (
    TextPiece | Called | Identified | UsageSoFar | Cited | CitedInText | Drawing | Drawn | Finished | Delayed
)

Events: TypeAlias = tuple[Event, ...]
"""Events that arrived at once, in the order to apply them."""


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer that came in one piece."""

    text: str
    usage: Usage
