"""What follows from a path: where the next response attaches, who asked, and what was asked last.

Not here: what of a path is sent (`history`), reading it from a database (`store`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.response import Response, Sender

if TYPE_CHECKING:
    from collections.abc import Sequence


def leaf_after(answer: Response, before_turn: str | None) -> str | None:
    """The parent of the next response, once `answer` has ended.

    An answer with text is the new leaf, however it ended: people have seen it. An empty one leaves the path as it was
    before the turn (`before_turn`), so a failed turn never spoils what follows.
    """
    return answer.id if answer.answered else before_turn


def asker_of(humans: Sequence[Response]) -> int | None:
    """The asker: the author of the last message that is answered."""
    author = humans[-1].author if humans else None
    return author.id if author is not None else None


def asker_for(humans: Sequence[Response], user_id: int) -> int | None:
    """The asker from this person's view: they themselves, if they wrote one of the messages."""
    wrote = any(human.author is not None and human.author.id == user_id for human in humans)
    return user_id if wrote else asker_of(humans)


def asked_last(path: Sequence[Response]) -> Sequence[Response]:
    """The human messages at the end of a path, in order: what an answer below them answers."""
    first = len(path)
    while first > 0 and path[first - 1].sender is Sender.HUMAN:
        first -= 1
    return path[first:]
