"""`grokbot setup` over the sandbox: in a terminal as a process of its own, over a pipe, and with options alone."""

from __future__ import annotations

import asyncio
import os
import tomllib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from discord.gateway import DiscordWebSocket
from discord.http import Route

from grokbot.cli import main
from grokbot.sandbox.stage import servers
from tests.terminal.window import CTRL_C, ENTER, window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from click.testing import Result

    from grokbot.sandbox.discord_server import DiscordSandbox
    from grokbot.sandbox.grok_server import GrokSandbox


@pytest.fixture(autouse=True)
def _as_it_was(logging_as_it_was: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)


@asynccontextmanager
async def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[DiscordSandbox, GrokSandbox]]:
    """Both servers, which the environment names; no secret is set."""
    async with servers() as (discord, grok):
        for name, value in addresses(discord, grok).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.chdir(tmp_path)
        yield discord, grok


def addresses(discord: DiscordSandbox, grok: GrokSandbox) -> dict[str, str]:
    return {
        "GROKBOT_DISCORD__API_URL": discord.api_url,
        "GROKBOT_DISCORD__GATEWAY_URL": discord.gateway_url,
        "GROKBOT_XAI__TARGET": grok.target,
        "GROKBOT_XAI__INSECURE": "true",
    }


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()} if folder.exists() else {}


async def setup(folder: Path, *options: str, given: str = "") -> Result:
    command = ["setup", "--config", str(folder / "grokbot.toml"), *options]
    return await asyncio.to_thread(CliRunner().invoke, main, command, input=given)


async def test_in_a_terminal_it_waits_for_clicks_names_wrong_pastes_and_shows_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "own"
    async with both(tmp_path, monkeypatch) as (discord, grok):
        discord.set_intents_allowed(message_content=False)
        command = ("setup", "--config", str(folder / "grokbot.toml"))
        async with window(tmp_path, *command, env=addresses(discord, grok), lines=50) as shown:
            await shown.until("Token:")
            assert not shown.echoes()
            shown.type("abcdefghijklmnopqrstuvwxyz012345" + ENTER)
            await shown.until("client secret")
            await shown.until(lambda seen: seen.count("Token:") == 2)
            shown.type(f"{discord.token[:20]}\n{discord.token[20:]}")  # pasted, with nothing behind it
            await shown.until("line break in the middle")
            await shown.until(lambda seen: seen.count("Token:") == 3)
            shown.type(f"Bot {discord.token}{ENTER}")
            await shown.until("Enter goes on without it")
            assert "oauth2/authorize" in shown.all
            assert "/bot" in shown.all
            assert shown.echoes()
            discord.set_intents_allowed(message_content=True)
            discord.create_guild("My \x1b[2Jserver")
            await shown.until("It is in the server My")
            await shown.until("Key:")
            assert "Intent is on" in shown.all
            assert not shown.echoes()
            shown.type("xai-wrong" + ENTER)
            await shown.until("does not accept this key")
            await shown.until(lambda seen: seen.count("Key:") == 2)
            shown.type(grok.api_key + ENTER)
            for question, answer in (
                ("Model [grok-4.7]:", "grok-4.5"),
                ("together [5]:", "a lot"),
                ("Please type an amount", "3"),
                ("Each person [0.5]:", "none"),
                ("Your Discord id [", ""),
                ("Write discord.token, xai.api_key", ""),
                ("Set the app's profile", "n"),
            ):
                await shown.until(question)
                shown.type(answer + ENTER)
            await shown.until("grokbot run --config")
            assert await shown.end() == 0
            assert all(len(line) <= 80 for line in shown.all.splitlines())
            for secret in (discord.token, grok.api_key):
                assert secret.encode() not in shown.bytes
        written = contents(folder)
        assert set(written) == {"discord.token", "xai.api_key", "grokbot.toml"}
        assert written["discord.token"] == f"{discord.token}\n"
        tree = tomllib.loads(written["grokbot.toml"])
        assert tree["xai"] == {"model": "grok-4.5"}
        assert tree["limits"] == {"dollars_per_day": 3}
        assert tree["api"] == {"owner_id": discord.world.owner.id}
        async with window(tmp_path, *command, env=addresses(discord, grok)) as shown:
            await shown.until("Token [kept]:")
            shown.type(CTRL_C)
            assert await shown.end() == 130
            assert "Nothing was written" in shown.all
            assert "Traceback" not in shown.all
        assert contents(folder) == written


async def test_scripts_answer_by_options_and_a_pipe_and_run_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, token, key = tmp_path / "own", tmp_path / "token", tmp_path / "key"
    async with both(tmp_path, monkeypatch) as (discord, grok):
        token.write_text(f"{discord.token}\n")
        key.write_text(f"'{grok.api_key}'\n")
        files = ("--token-file", str(token), "--key-file", str(key))
        unanswered = await setup(folder, "--token-file", str(token), "--yes")
        assert (unanswered.exit_code, contents(folder)) == (2, {})
        assert "nobody answers: Key. Nothing was written." in unanswered.output
        refused = await setup(folder, *files, "--model", "grok-0", "--yes")
        assert (refused.exit_code, contents(folder)) == (2, {})
        assert "no model grok-0" in refused.output
        done = await setup(folder, *files, "--dollars-per-day", "2", "--owner", "none", "--yes")
        assert done.exit_code == 0, done.output
        assert "quotes around it" in done.output
        assert discord.token not in done.output
        assert discord.world.profile["tags"]  # as `grokbot check --fix`
        written = contents(folder)
        assert tomllib.loads(written["grokbot.toml"])["limits"] == {"dollars_per_day": 2, "member_dollars_per_day": 0.5}
        again = await setup(folder, given="\n" * 9)
        assert again.exit_code == 0, again.output
        assert "Everything is as it was." in again.output
        assert contents(folder) == written
        ended = await setup(folder, given="\n\n\n")
        assert ended.exit_code == 2
        monkeypatch.setenv("GROKBOT_XAI__MODEL", "grok-4.7")
        other = await setup(folder, "--model", "grok-4.5", "--yes")
        assert "xai.model is also set in the environment (GROKBOT_XAI__MODEL), which is stronger" in " ".join(
            other.output.split()
        )
        token.write_text("token.that-opens.nothing")
        kept = await setup(folder, *files, given="n\n" + "\n" * 9)
        assert kept.exit_code == 0, kept.output
        wrong = await setup(folder, *files, "--yes")
        assert (wrong.exit_code, contents(folder)["discord.token"]) == (78, f"{discord.token}\n")
        assert "Discord does not accept this token" in wrong.output
    assert os.environ["HOME"] == str(tmp_path)


async def test_what_is_set_already_wins_over_what_is_suggested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, token, key = tmp_path / "own", tmp_path / "token", tmp_path / "key"
    folder.mkdir()
    async with both(tmp_path, monkeypatch) as (discord, grok):
        token.write_text(discord.token)
        key.write_text(grok.api_key)
        config = folder / "grokbot.toml"
        config.write_text("\ufefflimits = { dollars_per_day = 50 }\napi.owner_id = 123456789012345678\n")
        monkeypatch.setenv("GROKBOT_LIMITS__MEMBER_DOLLARS_PER_DAY", "")
        monkeypatch.setenv("GROKBOT_LIMITS__DOLLARS_PER_DAY", "50.0")
        options = ("--token-file", str(token), "--key-file", str(key), "--owner", "223456789012345678", "--yes")
        done = await setup(folder, *options)
        assert done.exit_code == 78, done.output
        told = " ".join(done.output.split())
        assert "The rest is written. Set there yourself: api.owner_id = 223456789012345678." in told
        assert "stronger" not in told
        assert "Nothing" not in told
        written = contents(folder)
        assert written["discord.token"] == f"{discord.token}\n"
        assert tomllib.loads(written["grokbot.toml"]) == {
            "limits": {"dollars_per_day": 50},
            "api": {"owner_id": 123456789012345678},
            "xai": {"model": "grok-4.7"},
        }
