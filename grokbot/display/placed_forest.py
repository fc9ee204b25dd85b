"""The shape of a conversation and its messages in Discord, as a value to query.

Not here: what should stand where (`placement`), the responses' text (`conversation.response`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from grokbot.conversation.response import Sender

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grokbot.conversation.response import MessageRef


@dataclass(frozen=True, slots=True)
class VariantNumber:
    """Which variant of how many; counted from 1."""

    number: int
    of: int


@dataclass(frozen=True, slots=True)
class Node:
    """A response without its text."""

    id: str
    parent_id: str | None
    sender: Sender
    answered: bool = False
    """`Response.answered`."""
    open: bool = False
    """A model response that has not ended: its text will come."""

    @property
    def counts(self) -> bool:
        """Whether people can choose it as a variant."""
        return self.answered or self.open


@dataclass(frozen=True)
class Standing:
    """The shape of a conversation, and its messages in Discord.

    Args:
        nodes: All its own responses except those that wait for their turn. Ids sort by time.
        refs: The messages that show them.
        former: Human responses that a message held before it was edited, with that message's id.
        unshown: Answers not yet shown in full.
    """

    nodes: Mapping[str, Node]
    refs: Sequence[MessageRef] = ()
    former: Mapping[str, int] = field(default_factory=dict)
    unshown: frozenset[str] = frozenset()

    @cached_property
    def children(self) -> Mapping[str | None, Sequence[Node]]:
        """By parent, oldest first."""
        found: defaultdict[str | None, list[Node]] = defaultdict(list)
        for node in sorted(self.nodes.values(), key=lambda node: node.id):
            found[node.parent_id].append(node)
        return found

    @cached_property
    def placed(self) -> frozenset[str]:
        """The responses that some message shows."""
        return frozenset(ref.response_id for ref in self.refs)

    @cached_property
    def slots(self) -> Mapping[int | str | None, Sequence[MessageRef]]:
        """The messages of answers, by slot, in their order."""
        found: defaultdict[int | str | None, list[MessageRef]] = defaultdict(list)
        for ref in sorted(self.refs, key=lambda ref: ref.message_id):
            node = self.nodes.get(ref.response_id)
            if node is not None and node.sender is Sender.MODEL:
                found[self.slot_of(node)].append(ref)
        return found

    @cached_property
    def _messages(self) -> Mapping[str, int]:
        """By human response: its message, or its former one."""
        of_people = [ref for ref in self.refs if self._is_of_person(ref.response_id)]
        first = {ref.response_id: ref.message_id for ref in sorted(of_people, key=lambda ref: -ref.part)}
        return {**self.former, **first}

    def _is_of_person(self, response_id: str) -> bool:
        node = self.nodes.get(response_id)
        return node is not None and node.sender is Sender.HUMAN

    def slot_of(self, answer: Node) -> int | str | None:
        """The key of answers that share messages: what they answer, by its message if it has one."""
        return self.slot_below(answer.parent_id)

    def slot_below(self, parent_id: str | None) -> int | str | None:
        """The slot of the answers under a response; None for those at the very beginning."""
        return self._messages.get(parent_id, parent_id) if parent_id is not None else None

    def nowhere(self, response_id: str) -> bool:
        """Whether no message shows a response, nor held it before an edit."""
        return response_id not in self.placed and response_id not in self.former

    def up(self, response_id: str | None) -> Iterator[Node]:
        """From a response to its root."""
        while response_id is not None and response_id in self.nodes:
            node = self.nodes[response_id]
            yield node
            response_id = node.parent_id

    def path(self, leaf_id: str | None) -> frozenset[str]:
        """The conversation's own responses from root to leaf."""
        return frozenset(node.id for node in self.up(leaf_id))

    def answers_to(self, parent_id: str | None) -> Sequence[Node]:
        """All answers under a response, even empty ones, oldest first."""
        return [node for node in self.children[parent_id] if node.sender is Sender.MODEL]

    def variants(self, answer: Node) -> Sequence[Node]:
        """The answers under the same parent that people may choose from, oldest first."""
        return [node for node in self.answers_to(answer.parent_id) if node.counts]

    def variant_number(self, response_id: str) -> VariantNumber | None:
        """The number of an answer among its variants. None if it is the only one, or empty."""
        ids = [node.id for node in self.variants(self.nodes[response_id])]
        return VariantNumber(ids.index(response_id) + 1, len(ids)) if response_id in ids and len(ids) > 1 else None

    def asked(self, answer: Node) -> Sequence[Node]:
        """The human messages right above an answer, in order: what it answers."""
        humans: list[Node] = []
        for node in self.up(answer.parent_id):
            if node.sender is not Sender.HUMAN:
                break
            humans.append(node)
        return humans[::-1]

    def grown(self, nodes: Iterable[Node], refs: Iterable[MessageRef] = ()) -> Standing:
        """A copy with further responses, and with the messages of people that now hold these."""
        refs = tuple(refs)
        held = {ref.message_id: ref.response_id for ref in self.refs}
        left = {held[ref.message_id]: ref.message_id for ref in refs if ref.message_id in held}
        grown = {**self.nodes, **{node.id: node for node in nodes}}
        return replace(self.with_refs(refs), nodes=grown, former={**self.former, **left})

    def with_refs(self, refs: Iterable[MessageRef]) -> Standing:
        """A copy in which some messages show something else."""
        changed = {ref.message_id: ref for ref in refs}
        stay = [ref for ref in self.refs if ref.message_id not in changed]
        return replace(self, refs=(*stay, *changed.values()))

    def returning_leaf(self, response_id: str) -> str:
        """The leaf to return to from here: by the way shown last, or else by the newest.

        It follows only ways that end in an answer, and none over what a message no longer holds; if there is none
        below, the leaf is the response itself.
        """
        leaf = response_id
        while below := [node for node in self.children[leaf] if node.id in self._open_ways]:
            leaf = max(below, key=lambda node: (node.id in self.placed, node.id)).id
        return leaf

    def leaf_by(self, human_id: str) -> str | None:
        """The end of a path through a human message: the newest answer below it, or else the one above."""
        answered = [node.id for node in self._down(human_id) if node.answered]
        return max(answered, default=None) or self.began_below(human_id)

    def _down(self, response_id: str) -> Iterator[Node]:
        """All descendants of a response."""
        todo = list(self.children[response_id])
        while todo:
            node = todo.pop()
            yield node
            todo += self.children[node.id]

    def leads_to_answer(self, response_id: str) -> bool:
        """Whether it is an answer with text, or has one below it."""
        return response_id in self._answered_ways

    def began_below(self, response_id: str | None) -> str | None:
        """The answer above the group of human messages that holds this response; None at the beginning."""
        return next((node.id for node in self.up(response_id) if node.sender is Sender.MODEL), None)

    def chain_from(self, human_id: str, leaf_id: str | None) -> Sequence[str]:
        """A message and the later ones answered together with it: on the path, or else by where they stand."""
        path, chain = self.path(leaf_id), [human_id]
        while below := self._together_with(chain[-1], path):
            chain.append(max(below, key=lambda node: (node.id in path, node.id in self.placed, node.id)).id)
        return chain

    def _together_with(self, human_id: str, path: frozenset[str]) -> Sequence[Node]:
        """The messages below one that share its answer; none if it has an answer of its own."""
        below = self.children[human_id]
        humans = [node for node in below if node.sender is Sender.HUMAN]
        return humans if len(humans) == len(below) or any(node.id in path for node in humans) else ()

    @cached_property
    def _answered_ways(self) -> frozenset[str]:
        return self._ways(frozenset())

    @cached_property
    def _open_ways(self) -> frozenset[str]:
        return self._ways(frozenset(i for i in self.former if i not in self.placed))

    def _ways(self, closed: frozenset[str]) -> frozenset[str]:
        """The responses that lead to an answer without passing one of these."""
        ways: set[str] = set()
        for node in self.nodes.values():
            if node.answered:
                for above in self.up(node.id):
                    if above.id in ways or above.id in closed:
                        break
                    ways.add(above.id)
        return frozenset(ways)
