"""The background of a mention: a part of its own, in which nothing that people write can end it or be another's."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.history import KEPT_FOR, PromptMessage, Role, prompt_of
from grokbot.conversation.parts import TextPart
from grokbot.conversation.response import Author, Mode, Overheard
from grokbot.conversation.text import background, visible
from grokbot.conversation.text.background import BEGINS, ENDS
from grokbot.conversation.text.names import safe_name

from .cases import ALICE, BOB, NOW, answer, conversation, human

HEARD = (Overheard(1, BOB, NOW, "Owls are strange."), Overheard(2, Author(3, "carol"), NOW, "Are they?"))


def parsed(text: str) -> list[tuple[str, str]]:
    """Whose words these are, by the strict rules of the format: any other text fails."""
    first, *lines, last, empty, end = text.split("\n")
    assert (first, last, empty, end) == (BEGINS, ENDS, "", "")
    assert len(text.splitlines()) == len(lines) + 3
    found = []
    for line in lines:
        said = json.loads(line)
        assert list(said) == ["name", "at", "text"]
        assert all(c == " " or visible(c) for c in line)
        found.append((said["name"], said["text"]))
    return found


@pytest.mark.parametrize("mode", Mode)
def test_it_stands_as_a_part_of_its_own_before_the_question(mode: Mode) -> None:
    asked = human("h1", text="are they?", author=ALICE, background=HEARD)
    prompt = prompt_of([asked], conversation(mode, guild_id=1), NOW)
    assert prompt.messages[-1] == PromptMessage(
        Role.USER, "alice: are they?", name="alice", parts=(TextPart(background(HEARD)),)
    )
    assert parsed(background(HEARD)) == [("bob", "Owls are strange."), ("carol", "Are they?")]


def test_later_requests_repeat_it_and_grow_at_their_end_only() -> None:
    asked, where = human("h1", text="are they?", background=HEARD), conversation(guild_id=1)
    path = [asked, answer("m1", "h1"), human("h2", "m1", "why?", background=HEARD[:1])]
    first, second = prompt_of(path[:1], where, NOW).messages, prompt_of(path, where, NOW).messages
    assert second[: len(first)] == first
    assert second[-1].parts == (TextPart(background(HEARD[:1])),)


def test_what_xai_keeps_is_not_sent_again() -> None:
    kept = answer("m1", "h1", xai_id="x", stored_until=NOW + KEPT_FOR)
    path = [human("h1", background=HEARD), kept, human("h2", "m1", "why?")]
    where = replace(conversation(Mode.STATEFUL, guild_id=1))
    assert [said.parts for said in prompt_of(path, where, NOW).messages] == [()]


def test_an_erased_question_takes_its_background_along() -> None:
    path = [human("h1", background=HEARD, erased=True, text=""), human("h2", "h1", "why?")]
    assert [said.parts for said in prompt_of(path, conversation(guild_id=1), NOW).messages if said.parts] == []


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=80)), min_size=1, max_size=4))
def test_whatever_people_write_and_are_called_it_is_read_back_as_it_was(said: list[tuple[str, str]]) -> None:
    heard = [Overheard(n, Author(n, name), NOW + timedelta(minutes=n), text) for n, (name, text) in enumerate(said)]
    assert parsed(background(heard)) == [(safe_name(name), text) for name, text in said]
