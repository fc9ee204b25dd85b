"""The edges: parents, children, variants, paths of one conversation, as an immutable value.

Not here: what of a path is sent (`history`), reading it from a database (`store`).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from grokbot.conversation.response import Response, Sender

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class BrokenForestError(ValueError):
    """Responses that do not make a forest: a parent that is missing or comes later, an id twice, two conversations."""


class Forest:
    """All responses of one conversation. Adding makes a new forest; nothing is ever taken away.

    Args:
        responses: Every parent before its children (creation order does that).

    Raises:
        BrokenForestError: If the edges do not make a forest. A cycle cannot be built: its parents come too late.
    """

    __slots__ = ("_by_id", "_children")

    def __init__(self, responses: Iterable[Response] = ()) -> None:
        by_id: dict[str, Response] = {}
        children: defaultdict[str | None, list[str]] = defaultdict(list)
        for response in responses:
            _check_fits(response, by_id)
            by_id[response.id] = response
            children[response.parent_id].append(response.id)
        self._by_id: Mapping[str, Response] = by_id
        self._children: Mapping[str | None, tuple[str, ...]] = {k: tuple(v) for k, v in children.items()}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Response]:
        """In creation order."""
        return iter(self._by_id.values())

    def __contains__(self, response_id: object) -> bool:
        return response_id in self._by_id

    def __getitem__(self, response_id: str) -> Response:
        return self._by_id[response_id]

    @property
    def roots(self) -> tuple[Response, ...]:
        """Responses that have no parent, oldest first."""
        return self._of(None)

    def children(self, response_id: str) -> tuple[Response, ...]:
        """Responses whose *parent* is this one, oldest first."""
        self._by_id[response_id]
        return self._of(response_id)

    def variants(self, response_id: str) -> tuple[Response, ...]:
        """Responses of the same sender under the same parent, oldest first, this one among them."""
        response = self._by_id[response_id]
        return tuple(r for r in self._of(response.parent_id) if r.sender is response.sender)

    def path(self, leaf_id: str | None) -> tuple[Response, ...]:
        """Root to leaf. Empty for None: the path of a conversation that has not begun."""
        found: list[Response] = []
        while leaf_id is not None:
            response = self._by_id[leaf_id]
            found.append(response)
            leaf_id = response.parent_id
        return tuple(reversed(found))

    def newest_leaf(self, response_id: str) -> Response:
        """Where one arrives by following the newest child, down from this response."""
        response = self._by_id[response_id]
        while below := self._of(response.id):
            response = below[-1]
        return response

    def adding(self, *responses: Response) -> Forest:
        """A forest with these below what is there; this one stays as it is."""
        return Forest([*self, *responses])

    def _of(self, parent_id: str | None) -> tuple[Response, ...]:
        return tuple(self._by_id[i] for i in self._children.get(parent_id, ()))


def leaf_after(answer: Response, before_turn: str | None) -> str | None:
    """Where the next response hangs, once `answer` has ended.

    An answer with something in it is the new leaf, however it ended: people have seen it. One with nothing in it leaves
    the path as it was before the turn (`before_turn`), so that a turn that failed never spoils what follows.
    """
    return answer.id if answer.answered else before_turn


def _check_fits(response: Response, known: Mapping[str, Response]) -> None:
    if response.id in known:
        raise BrokenForestError(f"response {response.id} is there twice")
    if response.parent_id is not None and response.parent_id not in known:
        raise BrokenForestError(f"response {response.id} has no parent {response.parent_id}")
    other = next(iter(known.values()), response)
    if other.conversation_id != response.conversation_id:
        raise BrokenForestError(f"response {response.id} belongs to another conversation")
    if response.sender is Sender.HUMAN and response.author is None and not response.manual:
        raise BrokenForestError(f"response {response.id} is a human's and has no author")


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
