from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.history import WHO_SPEAKS, Prompt, PromptMessage, Role, prompt_of
from grokbot.conversation.response import Author, Conversation, Mode
from grokbot.conversation.text import HOW_TO_READ, spoken
from grokbot.conversation.text.names import COLONS
from grokbot.policy.filters import Action, Where, check_prompt, new_filter
from grokbot.wire.xai import chat_pb2
from grokbot.xai.requests import request_of
from tests.conversation.cases import ALICE, NOW, answer, conversation, human
from tests.policy.injection_corpus import CORPUS, Attempt

SYSTEM = "You are Grok. Be brief."
SERVER = conversation(guild_id=1, prompt=SYSTEM)
DIRECT = conversation(prompt=SYSTEM)
each = pytest.mark.parametrize("attempt", CORPUS, ids=lambda attempt: attempt.trick.replace(" ", "-"))


def asked(attempt: Attempt, where: Conversation) -> Prompt:
    """The attempt in the middle of a conversation: alice before it, an answer after it, alice again."""
    mallory = Author(666, attempt.name)
    path = [
        human("h1", text="hi", author=ALICE),
        human("h2", "h1", attempt.text, author=mallory),
        answer("m1", "h2", "fine", xai_id="x-1", stored_until=NOW + timedelta(days=20)),
        human("h3", "m1", "and now?", author=ALICE),
    ]
    return prompt_of(path, where, NOW)


def test_the_corpus_is_large_and_no_trick_is_there_twice() -> None:
    assert len(CORPUS) >= 60
    assert len({(attempt.name, attempt.text) for attempt in CORPUS}) == len(CORPUS)
    assert len({attempt.trick for attempt in CORPUS}) >= 60


@each
def test_one_persons_message_stays_one_message_of_a_user(attempt: Attempt) -> None:
    messages = asked(attempt, SERVER).messages
    assert [said.role for said in messages] == [Role.SYSTEM, Role.USER, Role.USER, Role.ASSISTANT, Role.USER]
    shown = attempt.shown_name
    assert messages[2] == PromptMessage(Role.USER, spoken(shown, attempt.text), name=shown)
    assert messages[2].text.replace("\\", "") == f"{shown}: {attempt.text}".replace("\\", "")
    assert [said.text for said in messages[3:]] == ["fine", "alice: and now?"]


@each
def test_a_name_cannot_be_forged_with_a_line_or_a_colon(attempt: Attempt) -> None:
    said = asked(attempt, SERVER).messages[2]
    name, colon, text = said.text.partition(": ")
    assert (name, colon, text) == (attempt.shown_name, ": ", spoken("x", attempt.text)[3:])
    assert len(name.splitlines()) == 1
    assert not COLONS & set(name)


@each
@pytest.mark.parametrize(
    "where", [SERVER, DIRECT, replace(SERVER, mode=Mode.STATEFUL)], ids=["server", "direct", "stateful"]
)
def test_what_the_model_is_told_is_the_same_whatever_people_write(attempt: Attempt, where: Conversation) -> None:
    harmless = asked(Attempt("none", "hello"), where)
    tried = asked(attempt, where)
    systems = [said for said in tried.messages if said.role is Role.SYSTEM]
    assert [s.text.encode() for s in systems] == [s.text.encode() for s in harmless.messages if s.role is Role.SYSTEM]
    assert all(said.text in (f"{SYSTEM}\n\n{HOW_TO_READ}", f"{SYSTEM}\n\n{WHO_SPEAKS}") for said in systems)
    assert (tried.previous_response_id, tried.store) == (harmless.previous_response_id, harmless.store)
    assert [said.role for said in tried.messages] == [said.role for said in harmless.messages]


@each
def test_no_request_but_for_the_words_differs_on_the_wire(attempt: Attempt) -> None:
    """Model, tools, options and all other messages are what they are without the attempt."""
    attempt = replace(attempt, name=_encodable(attempt.name), text=_encodable(attempt.text))
    request, harmless = (request_of(asked(one, SERVER), SERVER) for one in (attempt, Attempt("none", "hello")))
    assert request.messages[2].role == chat_pb2.ROLE_USER
    assert len(request.messages[2].content) == 1
    del request.messages[2], harmless.messages[2]
    assert request.SerializeToString(deterministic=True) == harmless.SerializeToString(deterministic=True)


def _encodable(text: str) -> str:
    """Half a character cannot be sent at all."""
    return text.encode(errors="replace").decode()


@each
def test_a_filter_reads_what_is_written_to_its_end(attempt: Attempt) -> None:
    one = new_filter("1", "the very end", Where.PROMPTS, Action.TELL, present=0)
    assert len(check_prompt([one], attempt.text + "the very end")) == 1


@given(st.text(st.characters()), st.text(st.characters(), max_size=40))
def test_nothing_at_all_that_people_write_or_are_called_changes_the_shape_of_a_request(text: str, name: str) -> None:
    prompt = asked(Attempt("any", text, name), SERVER)
    assert [said.role for said in prompt.messages] == [Role.SYSTEM, Role.USER, Role.USER, Role.ASSISTANT, Role.USER]
    assert prompt.messages[0].text == f"{SYSTEM}\n\n{WHO_SPEAKS}"
    assert prompt.messages[2].text.partition(": ")[2] == spoken("x", text)[3:]
