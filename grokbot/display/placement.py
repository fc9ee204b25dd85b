"""Where the responses of a conversation should stand in Discord, for the path that is shown. Pure.

A slot is the messages of all answers to one message: its variants, and the answers from before it was edited, are
written into the same messages. A slot shows one answer: the one on the path or, if none of them is, the one that it
showed before, set aside. Not here: writing messages (`discord_bot`), keeping where they stand (`store`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from grokbot.conversation.response import Sender
from grokbot.display.placed_forest import VariantNumber

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grokbot.conversation.response import MessageRef, Response
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

    @cached_property
    def messages(self) -> Mapping[str, tuple[MessageRef, ...]]:
        """By answer, in their order."""
        found: defaultdict[str, tuple[MessageRef, ...]] = defaultdict(tuple)
        for ref in self.refs:
            found[ref.response_id] += (ref,)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Rearranged:
    """A change of what stands where, to be stored."""

    moved: Sequence[MessageRef] = ()
    """Messages that show something else from now on."""
    former: Sequence[tuple[str, int]] = ()
    """Human responses that a message no longer holds, with its id."""
    again: Sequence[str] = ()
    """Answers whose messages must be written again."""
    moves_leaf: bool = False
    """Whether the leaf moves to `leaf_id`."""
    leaf_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How to show one answer, and in which messages."""

    messages: tuple[MessageRef, ...] = ()
    """Existing messages to overwrite."""
    variant: VariantNumber | None = None
    """None if it is the only one."""
    aside: VariantNumber | None = None
    """Of an answer no longer on the path: the variant it follows, for its messages to say."""
    may_grow: bool = True
    """Whether more messages may follow: not if later ones of the conversation stand below."""
    said: tuple[Response, ...] = ()
    """The messages it answers that are not in Discord and must be posted before it."""
    continues: str | None = None
    """The answer that it continues, if a button asked for that."""


def shown(standing: Standing, arrangement: Arrangement, response_id: str, before: Shown, *, newest: bool) -> Shown:
    """How to show an answer now.

    Args:
        standing: The forest, and which messages show what.
        arrangement: What is shown along the path to the leaf.
        response_id: The answer.
        before: The plan so far: what it continues stays, and so does what is not posted yet.
        newest: Whether no later conversation stands below this one in the channel.
    """
    messages = arrangement.messages.get(response_id, ())
    return replace(
        before,
        messages=messages,
        variant=standing.variant_number(response_id),
        aside=arrangement.aside.get(response_id),
        may_grow=may_grow(standing, messages) and (newest or not messages),
        said=tuple(human for human in before.said if standing.nowhere(human.id)),
    )


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
    return Arrangement(tuple(refs), aside)


def rearranged(before: Standing, leaf_before: str | None, after: Standing, leaf_after: str | None) -> Rearranged:
    """What changes in Discord when the leaf moves or new responses come.

    Args:
        before: As it stands.
        leaf_before: The leaf it shows.
        after: With the new responses, and people's messages moved to what they hold now.
        leaf_after: The leaf to show.
    """
    after = after.grown((), _held(after, leaf_after))
    earlier, later = arranged(before, leaf_before), arranged(after, leaf_after)
    was = {ref.message_id: ref for ref in before.refs}
    moved = [ref for ref in (*later.refs, *_of_people(after)) if was.get(ref.message_id) != ref]
    again = [
        i
        for i, refs in later.messages.items()
        if (i in earlier.aside) != (i in later.aside) or any(was[ref.message_id].response_id != i for ref in refs)
    ]
    # Includes answers without messages: not sent yet, or the first is being sent. Excludes answers that were
    # shown once and have no messages now: a moderator may have deleted them.
    again += [i for i in sorted(before.unshown - after.placed) if _changes(before, leaf_before, after, leaf_after, i)]
    former = [(i, message_id) for i, message_id in after.former.items() if i not in before.former]
    return Rearranged(moved=moved, former=former, again=again)


def settled(standing: Standing, change: Rearranged) -> Standing:
    """A copy with the change made. `standing` holds the new responses already."""
    return replace(standing.with_refs(change.moved), former={**standing.former, **dict(change.former)})


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


def may_come_back(standing: Standing, response_id: str) -> bool:
    """Whether an answer that is hidden now must be shown once it is on the path again."""
    return response_id in standing.nodes and standing.nodes[response_id].answered


def may_grow(standing: Standing, messages: Sequence[MessageRef]) -> bool:
    """Whether further messages may follow these: nothing of the conversation stands below them."""
    if not messages:
        return True
    own = {ref.message_id for ref in messages}
    last = max(own)
    channel = messages[0].channel_id
    return not any(
        ref.message_id > last and ref.channel_id == channel for ref in standing.refs if ref.message_id not in own
    )


def _changes(
    before: Standing, leaf_before: str | None, after: Standing, leaf_after: str | None, response_id: str
) -> bool:
    if response_id not in before.nodes or after.nodes[response_id].open:
        return False
    return belongs(before, response_id, leaf_before) != belongs(after, response_id, leaf_after)


def _held(standing: Standing, leaf_id: str | None) -> Sequence[MessageRef]:
    """People's messages that should hold a response of the path but hold another wording now."""
    wording = {
        standing.former[i]: i for i in standing.path(leaf_id) if i in standing.former and i not in standing.placed
    }
    return [replace(ref, response_id=wording[ref.message_id]) for ref in standing.refs if ref.message_id in wording]


def _of_people(standing: Standing) -> Iterator[MessageRef]:
    for ref in standing.refs:
        node = standing.nodes.get(ref.response_id)
        if node is not None and node.sender is Sender.HUMAN:
            yield ref


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
