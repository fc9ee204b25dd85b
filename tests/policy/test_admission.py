from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.errors import ClosedError, NotAllowedError, UserError
from grokbot.conversation.records import Pause
from grokbot.conversation.response import Conversation, Mode
from grokbot.policy.admission import (
    ALL_READ,
    BROKEN_BECAUSE,
    LOCKED,
    NOTHING_TO_READ,
    ONLY_FILES,
    PAUSED,
    PAUSED_FOR,
    VOICE,
    Unread,
    admit,
    check_open,
)

AT = datetime(2026, 11, 23, tzinfo=UTC)
OPEN = Conversation(
    id="c",
    guild_id=1,
    channel_id=2,
    owner_id=3,
    mode=Mode.STATELESS,
    model="grok-4.7",
    created_at=AT,
    modified_at=AT,
)


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b", "\u202e\u2066", "\u3164", "\u2800", "\ufe0f", "\u00a0"])
def test_a_message_with_nothing_to_see_is_the_persons_to_mend(text: str) -> None:
    for where in (None, OPEN):
        with pytest.raises(UserError, match=NOTHING_TO_READ):
            admit(where, text)


def test_a_message_of_nothing_but_files_is_told_what_can_be_read() -> None:
    unread = Unread(voice=("v.ogg",), other=("a.bin",), broken=(("b.pdf", "is broken"),))
    with pytest.raises(UserError) as caught:
        admit(OPEN, "", unread=unread)
    assert str(caught.value) == "\n".join(
        (VOICE, ONLY_FILES.format(names="`a.bin`"), BROKEN_BECAUSE["is broken"].format(name="`b.pdf`"))
    )
    assert unread + Unread(other=("c.bin",)) == replace(unread, other=("a.bin", "c.bin"))


@pytest.mark.parametrize("text", ["a", "?", "7", "你", "❤️", "\U0001fae8", "👩\u200d🚀", "\u202ea"])
@pytest.mark.parametrize("unread", [ALL_READ, Unread(other=("a.bin",))])
def test_a_message_with_something_to_see_passes(text: str, unread: Unread) -> None:
    admit(None, text, unread=unread)
    admit(OPEN, text, unread=unread)


def test_a_locked_conversation_takes_nothing_and_says_who_can_mend_it() -> None:
    with pytest.raises(NotAllowedError, match=LOCKED):
        admit(replace(OPEN, locked=True), "hello")


@given(st.text(st.characters(categories=["Zs", "Zl", "Zp", "Cc", "Cf"])))
def test_no_mixture_of_unseen_characters_becomes_a_turn(text: str) -> None:
    with pytest.raises(UserError):
        admit(OPEN, text)


def test_while_answers_are_paused_none_begins_and_the_reason_is_told() -> None:
    check_open(None)
    with pytest.raises(ClosedError, match=PAUSED):
        check_open(Pause(AT, by=1))
    with pytest.raises(ClosedError, match=PAUSED_FOR.format(reason="We are moving.")):
        check_open(Pause(AT, by=1, reason="We are moving."))
