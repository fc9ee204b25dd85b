"""What xAI refused during one answer, and what the next try leaves out because of it.

Not here: deciding to try again (`turns.sampler`), what attachments a model takes (`attachments`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grokbot.conversation.history import unsealed
from grokbot.conversation.records.compaction import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from grokbot.conversation.errors import GrokError
    from grokbot.conversation.records.compaction import Compaction
    from grokbot.conversation.response import Response
    from grokbot.engine.prompts.attachments import Refusals

TRIED_IDS = 2
"""After so many stored responses lost at xAI, the whole path is sent."""


@dataclass(slots=True)
class PromptRefusals:
    """What xAI refused or broke off during one answer."""

    attached: Refusals
    """What xAI refused of attachments."""
    too_long: GrokError | None = None
    compacted: bool = False
    """Whether a compaction was tried."""
    closed: bool = False
    """Whether xAI could not open one."""
    compactions: Sequence[Compaction] = ()
    """Those of the path's conversations that can be used."""
    shown: Compaction | None = None
    """What the path begins with, as stored."""
    made: Compaction | None = None
    """One that was made for this answer."""
    sealed: bool = False
    broken: bool = False
    """Whether a stream broke off before there was any text."""
    gone: list[str] = field(default_factory=list)
    """The ids of lost responses, in the order in which they were tried."""

    def seen(self, read: tuple[Sequence[Response], Sequence[Compaction]], model: str) -> Sequence[Response]:
        """The path of what was read of a conversation. Notes what a model can be shown for its beginning."""
        path, compactions = read
        self.compactions = [each for each in compactions if not (self.closed and each.model)]
        self.shown = nearest(path, self.compactions, model)
        return path

    def taken_out_of(self, path: Sequence[Response]) -> Sequence[Response]:
        """The path without what xAI cannot open."""
        return [unsealed(response) for response in path] if self.sealed else path

    def gone_of(self, path: Sequence[Response]) -> Collection[str]:
        """The ids not to build on. After two lost ones no more are tried: each would be a request."""
        if len(self.gone) < TRIED_IDS:
            return self.gone
        return {response.xai_id for response in path if response.xai_id is not None}
