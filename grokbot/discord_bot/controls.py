"""Which buttons stand under an answer. Pure.

Not here: the buttons themselves (`buttons`), who may press them (`engine`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokTrouble
from grokbot.conversation.response import State

if TYPE_CHECKING:
    from grokbot.engine.running import Snapshot


class Control(StrEnum):
    """What can be done with an answer; the values stand in the buttons' ids."""

    STOP = "stop"
    CONTINUE = "continue"
    RETRY = "retry"


def controls(snapshot: Snapshot) -> tuple[Control, ...]:
    """Stop as long as it runs. Later, if it did not come to its own end: go on with what there is, or try again."""
    if snapshot.ended is None:
        return (Control.STOP,)
    state, trouble = snapshot.ended.state, snapshot.trouble
    if state is State.DONE or (trouble is not None and not (isinstance(trouble, GrokTrouble) and trouble.retryable)):
        return ()
    if not snapshot.ended.answered:
        return (Control.RETRY,)
    return (Control.CONTINUE,) if state is State.STOPPED else (Control.CONTINUE, Control.RETRY)
