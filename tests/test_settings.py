"""Settings: where they come from, which source wins, what is refused, and that no secret ever reaches a text."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tomllib
import traceback
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from grokbot.docgen import settings_table
from grokbot.process.socket_path import socket_to_reach, socket_to_serve
from grokbot.settings import DiscordSettings, Settings, SettingsError, StoreSettings, XaiSettings, all_settings, load
from grokbot.settings.example import example
from grokbot.settings.privacy import LINE, NOTICE
from grokbot.settings.sections import SYSTEM_PROMPT
from grokbot.settings.validators import is_loopback_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WHOSE, SPANS = ("", "member_"), ("day", "month")
COUNTED = [*(f"{what}_per_{span}" for what in ("dollars", "tokens") for span in SPANS)]
LIMITS = [whose + what for whose in WHOSE for what in (*COUNTED, "turns_per_minute", "answers_at_once")]
REQUIRED = {"HOME": "/home/alice", "GROKBOT_DISCORD__TOKEN": "discord-token", "GROKBOT_XAI__API_KEY": "xai-key"}


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's .env is read by a test."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


def problem_with(environ: Mapping[str, str], config: Path | None = None, **overrides: Any) -> SettingsError:
    """The problem that loading ends in; its text is checked to be one line."""
    dotted = {name.replace("__", "."): value for name, value in overrides.items()}
    with pytest.raises(SettingsError) as caught:
        load(config, overrides=dotted, environ=environ)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()
    return caught.value


# Sources


def test_two_secrets_are_enough_and_the_rest_are_the_documented_defaults() -> None:
    settings = load(environ=REQUIRED)
    assert settings.discord.token.get_secret_value() == "discord-token"
    assert settings.xai.api_key.get_secret_value() == "xai-key"
    assert settings.model_dump(exclude={"discord": {"token"}, "xai": {"api_key"}}) == {
        "discord": {
            "api_url": "https://discord.com/api/v10",
            "gateway_url": None,
            "answer_direct_messages": True,
            "user_install": False,
            "user_install_allowed": (),
            "thread_archive_minutes": 1440,
            "answer_messages": 5,
            "notice_after_seconds": 30.0,
            "sync_commands": "auto",
            "language": "en",
        },
        "xai": {
            "target": "api.x.ai:443",
            "insecure": False,
            "model": "grok-4.7",
            "reasoning_effort": "low",
            "search": ("web", "x"),
            "search_turns": 6,
            **dict.fromkeys(("search_sites", "search_excluded_sites", "search_handles", "search_excluded_handles"), ()),
            "search_from": None,
            "search_images": False,
            "images": ("command", "tool"),
            "image_model": "grok-imagine-image",
            "timeout_seconds": 1620.0,
            "idle_seconds": 600.0,
            "max_tokens": None,
            "temperature": None,
        },
        "store": {
            "url": "sqlite+aiosqlite:////home/alice/.local/state/grokbot/grokbot.sqlite3",
            "retention_days": None,
            "keep_text": True,
            "backup_every": 24,
            "backup_keep": 7,
            "backup_dir": None,
        },
        "conversation": {
            "mode": "stateless",
            "system_prompt": SYSTEM_PROMPT,
            "steering": "asker",
            "personas_dir": None,
            "context_messages": 10,
            "channel_context_messages": 0,
            "titles": True,
        },
        "web": {"listen": "", "public_url": None},
        "api": {
            "listen": ("unix:/home/alice/.local/state/grokbot/api.sock",),
            "tls_certificate": None,
            "tls_key": None,
            "owner_id": 0,
        },
        "monitoring": {"listen": "unix:/home/alice/.local/state/grokbot/monitoring.sock", "traces": ""},
        "privacy": {"notice": NOTICE, "line": LINE, "policy_url": None, "contact": "", "encryption": ""},
        "limits": dict.fromkeys(LIMITS),
        "daemon": {"drain_seconds": 20.0, "log_level": "info", "log_format": "auto"},
    }


def test_each_source_overrules_all_the_weaker_ones(tmp_path: Path) -> None:
    config = tmp_path / "my.toml"
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    environ = dict(REQUIRED)

    def model() -> str:
        return load(config, overrides=overrides, environ=environ).xai.model

    overrides: dict[str, str] = {}
    config.write_text('[xai]\nmodel = "from-toml"\n')
    assert model() == "from-toml"
    (credentials / "xai.model").write_text("from-credential\n")
    environ["CREDENTIALS_DIRECTORY"] = str(credentials)
    assert model() == "from-credential"
    (tmp_path / "cwd" / ".env").write_text("GROKBOT_XAI__MODEL=from-dotenv\nOTHER_PROGRAM=1\n")
    assert model() == "from-dotenv"
    environ["GROKBOT_XAI__MODEL"] = "from-environment"
    assert model() == "from-environment"
    overrides["xai.model"] = "from-command-line"
    assert model() == "from-command-line"


def test_credentials_hold_both_secrets_without_the_line_break_at_their_end(tmp_path: Path) -> None:
    (tmp_path / "discord.token").write_text("token-in-a-file\n")
    (tmp_path / "xai.api_key").write_text("key-in-a-file\n")
    settings = load(environ={"HOME": "/home/alice", "CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert settings.discord.token.get_secret_value() == "token-in-a-file"
    assert settings.xai.api_key.get_secret_value() == "key-in-a-file"


def test_a_persons_own_file_comes_before_the_machines_and_its_secrets_lie_beside_it(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    folder = tmp_path / ".config" / "grokbot"
    folder.mkdir(parents=True)
    (folder / "discord.token").write_text("own-token\n")
    (folder / "xai.api_key").write_text("own-key\n")
    assert problem_with(environ).key == "discord.token"  # without a TOML file there is no folder of one
    (folder / "grokbot.toml").write_text('[xai]\nmodel = "own-model"\napi_key = "weaker"\n')
    found = load(environ=environ)
    assert (found.discord.token.get_secret_value(), found.xai.api_key.get_secret_value()) == ("own-token", "own-key")
    assert found.xai.model == "own-model"
    elsewhere = {"HOME": "/home/alice", "XDG_CONFIG_HOME": str(tmp_path / ".config")}
    assert load(environ=elsewhere).xai.model == "own-model"
    other = tmp_path / "other.toml"
    other.touch()
    assert problem_with(environ, other).key == "discord.token"
    assert load(environ={**environ, "GROKBOT_XAI__API_KEY": "stronger"}).xai.api_key.get_secret_value() == "stronger"


def test_the_environment_overrules_the_credential_file(tmp_path: Path) -> None:
    (tmp_path / "discord.token").write_text("in-the-file")
    settings = load(environ={**REQUIRED, "CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert settings.discord.token.get_secret_value() == "discord-token"


def test_variables_of_other_programs_and_small_letters_do_no_harm() -> None:
    environ = {**REQUIRED, "XAI_API_KEY": "other", "GROK": "other", "grokbot_xai__model": "grok-4.6"}
    assert load(environ=environ).xai.model == "grok-4.6"


def test_where_clients_find_a_daemon_is_no_setting_of_one(tmp_path: Path) -> None:
    (tmp_path / "cwd" / ".env").write_text("GROKBOT_API=unix:/run/a.sock\nGROKBOT_API_KEY=gbk_secret\n")
    environ = {**REQUIRED, "GROKBOT_API": "127.0.0.1:50051", "GROKBOT_API_KEY": "gbk_secret"}
    assert load(environ=environ).api == load(environ=REQUIRED).api


def test_an_option_that_was_not_given_overrules_nothing() -> None:
    assert load(overrides={"xai.model": None}, environ={**REQUIRED, "GROKBOT_XAI__MODEL": "grok-4.6"}).xai.model == (
        "grok-4.6"
    )


def test_values_of_variables_become_numbers_switches_lists_and_nothing() -> None:
    settings = load(
        environ={
            **REQUIRED,
            "GROKBOT_XAI__TIMEOUT_SECONDS": "900.5",
            "GROKBOT_XAI__MAX_TOKENS": "",
            "GROKBOT_XAI__TEMPERATURE": "0.5",
            "GROKBOT_XAI__SEARCH": "x, web,x",
            "GROKBOT_XAI__REASONING_EFFORT": "",
            "GROKBOT_DISCORD__ANSWER_DIRECT_MESSAGES": "no",
            "GROKBOT_DISCORD__THREAD_ARCHIVE_MINUTES": "10080",
            "GROKBOT_DISCORD__GATEWAY_URL": "",
            "GROKBOT_DAEMON__LOG_LEVEL": "WARNING",
        }
    )
    assert settings.xai.timeout_seconds == 900.5
    assert settings.xai.max_tokens is None
    assert settings.xai.temperature == 0.5
    assert settings.xai.search == ("x", "web")
    assert settings.xai.reasoning_effort is None
    assert settings.discord.answer_direct_messages is False
    assert settings.discord.thread_archive_minutes == 10080
    assert settings.discord.gateway_url is None
    assert settings.daemon.log_level == "warning"


def test_an_empty_list_turns_searching_off(tmp_path: Path) -> None:
    config = tmp_path / "my.toml"
    config.write_text("[xai]\nsearch = []\n")
    assert load(config, environ=REQUIRED).xai.search == ()
    assert load(environ={**REQUIRED, "GROKBOT_XAI__SEARCH": ""}).xai.search == ()


def test_nothing_is_limited_unless_the_operator_says_so_and_0_allows_nothing() -> None:
    assert set(load(environ=REQUIRED).limits.model_dump().values()) == {None}
    limits = load(
        environ=REQUIRED
        | {"GROKBOT_LIMITS__DOLLARS_PER_DAY": "0.5", "GROKBOT_LIMITS__MEMBER_TURNS_PER_MINUTE": "0"}
        | {"GROKBOT_LIMITS__TOKENS_PER_DAY": ""}
    ).limits
    assert (limits.dollars_per_day, limits.member_turns_per_minute, limits.tokens_per_day) == (0.5, 0, None)


def test_settings_never_change() -> None:
    settings = load(environ=REQUIRED)
    with pytest.raises(ValidationError, match="frozen"):
        settings.xai.model = "another"
    with pytest.raises(ValidationError, match="frozen"):
        settings.xai = settings.xai


def test_settings_made_by_hand_read_neither_environment_nor_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI", '{"model": "from-the-environment"}')
    monkeypatch.setenv("GROKBOT_XAI__MODEL", "from-the-environment")
    settings = Settings(
        discord=DiscordSettings(token=SecretStr("t")),
        xai=XaiSettings(api_key=SecretStr("k")),
        store=StoreSettings(url="a.sqlite3"),
    )
    assert settings.xai.model == "grok-4.7"


def test_importing_the_settings_reads_no_file_and_no_variable() -> None:
    watched = """
import os, sys
class Watched(dict):
    def __getitem__(self, key):
        if str(key).startswith("GROKBOT"): raise SystemExit("environment was read")
        return super().__getitem__(key)
    def items(self): raise SystemExit("environment was read")
import pydantic_settings.sources, pydantic.plugin._loader
os.environ = Watched(os.environ)
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
import grokbot.settings.settings
print([name for name in opened if name.endswith((".env", ".toml"))])
"""
    command = [sys.executable, "-c", watched]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our text
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


# The database's place


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"STATE_DIRECTORY": "/var/lib/grokbot"}, "/var/lib/grokbot/grokbot.sqlite3"),
        ({"STATE_DIRECTORY": "/var/lib/one:/var/lib/two"}, "/var/lib/one/grokbot.sqlite3"),
        ({"XDG_STATE_HOME": "/data/state"}, "/data/state/grokbot/grokbot.sqlite3"),
        ({"XDG_STATE_HOME": "relative"}, "/home/alice/.local/state/grokbot/grokbot.sqlite3"),
        ({"STATE_DIRECTORY": "/s", "XDG_STATE_HOME": "/x"}, "/s/grokbot.sqlite3"),
        ({"GROKBOT_STORE__URL": "/data/a.sqlite3", "STATE_DIRECTORY": "/s"}, "/data/a.sqlite3"),
        ({"GROKBOT_STORE__URL": "sqlite:////data/a.sqlite3"}, "/data/a.sqlite3"),
        ({"GROKBOT_STORE__URL": "sqlite+aiosqlite:////data/a.sqlite3"}, "/data/a.sqlite3"),
        ({"GROKBOT_STORE__URL": "a.sqlite3"}, "a.sqlite3"),
    ],
)
def test_where_conversations_are_kept(environ: Mapping[str, str], path: str) -> None:
    assert load(environ={**REQUIRED, **environ}).store.url == f"sqlite+aiosqlite:///{path}"


def test_without_any_directory_for_state_the_operator_is_told() -> None:
    environ = {name: value for name, value in REQUIRED.items() if name != "HOME"}
    problem = problem_with(environ)
    assert problem.key == "store.url"
    assert "GROKBOT_STORE__URL" in str(problem)


# Wrong values

WRONG = [
    ("discord.token", "", "must be the key alone"),
    ("discord.token", '"quoted"', "must be the key alone"),
    ("discord.token", "Bot abc", "must be the key alone"),
    ("xai.api_key", "line\nbreak", "must be the key alone"),
    ("xai.api_key", "schlüssel", "must be the key alone"),
    ("discord.api_url", "discord.com/api/v10", "must be a URL that begins with https://"),
    ("discord.api_url", "https://[broken", "must be a URL that begins with https://"),
    ("discord.api_url", "https://host:port/", "must be a URL that begins with https://"),
    ("discord.api_url", "http://discord.com/api/v10", "would send the token in plain text"),
    ("discord.api_url", "https://bob:password@discord.com", "without user"),
    ("discord.gateway_url", "https://gateway.discord.gg", "must be a URL that begins with wss://"),
    ("discord.gateway_url", "ws://gateway.discord.gg", "would send the token in plain text"),
    ("discord.answer_direct_messages", "perhaps", "must be true or false, not 'perhaps'"),
    ("discord.user_install", "everybody", "must be true or false, not 'everybody'"),
    ("discord.user_install_allowed", "alice", "must be a whole number, not 'alice'"),
    ("discord.thread_archive_minutes", "61", "must be 60, 1440, 4320 or 10080, not 61"),
    ("discord.thread_archive_minutes", "day", "must be 60, 1440, 4320 or 10080, not 'day'"),
    ("discord.answer_messages", "0", "must be at least 1, not '0'"),
    ("discord.answer_messages", "21", "must be at most 20, not '21'"),
    ("discord.answer_messages", "all", "must be a whole number, not 'all'"),
    ("discord.notice_after_seconds", "-1", "must be at least 0, not '-1'"),
    ("discord.notice_after_seconds", "3601", "must be at most 3600, not '3601'"),
    ("discord.notice_after_seconds", "nan", "must be at"),
    ("discord.language", "Deutsch", "must be the code of a language, such as en or de"),
    ("discord.sync_commands", "sometimes", "must be 'auto', 'never' or 'always', not 'sometimes'"),
    ("xai.target", "https://api.x.ai", "host:port without https://"),
    ("xai.target", "", "must be host:port"),
    ("xai.target", "bob@api.x.ai:443", "must be host:port"),
    ("xai.target", "unix:", "must be host:port"),
    ("xai.insecure", "true", "must be false for this xai.target"),
    ("xai.insecure", "2", "must be true or false, not '2'"),
    ("xai.model", "", "must not be empty"),
    ("xai.image_model", "", "must not be empty"),
    ("xai.reasoning_effort", "extreme", "must be 'low', 'medium', 'high', 'xhigh' or 'none', not 'extreme'"),
    ("xai.search", "web,news", "must be 'web', 'x' or 'code', not 'news'"),
    ("xai.search_turns", "0", "must be at least 1, not '0'"),
    ("xai.search_sites", "https://nasa.gov", "must be at most five domain names"),
    ("xai.search_sites", "a.org,b.org,c.org,d.org,e.org,f.org", "must be at most five domain names"),
    ("xai.search_excluded_sites", "localhost", "must be at most five domain names"),
    ("xai.search_handles", "@nasa", "without @"),
    ("xai.search_excluded_handles", "a,b,c,d,e,f,g,h,i,j,k", "must be at most ten handles"),
    ("xai.search_from", "31.1.2026", "must be a day"),
    ("xai.search_from", "2026-02-30", "must be a day"),
    ("xai.search_images", "some", "must be true or false, not 'some'"),
    ("xai.images", "command,button", "must be 'command' or 'tool', not 'button'"),
    ("xai.timeout_seconds", "soon", "must be a number, not 'soon'"),
    ("xai.timeout_seconds", "0.5", "must be at least 1, not '0.5'"),
    ("xai.timeout_seconds", "1e9", "must be at most 86400"),
    ("xai.timeout_seconds", "nan", "must be at most 86400, not 'nan'"),
    ("xai.idle_seconds", "0", "must be at least 1, not '0'"),
    ("xai.max_tokens", "many", "must be a whole number, not 'many'"),
    ("xai.max_tokens", "1.5", "must be a whole number, not '1.5'"),
    ("xai.max_tokens", "0", "must be at least 1, not '0'"),
    ("xai.temperature", "hot", "must be a number, not 'hot'"),
    ("xai.temperature", "-0.1", "must be at least 0"),
    ("xai.temperature", "2.1", "must be at most 2"),
    ("xai.temperature", "inf", "must be at most 2"),
    ("store.url", "postgresql+asyncpg://bob:password@db/grokbot", "no other database is supported yet"),
    ("store.url", "sqlite+aiosqlite://", "must name a file"),
    ("store.url", "sqlite+aiosqlite:///:memory:", "must name a file"),
    ("store.url", ":memory:", "must name a file"),
    ("store.url", "", "must name a file"),
    ("store.url", "/var/lib/grokbot/", "must name a file"),
    ("store.url", "/var/lib/grokbot/what?.sqlite3", "without question marks"),
    ("conversation.mode", "forgetful", "must be 'stateless' or 'stateful', not 'forgetful'"),
    ("conversation.steering", "nobody", "must be 'asker' or 'everyone', not 'nobody'"),
    ("conversation.personas_dir", "personas", "must be an absolute path, beginning with /"),
    ("conversation.context_messages", "51", "must be at most 50"),
    ("conversation.channel_context_messages", "-1", "must be at least 0"),
    ("conversation.titles", "sometimes", "must be true or false, not 'sometimes'"),
    ("web.listen", "8080", "must be host:port"),
    ("web.listen", "127.0.0.1", "must be host:port"),
    ("web.listen", "127.0.0.1:65536", "must be host:port"),
    ("web.listen", "http://127.0.0.1:8080", "must be host:port"),
    ("web.listen", "::1:8080", "must be host:port"),
    ("web.listen", "unix:relative.sock", "must be host:port"),
    ("web.public_url", "grok.example.org", "must be a URL that begins with https://"),
    ("web.public_url", "http://grok.example.org", "would send every page in plain text"),
    ("web.public_url", "https://grok.example.org/?a=b", "without user, query or fragment"),
    ("web.public_url", "https://grok.example.org", "needs web.listen"),
    ("monitoring.listen", "9464", "must be host:port"),
    ("monitoring.traces", "127.0.0.1:4317", "must be the URL of a collector"),
    ("api.listen", "unix,8080", "must be host:port"),
    ("api.listen", "unix:relative.sock", "must be host:port"),
    ("api.tls_certificate", "api.crt", "must be an absolute path"),
    ("api.tls_key", "api.key", "must be an absolute path"),
    ("api.tls_key", "/etc/grokbot/api.key", "must be set together with api.tls_certificate"),
    ("api.owner_id", "alice", "must be a whole number, not 'alice'"),
    ("api.owner_id", "-1", "must be at least 0, not '-1'"),
    ("api.owner_id", str(2**63), "must be a Discord id"),
    ("store.retention_days", "0", "must be at least 1, not '0'"),
    ("store.keep_text", "perhaps", "must be true or false, not 'perhaps'"),
    ("store.backup_every", "-1", "must be at least 0, not '-1'"),
    ("store.backup_keep", "0", "must be at least 1, not '0'"),
    ("store.backup_dir", "backups", "must be an absolute path, beginning with /"),
    ("privacy.notice", "n" * 1_901, "must have at most 1900 characters"),
    ("privacy.line", "n" * 201, "must have at most 200 characters"),
    ("privacy.line", "two\nlines", "must be a single line"),
    ("privacy.policy_url", "example.org/privacy", "must be the address of a page"),
    ("privacy.policy_url", "https://", "must be the address of a page"),
    ("privacy.contact", "n" * 301, "must have at most 300 characters"),
    ("privacy.encryption", "n" * 301, "must have at most 300 characters"),
    *((f"limits.{who}dollars_per_{span}", "free", "must be a number") for who in WHOSE for span in SPANS),
    *((f"limits.{who}tokens_per_{span}", "-1", "must be at least 0, not '-1'") for who in WHOSE for span in SPANS),
    *((f"limits.{who}turns_per_minute", "1.5", "must be a whole number") for who in WHOSE),
    *((f"limits.{who}answers_at_once", "few", "must be a whole number") for who in WHOSE),
    ("limits.dollars_per_day", "inf", "must be at most 100000"),
    ("limits.dollars_per_day", "-0.01", "must be at least 0"),
    ("limits.turns_per_minute", "true", "must be a whole number"),
    ("daemon.drain_seconds", "-1", "must be at least 0, not '-1'"),
    ("daemon.drain_seconds", "601", "must be at most 600, not '601'"),
    ("daemon.log_level", "chatty", "must be 'debug', 'info', 'warning' or 'error', not 'chatty'"),
    ("daemon.log_format", "xml", "must be 'auto', 'terminal', 'journal' or 'json', not 'xml'"),
]


@pytest.mark.parametrize(("key", "value", "clause"), WRONG, ids=[f"{key}={value[:60]!r}" for key, value, _ in WRONG])
def test_a_wrong_value_is_told_by_its_key_with_what_it_must_be(key: str, value: str, clause: str) -> None:
    variable = "GROKBOT_" + key.upper().replace(".", "__")
    problem = problem_with({**REQUIRED, variable: value})
    text = str(problem)
    assert problem.key == key
    assert text.startswith(f"{key} in the environment ({variable}) ")
    assert clause in text
    section, name = key.split(".")
    assert f"{name} under [{section}] in the TOML file" in text
    assert "password" not in text


def test_searches_are_in_some_places_or_in_all_but_some_and_not_both() -> None:
    environ = {**REQUIRED, "GROKBOT_XAI__SEARCH_SITES": "NASA.gov, nasa.gov", "GROKBOT_XAI__SEARCH_FROM": "2026-01-31"}
    xai = load(environ=environ).xai
    assert (xai.search_sites, str(xai.search_from)) == (("nasa.gov",), "2026-01-31")
    problem = problem_with({**environ, "GROKBOT_XAI__SEARCH_EXCLUDED_SITES": "esa.int"})
    assert (problem.key, "xAI takes one of the two" in str(problem)) == ("xai.search_excluded_sites", True)


def test_every_setting_that_can_be_wrong_is_among_the_wrong_values() -> None:
    assert {key for key, _, _ in WRONG} == {setting.key for setting in all_settings()} - {"conversation.system_prompt"}


@pytest.mark.parametrize(
    ("toml", "key", "clause"),
    [
        ("[conversation]\nsystem_prompt = 5", "conversation.system_prompt", "must be text, not 5"),
        ("[xai]\ntimeout_seconds = true", "xai.timeout_seconds", "must be a number, not true or false"),
        ("[xai]\nmax_tokens = true", "xai.max_tokens", "must be a number, not true or false"),
        ("[xai]\nmax_tokens = 1.5", "xai.max_tokens", "must be a whole number, not 1.5"),
        ("[xai]\nsearch = 5", "xai.search", "must be a list, not 5"),
        ("[xai.target]\nhost = 'a'", "xai.target", "must be text, not a table"),
        ("[daemon]\ndrain_seconds = []", "daemon.drain_seconds", "must be a number, not a list"),
        ("[daemon]\nlog_level = 1979-05-27", "daemon.log_level", "not something else"),
        (
            "[discord]\ntoken = ['part-of-it']",
            "discord.token",
            "must be text. Run grokbot setup, store it as the credential",
        ),
        ("[daemon]\nlog_level = '" + "long" * 50 + "'", "daemon.log_level", "not a value of 200 characters"),
    ],
)
def test_a_value_of_the_wrong_type_in_the_file_is_told_with_the_file(
    tmp_path: Path, toml: str, key: str, clause: str
) -> None:
    config = tmp_path / "my.toml"
    config.write_text(toml)
    # The file's wrong value must not be overruled.
    environ = {name: value for name, value in REQUIRED.items() if name != "GROKBOT_DISCORD__TOKEN"}
    problem = problem_with(environ if key == "discord.token" else REQUIRED, config)
    assert problem.key == key
    assert str(problem).startswith(f"{key} in {config} must be")
    assert clause in str(problem)


@pytest.mark.parametrize("key", ["discord.token", "xai.api_key"])
def test_a_missing_secret_is_told_with_all_the_ways_to_give_it(key: str) -> None:
    variable = "GROKBOT_" + key.upper().replace(".", "__")
    problem = problem_with({name: value for name, value in REQUIRED.items() if name != variable})
    section, name = key.split(".")
    assert problem.key == key
    assert str(problem) == (
        f"{key} is not set. Run grokbot setup, store it as the credential {key}, or set {variable} in the environment, "
        f"or {name} under [{section}] in the TOML file."
    )


# Unknown names


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("GROKBOT_XAI__APIKEY", "GROKBOT_XAI__API_KEY"),
        ("GROKBOT_XAI_API_KEY", "GROKBOT_XAI__API_KEY"),
        ("GROKBOT_DISCORD_TOKEN", "GROKBOT_DISCORD__TOKEN"),
        ("grokbot_xai__modell", "GROKBOT_XAI__MODEL"),
        ("GROKBOT_XAI__MODEL__NAME", "GROKBOT_XAI__MODEL"),
    ],
)
def test_a_misspelt_variable_is_told_with_the_nearest_setting(tmp_path: Path, variable: str, nearest: str) -> None:
    expected = f"Unknown setting {variable.upper()} in the environment. Did you mean {nearest}?"
    assert str(problem_with({**REQUIRED, variable: "secret"})) == expected
    (tmp_path / "cwd" / ".env").write_text(f"{variable}=secret\n")
    assert str(problem_with(REQUIRED)) == expected.replace("the environment", "the file .env")


@pytest.mark.parametrize("name", ["GROKBOT_QQQQ", "GROKBOT_SERVER_PORT", "GROKBOT_", f"GROKBOT_{'X' * 4000}"])
def test_a_name_that_resembles_nothing_is_told_with_the_three_nearest(name: str) -> None:
    text = str(problem_with({**REQUIRED, name: "1"}))
    assert len(re.findall(r"GROKBOT_[A-Z]+__[A-Z_]+", text)) == 3
    assert len(text) < 300


@pytest.mark.parametrize(
    "given", ['["127.0.0.1:1", "[::1]:2"]', ' [ "127.0.0.1:1","[::1]:2" ] ', "127.0.0.1:1, [::1]:2"]
)
def test_a_list_in_a_variable_is_words_or_json(given: str) -> None:
    settings = load(environ={**REQUIRED, "GROKBOT_API__LISTEN": given})
    assert settings.api.listen == ("127.0.0.1:1", "[::1]:2")


@pytest.mark.parametrize("given", ["[web]", '["web", 7]', f"[{'[' * 5000}]"])
def test_a_list_that_is_none_is_told(given: str) -> None:
    assert "xai.search" in str(problem_with({**REQUIRED, "GROKBOT_XAI__SEARCH": given}))
    assert load(environ={**REQUIRED, "GROKBOT_XAI__SEARCH": "[]"}).xai.search == ()


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[xai]\napikey = "secret"', "Unknown setting xai.apikey in {}. Did you mean xai.api_key?"),
        ("[xia]\nmodel = 'secret'", "Unknown setting [xia] in {}. Did you mean [xai]?"),
        ("xai = 'secret'", "xai in {} must be a section: [xai] on a line of its own."),
        ('[xai]\n"a\\nb" = "secret"', "Unknown setting xai.a b in {}."),
    ],
)
def test_a_misspelt_name_in_the_file_is_told_with_the_nearest_setting(tmp_path: Path, toml: str, said: str) -> None:
    config = tmp_path / "my.toml"
    config.write_text(toml)
    text = str(problem_with(REQUIRED, config))
    assert text.startswith(said.format(config))
    assert "secret" not in text


def test_a_misspelt_override_and_a_misspelt_credential_are_told(tmp_path: Path) -> None:
    assert str(problem_with(REQUIRED, xai__modle="m")) == (
        "Unknown setting xai.modle in the command line. Did you mean xai.model?"
    )
    (tmp_path / "discord_token").write_text("secret")
    assert str(problem_with({**REQUIRED, "CREDENTIALS_DIRECTORY": str(tmp_path)})) == (
        "Unknown setting discord_token in the credentials. Did you mean discord.token?"
    )


# Files that cannot be read


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    assert str(problem_with(REQUIRED, tmp_path / "gone.toml")) == (
        f"{tmp_path / 'gone.toml'} cannot be read: no such file or directory."
    )


def test_a_broken_file_is_told_with_the_position_and_nothing_of_its_content(tmp_path: Path) -> None:
    config = tmp_path / "my.toml"
    config.write_text('[discord]\ntoken = "secret\n')
    text = str(problem_with(REQUIRED, config))
    assert re.fullmatch(re.escape(f"{config} is not valid TOML at line 2, column ") + r"1[67]\.", text)


@pytest.mark.parametrize("name", ["my.toml", ".env", "discord.token"])
def test_a_file_that_is_not_text_is_told_by_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "cwd" / name
    path.write_bytes(b"GROKBOT_XAI__MODEL=\xff\xfe")
    config = path if name == "my.toml" else None
    credentials = {"CREDENTIALS_DIRECTORY": str(path.parent)} if name == "discord.token" else {}
    text = str(problem_with({**REQUIRED, **credentials}, config))
    assert text.endswith("cannot be read: it is not UTF-8 text.")


def test_a_line_of_dotenv_without_a_value_is_told(tmp_path: Path) -> None:
    (tmp_path / "cwd" / ".env").write_text("GROKBOT_XAI__MODEL\n")
    assert str(problem_with(REQUIRED)).startswith("GROKBOT_XAI__MODEL in the file .env has no value")


def test_a_credentials_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = str(problem_with({**REQUIRED, "CREDENTIALS_DIRECTORY": str(tmp_path / "gone")}))
    assert text == f"$CREDENTIALS_DIRECTORY is set, but {tmp_path / 'gone'} is not a directory."


# Plain text stays on this machine


@pytest.mark.parametrize(
    ("target", "stays"),
    [
        ("localhost", True),
        ("localhost:50051", True),
        ("LOCALHOST:50051", True),
        ("127.0.0.1:1", True),
        ("127.255.255.254:50051", True),
        ("[::1]:50051", True),
        ("[0:0:0:0:0:0:0:1]:50051", True),
        ("unix:/run/grok.sock", True),
        ("api.x.ai:443", False),
        ("0.0.0.0:50051", False),
        ("10.0.0.1:50051", False),
        ("128.0.0.1:50051", False),
        ("[::]:50051", False),
        ("[::2]:50051", False),
        ("[::ffff:127.0.0.1]:50051", False),
        ("localhost.example:50051", False),
        ("127.0.0.1.example:50051", False),
        ("127.1:50051", False),
        ("2130706433:50051", False),
        ("localhost:50051,api.x.ai:443", False),
        ("localhost@api.x.ai:443", False),
        ("ipv4:127.0.0.1:50051", False),
        ("dns:localhost", False),
        ("unixx:/run/grok.sock", False),
        ("", False),
    ],
)
def test_only_loopback_targets_may_be_insecure(target: str, stays: bool) -> None:
    assert is_loopback_target(target) is stays
    overrides = {"xai.target": target, "xai.insecure": True}
    if stays:
        assert load(overrides=overrides, environ=REQUIRED).xai.insecure is True
    else:
        with pytest.raises(SettingsError, match=r"^xai\.(insecure|target) in the command line must be"):
            load(overrides=overrides, environ=REQUIRED)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/api/v10", "http://localhost:1", "http://[::1]:8080/x/"])
def test_a_loopback_discord_may_be_plain(url: str) -> None:
    settings = load(overrides={"discord.api_url": url, "discord.gateway_url": "ws://127.0.0.1:9"}, environ=REQUIRED)
    assert settings.discord.api_url == url.rstrip("/")
    assert settings.discord.gateway_url == "ws://127.0.0.1:9"


# Secrets

# No text of ours, no path and no traceback holds eight of these in a row. Ordinary letters would not do: hypothesis
# also tries the constants that stand in the code.
RARE = "QXZJ2789%!+/"
usable_secrets = st.text(RARE, min_size=12, max_size=80)
any_secrets = usable_secrets | st.text(
    st.sampled_from(RARE + "\"'\\") | st.characters(min_codepoint=0xA1, max_codepoint=0x2FFF), min_size=12, max_size=80
)
breakers = st.sampled_from(
    [
        {"xai.timeout_seconds": "soon"},
        {"xai.insecure": True},
        {"xai.modle": "grok-4.6"},
        {"store.url": "postgresql://db"},
        {"discord.token": ["list"]},
    ]
)


def everything_said(error: BaseException) -> str:
    """All texts of an exception, of its traceback and of whatever it was raised from or in."""
    said = [str(error), repr(error), str(error.args), *traceback.format_exception(error)]
    said += [everything_said(inner) for inner in (error.__cause__, error.__context__) if inner is not None]
    return "\n".join(said)


not_timed = hypothesis_settings(deadline=None)  # a busy machine is not a mistake


def assert_no_part_of(secret: str, said: str) -> None:
    """Neither the secret nor eight characters of it in a row, plain or escaped."""
    parts = [secret[start : start + 8] for start in range(len(secret) - 7)]
    assert not [part for part in parts if part in said or repr(part)[1:-1] in said or ascii(part)[1:-1] in said]


@not_timed
@given(token=usable_secrets, key=usable_secrets)
def test_no_secret_is_ever_in_a_text_of_the_settings(token: str, key: str) -> None:
    settings = load(environ={"HOME": "/h", "GROKBOT_DISCORD__TOKEN": token, "GROKBOT_XAI__API_KEY": key})
    assert settings.discord.token.get_secret_value() == token
    assert settings.xai.api_key.get_secret_value() == key
    for part in (settings, settings.discord, settings.xai):
        texts = [repr(part), str(part), str(part.model_dump()), str(part.model_dump(mode="json"))]
        said = "\n".join([*texts, part.model_dump_json()])
        assert_no_part_of(token, said)
        assert_no_part_of(key, said)


@not_timed
@given(token=any_secrets, key=any_secrets, breaker=breakers, stray=st.booleans())
def test_no_secret_is_ever_in_a_text_of_a_problem(
    token: str, key: str, breaker: Mapping[str, Any], stray: bool
) -> None:
    environ = {"HOME": "/h", "GROKBOT_DISCORD__TOKEN": token, "GROKBOT_XAI__API_KEY": key}
    if stray:
        environ["GROKBOT_XAI__APIKEY"] = key
    with pytest.raises(SettingsError) as caught:
        load(overrides=breaker, environ=environ)
    said = everything_said(caught.value)
    assert_no_part_of(token, said)
    assert_no_part_of(key, said)


FREE_TEXTS = (
    "conversation.system_prompt", "privacy.contact", "privacy.encryption", "privacy.line", "privacy.notice",
    "store.url", "xai.image_model", "xai.model", "xai.target",
)  # fmt: skip


def test_a_key_pasted_to_the_wrong_place_is_not_repeated() -> None:
    key = "xai-" + "k3y" * 20
    for setting in all_settings():
        if setting.key not in FREE_TEXTS:
            environ = {**REQUIRED, setting.variable: key + ("" if not setting.secret else " ")}
            assert_no_part_of(key, everything_said(problem_with(environ)))


@not_timed
@given(secret=any_secrets)
def test_no_credential_and_no_line_of_a_broken_file_is_in_a_text(
    tmp_path_factory: pytest.TempPathFactory, secret: str
) -> None:
    directory = tmp_path_factory.mktemp("credentials")
    (directory / "discord.token").write_text(secret + " " + secret, "utf-8")
    said = everything_said(problem_with({"HOME": "/h", "CREDENTIALS_DIRECTORY": str(directory)}))
    broken = directory / "broken.toml"
    broken.write_text(f'[discord]\ntoken = "{secret}" {secret}\n', "utf-8")
    said += everything_said(problem_with({"HOME": "/h"}, broken))
    assert_no_part_of(secret, said)


# Documentation


def test_the_example_file_uncommented_is_valid_and_holds_exactly_the_defaults() -> None:
    lines = example().splitlines()
    uncommented = [line[1:] if line[:1] == "#" and line[:2] != "# " else line for line in lines]
    tree = tomllib.loads("\n".join(uncommented))
    for setting in all_settings():
        section, _, name = setting.key.partition(".")
        value = tree[section].pop(name)
        if not setting.field.is_required() and setting.field.default is not None:
            expected = setting.field.default
            assert value == (list(expected) if isinstance(expected, tuple) else expected), setting.key
    assert not any(tree.values())


def test_the_example_file_changes_nothing_as_it_is(tmp_path: Path) -> None:
    config = tmp_path / "grokbot.toml"
    config.write_text(example())
    assert load(config, environ=REQUIRED) == load(environ=REQUIRED)


def test_the_table_has_one_row_of_six_cells_per_setting_and_shows_no_bound_less() -> None:
    rows = settings_table.table().splitlines()[2:]
    assert len(rows) == len(list(all_settings()))
    for row, setting in zip(rows, all_settings(), strict=True):
        assert row.replace("\\|", "").count("|") == 7
        assert row.startswith(f"| `{setting.key}` | `{setting.variable}` | ")
        assert str(setting.field.description) in row
    assert any("number from 0 to 2 |" in row for row in rows)
    assert any("whole number from 1 |" in row for row in rows)
    assert any("`60`, `1440`, `4320`, `10080`" in row for row in rows)


def test_the_check_tells_a_stale_table_and_writing_mends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / settings_table.PAGE
    page.parent.mkdir()
    page.write_text("before\n<!-- settings:begin -->\nstale\n<!-- settings:end -->\nafter\n")
    check = ["--root", str(tmp_path), "--check"]
    assert settings_table.main(check) == 1
    assert "stale" in page.read_text(), "a check writes nothing"
    assert not (tmp_path / "deploy").exists()
    assert settings_table.main(check[:2]) == 0
    assert settings_table.main(check) == 0
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "stale" not in text
    (tmp_path / "deploy" / "grokbot.toml").write_text("# edited by hand\n")
    capsys.readouterr()
    assert settings_table.main(check) == 1
    assert "grokbot.toml is out of date" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "<!-- settings:begin -->", "<!-- settings:end --><!-- settings:begin -->"])
def test_a_page_without_the_markers_fails_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / settings_table.PAGE).write_text(text)
    assert settings_table.main(["--root", str(tmp_path), "--check"]) == 1
    assert "must stand in it once each" in capsys.readouterr().err


def test_every_description_is_one_sentence_or_more_and_every_default_is_valid() -> None:
    for setting in all_settings():
        assert str(setting.field.description).endswith("."), setting.key
    rebuilt = {
        setting.key: setting.field.default
        for setting in all_settings()
        if not setting.field.is_required() and setting.field.default is not None
    }
    assert load(overrides=rebuilt, environ=REQUIRED) == load(environ=REQUIRED)


def test_the_system_prompt_holds_no_date_so_that_prompts_stay_cached() -> None:
    assert not any(character.isdigit() for character in SYSTEM_PROMPT.replace("40 columns", ""))
    assert "{" not in SYSTEM_PROMPT


# Share pages


# Where the API listens


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"RUNTIME_DIRECTORY": "/run/grokbot"}, "/run/grokbot/api.sock"),
        ({"RUNTIME_DIRECTORY": "/run/one:/run/two", "XDG_RUNTIME_DIR": "/run/user/1"}, "/run/one/api.sock"),
        ({"XDG_RUNTIME_DIR": "/run/user/1"}, "/run/user/1/grokbot/api.sock"),
        ({"XDG_RUNTIME_DIR": "relative"}, "/home/alice/.local/state/grokbot/api.sock"),
        ({"XDG_STATE_HOME": "/data"}, "/data/grokbot/api.sock"),
        ({}, "/home/alice/.local/state/grokbot/api.sock"),
    ],
)
def test_where_the_socket_of_the_api_is(environ: Mapping[str, str], path: str) -> None:
    assert load(environ={**REQUIRED, **environ}).api.listen == (f"unix:{path}",)
    given = {**REQUIRED, **environ, "GROKBOT_API__LISTEN": "127.0.0.1:50051, unix,unix:/a/b.sock,unix"}
    assert load(environ=given).api.listen == ("127.0.0.1:50051", f"unix:{path}", "unix:/a/b.sock")


def test_without_any_directory_for_the_socket_the_operator_is_told() -> None:
    environ = {**REQUIRED, "GROKBOT_STORE__URL": "/data/a.sqlite3"}
    del environ["HOME"]
    problem = problem_with(environ)
    assert problem.key == "api.listen"
    assert "GROKBOT_API__LISTEN" in str(problem)
    assert load(environ={**environ, "GROKBOT_API__LISTEN": ""}).api.listen == ()


@pytest.mark.parametrize(
    ("environ", "listen"),
    [
        ({"RUNTIME_DIRECTORY": "/run/grokbot"}, "unix:/run/grokbot/monitoring.sock"),
        ({"GROKBOT_API__LISTEN": "127.0.0.1:1,unix:/a/b.sock"}, "unix:/a/monitoring.sock"),
        ({"GROKBOT_API__LISTEN": "", "XDG_STATE_HOME": "/data"}, "unix:/data/grokbot/monitoring.sock"),
        ({"GROKBOT_API__LISTEN": "unix:/" + "a" * 95 + "/b.sock"}, ""),
        ({"GROKBOT_API__LISTEN": "", "HOME": "", "GROKBOT_STORE__URL": "/data/a.sqlite3"}, ""),
        ({"GROKBOT_MONITORING__LISTEN": ""}, ""),
        ({"GROKBOT_MONITORING__LISTEN": "127.0.0.1:9464"}, "127.0.0.1:9464"),
    ],
)
def test_metrics_are_served_beside_the_socket_of_the_api(environ: Mapping[str, str], listen: str) -> None:
    assert load(environ={**REQUIRED, **environ}).monitoring.listen == listen


def test_what_others_look_for_is_what_is_served(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The socket that the command line finds is the one that a daemon of the same person makes."""
    folder = tmp_path_factory.mktemp("s")  # a socket's path must be short
    home = {"HOME": str(folder / "h")}
    everything = {**home, "XDG_STATE_HOME": str(folder / "s"), "XDG_RUNTIME_DIR": str(folder / "r")}
    with ExitStack() as open_ones:
        for environ in (home, {**home, "XDG_STATE_HOME": everything["XDG_STATE_HOME"]}, everything):
            path = socket_to_serve(environ)
            assert path is not None
            path.parent.mkdir(parents=True)
            listening = open_ones.enter_context(socket.socket(socket.AF_UNIX))
            listening.bind(str(path))
            assert socket_to_reach(environ) == f"unix:{path}"
            assert socket_to_reach(everything) == f"unix:{path}", "the nearest is found first"


def test_where_nothing_is_there_nothing_is_found(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    (tmp_path / "grokbot").mkdir()
    (tmp_path / "grokbot" / "api.sock").write_text("no socket")
    assert socket_to_reach(environ) in (None, "unix:/run/grokbot/api.sock")


@pytest.mark.parametrize("listen", ["0.0.0.0:50051", "[::]:50051", "grok.example.org:50051", "unix,192.168.0.1:50051"])
def test_plain_text_stays_on_this_machine(listen: str) -> None:
    environ = {**REQUIRED, "GROKBOT_API__LISTEN": listen}
    problem = problem_with(environ)
    assert problem.key == "api.tls_certificate"
    assert "allowed only on unix, localhost, 127.0.0.0/8 and [::1]" in str(problem)
    environ["GROKBOT_API__TLS_CERTIFICATE"] = "/etc/grokbot/api.crt"
    assert problem_with(environ).key == "api.tls_key"
    environ["GROKBOT_API__TLS_KEY"] = "/etc/grokbot/api.key"
    assert load(environ=environ).api.listen[-1] == listen.rpartition(",")[2]


@pytest.mark.parametrize("listen", ["unix", "127.0.0.1:0", "[::1]:50051", "localhost:50051", "unix:/run/a.sock"])
def test_on_this_machine_no_certificate_is_needed(listen: str) -> None:
    assert load(environ={**REQUIRED, "GROKBOT_API__LISTEN": listen}).api.tls_certificate is None


def test_settings_made_by_hand_listen_nowhere() -> None:
    settings = Settings(
        discord=DiscordSettings(token=SecretStr("t")),
        xai=XaiSettings(api_key=SecretStr("k")),
        store=StoreSettings(url="a.sqlite3"),
    )
    assert settings.api.listen == ()


def test_without_discord_its_token_is_not_needed_and_not_read() -> None:
    environ = {"HOME": "/home/alice", "GROKBOT_XAI__API_KEY": "xai-key"}
    assert problem_with(environ).key == "discord.token"
    assert load(environ=environ, discord=False).xai.api_key.get_secret_value() == "xai-key"
    given = load(environ={**environ, "GROKBOT_DISCORD__TOKEN": "discord-token"}, discord=False)
    assert given.discord.token.get_secret_value() != "discord-token"


# The web server


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", "[::1]:8080", "localhost:0", "unix:/run/grokbot/web.sock"])
def test_a_web_server_may_listen_at_a_port_or_a_socket(listen: str) -> None:
    given = {**REQUIRED, "GROKBOT_WEB__LISTEN": listen, "GROKBOT_WEB__PUBLIC_URL": "https://grok.example.org/a/"}
    settings = load(environ=given)
    assert (settings.web.listen, settings.web.public_url) == (listen, "https://grok.example.org/a")


def test_a_web_server_needs_no_public_address() -> None:
    settings = load(environ={**REQUIRED, "GROKBOT_WEB__LISTEN": "127.0.0.1:1", "GROKBOT_WEB__PUBLIC_URL": ""})
    assert settings.web.public_url is None
