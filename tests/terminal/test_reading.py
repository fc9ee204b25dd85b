"""List, show and export where no daemon answers: from the database alone, also beside a daemon that is using it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.sdk.errors import ApiError, UnreachableError
from grokbot.terminal.commands import conversations, export_import
from grokbot.terminal.daemon_access import Way, reached_or_read
from grokbot.terminal.exits import CommandFailedError, Exit

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.sdk import Client
    from tests.api.service import ServedHouse

pytestmark = pytest.mark.usefixtures("_logging_as_before")

NOWHERE = Way(None, None)


@pytest.fixture(autouse=True)
def _its_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GROKBOT_STORE__URL", f"sqlite+aiosqlite:///{tmp_path}/grokbot.sqlite3")


async def printed(client: Client, identifier: str, capsys: pytest.CaptureFixture[str]) -> list[Any]:
    """What list, show and export print."""
    await conversations.list_(client, search="sky", starred=False, limit=20, as_json=True)
    listed = json.loads(capsys.readouterr().out)
    await conversations.show(client, identifier, whole=True, as_json=True)
    shown = json.loads(capsys.readouterr().out)
    await export_import.export(client, [identifier], format_="json", output=None, everything=False, names=True)
    return [listed, shown, json.loads(capsys.readouterr().out)]


async def test_it_prints_the_same_as_with_the_daemon_that_is_using_the_database(
    served: ServedHouse, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await served.house.answered("Why is the sky blue?", channel=900)
    with_daemon = await printed(client, first.conversation_id, capsys)
    async with reached_or_read(NOWHERE, None) as reader:
        assert "read from its database" in capsys.readouterr().err
        assert await printed(reader, first.conversation_id, capsys) == with_daemon
        await served.house.answered("And the sky at night?", channel=901)
        await conversations.list_(reader, search="sky", starred=False, limit=20, as_json=True)
        assert len(json.loads(capsys.readouterr().out)) == 2, "what the daemon writes meanwhile is seen"
        for change in (
            reader.daemon.update(first.conversation_id, title="Other"),
            reader.daemon.delete(first.conversation_id),
            anext(reader.daemon.ask("Hi", conversation_id=first.conversation_id)),
        ):
            with pytest.raises(ApiError):
                await change
    assert len(served.grok.requests) == 2, "nobody asked xAI for more"
    assert (await client.daemon.info(first.conversation_id)).conversation.title == ""


async def test_without_a_database_or_with_another_version_s_a_sentence_says_so(
    tmp_path: Path, served: ServedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnreachableError):
        async with reached_or_read(Way(f"unix:{tmp_path}/none.sock", None), None):
            raise AssertionError("a daemon that was named is meant")
    monkeypatch.setenv("GROKBOT_STORE__URL", f"sqlite+aiosqlite:///{tmp_path}/none.sqlite3")
    with pytest.raises(UnreachableError, match="grokbot run"):
        async with reached_or_read(NOWHERE, None):
            raise AssertionError("there is none")
    assert not (tmp_path / "none.sqlite3").exists()
    copy = tmp_path / "copy.sqlite3"
    with sqlite3.connect(tmp_path / "grokbot.sqlite3") as own, sqlite3.connect(copy) as other:
        own.backup(other)
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    own.close()
    other.close()
    monkeypatch.setenv("GROKBOT_STORE__URL", f"sqlite+aiosqlite:///{copy}")
    with pytest.raises(CommandFailedError, match="Another version of grokbot") as failed:
        async with asyncio.timeout(30), reached_or_read(NOWHERE, None):
            raise AssertionError("it cannot be read")
    assert failed.value.exit_code == Exit.SETTINGS
    assert served.grok.requests == []
