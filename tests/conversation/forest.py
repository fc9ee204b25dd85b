"""The edges of a forest, looked up one by one: what the store's queries are compared with.

A forest is all responses of one conversation, in any order but for those that are looked for oldest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grokbot.conversation.response import Response


def children(forest: Iterable[Response], parent_id: str | None) -> tuple[Response, ...]:
    """Oldest first; the roots for None."""
    return tuple(response for response in forest if response.parent_id == parent_id)


def variants(forest: Iterable[Response], of: Response) -> tuple[Response, ...]:
    """Responses of the same sender under the same parent, this one among them."""
    return tuple(response for response in children(forest, of.parent_id) if response.sender is of.sender)


def path_to(forest: Iterable[Response], leaf_id: str | None) -> tuple[Response, ...]:
    """Root to leaf. Empty for None: the path of a conversation that has not begun."""
    by_id = {response.id: response for response in forest}
    found: list[Response] = []
    while leaf_id is not None:
        found.append(by_id[leaf_id])
        leaf_id = found[-1].parent_id
    return tuple(reversed(found))
