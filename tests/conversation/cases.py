"""Responses by hand and forests by hypothesis.

Not here: what is proved with them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from grokbot.conversation.response import Author, Conversation, Mode, Options, Response, Sender, State

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALICE = Author(111, "alice")
BOB = Author(222, "bob")
ENDED = tuple(state for state in State if state.ended)


def conversation(mode: Mode = Mode.STATELESS, *, guild_id: int | None = None, prompt: str = "") -> Conversation:
    return Conversation(
        id="c",
        guild_id=guild_id,
        channel_id=9,
        owner_id=ALICE.id,
        mode=mode,
        model="grok-4.7",
        created_at=NOW,
        modified_at=NOW,
        options=Options(system_prompt=prompt),
    )


def human(response_id: str, parent_id: str | None = None, text: str = "a question", **more: Any) -> Response:
    asked = Response(
        id=response_id,
        conversation_id="c",
        parent_id=parent_id,
        sender=Sender.HUMAN,
        state=State.DONE,
        created_at=NOW,
        author=ALICE,
        message=text,
    )
    return replace(asked, **more)


def answer(response_id: str, parent_id: str | None, text: str = "an answer", **more: Any) -> Response:
    said = Response(
        id=response_id,
        conversation_id="c",
        parent_id=parent_id,
        sender=Sender.MODEL,
        state=State.DONE,
        created_at=NOW,
        message=text,
    )
    return replace(said, **more)


@st.composite
def trees(draw: Callable[..., Any], *, most: int = 24) -> list[Response]:
    """Responses of one conversation in creation order, with any edges that a forest may have."""
    made: list[Response] = []
    for number in range(draw(st.integers(0, most))):
        parent = draw(st.none() | st.sampled_from(made)) if made else None
        parent_id = parent.id if parent is not None else None
        if draw(st.booleans()):
            made.append(human(f"r{number}", parent_id, author=draw(st.sampled_from([ALICE, BOB]))))
        else:
            text, state = draw(st.sampled_from(["", " ", "text"])), draw(st.sampled_from(list(State)))
            made.append(answer(f"r{number}", parent_id, text, state=state))
    return made
