from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, select

from grokbot.conversation.response import Mode, Response, State, TitleBy
from grokbot.store import NotStoredError, RowRefusedError
from grokbot.store.conversations import responses as responses_of_store
from grokbot.store.tables import rows
from grokbot.store.tables.conversations import conversations, discord_messages, responses
from tests.conversation.forest import path_to

from .cases import CHANNEL, at, conversation, ended, human, pending, ref

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from grokbot.store import Store


async def test_what_is_not_there_is_none(store: Store) -> None:
    assert await store.conversations.get("c") is None
    assert await store.conversations.newest_in(CHANNEL) is None
    assert await store.responses.get("r") is None
    assert await store.messages.response(1) is None
    assert await store.messages.of("r") == ()
    assert await store.responses.path(None) == ()
    assert len(await store.responses.forest("c")) == 0


async def test_a_path_to_nowhere_is_an_error_not_an_empty_history(store: Store) -> None:
    with pytest.raises(NotStoredError):
        await store.responses.path("nobody")


async def test_what_may_be_thousands_of_responses_is_not_made_on_the_event_loop(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_in: list[int] = []

    def noted(row: Any) -> Response:
        made_in.append(threading.get_ident())
        return rows.response_of_row(row)

    monkeypatch.setattr(responses_of_store, "response_of_row", noted)
    await store.turns.begin([human("a")], pending("b", "a"), [], conversation())
    assert len(await store.responses.path("b")) == 2
    assert len(await store.responses.forest("c")) == 2
    assert len(made_in) == 4
    assert threading.get_ident() not in made_in


async def test_the_newest_conversation_of_a_channel_is_found_whatever_the_clock_said(store: Store) -> None:
    for name, tick in (("c2", 5), ("c1", 9), ("c3", 1)):
        await store.conversations.add(conversation(name, tick))
    await store.conversations.add(replace(conversation("d", 99), channel_id=CHANNEL + 1))
    assert await store.conversations.newest_in(CHANNEL) == conversation("c3", 1)


async def test_a_conversation_begins_once(store: Store) -> None:
    await store.conversations.add(conversation())
    with pytest.raises(RowRefusedError):
        await store.conversations.add(replace(conversation(), title="another"))
    assert await store.conversations.get("c") == conversation()


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "On owls", "title_by": TitleBy.PERSON},
        {"model": "grok-next"},
        {"mode": Mode.STATEFUL},
        {"locked": True},
        {"leaf_id": "a", "modified_at": at(9)},
        {"leaf_id": None, "title_by": None},
        {},
    ],
)
async def test_only_what_is_given_changes(store: Store, changes: dict[str, Any]) -> None:
    before = replace(conversation(), title="Owls", title_by=TitleBy.GROK, leaf_id="a")
    await store.turns.begin([], pending("a", None), [], before)
    after = await store.conversations.change("c", **changes)
    assert after == replace(before, **changes)
    assert await store.conversations.get("c") == after


@pytest.mark.parametrize("changes", [{"title": "x"}, {}])
async def test_an_unknown_conversation_cannot_be_changed(store: Store, changes: dict[str, Any]) -> None:
    with pytest.raises(NotStoredError):
        await store.conversations.change("c", **changes)


async def test_the_leaf_is_always_a_response_of_the_conversation(store: Store) -> None:
    await store.conversations.add(conversation("d"))
    await store.turns.begin([], pending("a", None), [], conversation())
    with pytest.raises(RowRefusedError):
        await store.conversations.change("d", title="changed", leaf_id="a")
    assert await store.conversations.get("d") == conversation("d")


async def test_a_response_stands_in_its_messages_by_part(store: Store) -> None:
    await store.turns.begin([], pending("a", None), [ref(30, "a", 0)], conversation())
    await store.messages.put(ref(10, "a", 2))
    await store.messages.put(ref(20, "a", 1))
    assert await store.messages.of("a") == (ref(30, "a", 0), ref(20, "a", 1), ref(10, "a", 2))
    assert await store.messages.response(10) == pending("a", None)


async def test_a_message_may_be_added_twice_and_the_last_word_counts(store: Store) -> None:
    await store.turns.begin([], pending("a", None), [], conversation())
    await store.turns.begin([], pending("b", None), [])
    await store.messages.put(ref(10, "a"))
    await store.messages.put(ref(10, "a"))
    assert await store.messages.of("a") == (ref(10, "a"),)
    await store.messages.put(ref(10, "b", 1))
    assert await store.messages.of("a") == ()
    assert await store.messages.of("b") == (ref(10, "b", 1),)


async def test_a_message_of_an_unknown_response_is_refused(store: Store) -> None:
    with pytest.raises(RowRefusedError):
        await store.messages.put(ref(10, "nobody"))
    assert await store.messages.of("nobody") == ()


async def test_a_dropped_message_leaves_the_response(store: Store) -> None:
    await store.turns.begin([], pending("a", None), [ref(10, "a"), ref(11, "a", 1)], conversation())
    await store.messages.drop(10)
    await store.messages.drop(10)
    assert await store.messages.of("a") == (ref(11, "a", 1),)
    assert await store.responses.get("a") == pending("a", None)


# One turn of a random forest: under which earlier answer it hangs (none: a new root), and how many answers it gets.
turns = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3)), min_size=1, max_size=12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shape=turns)
async def test_every_forest_and_each_of_its_paths_come_out_as_they_went_in(
    store: Store, shape: list[tuple[int, int]]
) -> None:
    name = str(uuid4())
    await store.conversations.add(conversation(name))
    made: list[Response] = []
    parents: list[str | None] = [None]
    for under, variants in shape:
        asked = replace(human(str(uuid4()), parents[under % len(parents)], len(made)), conversation_id=name)
        made.append(asked)
        for variant in range(variants):
            answer = replace(pending(str(uuid4()), asked.id, len(made)), conversation_id=name)
            await store.turns.begin([] if variant else [asked], answer, [])
            await store.turns.end(ended(answer), answer.id, at(len(made)))
            made.append(ended(answer))
            parents.append(answer.id)
    assert list(await store.responses.forest(name)) == made
    for response in made:
        assert await store.responses.path(response.id) == path_to(made, response.id)


async def test_a_very_long_conversation_is_read_and_can_be_deleted_whole(store: Store) -> None:
    chain = [human(f"{n:05}", f"{n - 1:05}" if n else None, n) for n in range(1500)]
    await store.turns.begin(chain, pending("a", chain[-1].id, 9999), [ref(1, chain[0].id)], conversation())
    assert await store.responses.path("a") == (*chain, pending("a", chain[-1].id, 9999))

    def delete_it(connection: Connection) -> int:
        connection.execute(delete(conversations))
        tables = (responses, discord_messages)
        return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)

    assert await store._database.write(delete_it) == 0


async def test_no_query_reads_a_whole_table(store: Store) -> None:
    await store.turns.begin([human("h")], pending("a", "h"), [ref(1, "h")], conversation())
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    for reader in store._database._readers.connections:
        event.listen(reader.engine, "before_cursor_execute", note)
    for read in (
        store.conversations.get("c"), store.conversations.newest_in(CHANNEL), store.queue.of("c"),
        store.queue.conversations(), store.responses.get("a"), store.responses.path("a"), store.responses.forest("c"),
        store.turns.unended(), store.messages.of("a"), store.messages.response(1),
    ):  # fmt: skip
        await read
    for reader in store._database._readers.connections:
        event.remove(reader.engine, "before_cursor_execute", note)

    def plans(connection: Connection) -> list[str]:
        found = []
        for statement, parameters in asked:
            found += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        return found

    steps = await store._database.read(plans)
    assert len(asked) == 17  # attachments and background of what is shown are read with it
    assert [step for step in steps if step.startswith("SCAN") and step != "SCAN up"] == []


async def test_readers_cannot_write(store: Store) -> None:
    def write(connection: Connection) -> None:
        connection.execute(delete(conversations))

    with pytest.raises(Exception, match="read-only"):
        await store._database.read(write)


async def test_many_readers_at_once_are_all_served_while_one_writes(store: Store) -> None:
    answer = pending("a", "h", 1)
    await store.turns.begin([human("h")], answer, [], conversation())
    writing = asyncio.create_task(store.turns.journal("a", "x", ""))
    paths = await asyncio.gather(*(store.responses.path("a") for _ in range(30)))
    await writing
    assert all(path[0] == human("h") for path in paths)
    assert {path[-1].state for path in paths} <= {State.PENDING, State.STREAMING}


async def test_the_newest_id_is_that_of_a_response_or_of_a_conversation(store: Store) -> None:
    assert await store.conversations.newest_id() is None
    await store.conversations.add(conversation("b"))
    assert await store.conversations.newest_id() == "b"
    await store.turns.begin([human("d")], replace(pending("e", "d"), conversation_id="c"), [], conversation())
    assert await store.conversations.newest_id() == "e"
