from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from grokbot.conversation.errors import ConfigurationError
from grokbot.conversation.records import ApiKey, By, Share, Spent
from grokbot.conversation.response import TurnOptions, Usage
from grokbot.store import Store, dialect, migrations
from grokbot.store.database.connection import SqliteConnection
from grokbot.store.database.migrate import config
from grokbot.store.database.transactions import transact
from grokbot.store.migrations import HEAD
from grokbot.store.tables.types import metadata

from .cases import START, conversation, ended, human, pending, ref

if TYPE_CHECKING:
    from collections.abc import Callable

MICROSECONDS = 1_700_000_000_000_000

# A row of each kind as the first revision wrote it. A later revision may add columns; it may not lose these.
ROWS: dict[str, dict[str, Any]] = {
    "conversations": {
        "id": "c", "guild_id": 1, "channel_id": 2, "owner_id": 3, "title": "Owls", "mode": "stateful", "model": "grok",
        "options": '{"system_prompt":"","reasoning_effort":null,"temperature":null,"max_tokens":null,"search":[]}',
        "leaf_id": "h", "locked": 0, "created_at": MICROSECONDS, "modified_at": MICROSECONDS,
    },
    "responses": {
        "id": "h", "conversation_id": "c", "sender": "human", "author_id": 3, "author_name": "alice", "message": "Why?",
        "reasoning": "", "encrypted_content": "", "steps": "[]", "queries": "[]", "citations": "[]", "state": "done",
        "manual": 0, "created_at": MICROSECONDS,
    },
    "discord_messages": {"message_id": 5, "channel_id": 2, "response_id": "h", "part": 0},
    "stars": {"user_id": 3, "conversation_id": "c"},
    "shares": {"token_hash": "t", "response_id": "h", "created_by": 3, "created_at": MICROSECONDS},
    "settings": {
        "scope": "guild", "scope_id": 1, "name": "n", "value": "1", "changed_by": 3, "changed_at": MICROSECONDS,
    },
    "usage_ledger": {
        "response_id": "a", "conversation_id": "c", "user_id": 3, "state": "done", "cost_ticks": 7, "at": MICROSECONDS,
    },
    "audit_log": {"id": "1", "at": MICROSECONDS, "actor_id": 3, "action": "block", "target": "4", "details": "{}"},
    "watermarks": {"channel_id": 2, "message_id": 5},
}  # fmt: skip

# What those rows need besides from a revision on.
LATER: dict[str, dict[str, dict[str, Any]]] = {"0002": {"shares": {"conversation_id": "c", "names": 0}}}


def rows_at(revision: str) -> dict[str, dict[str, Any]]:
    rows = {name: dict(row) for name, row in ROWS.items()}
    for since, later in LATER.items():
        for name, row in later.items() if since <= revision else ():
            rows[name] |= row
    return rows


async def in_database(url: str, work: Callable[[sa.Connection], Any]) -> Any:
    """As a migration does it: foreign keys off, one transaction."""
    connection = SqliteConnection(dialect.checked_url(url), dialect.MIGRATING)
    async with connection:
        return await connection.run(lambda engine: transact(engine, work))


def revisions() -> list[str]:
    """From the oldest to the newest, the newest included."""
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    return [script.revision for script in scripts.walk_revisions()][::-1]


def checks(connection: sa.Connection) -> dict[str, set[tuple[Any, Any]]]:
    looked = sa.inspect(connection)
    return {t: {(c["name"], c["sqltext"]) for c in looked.get_check_constraints(t)} for t in metadata.tables}


def test_the_newest_revision_is_the_one_that_start_up_expects() -> None:
    assert revisions()[-1] == HEAD


@pytest.mark.usefixtures("store")
async def test_migrations_make_exactly_the_tables(url: str, tmp_path: Path) -> None:
    def differences(connection: sa.Connection) -> object:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert await in_database(url, differences) == []
    fresh = f"sqlite+aiosqlite:///{tmp_path}/fresh.sqlite3"
    await in_database(fresh, metadata.create_all)
    assert await in_database(url, checks) == await in_database(fresh, checks)  # compare_metadata overlooks these


@pytest.mark.parametrize("revision", revisions())
async def test_every_earlier_database_is_brought_up_with_its_data(url: str, revision: str) -> None:
    def old(connection: sa.Connection) -> None:
        command.upgrade(config(connection), revision)
        kept = sa.MetaData()
        kept.reflect(connection)
        for name, row in rows_at(revision).items():
            if name in kept.tables:
                connection.execute(kept.tables[name].insert().values(row))

    def rows(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
        kept = sa.MetaData()
        kept.reflect(connection)
        return {n: [dict(r._mapping) for r in connection.execute(sa.select(kept.tables[n]))] for n in ROWS}

    await in_database(url, old)
    store = await Store.open(url)
    found = await store.conversations.get("c")
    path = await store.responses.path("h")
    share = await store.shares.get("t")
    known, before = await store.known_servers.all()
    await store.close()
    for name, (row,) in (await in_database(url, rows)).items():
        assert {column: row[column] for column in ROWS[name]} == ROWS[name]
    assert found is not None
    assert (found.title, found.branched_from) == ("Owls", None)
    assert share == Share(
        token_hash="t", response_id="h", conversation_id="c", created_by=3, created_at=path[0].created_at, names=False
    )
    assert [response.message for response in path] == ["Why?"]
    assert [response.options for response in path] == [TurnOptions()]
    assert (known, before is not None) == (frozenset(), revision < "0012")  # no server of its past is greeted


async def test_who_wrote_in_anothers_conversation_before_guests_were_noted_is_noted(url: str) -> None:
    def old(connection: sa.Connection) -> None:
        command.upgrade(config(connection), "0001")
        kept = sa.MetaData()
        kept.reflect(connection)
        connection.execute(kept.tables["conversations"].insert().values(ROWS["conversations"]))
        asked = ROWS["responses"]
        for number, author_id in enumerate([asked["author_id"], 44, 44]):
            row = {**asked, "id": f"h{number}", "author_id": author_id}
            connection.execute(kept.tables["responses"].insert().values(row))

    await in_database(url, old)
    store = await Store.open(url)
    owner, guest, nobody = [await store.listing.page(user_id) for user_id in (3, 44, 55)]
    await store.close()
    assert [page.total for page in (owner, guest, nobody)] == [1, 1, 0]
    assert guest.entries == owner.entries


async def test_a_database_of_before_there_were_keys_takes_keys_and_lists_what_it_has(url: str) -> None:
    def old(connection: sa.Connection) -> None:
        command.upgrade(config(connection), "0002")
        kept = sa.MetaData()
        kept.reflect(connection)
        for name, row in rows_at("0002").items():
            connection.execute(kept.tables[name].insert().values(row))

    await in_database(url, old)
    store = await Store.open(url)
    key = ApiKey(id="k", owner_id=3, name="alice", everything=True, created_at=START)
    await store.keys.add(key, "hash")
    assert await store.keys.by_hash("hash") == key
    assert await store.guild_settings.pause() is None
    assert [entry.conversation.title for entry in (await store.listing.page(55, everybodys=True)).entries] == ["Owls"]
    assert await store.ledger.spent(By.NOTHING) == (Spent("", 1, Usage(cost_ticks=7)),)
    assert await store.shares.of("c") == {"h"}
    await store.close()


async def test_a_table_that_is_built_anew_takes_nothing_with_it(store: Store, url: str) -> None:
    answer = pending("a", "h")
    await store.turns.begin([human("h")], answer, [ref(1, "h")], conversation())
    await store.turns.end(ended(answer), "a", START)
    await store.close()

    def rebuild(connection: sa.Connection) -> None:
        operations = Operations(MigrationContext.configure(connection))
        for name in ("conversations", "responses"):
            with operations.batch_alter_table(name, recreate="always") as batch:
                batch.add_column(sa.Column("new", sa.Text()))

    await in_database(url, rebuild)
    again = await Store.open(url)
    assert [r.id for r in await again.responses.forest("c")] == ["h", "a"]
    assert await again.messages.of("h") == (ref(1, "h"),)
    await again.close()


async def test_a_migration_that_breaks_off_leaves_the_database_as_it_was(url: str) -> None:
    def break_off(connection: sa.Connection) -> None:
        command.upgrade(config(connection), HEAD)
        raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError):
        await in_database(url, break_off)
    assert await in_database(url, lambda connection: sa.inspect(connection).get_table_names()) == []
    store = await Store.open(url)
    await store.conversations.add(conversation())
    await store.close()


async def test_edges_that_a_migration_breaks_are_noticed(store: Store, url: str) -> None:
    await store.turns.begin([human("h")], pending("a", "h"), [], conversation())
    await store.close()

    def break_edges(connection: sa.Connection) -> None:
        assert dialect.check_edges(connection)
        connection.execute(sa.text("DELETE FROM conversations"))
        assert not dialect.check_edges(connection)

    await in_database(url, break_edges)


async def test_a_newer_database_is_refused_in_a_clear_sentence_and_left_alone(store: Store, url: str) -> None:
    await store.conversations.add(conversation())
    await store.close()

    def mark(connection: sa.Connection) -> None:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9001'"))

    await in_database(url, mark)
    with pytest.raises(ConfigurationError, match=rf"newer version .* revision 9001, .* up to {HEAD}") as caught:
        await Store.open(url)
    assert caught.value.key == "store.url"
    assert (
        await in_database(url, lambda c: c.execute(sa.text("SELECT version_num FROM alembic_version")).scalar())
        == "9001"
    )


async def test_another_programs_database_is_refused_and_left_alone(url: str) -> None:
    def theirs(connection: sa.Connection) -> None:
        connection.execute(sa.text("CREATE TABLE recipes (id INTEGER)"))

    await in_database(url, theirs)
    with pytest.raises(ConfigurationError, match="another program"):
        await Store.open(url)
    assert await in_database(url, lambda c: sa.inspect(c).get_table_names()) == ["recipes"]


async def test_a_start_without_anything_to_migrate_does_not_load_alembic(store: Store, url: str) -> None:
    await store.close()
    script = (
        "import asyncio, sys\n"
        "from grokbot.store import Store\n"
        "async def main():\n"
        "    store = await Store.open(sys.argv[1])\n"
        "    assert await store.turns.unended() == ()\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
        "assert 'sqlalchemy' in sys.modules\n"
        "assert 'alembic' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script, url], check=False, timeout=60)  # noqa: ASYNC221, S603 -- nothing else runs here, our own script
    assert done.returncode == 0
