"""What `grokbot check` finds: everything in order, and each thing that can be wrong alone, with what to do about it."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import SecretStr
from rich.console import Console

from grokbot.operation.check import KEY_FIRST, Finding, checked, table
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.grok_server import GrokRules
from grokbot.sandbox.stage import stage
from grokbot.settings import StoreSettings
from grokbot.wire.xai.auth_pb2 import ApiKey
from grokbot.wire.xai.auth_pb2_grpc import AuthServicer, add_AuthServicer_to_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from grokbot.sandbox.stage import Stage
    from grokbot.settings import Settings

PROFILE = ["Description", "Tags", "Install link"]
ROWS = [
    *("Configuration", "Database", "Discord token", "Message content intent", "Permissions"),
    *("App profile", "Privacy policy", "xAI key", "Model"),
]
POLICY = "https://grok.example.org/privacy"
WRONG = "wrong-secret-0123456789"


@pytest.fixture(autouse=True)
def _addresses_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)


@pytest.fixture
async def here() -> AsyncIterator[Stage]:
    async with stage() as opened:
        yield opened
        assert opened.discord.unknown_routes == []
        assert opened.discord.crashes == []


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on which nobody listens; it is held, so that nobody can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def changed(settings: Settings, section: str, **values: Any) -> Settings:
    part = getattr(settings, section).model_copy(update=values)
    return settings.model_copy(update={section: part})


def with_policy(settings: Settings) -> Settings:
    return changed(settings, "privacy", policy_url=POLICY)


def row(found: Sequence[Finding], what: str) -> Finding:
    [finding] = [finding for finding in found if finding.what == what]
    return finding


def failed(found: Sequence[Finding]) -> list[str]:
    return [finding.what for finding in found if finding.passed is False]


def shown(found: Sequence[Finding], width: int = 80) -> str:
    console = Console(width=width, record=True, file=StringIO())
    console.print(table(found))
    return console.export_text()


async def test_what_is_missing_in_the_apps_profile_is_set_by_fix_and_only_then(here: Stage, tmp_path: Path) -> None:
    settings = with_policy(here.settings(tmp_path))
    found = await checked(settings)
    assert [each.what for each in found if each.passed is None] == [*PROFILE, "Privacy policy"]
    assert "--fix" in row(found, "Tags").text
    assert here.discord.world.profile == {}
    fixed = await checked(settings, fix=True)
    assert [each.what for each in fixed if each.passed is None] == ["Privacy policy"]
    assert row(fixed, "Description").text.startswith("set: empty → ")
    assert POLICY in here.discord.world.profile["description"]
    assert [call.method for call in here.discord.requests if call.path == "/applications/@me"].count("PATCH") == 1
    pasted = row(fixed, "Privacy policy")  # Discord's API does not take it
    assert POLICY in pasted.text
    assert f"/applications/{here.discord.bot_user.id}/information" in pasted.address
    await in_order(here, settings)


async def in_order(here: Stage, settings: Settings) -> None:
    """Once its address was pasted everything is in order, and says so without a secret."""
    here.discord.world.profile["privacy_policy_url"] = POLICY
    found = await checked(settings, fix=True)
    assert [finding.what for finding in found] == ROWS
    assert all(finding.passed for finding in found)
    assert "oauth2/authorize" in row(found, "Discord token").address
    assert row(found, "Model").text == settings.xai.model
    written = shown(found)
    assert settings.discord.token.get_secret_value() not in written
    assert settings.xai.api_key.get_secret_value() not in written


async def test_without_a_policy_it_says_how_to_have_one(here: Stage, tmp_path: Path) -> None:
    policy = row(await checked(here.settings(tmp_path)), "Privacy policy")
    assert policy.passed is None
    assert "web.public_url" in policy.text
    assert "privacy.policy_url" in policy.text


async def test_a_profile_that_discord_refuses_is_a_failure_with_its_reason(here: Stage, tmp_path: Path) -> None:
    here.discord.faults.add("PATCH", "/applications/@me", status=400, json={"code": 50035, "message": "Not so"})
    found = await checked(here.settings(tmp_path), fix=True)
    assert failed(found) == ["App profile"]
    assert "Not so" in row(found, "App profile").text


async def test_permissions_that_a_server_does_not_give_are_named_with_what_they_are_for(
    here: Stage, tmp_path: Path
) -> None:
    guild = here.general.guild
    assert guild is not None
    for role in (guild.bot_role, guild.everyone):
        guild.set_permissions(role, role.permissions & ~Permission.CREATE_PUBLIC_THREADS)
    found = row(await checked(here.settings(tmp_path)), "Permissions")
    assert found.passed is None
    assert "The sandbox lacks Create Public Threads (to open a thread for a conversation)." in found.text


async def test_the_invitation_asks_for_what_the_bot_needs_and_no_more(here: Stage, tmp_path: Path) -> None:
    address = row(await checked(here.settings(tmp_path)), "Discord token").address
    bits = int(address.partition("permissions=")[2].partition("&")[0])
    needed = {
        6,
        10,
        11,
        14,
        15,
        16,
        35,
        36,
        38,
    }  # Discord's documentation: ADD_REACTIONS and others
    assert {bit for bit in range(64) if bits >> bit & 1} == needed
    assert f"client_id={here.discord.bot_user.id}" in address
    assert "scope=bot+applications.commands" in address


async def test_no_message_content_is_a_limit_and_no_failure(here: Stage, tmp_path: Path) -> None:
    here.discord.set_intents_allowed(message_content=False)
    found = await checked(here.settings(tmp_path))
    assert failed(found) == []
    intent = row(found, "Message content intent")
    assert intent.passed is None
    assert "developer portal" in intent.text
    assert "limited" in shown(found)


async def test_a_wrong_token_says_where_to_get_a_new_one(here: Stage, tmp_path: Path) -> None:
    found = await checked(changed(here.settings(tmp_path), "discord", token=SecretStr(WRONG)))
    assert failed(found) == ["Discord token"]
    assert "discord.token" in row(found, "Discord token").text
    assert "developer portal" in row(found, "Discord token").text
    assert WRONG not in shown(found, 400)


async def test_a_discord_that_cannot_be_reached_is_told_with_its_address(
    here: Stage, tmp_path: Path, closed_port: int
) -> None:
    address = f"http://127.0.0.1:{closed_port}/api/v10"
    found = await checked(changed(here.settings(tmp_path), "discord", api_url=address))
    assert failed(found) == ["Discord token"]
    text = row(found, "Discord token").text
    assert address in text
    assert "discord.api_url" in text


async def test_an_address_where_something_else_answers_is_told_without_a_traceback(here: Stage, tmp_path: Path) -> None:
    here.discord.faults.add("GET", "/users/@me", status=200, json="hello", times=None)
    found = await checked(here.settings(tmp_path))
    assert failed(found) == ["Discord token"]
    assert "addresses in the settings" in row(found, "Discord token").text


async def test_a_wrong_key_is_told_once_and_names_the_setting(here: Stage, tmp_path: Path) -> None:
    found = await checked(changed(here.settings(tmp_path), "xai", api_key=SecretStr(WRONG)))
    assert failed(found) == ["xAI key"]
    assert row(found, "Model").text == KEY_FIRST
    assert "xai.api_key" in row(found, "xAI key").text
    assert WRONG not in shown(found, 400)


async def test_a_model_that_xai_does_not_offer_is_told_with_those_it_does(here: Stage, tmp_path: Path) -> None:
    found = await checked(changed(here.settings(tmp_path), "xai", model="grok-of-yesterday"))
    assert failed(found) == ["Model"]
    text = row(found, "Model").text
    assert "grok-of-yesterday" in text
    assert "grok-4.7" in text
    assert "xai.model" in text


async def test_nothing_listening_at_xais_address_is_told_with_the_address(
    here: Stage, tmp_path: Path, closed_port: int
) -> None:
    target = f"127.0.0.1:{closed_port}"
    found = await checked(changed(here.settings(tmp_path), "xai", target=target))
    assert failed(found) == ["xAI key"]
    assert f"xai.target, {target}" in row(found, "xAI key").text


class BlockedKeys(AuthServicer):
    """Knows the key, and says that it is blocked."""

    def __init__(self, answer: ApiKey) -> None:
        self._answer = answer

    async def get_api_key_info(self, _request: object, _context: object) -> ApiKey:
        return self._answer


@asynccontextmanager
async def answering_with(key: ApiKey) -> AsyncIterator[str]:
    server = grpc.aio.server()
    add_AuthServicer_to_server(BlockedKeys(key), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(grace=None)


@pytest.mark.parametrize(
    "key",
    [ApiKey(api_key_blocked=True), ApiKey(team_blocked=True), ApiKey(disabled=True)],
    ids=["key", "team", "disabled"],
)
async def test_a_key_that_is_known_but_blocked_fails(here: Stage, tmp_path: Path, key: ApiKey) -> None:
    async with answering_with(key) as target:
        found = await checked(changed(here.settings(tmp_path), "xai", target=target))
    assert row(found, "xAI key").passed is False
    assert "blocked" in row(found, "xAI key").text
    assert "xai.api_key" in row(found, "xAI key").text


@pytest.mark.parametrize("obstacle", ["a folder in its place", "a file that is no database"])
async def test_a_database_that_cannot_be_used_fails_with_its_path_and_what_to_do(
    here: Stage, tmp_path: Path, obstacle: str
) -> None:
    path = tmp_path / "kept.sqlite3"
    if obstacle == "a folder in its place":
        path.mkdir()
    else:
        path.write_text("words " * 1000, encoding="utf-8")
    store = StoreSettings(url=str(path))
    found = await checked(here.settings(tmp_path).model_copy(update={"store": store}))
    assert failed(found) == ["Database"]
    text = row(found, "Database").text
    assert str(path) in text
    assert "store.url" in text


async def test_one_failure_hinders_no_other_check(tmp_path: Path, closed_port: int) -> None:
    (tmp_path / "kept.sqlite3").mkdir()
    async with stage(grok_rules=GrokRules()) as here:
        settings = changed(here.settings(tmp_path), "discord", token=SecretStr(WRONG))
        settings = changed(settings, "xai", target=f"127.0.0.1:{closed_port}")
        settings = settings.model_copy(update={"store": StoreSettings(url=str(tmp_path / "kept.sqlite3"))})
        found = await checked(settings)
    assert failed(found) == ["Database", "Discord token", "xAI key"]


async def test_the_table_is_readable_at_eighty_columns(here: Stage, tmp_path: Path) -> None:
    here.discord.set_intents_allowed(message_content=False)
    found = await checked(changed(here.settings(tmp_path), "xai", model="grok-of-yesterday"))
    written = shown(found).splitlines()
    assert max(len(line) for line in written) <= 80
    joined = " ".join(" ".join(line.split("│")[3].split()) for line in written if line.count("│") == 4)
    for finding in found:
        words = [word for word in finding.text.split() if len(word) < 40]  # longer ones, as addresses, are folded
        assert all(word in joined for word in words), finding.what


def test_what_others_wrote_is_no_markup_in_the_table() -> None:
    written = shown([Finding("Model", passed=False, text="xAI has no [red]x[/]. [link=y]")])
    assert "[red]x[/]. [link=y]" in written
