"""What changes in Discord when the shown path of a conversation moves, and how to show one answer. Pure.

Not here: which answer each message shows (`visibility`), writing messages (`discord_bot`), keeping where they stand
(`store`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.response import Sender
from grokbot.display.visibility import arranged, belongs, last_shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grokbot.conversation.response import MessageRef, Response
    from grokbot.display.placed_forest import Standing, VariantNumber
    from grokbot.display.visibility import Arrangement


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
    last: bool = True
    """Whether it is the last answer that people see of its conversation: only that one has buttons."""
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
        last=response_id == last_shown(standing, arrangement.leaf_id),
        said=tuple(human for human in before.said if standing.nowhere(human.id)),
    )


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
    ends = {
        last_shown(before, leaf_before),
        last_shown(after, leaf_after),
    }  # the row of buttons goes from one to the other
    if len(ends) > 1:
        again += [i for i in later.messages if i in ends and i not in again and not after.nodes[i].open]
    former = [(i, message_id) for i, message_id in after.former.items() if i not in before.former]
    return Rearranged(moved=moved, former=former, again=again)


def settled(standing: Standing, change: Rearranged) -> Standing:
    """A copy with the change made. `standing` holds the new responses already."""
    return replace(standing.with_refs(change.moved), former={**standing.former, **dict(change.former)})


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
