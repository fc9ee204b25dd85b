from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings

from grokbot.conversation.parts import AttachedFile
from grokbot.conversation.response import Conversation, MessageRef, Response, Usage
from grokbot.store.tables.conversations import attachments, discord_messages, responses
from grokbot.store.tables.conversations import conversations as conversations_table
from grokbot.store.tables.rows import (
    conversation_of_row,
    forest_of,
    message_of_row,
    response_of_row,
    row_of_conversation,
    row_of_message,
    row_of_response,
    storable,
)
from grokbot.store.tables.types import Moment

from . import cases

if TYPE_CHECKING:
    from grokbot.store import Store

in_one_store = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # every example has ids of its own
)


@given(cases.conversations)
def test_a_conversation_becomes_a_row_and_the_same_conversation_again(conversation: Conversation) -> None:
    row = row_of_conversation(conversation)
    assert set(row) == set(conversations_table.c.keys())
    assert conversation_of_row(row) == conversation


@given(cases.answers)
def test_a_response_becomes_a_row_and_the_same_response_again(response: Response) -> None:
    row = row_of_response(response)
    assert set(row) == set(responses.c.keys())
    assert response_of_row(row) == response


def test_every_field_of_a_value_has_its_column() -> None:
    assert {field.name for field in fields(Conversation)} == set(conversations_table.c.keys())
    assert {field.name for field in fields(MessageRef)} == set(discord_messages.c.keys())
    usage = {field.name for field in fields(Usage)}
    assert {field.name for field in fields(AttachedFile)} == set(attachments.c.keys())
    # The column `citations` also has where the text cites them.
    plain = {field.name for field in fields(Response)} - {"author", "usage", "attachments", "background", "cited"}
    assert plain | usage | {"author_id", "author_name"} == set(responses.c.keys())


def test_a_message_becomes_a_row_and_the_same_message_again() -> None:
    ref = cases.ref(2**63 - 1, "r", 3)
    row = row_of_message(ref)
    assert set(row) == set(discord_messages.c.keys())
    assert message_of_row(row) == ref


@in_one_store
@given(conversation=cases.conversations)
async def test_every_conversation_comes_out_of_the_database_as_it_went_in(
    store: Store, conversation: Conversation
) -> None:
    conversation = replace(conversation, id=str(uuid4()))
    await store.conversations.add(conversation)
    assert await store.conversations.get(conversation.id) == conversation


@in_one_store
@given(answer=cases.answers)
async def test_every_answer_comes_out_of_the_database_as_it_went_in(store: Store, answer: Response) -> None:
    conversation = cases.conversation(str(uuid4()))
    answer = replace(answer, id=str(uuid4()), conversation_id=conversation.id)
    begun = replace(cases.pending(answer.id, None), conversation_id=conversation.id)
    await store.turns.begin([], begun, [], conversation)
    await store.turns.end(answer, None, cases.START)
    assert await store.responses.get(answer.id) == answer


@given(cases.moments)
def test_a_time_is_kept_to_the_microsecond(moment: datetime) -> None:
    kept = Moment()
    dialect = None
    number = kept.process_bind_param(moment, dialect)  # type: ignore[arg-type] # the dialect makes no difference
    assert kept.process_result_value(number, dialect) == moment  # type: ignore[arg-type] # as above


async def test_a_time_of_another_zone_comes_back_as_the_same_moment_in_utc(store: Store) -> None:
    there = datetime(2026, 11, 23, 18, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    await store.conversations.add(replace(cases.conversation(), created_at=there))
    found = await store.conversations.get("c")
    assert found is not None
    assert found.created_at == there
    assert found.created_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\0b", "a\ufffdb"),
        ("\ud83d alone, \udc00 too", "\ufffd alone, \ufffd too"),
        ("\N{GRINNING FACE} whole", "\N{GRINNING FACE} whole"),
        ("", ""),
    ],
)
def test_what_no_database_keeps_as_text_becomes_a_replacement_character(text: str, kept: str) -> None:
    assert storable(text) == kept


async def test_an_answer_with_broken_unicode_is_kept_all_the_same(store: Store) -> None:
    answer = cases.pending("a", None)
    await store.turns.begin([], answer, [], cases.conversation())
    await store.turns.journal("a", "half \ud83d", "\udc00")
    await store.turns.end(cases.ended(answer, "half \ud83d, and \0"), "a", cases.at(1))
    found = await store.responses.get("a")
    assert found is not None
    assert found.message == "half \ufffd, and \ufffd"


def test_parents_come_before_children_that_are_older_than_they() -> None:
    early = cases.human("h", "b", tick=1)
    late = cases.pending("b", "a", tick=5)
    root = cases.human("a", tick=0)
    other = cases.human("x", "a", tick=3)
    assert [r.id for r in forest_of([early, late, root, other])] == ["a", "x", "b", "h"]
