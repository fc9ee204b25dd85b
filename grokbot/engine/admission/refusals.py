"""The refusals of moderators' rules: a block as an error, and the word for each kind.

Not here: refusing (`admission`), telling the person (`discord_bot`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokbotError, NotAllowedError
from grokbot.conversation.text import worded_later
from grokbot.policy.admission import LockedError, PausedError
from grokbot.policy.blocks import sentence, sentence_without_reason
from grokbot.policy.filters import FilteredError
from grokbot.policy.places import NotHereError, NotYoursError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.policy.blocks import Block


class BlockedError(NotAllowedError):
    """A block holds.

    Args:
        block: The block.
        first: Whether this is the person's first message about it.

    Attributes:
        in_public: The same for where others read it too: without the reason.
    """

    def __init__(self, block: Block, *, first: bool) -> None:
        super().__init__(worded_later(lambda: sentence(block)))
        self.in_public = worded_later(lambda: sentence_without_reason(block))
        self.words = " ".join(block.reason.split())
        self.until = block.until
        self.first = first


_WHY: Sequence[tuple[type[GrokbotError], str]] = (
    (BlockedError, "blocked"),
    (PausedError, "paused"),
    (LockedError, "locked"),
    (NotHereError, "place"),
    (NotYoursError, "role"),
    (FilteredError, "filter"),
)
"""What counts as a refusal, besides a limit. Other errors (nothing to read, an answer that runs) are everyday."""


def why_of(error: GrokbotError) -> str | None:
    """The word for a refusal; None for other errors."""
    return next((why for kind, why in _WHY if isinstance(error, kind)), None)
