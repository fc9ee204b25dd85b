"""Every command against a served engine: what is printed for people and for programs, and what has changed then."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.engine.library import stuck_answers
from grokbot.sandbox.grok_server import Script
from grokbot.sdk.errors import InvalidInputError, NotAllowedError, NotFoundError, UnavailableError
from grokbot.terminal.commands import conversations, delete, export_import, operator
from grokbot.terminal.exits import CommandFailedError, Exit
from tests.engine.house import ALICE, CHANNEL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from grokbot.sdk import Client
    from tests.api.service import ServedHouse

USAGE_KEYS = [
    "answers",
    "prompt_tokens",
    "cached_prompt_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "tool_calls",
    "cost_ticks",
    "cost_usd",
]
CONVERSATION_KEYS = ["id", "title", "starred", "created_at", "modified_at", "owner_id", "channel_id", "guild_id"]
KEY_KEYS = ["id", "owner_id", "name", "everything", "created_at", "revoked_at", "used_at"]


class Printed:
    """What a command wrote on standard output."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    @property
    def text(self) -> str:
        return self._capsys.readouterr().out

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    return Printed(capsys)


async def held(served: ServedHouse, text: str = "Why is the sky blue?", channel: int = 900) -> str:
    """A conversation in Discord with one answer; its id."""
    return (await served.house.answered(text, channel=channel)).conversation_id


async def test_conversations_of_discord_and_of_here_are_listed(
    served: ServedHouse, client: Client, printed: Printed
) -> None:
    there = await held(served)
    here = (await client.daemon.begin()).conversation_id
    await client.daemon.update(there, title="The \x1b[31msky", starred=True)
    options: Mapping[str, Any] = {"search": "", "starred": False, "limit": 20}
    await conversations.list_(client, **options, as_json=True)
    listed = printed.json
    assert {one["id"] for one in listed} == {there, here}
    assert list(listed[0]) == [*CONVERSATION_KEYS, "responses", "first_words"]
    [sky] = [one for one in listed if one["id"] == there]
    assert (sky["starred"], sky["owner_id"], sky["channel_id"], sky["responses"]) == (True, str(ALICE.id), "900", 2)
    assert sky["created_at"].endswith("Z")
    await conversations.list_(client, **options, as_json=False)
    table = printed.text
    assert "\x1b" not in table
    assert there in table, "a whole id where nothing is cut"
    assert "now" in table
    await conversations.list_(client, search="nothing like it", starred=False, limit=20, as_json=False)
    assert printed.text == ""
    await conversations.list_(client, search="", starred=False, limit=1, as_json=True)
    assert len(printed.json) == 1


async def test_a_conversation_is_shown_on_its_path_or_whole(
    served: ServedHouse, client: Client, printed: Printed
) -> None:
    identifier = await held(served, "the first question")
    leaf = (await client.daemon.info(identifier)).leaf_response_id
    async for _ in client.daemon.resample(leaf, "shorter"):
        pass
    await conversations.show(client, identifier[-6:], whole=False, as_json=True)
    shown = printed.json
    assert list(shown)[:8] == CONVERSATION_KEYS
    assert list(shown)[8:] == [
        *(
            "mode",
            "model",
            "persona",
            "effort",
            "temperature",
            "max_tokens",
            "seconds",
            "locked",
            "leaf_id",
            "branched_from",
            "people",
            "branches",
            "shares",
        ),
        *("kept_until", "usage", "responses"),
    ]
    assert list(shown["usage"]) == [key for key in USAGE_KEYS if key != "answers"], "nobody counts them"
    assert list(shown["responses"][0]) == [
        *("id", "parent_id", "sender", "message", "created_at", "on_path", "manual", "partial", "shared"),
        *("query", "query_type"),
    ]
    assert [one["on_path"] for one in shown["responses"]] == [True, False, True]
    assert shown["leaf_id"] == shown["responses"][-1]["id"] != leaf
    await conversations.show(client, identifier, whole=False, as_json=False)
    path = printed.text
    assert path.count("\nHuman  ") == path.count("\nGrok  ") == 1
    assert "\nTokens " in path
    assert "the first question" in path
    await conversations.show(client, identifier, whole=True, as_json=False)
    everything = printed.text
    assert everything.count("\nGrok  ") == 2
    assert leaf in everything


async def test_titles_stars_and_shares_are_the_same_ones_everywhere(
    served: ServedHouse, client: Client, printed: Printed
) -> None:
    identifier = await held(served)
    await conversations.title(client, identifier, "A name", as_json=True)
    assert printed.json == {"id": identifier, "title": "A name"}
    await conversations.star(client, identifier, starred=True, as_json=True)
    assert printed.json == {"id": identifier, "starred": True}
    info = (await client.daemon.info(identifier)).conversation
    assert (info.title, info.starred) == ("A name", True)
    await conversations.star(client, identifier, starred=False, as_json=False)
    assert printed.text == "Star removed.\n"
    assert (await client.daemon.info(identifier)).conversation.title == "A name"
    await conversations.share(client, identifier, None, as_json=False)
    assert printed.text.startswith("https://grok.example.org/s/")
    leaf = (await client.daemon.info(identifier)).leaf_response_id
    await conversations.share(client, identifier, leaf[-8:], as_json=True)
    assert list(printed.json) == ["id", "response_id", "address"]
    await conversations.unshare(client, identifier, as_json=True)
    assert printed.json == {"id": identifier, "closed": 2}
    await conversations.title(client, identifier, "", as_json=False)
    assert printed.text.strip()


async def test_models_and_personas_may_be_chosen(served: ServedHouse, client: Client, printed: Printed) -> None:
    await served.engine.prices.look()
    await operator.models(client, as_json=True)
    [own, *others] = printed.json
    assert list(own) == [
        *("name", "context", "prompt_usd", "cached_prompt_usd", "completion_usd", "sees", "efforts"),
    ]
    assert (own["name"], own["context"], own["prompt_usd"], own["completion_usd"]) == ("grok-4.7", 500_000, 2.0, 6.0)
    assert "grok-4.3" in {one["name"] for one in others}
    await operator.models(client, as_json=False)
    table = printed.text.splitlines()
    assert table[0].split()[:4] == ["Model", "Context", "In", "Out"]
    assert table[1].split()[:4] == ["grok-4.7", "500.0k", "$2.00", "$6.00"]
    assert {one.name for one in (await client.daemon.choices()).personas} >= {"standard", "fun"}


async def test_nothing_is_shared_of_what_was_never_answered(client: Client) -> None:
    empty = (await client.daemon.begin()).conversation_id
    with pytest.raises(CommandFailedError, match="No answers in this conversation"):
        await conversations.share(client, empty, None, as_json=False)


async def test_what_is_exported_can_be_imported(
    served: ServedHouse, client: Client, printed: Printed, tmp_path: Path
) -> None:
    first, second = await held(served), await held(served, "and why red?", channel=901)
    folder = tmp_path / "out" / "side"
    await export_import.export(client, [], format_="json", output=folder, everything=True, names=False)
    written = [tmp_path / line for line in printed.text.splitlines()]
    assert {path.name[-31:-5] for path in written} == {first, second}
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    await export_import.import_(client, written, as_json=True)
    made = printed.json
    assert [list(one) for one in made] == [["id", "title", "file"]] * 2
    assert {one["id"] for one in made}.isdisjoint({first, second})
    one = tmp_path / "one.md"
    await export_import.export(client, [first[-8:]], format_="markdown", output=one, everything=False, names=True)
    assert "Why is the sky blue?" in one.read_text()
    assert printed.text == f"{one}\n"
    new = tmp_path / "new"
    await export_import.export(client, [first], format_="html", output=new, everything=False, names=False, folder=True)
    assert [f"{path}\n" for path in new.iterdir()] == [printed.text]


async def test_an_export_of_all_passes_over_what_nothing_was_said_in(
    served: ServedHouse, client: Client, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = await held(served)
    served.grok.script(Script(fail="internal"))
    await served.house.answered("This has no answer.", channel=901)
    empty = (await client.daemon.begin()).conversation_id
    capsys.readouterr()
    await export_import.export(client, [], format_="markdown", output=tmp_path, everything=True, names=False)
    out, err = capsys.readouterr()
    assert said in out
    assert "are empty and were not exported" in err
    with pytest.raises(InvalidInputError):
        await export_import.export(client, [empty], format_="markdown", output=tmp_path, everything=False, names=False)


async def test_a_file_that_cannot_be_imported_hinders_no_other(
    served: ServedHouse, client: Client, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    identifier = await held(served)
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    await export_import.export(client, [identifier], format_="json", output=good, everything=False, names=False)
    bad.write_text("{}")
    capsys.readouterr()
    with pytest.raises(CommandFailedError, match="2 of 3 files"):
        await export_import.import_(client, [bad, tmp_path / "none.json", good], as_json=False)
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert "bad.json" in err
    assert "none.json cannot be read" in err
    with pytest.raises(CommandFailedError):
        await export_import.import_(client, [bad], as_json=False)


@pytest.mark.parametrize("several", [["AAAA", "BBBB"], []])
async def test_where_files_go_has_to_be_said(served: ServedHouse, client: Client, several: list[str]) -> None:
    given = [await held(served, channel=900 + number) for number, _ in enumerate(several)]
    with pytest.raises(CommandFailedError) as failed:
        await export_import.export(client, given, format_="json", output=None, everything=not several, names=False)
    assert failed.value.exit_code == Exit.USAGE


async def test_what_is_deleted_is_gone_and_nothing_else(served: ServedHouse, client: Client, printed: Printed) -> None:
    first, second, third = [await held(served, channel=channel) for channel in (900, 901, 902)]
    with pytest.raises(CommandFailedError, match="Not a terminal"):
        await delete.delete(client, [first], older_than=None, yes=False, as_json=False)
    with pytest.raises(CommandFailedError, match="Name conversations"):
        await delete.delete(client, [], older_than=None, yes=True, as_json=False)
    with pytest.raises(CommandFailedError, match="no conversation"):
        await delete.delete(client, [first, "A" * 26], older_than=None, yes=True, as_json=False)
    await delete.delete(client, [first[-8:], first], older_than=None, yes=True, as_json=True)
    assert printed.json == {"deleted": [first]}
    with pytest.raises(NotFoundError):
        await client.daemon.read(first)
    await delete.delete(client, [second], older_than=timedelta(days=1), yes=True, as_json=False)
    assert printed.text == "Nothing was deleted.\n"
    await client.daemon.update(third, starred=True)
    await delete.delete(client, [], older_than=timedelta(), yes=True, as_json=True)
    assert printed.json == {"deleted": [second]}, "a star keeps one"


@pytest.mark.parametrize("by", ["day", "person", "channel", "model", "conversation"])
async def test_usage_adds_up(served: ServedHouse, client: Client, printed: Printed, by: str) -> None:
    await held(served)
    await held(served, channel=901)
    await operator.usage(client, by=by, since=None, until=None, as_json=True)
    spent = printed.json
    assert list(spent) == ["by", "rows", "total"]
    assert list(spent["rows"][0]) == ["key", *USAGE_KEYS]
    assert spent["total"]["answers"] == 2 == sum(row["answers"] for row in spent["rows"])
    assert spent["total"]["cost_ticks"] == sum(row["cost_ticks"] for row in spent["rows"]) > 0
    await operator.usage(client, by=by, since=None, until=None, as_json=False)
    table = printed.text.splitlines()
    assert table[0].startswith(by.capitalize())
    assert table[-1].startswith("Total")
    assert "$" in table[-1]


async def test_a_key_is_made_told_once_listed_used_and_revoked(
    served: ServedHouse, client: Client, printed: Printed
) -> None:
    await operator.make_key(client, owner=222, name="bob", everything=False, as_json=True)
    made = printed.json
    assert list(made) == [*KEY_KEYS, "secret"]
    async with type(client)(served.target, made["secret"]) as bobs:
        assert (await bobs.daemon.status()).caller.owner_id == 222
        with pytest.raises(NotAllowedError):
            await operator.list_keys(bobs, as_json=True)
    await operator.list_keys(client, as_json=True)
    [listed] = printed.json
    assert list(listed) == KEY_KEYS
    await operator.revoke_key(client, made["id"][-6:], as_json=True)
    assert printed.json["revoked_at"]
    await operator.list_keys(client, as_json=False)
    table = printed.text
    assert "revoked" in table
    assert made["secret"] not in table
    async with type(client)(served.target, made["secret"]) as bobs:
        with pytest.raises(NotAllowedError):
            await bobs.daemon.status()


async def test_stuck_answers_are_the_operators_and_named_by_the_end_of_their_ids(
    served: ServedHouse, client: Client, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stuck_answers, "LONG", dict.fromkeys(stuck_answers.Stuck, timedelta(0)))
    await operator.list_stuck(client, as_json=False)
    assert printed.text == ""  # the sentence is no table
    running = await served.house.begin_scripted(Script(text="one two", reasoning="", hang_after_tokens=1), "Hello?")
    await served.grok.until(lambda: served.grok.running == 1)
    await operator.list_stuck(client, as_json=True)
    [stuck] = printed.json
    assert (stuck["kind"], stuck["conversation_id"], stuck["channel_id"]) == (
        "silent",
        running.conversation.id,
        str(CHANNEL),
    )
    await operator.list_stuck(client, as_json=False)
    assert stuck["response_id"][-8:] in printed.text
    with pytest.raises(UnavailableError, match="not connected to Discord"):
        await operator.show_again(client, stuck["response_id"][-6:], as_json=False)
    with pytest.raises(CommandFailedError, match="There is no stuck answer whose id"):
        await operator.abandon(client, "ZZZZZZ", as_json=False)
    await operator.abandon(client, stuck["response_id"][-6:], as_json=False)
    assert operator.ABANDONED["silent"] in printed.text
    await running.end()
    async with type(client)(served.target, await served.key()) as bobs:
        for work in (operator.list_stuck(bobs, as_json=True), operator.catch_up(bobs, None, None, as_json=True)):
            with pytest.raises(NotAllowedError):
                await work


async def test_pausing_and_the_status_that_tells_of_it(client: Client, printed: Printed) -> None:
    await operator.status(client, as_json=True)
    before = printed.json
    assert list(before) == [
        *("version", "started_at", "discord", "model", "mode", "running", "conversations", "pause", "public_url"),
        *("settings_note", "backup_note", "summary", "parts", "waiting", "unshown", "database_bytes", "caller"),
    ]
    assert before["pause"] == {"paused": False, "since": None, "by": None, "reason": None}
    await operator.pause(client, "moving house", as_json=True)
    paused = printed.json
    assert (paused["paused"], paused["reason"]) == (True, "moving house")
    await operator.status(client, as_json=False)
    assert "moving house" in printed.text
    await operator.unpause(client, as_json=True)
    assert printed.json["paused"] is False
    await operator.status(client, as_json=False)
    assert "0 now" in printed.text
