"""Random forests and random walks over them, as people resample, switch, edit and go on."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.response import MessageRef, Sender
from grokbot.display import (
    ABOVE_CHANGED,
    Node,
    Rearranged,
    Standing,
    VariantNumber,
    arranged,
    may_grow,
    rearranged,
    stands,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

CHANNEL = 900
WALKS = 300
STEPS = 14


@dataclass
class Thread:
    """A conversation as the engine and the Discord side together keep it, with what each message says."""

    standing: Standing = field(default_factory=lambda: Standing({}))
    leaf: str | None = None
    says: dict[int, tuple[str, bool]] = field(default_factory=dict)
    """By message of an answer: which one it says, and whether it says that it is set aside."""
    number: int = 0

    def next_id(self) -> str:
        self.number += 1
        return f"r{self.number:05}"

    def ask(self, chance: random.Random, people: int = 1, *, fails: bool = False) -> None:
        """New messages, answered together below the leaf."""
        parent, nodes, refs = self.leaf, [], []
        for _ in range(people):
            node = Node(self.next_id(), parent, Sender.HUMAN)
            refs.append(MessageRef(self.number, CHANNEL, node.id))
            nodes.append(node)
            parent = node.id
        answer = Node(self.next_id(), parent, Sender.MODEL, answered=not fails)
        self.standing = replace(self.standing.grown([*nodes, answer]), refs=(*self.standing.refs, *refs))
        self.send(answer.id, chance.randint(1, 2))
        if not fails:
            self.leaf = answer.id

    def send(self, response_id: str, count: int) -> None:
        for part in range(count):
            self.number += 1
            ref = MessageRef(self.number, CHANNEL, response_id, part)
            self.standing = replace(self.standing, refs=(*self.standing.refs, ref))
            self.says[ref.message_id] = (response_id, False)

    def take(self, change: Rearranged, after: Standing, leaf: str | None) -> None:
        """What the engine keeps, and what the Discord side writes of it: only what it is told to."""
        self.standing, self.leaf = after.with_refs(change.moved), leaf
        arrangement = arranged(self.standing, leaf)
        for response_id in change.again:
            for ref in arrangement.messages[response_id]:
                self.says[ref.message_id] = (response_id, response_id in arrangement.aside)

    def instead(self, after: Standing, answer: Node, began_below: str | None, *, fails: bool) -> None:
        """An answer that runs in the place of another, and its end."""
        self.take(rearranged(self.standing, self.leaf, after, answer.id), after, answer.id)
        self.check(answer.id)
        ended = self.standing.grown([replace(answer, open=False, answered=not fails)])
        leaf = began_below if fails else answer.id
        self.take(rearranged(self.standing, answer.id, ended, leaf), ended, leaf)

    def resample(self, chance: random.Random, *, fails: bool = False) -> None:
        shown = self.shown()
        if shown:
            leaf, parent_id = self.leaf, chance.choice(shown).parent_id
            answer = Node(self.next_id(), parent_id, Sender.MODEL, open=True)
            self.instead(self.standing.grown([answer]), answer, leaf, fails=fails)

    def select(self, chance: random.Random) -> None:
        shown = self.shown()
        if shown:
            other = chance.choice(self.standing.variants(chance.choice(shown)))
            leaf = self.standing.returning_leaf(other.id)
            self.take(rearranged(self.standing, self.leaf, self.standing, leaf), self.standing, leaf)

    def edit(self, chance: random.Random, *, fails: bool = False) -> None:
        said = [node for node in self.standing.up(self.leaf) if node.sender is Sender.HUMAN]
        if not said:
            return
        asked = chance.choice(said)
        chain = self.standing.chain_from(asked.id, self.leaf)
        parent, new = asked.parent_id, []
        for _ in chain:
            new.append(Node(self.next_id(), parent, Sender.HUMAN))
            parent = new[-1].id
        answer = Node(self.next_id(), parent, Sender.MODEL, open=True)
        self.instead(
            self.standing.grown([*new, answer], self.held(chain, [node.id for node in new])),
            answer,
            self.standing.began_below(asked.id),
            fails=fails,
        )

    def edit_back(self, chance: random.Random) -> None:
        """To an earlier version of one message that was answered."""
        held = {ref.response_id: ref.message_id for ref in self.standing.refs}
        for node in self.standing.up(self.leaf):
            chain = self.standing.chain_from(node.id, self.leaf) if node.sender is Sender.HUMAN else ()
            earlier = [
                other.id
                for other in self.standing.children[node.parent_id]
                if self.standing.former.get(other.id) == held.get(node.id) and self.standing.leads_to_answer(other.id)
            ]
            if len(chain) == 1 and earlier:
                back = chance.choice(earlier)
                leaf = self.standing.returning_leaf(back)
                after = self.standing.grown((), self.held(chain, [back]))
                self.take(rearranged(self.standing, self.leaf, after, leaf), after, leaf)
                return

    def held(self, chain: Sequence[str], hold: Sequence[str]) -> list[MessageRef]:
        instead = dict(zip(chain, hold, strict=True))
        return [
            replace(ref, response_id=instead[ref.response_id])
            for ref in self.standing.refs
            if ref.response_id in instead
        ]

    def shown(self) -> list[Node]:
        return [node for node in self.standing.up(self.leaf) if node.sender is Sender.MODEL]

    def check(self, leaf: str | None) -> None:
        """What the messages show is exactly the path, and all else is set aside."""
        standing, path = self.standing, self.standing.path(leaf)
        arrangement = arranged(standing, leaf)
        assert {ref.message_id: ref.response_id for ref in arrangement.refs} == {
            message: response_id for message, (response_id, _) in self.says.items()
        }
        whole = {response_id for response_id, aside in self.says.values() if not aside}
        on_path = {i for i in path if standing.nodes[i].sender is Sender.MODEL}
        assert on_path <= whole
        assert all(not standing.nodes[i].counts for i in whole - on_path)
        assert {i for i, aside in self.says.values() if aside} == set(arrangement.aside)
        assert all(stands(standing, i, leaf) for i in standing.placed if standing.nodes[i].sender is Sender.MODEL)
        for slot in standing.slots.values():
            assert len({self.says[ref.message_id] for ref in slot}) == 1
        slots = [standing.slot_of(standing.nodes[i]) for i in {i for i, _ in self.says.values()}]
        assert len(slots) == len(set(slots))
        people = [ref.response_id for ref in standing.refs if standing.nodes[ref.response_id].sender is Sender.HUMAN]
        assert len(people) == len(set(people))
        assert {i for i in path if standing.nodes[i].sender is Sender.HUMAN} <= set(people)
        for response_id, variant in arrangement.aside.items():
            assert variant == ABOVE_CHANGED or 1 <= variant.number <= variant.of
            assert response_id not in path


def walk(thread: Thread, chance: random.Random) -> None:
    acts = (
        lambda: thread.ask(chance, chance.choice((1, 1, 1, 2, 3))),
        lambda: thread.ask(chance),
        lambda: thread.ask(chance, fails=True),
        lambda: thread.resample(chance),
        lambda: thread.resample(chance, fails=True),
        lambda: thread.select(chance),
        lambda: thread.select(chance),
        lambda: thread.edit(chance),
        lambda: thread.edit(chance, fails=True),
        lambda: thread.edit_back(chance),
    )
    for _ in range(STEPS):
        chance.choice(acts)()
        thread.check(thread.leaf)


@pytest.mark.parametrize("block", range(4))
def test_after_any_walk_the_messages_show_exactly_the_path_and_all_else_is_set_aside(block: int) -> None:
    for seed in range(block * WALKS, (block + 1) * WALKS):
        walk(Thread(), random.Random(seed))


def grown() -> Thread:
    """Three turns: q1 a1 q2 a2 q3 a3."""
    thread, chance = Thread(), random.Random(1)
    for _ in range(3):
        thread.ask(chance)
    return thread


def test_switching_back_brings_back_exactly_what_was_shown() -> None:
    thread = grown()
    says, leaf = dict(thread.says), thread.leaf
    first = thread.shown()[-1]
    other = Node(thread.next_id(), first.parent_id, Sender.MODEL, open=True)
    thread.instead(thread.standing.grown([other]), other, leaf, fails=False)
    assert says != thread.says
    back = thread.standing.returning_leaf(first.id)
    assert back == leaf
    thread.take(rearranged(thread.standing, thread.leaf, thread.standing, back), thread.standing, back)
    assert says == thread.says


def test_what_is_set_aside_says_which_variant_it_follows_and_keeps_saying_so() -> None:
    thread = grown()
    last, middle, first = thread.shown()
    for number, shown in ((1, middle), (2, first)):
        other = Node(thread.next_id(), shown.parent_id, Sender.MODEL, open=True)
        thread.instead(thread.standing.grown([other]), other, thread.leaf, fails=False)
        aside = arranged(thread.standing, thread.leaf).aside
        assert aside[last.id] == VariantNumber(1, 2)
        assert len(aside) == number


def test_what_followed_an_edited_message_is_told_from_what_followed_a_variant() -> None:
    thread = grown()
    says, leaf = dict(thread.says), thread.leaf
    first = thread.shown()[-1]
    asked = thread.standing.nodes[first.parent_id or ""]
    new = Node(thread.next_id(), asked.parent_id, Sender.HUMAN)
    answer = Node(thread.next_id(), new.id, Sender.MODEL, open=True)
    held = thread.held([asked.id], [new.id])
    thread.instead(thread.standing.grown([new, answer], held), answer, None, fails=False)
    arrangement = arranged(thread.standing, thread.leaf)
    assert list(arrangement.aside.values()) == [ABOVE_CHANGED, ABOVE_CHANGED]
    after = thread.standing.grown((), thread.held([new.id], [asked.id]))
    thread.take(rearranged(thread.standing, thread.leaf, after, leaf), after, leaf)
    assert says == thread.says


def test_messages_that_an_earlier_variant_sent_late_are_given_to_the_one_that_is_shown() -> None:
    thread = grown()
    first = thread.shown()[-1]
    other = Node(thread.next_id(), first.parent_id, Sender.MODEL, open=True)
    thread.instead(thread.standing.grown([other]), other, thread.leaf, fails=False)
    late = MessageRef(10_000, CHANNEL, first.id, 2)
    standing = replace(thread.standing, refs=(*thread.standing.refs, late))
    moved = rearranged(standing, thread.leaf, standing, thread.leaf).moved
    assert [(ref.message_id, ref.response_id) for ref in moved if ref.message_id == 10_000] == [(10_000, other.id)]


def test_an_answer_may_grow_only_where_nothing_stands_below_it() -> None:
    thread = grown()
    last, middle, _ = thread.shown()
    messages = arranged(thread.standing, thread.leaf).messages
    assert may_grow(thread.standing, messages[last.id])
    assert not may_grow(thread.standing, messages[middle.id])
    assert may_grow(thread.standing, ())


def test_variants_are_counted_only_with_something_in_them() -> None:
    thread = grown()
    first = thread.shown()[-1]
    assert thread.standing.variant_number(first.id) is None
    for number, fails in ((1, True), (2, False)):
        other = Node(thread.next_id(), first.parent_id, Sender.MODEL, open=True)
        thread.instead(thread.standing.grown([other]), other, thread.leaf, fails=fails)
        assert len(thread.standing.variants(first)) == number
    assert thread.standing.variant_number(first.id) == VariantNumber(1, 2)
    assert thread.leaf is not None
    assert thread.standing.variant_number(thread.leaf) == VariantNumber(2, 2)
