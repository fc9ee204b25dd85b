"""The answers to show in one channel: which waits for which, and which are outdated. Pure.

Answers that may send messages are shown in the order in which they were given. Those that only edit existing messages
(hidden or restored answers) are shown in parallel, so a running answer does not wait for a long thread. No two write
into the same messages at once: the later one waits, and the earlier one stops where it is.

Not here: showing one (`live_answer`), the tasks that do it (`presenter`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grokbot.discord_bot.answers.freshness import Freshness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.display import Shown
    from grokbot.engine.turns import RunningAnswer


@dataclass(eq=False, slots=True)
class Given:
    """One answer to show."""

    running: RunningAnswer
    shown: Shown
    beside: bool
    """Whether it only edits existing messages."""
    freshness: Freshness
    """For the metrics."""
    abandoned: bool = False
    """Whether the operator has given it up."""

    @classmethod
    def of(cls, running: RunningAnswer, shown: Shown) -> Given:
        """An answer with its state at this moment."""
        beside = running.has_ended and (shown.aside is not None or not shown.may_grow)
        return cls(running, shown, beside, Freshness.of(running))

    @property
    def order(self) -> int | str | None:
        """The key of its succession: its channel, or its conversation where several stand side by side in a channel."""
        conversation = self.running.conversation
        return conversation.id if conversation.options.in_channel else conversation.channel_id

    def in_place_of(self, other: Given) -> bool:
        """Whether both belong in the same messages: the same answer again, or another one instead of it."""
        mine, theirs = self.running, other.running
        if theirs.id in (mine.id, mine.instead_of):
            return True
        if mine.response.parent_id is not None and mine.response.parent_id == theirs.response.parent_id:
            return True
        held = {ref.message_id for ref in other.shown.messages}
        return any(ref.message_id in held for ref in self.shown.messages)


@dataclass(slots=True)
class Succession:
    """The answers of one channel that are not shown to their end yet, in the order of being given."""

    given: list[Given] = field(default_factory=list)

    def add(self, new: Given) -> Sequence[Given]:
        """Adds an answer, and returns those that it has to wait for."""
        waits_for = [before for before in self.given if before.beside == new.beside or new.in_place_of(before)]
        self.given.append(new)
        return waits_for

    def outdated(self, given: Given) -> bool:
        """Whether a newer answer belongs in its messages, or nobody wants to see it any more."""
        if given.abandoned:
            return True
        later = self.given[self.given.index(given) + 1 :]
        return any(newer.in_place_of(given) for newer in later)
