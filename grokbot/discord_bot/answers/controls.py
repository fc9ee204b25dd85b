"""Which buttons stand under an answer. Pure.

Not here: the buttons themselves (`buttons`), who may press them (`engine`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.draft import code_runs_of, thoughts_of
from grokbot.conversation.errors import GrokError
from grokbot.conversation.response import State

if TYPE_CHECKING:
    from grokbot.conversation.response import Response
    from grokbot.display import VariantNumber
    from grokbot.engine.turns import Snapshot


class Control(StrEnum):
    """What people can do with an answer; the values stand in the buttons' ids."""

    STOP = "stop"
    CONTINUE = "continue"
    RETRY = "retry"
    PREVIOUS = "previous"
    NUMBER = "place"
    """Shows which variant of how many, and cannot be pressed. Messages in Discord have this value."""
    NEXT = "next"
    RESAMPLE = "resample"
    BRANCH = "branch"
    STAR = "star"
    SHARE = "share"
    SOURCES = "sources"
    THOUGHTS = "thoughts"
    CODE = "code"


VARIANTS = (Control.PREVIOUS, Control.NUMBER, Control.NEXT)
WHOLE = (Control.RESAMPLE, Control.BRANCH, Control.STAR, Control.SHARE)
"""The buttons of an answer that ended normally and has content."""
VIEWS = (Control.SOURCES, Control.THOUGHTS, Control.CODE)
"""The buttons that privately show what is behind an answer, as far as there is something."""
BROKEN_OFF = (Control.CONTINUE, Control.RETRY)
"""The buttons of an answer that was cut off, as far as allowed."""


def controls(
    snapshot: Snapshot, variant: VariantNumber | None = None, *, last: bool = True, branches: bool = True
) -> tuple[Control, ...]:
    """The buttons under an answer: Stop while it runs; later other variants, if any, and what its end allows.

    An answer that was cut off can be continued or retried. If it is not the last one in the channel, Regenerate takes
    the place of Retry: it works anywhere in a conversation.

    Args:
        snapshot: The answer as it is now.
        variant: Its number among its variants; None: it is not known, so none are offered.
        last: Whether no answer stands below it in the channel.
        branches: False in direct messages, where a branch has no place.
    """
    if snapshot.ended is None:
        return (Control.STOP,)
    after = _after_the_end(snapshot)
    if not last and after and after[0] in BROKEN_OFF:
        after = (*after[: after.count(Control.CONTINUE)], Control.RESAMPLE)
    offered = (*_variants(variant), *after, *_views(snapshot.ended))
    return offered if branches else tuple(control for control in offered if control is not Control.BRANCH)


def _variants(variant: VariantNumber | None) -> tuple[Control, ...]:
    return VARIANTS if variant is not None and variant.of > 1 else ()


def _views(answer: Response) -> tuple[Control, ...]:
    sources = bool(answer.citations or answer.cited or answer.queries)
    there = (sources, bool(thoughts_of(answer)), bool(code_runs_of(answer)))
    return tuple(control for control, something in zip(VIEWS, there, strict=True) if something)


def _after_the_end(snapshot: Snapshot) -> tuple[Control, ...]:
    if snapshot.ended is None:
        return ()
    state, trouble, answered = snapshot.ended.state, snapshot.trouble, snapshot.ended.answered
    if state is State.DONE:  # any trouble shown under it was another variant's
        return WHOLE if answered else (Control.RESAMPLE,)
    if trouble is not None and not (isinstance(trouble, GrokError) and trouble.retryable):
        return ()
    if not answered:
        return (Control.RETRY,)
    return (Control.CONTINUE,) if state is State.STOPPED else (Control.CONTINUE, Control.RETRY)
