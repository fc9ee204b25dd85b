"""What follows from a path: where the next response hangs, who asked, and what was asked last.

Not here: what of a path is sent (`history`), reading it from a database (`store`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.response import Response, Sender

if TYPE_CHECKING:
    from collections.abc import Sequence


def leaf_after(answer: Response, before_turn: str | None) -> str | None:
    """Where the next response hangs, once `answer` has ended.

    An answer with something in it is the new leaf, however it ended: people have seen it. One with nothing in it leaves
    the path as it was before the turn (`before_turn`), so that a turn that failed never spoils what follows.
    """
    return answer.id if answer.answered else before_turn


def asker_of(humans: Sequence[Response]) -> int | None:
    """Who asked: the author of the last message that is answered."""
    author = humans[-1].author if humans else None
    return author.id if author is not None else None


def asker_for(humans: Sequence[Response], user_id: int) -> int | None:
    """Who asked, as far as this person is concerned: they themselves, if they wrote one of the messages."""
    wrote = any(human.author is not None and human.author.id == user_id for human in humans)
    return user_id if wrote else asker_of(humans)


def asked_last(path: Sequence[Response]) -> Sequence[Response]:
    """The run of humans at the end of a path, in their order: what an answer below it answers."""
    first = len(path)
    while first > 0 and path[first - 1].sender is Sender.HUMAN:
        first -= 1
    return path[first:]
