"""Who may press a button under an answer. Pure.

Not here: finding out who somebody is (`discord_bot`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowedError

if TYPE_CHECKING:
    from grokbot.policy.people import Person

NOT_YOURS = "Only the person who asked, the thread's owner and moderators can do this."


@dataclass(frozen=True, slots=True)
class Presser:
    """A person who presses a button, as seen in the channel where it stands."""

    id: int
    moderator: bool
    """Discord lets them manage messages there."""
    person: Person | None = None
    """All that is known of them, where Discord told it: what rules of who may begin an answer look at."""


def may_steer(presser: Presser, asker_id: int | None, owner_id: int, *, everyone: bool = False) -> None:
    """Lets pass: the asker, the owner of the conversation, moderators; where it is set so, everyone.

    Raises:
        NotAllowedError: For everybody else.
    """
    if not everyone and not presser.moderator and presser.id not in (asker_id, owner_id):
        raise NotAllowedError(NOT_YOURS)
