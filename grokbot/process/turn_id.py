"""The turn that the current task works for, so that all of its lines and spans can name it.

Not here: how a line does (`logs`), what a turn is (`engine.turns`).
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TURN: ContextVar[str] = ContextVar("turn", default="")


def current_turn() -> str:
    """The id of the turn's answer; "" outside of turns."""
    return _TURN.get()


def join_turn(turn_id: str) -> None:
    """What the current task logs from now on belongs to this turn."""
    _TURN.set(turn_id)


@contextmanager
def of_turn(turn_id: str) -> Iterator[None]:
    """What is logged inside the block, and in tasks that begin there, belongs to this turn; "": to none."""
    before = _TURN.set(turn_id)
    try:
        yield
    finally:
        _TURN.reset(before)
