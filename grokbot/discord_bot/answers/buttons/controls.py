"""Which buttons stand under an answer, and which its menu has. Pure.

Not here: how the buttons look (`faces`), who may press them (`engine`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.draft import code_runs_of, thoughts_of
from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.conversation.response import State

if TYPE_CHECKING:
    from collections.abc import Collection

    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.response import Response
    from grokbot.display import VariantNumber
    from grokbot.engine.turns import Snapshot


class Control(StrEnum):
    """What people can do with an answer; the values stand in the buttons' ids, also under old messages."""

    STOP = "stop"
    CONTINUE = "continue"
    RETRY = "retry"
    PREVIOUS = "previous"
    NUMBER = "place"
    """Shows which variant of how many, and cannot be pressed. Messages in Discord have this value."""
    NEXT = "next"
    RESAMPLE = "resample"
    MENU = "menu"
    BRANCH = "branch"
    STAR = "star"
    UNSTAR = "unstar"
    SHARE = "share"
    SOURCES = "sources"
    THOUGHTS = "thoughts"
    CODE = "code"
    INFO = "info"
    DELETE = "delete"


A_ROW = 5
"""Buttons in one row (Discord's documentation, "Action Row")."""

VARIANTS = (Control.PREVIOUS, Control.NUMBER, Control.NEXT)
VIEWS = (Control.SOURCES, Control.THOUGHTS, Control.CODE)
"""What privately shows what is behind an answer, as far as there is something."""
HIDING = frozenset({Control.RESAMPLE, Control.PREVIOUS, Control.NEXT})
"""What hides the answers below."""

AFTER_REPAIR = frozenset({GrokFailure.BAD_KEY, GrokFailure.NO_CREDIT, GrokFailure.UNKNOWN_MODEL})
"""Failures that do not pass by themselves, but may once the operator or the person has changed something."""


def controls(snapshot: Snapshot, variant: VariantNumber | None = None, *, last: bool = True) -> tuple[Control, ...]:
    """The one row under an answer: Stop while it runs; later other variants, if any, what its end allows, and the menu.

    Args:
        snapshot: The answer as it is now.
        variant: Its number among its variants; None: it is not known, so none are offered.
        last: Whether it is the last answer of its conversation; no other one has buttons.
    """
    if snapshot.ended is None:
        return (Control.STOP,)
    return row_under(snapshot.ended, snapshot.trouble, variant) if last else ()


def row_under(
    answer: Response, trouble: GrokbotError | None = None, variant: VariantNumber | None = None
) -> tuple[Control, ...]:
    """The row under the last answer once it has ended. What does not fit is in the menu.

    Args:
        answer: The answer.
        trouble: Why it did not end well; None if it did.
        variant: Its number among its variants; None if there are none.
    """
    variants, acts = _variants(variant), acts_on(answer, trouble)
    return (*variants, *acts[: A_ROW - len(variants) - 1], Control.MENU)


def acts_on(answer: Response, trouble: GrokbotError | None = None) -> tuple[Control, ...]:
    """What goes on from an ended answer, the likeliest first.

    Args:
        answer: The answer.
        trouble: Why it did not end well; None if it did.
    """
    if answer.state is State.DONE:  # any trouble shown under it was another variant's
        return (Control.RESAMPLE,)
    if trouble is not None and not (isinstance(trouble, GrokError) and _may_help(trouble)):
        return ()
    if not answer.answered:
        return (Control.RETRY,)
    again = (Control.RETRY, Control.RESAMPLE) if answer.state is State.STOPPED else (Control.RETRY,)
    return (Control.CONTINUE, *again)


def menu_of(
    answer: Response, variant: VariantNumber | None, *, row: Collection[Control], allowed: Collection[Control]
) -> tuple[Control, ...]:
    """What the menu of an ended answer has: all that is possible and not in the row below the answer already.

    Args:
        answer: The answer.
        variant: Its number among its variants.
        row: The buttons under the answer.
        allowed: What this person may do with it here.
    """
    others = (
        *_variants(variant),
        Control.CONTINUE,
        Control.RETRY,
        Control.RESAMPLE,
        Control.BRANCH,
        Control.STAR,
        Control.UNSTAR,
        Control.SHARE,
    )
    whole = (*others, *_views(answer), Control.INFO, Control.DELETE)
    return tuple(each for each in whole if each not in row and (each in allowed or each in VIEWS))


def _may_help(trouble: GrokError) -> bool:
    return trouble.retryable or trouble.kind in AFTER_REPAIR


def _variants(variant: VariantNumber | None) -> tuple[Control, ...]:
    return VARIANTS if variant is not None and variant.of > 1 else ()


def _views(answer: Response) -> tuple[Control, ...]:
    sources = bool(answer.citations or answer.cited or answer.queries)
    there = (sources, bool(thoughts_of(answer)), bool(code_runs_of(answer)))
    return tuple(control for control, something in zip(VIEWS, there, strict=True) if something)
