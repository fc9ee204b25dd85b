"""Which answer each message of a conversation shows for the path that is shown, and which answers people see. Pure.

A slot is the messages of all answers to one message: its variants, and the answers from before it was edited, are
written into the same messages. A slot shows one answer: the one on the path or, if none of them is, the one that it
showed before, set aside. Not here: what changes when the path moves (`placement`), writing messages (`discord_bot`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from grokbot.conversation.response import Sender
from grokbot.display.placed_forest import VariantNumber

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.conversation.response import MessageRef
    from grokbot.display.placed_forest import Node, Standing

ABOVE_CHANGED = VariantNumber(0, 0)
"""For what is set aside and no variant brings back: a message above was edited, or the conversation went another way,
perhaps through the API. Editing the message back, or going back, restores it.
"""


@dataclass(frozen=True)
class Arrangement:
    """What the answers' messages should show."""

    refs: Sequence[MessageRef]
    """Each message with the response that it should show."""
    aside: Mapping[str, VariantNumber]
    """The answers in them that are set aside, with the variant they follow."""
    leaf_id: str | None = None
    """The end of the path that they show."""

    @cached_property
    def messages(self) -> Mapping[str, tuple[MessageRef, ...]]:
        """By answer, in their order."""
        found: defaultdict[str, tuple[MessageRef, ...]] = defaultdict(tuple)
        for ref in self.refs:
            found[ref.response_id] += (ref,)
        return found


def arranged(standing: Standing, leaf_id: str | None) -> Arrangement:
    """What each answer's message should show for this leaf (of a running answer: itself)."""
    path = standing.path(leaf_id)
    on_path = {standing.slot_of(node): i for i in path if (node := standing.nodes[i]).sender is Sender.MODEL}
    refs: list[MessageRef] = []
    for slot, stand in standing.slots.items():
        shown = on_path.get(slot) or _kept_in(standing, stand[0].response_id)
        refs += stand if all(ref.response_id == shown for ref in stand) else _showing(shown, stand)
    settled = standing.with_refs(refs)
    shown_now = dict.fromkeys(ref.response_id for ref in refs)
    aside = {i: _follows(settled, settled.nodes[i], path) for i in shown_now if not _in_place(settled, i, path)}
    return Arrangement(tuple(refs), aside, leaf_id)


def belongs(standing: Standing, response_id: str, leaf_id: str | None) -> bool:
    """Whether an answer is part of what is shown.

    It is on the path, or it is empty and its turn began on the path.

    Args:
        standing: The conversation, and where it stands in Discord.
        response_id: The answer.
        leaf_id: The leaf whose path is shown.
    """
    return _in_place(standing, response_id, standing.path(leaf_id))


def stands(standing: Standing, response_id: str, leaf_id: str | None) -> bool:
    """Whether people can see an answer: in its messages, or in new ones that it will get.

    Not if its messages show another answer, nor off the path if it has none.

    Args:
        standing: The conversation, and where it stands in Discord.
        response_id: The answer.
        leaf_id: The leaf whose path is shown.
    """
    node = standing.nodes.get(response_id)
    if node is None:
        return False
    if response_id in arranged(standing, leaf_id).messages:
        return True
    if standing.slot_of(node) in standing.slots:
        return False
    path = standing.path(leaf_id)
    below = standing.began_below(node.parent_id) if node.parent_id is not None else None
    replaced = node.parent_id in standing.former and node.parent_id not in standing.placed
    replaced = replaced or any(other.id in path for other in standing.children[node.parent_id])
    replaced = replaced or bool(standing.variants(node))  # its messages would show a variant
    return node.id in path or (not node.counts and not replaced and (below is None or below in path))


def last_shown(standing: Standing, leaf_id: str | None) -> str | None:
    """The last answer that people see: the leaf, or an empty attempt below it.

    Args:
        standing: The conversation, and where it stands in Discord.
        leaf_id: The leaf whose path is shown.
    """
    path = standing.path(leaf_id)
    tried = [
        node.id
        for node in standing.nodes.values()
        if node.sender is Sender.MODEL and not node.counts and node.parent_id not in path
        if standing.began_below(node.parent_id or node.id) == leaf_id and stands(standing, node.id, leaf_id)
    ]
    return max(tried, default=leaf_id)


def shown_below(standing: Standing, response_id: str, leaf_id: str | None) -> int:
    """How many answers people see below one of the shown path; 0 for any other answer.

    Args:
        standing: The conversation, and where it stands in Discord.
        response_id: The answer.
        leaf_id: The leaf whose path is shown.
    """
    down = [node.id for node in standing.up(leaf_id) if node.sender is Sender.MODEL]
    if response_id not in down:
        return 0
    return down.index(response_id) + (last_shown(standing, leaf_id) != leaf_id)


def seen_before(standing: Standing, response_id: str, leaf_id: str | None) -> Sequence[MessageRef]:
    """The messages of the answer that people saw last before this one began.

    None if it is the first one, or is itself not part of what is shown.

    Args:
        standing: The conversation, and where it stands in Discord.
        response_id: The answer, which may run.
        leaf_id: The leaf whose path is shown.
    """
    node = standing.nodes.get(response_id)
    above = standing.began_below(node.parent_id) if node is not None else None
    if node is None or above is None or not (node.open or belongs(standing, response_id, leaf_id)):
        return ()
    tried = [
        node.id
        for node in standing.nodes.values()
        if node.sender is Sender.MODEL and not node.counts and node.id < response_id and node.id in standing.placed
        if standing.began_below(node.parent_id) == above
    ]
    last = max([above, *tried])
    return [ref for ref in standing.refs if ref.response_id == last]


def may_come_back(standing: Standing, response_id: str) -> bool:
    """Whether an answer that is hidden now must be shown once it is on the path again."""
    return response_id in standing.nodes and standing.nodes[response_id].answered


def _kept_in(standing: Standing, response_id: str) -> str:
    """What a slot shows off the path: what it shows now or, if that is empty, another answer with text.

    If there is none, the latest attempt.
    """
    node = standing.nodes[response_id]
    if node.counts:
        return response_id
    answers = standing.answers_to(node.parent_id)
    return max(each.id for each in [other for other in answers if other.counts] or answers)


def _showing(response_id: str, messages: Sequence[MessageRef]) -> Sequence[MessageRef]:
    return [replace(ref, response_id=response_id, part=part) for part, ref in enumerate(messages)]


def _in_place(standing: Standing, response_id: str, path: frozenset[str]) -> bool:
    """Whether an answer is part of what is shown. An empty one is if its turn began on the path."""
    node = standing.nodes[response_id]
    if response_id in path:
        return True
    if node.counts:
        return False
    below = standing.began_below(node.parent_id) if node.parent_id is not None else None
    return below is None or below in path


def _follows(standing: Standing, answer: Node, path: frozenset[str]) -> VariantNumber:
    """For an answer set aside: the variant number of the nearest answer above whose slot shows another."""
    shown = {slot: refs[0].response_id for slot, refs in standing.slots.items()}
    above = [node for node in standing.up(answer.parent_id) if node.sender is Sender.MODEL and node.id not in path]
    for node in above:
        other = standing.nodes.get(shown.get(standing.slot_of(node), node.id))
        if other is not None and other.id != node.id:
            same_question = other.parent_id == node.parent_id
            return (standing.variant_number(node.id) if same_question else None) or ABOVE_CHANGED
    return (standing.variant_number(above[-1].id) if above else None) or ABOVE_CHANGED
