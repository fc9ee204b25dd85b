"""Credentials, further bots, what others have put in the way, status, and uninstalling."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grokbot.operation.service.layout import BotLayout, ServiceError
from tests.operation.service.machine import KEY, TOKEN

if TYPE_CHECKING:
    from tests.operation.service.machine import TestMachine

OTHER = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.another-token-0123456789abcdefghijklmn"
ENCRYPTED = "/etc/systemd/system/grokbot.service.d/encrypted-credentials.conf"


def test_secrets_come_from_standard_input_or_are_kept_and_a_new_one_restarts_the_bot(machine: TestMachine) -> None:
    wheel, key = machine.wheel("0.1.0"), machine.standin.parent / "key"
    assert "--token-file" in machine.run("install", "--from", wheel, "--key-file", key, code=2)
    assert machine.files() == {}
    machine.run("install", "--from", wheel, "--token-file", "-", "--key-file", key, typed=f"{TOKEN}\n")
    machine.calls()
    machine.run("install", "--from", wheel, "--token-file", "-", typed=f"{OTHER}\n")
    assert machine.calls() == ["restart --no-block grokbot.service"]
    assert machine.files()["/etc/grokbot/discord.token"] == (0o600, OTHER.encode())
    wrong = machine.run("install", "--from", wheel, "--token-file", "-", typed="xai-0123\n", code=2)
    assert "key of xAI" in wrong
    machine.at("/etc/grokbot/xai.api_key").chmod(0o644)
    machine.install()
    assert machine.files()["/etc/grokbot/xai.api_key"] == (0o600, KEY.encode()), "and it is closed again"


def test_no_other_user_can_ever_open_a_credential(machine: TestMachine) -> None:
    opened: list[tuple[str, int]] = []
    watched = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watched and event == "open" and str(arguments[0]).endswith(("discord.token", "xai.api_key")):
            folder = Path(str(arguments[0])).parent
            opened.append((str(arguments[0]), folder.stat().st_mode & 0o077))

    sys.addaudithook(hook)  # it stays; the flag takes it out of use
    machine.install()
    watched.clear()
    written = [mode for path, mode in opened if "/etc/grokbot/." in path]
    assert written == [0, 0], "each is made in a folder that only root can open"


def test_encrypted_credentials_take_the_place_of_plain_ones(machine: TestMachine) -> None:
    creds = machine.standin.parent / "bin" / "systemd-creds"
    creds.write_text('#!/bin/sh\necho "$1 $2" | tr a-z A-Z\nrev\n')
    creds.chmod(0o755)
    machine.install()
    machine.calls()
    machine.run("install", "--from", machine.wheel("0.1.0"), "--encrypt")
    files = machine.files()
    assert files["/etc/grokbot/discord.token.cred"] == (0o600, f"ENCRYPT --NAME=DISCORD.TOKEN\n{TOKEN[::-1]}".encode())
    assert "/etc/grokbot/discord.token" not in files
    drop_in = machine.at(ENCRYPTED).read_text()
    assert "LoadCredential=\n" in drop_in
    assert "LoadCredentialEncrypted=xai.api_key:/etc/grokbot/xai.api_key.cred\n" in drop_in
    assert machine.calls() == ["daemon-reload", "restart --no-block grokbot.service"]
    assert "Nothing to do" in machine.run("install", "--from", machine.wheel("0.1.0"))


def test_a_further_bot_shares_the_program_and_has_all_else_for_itself(machine: TestMachine) -> None:
    machine.install()
    (machine.standin / "version").write_text("257")
    machine.calls()
    machine.install("--name", "two")
    assert "start --no-block grokbot@two.service" in machine.calls()
    files = machine.files()
    assert files["/etc/grokbot/two/discord.token"] == (0o600, TOKEN.encode())
    assert machine.at("/etc/grokbot/two").stat().st_mode & 0o777 == 0o700
    assert "/etc/grokbot/two.toml" in files
    assert "/etc/systemd/system/grokbot@.service.d/grokbot-growing-delays.conf" in files, "this systemd knows them"
    machine.run("update", "--from", machine.wheel("0.2.0"))
    assert machine.calls()[0] == "stop grokbot.service grokbot@two.service"
    machine.run("uninstall", "--name", "two", "--purge", "--yes")
    files = machine.files()
    assert not [path for path in files if "two" in path]
    assert files["/opt/grokbot/current"] == (0, "versions/0.2.0")


@pytest.mark.parametrize("content", [TOKEN.encode("utf-16"), b"", b"\r\n", b"\xff\xfe\x00"])
def test_a_file_with_no_secret_in_it_is_refused_with_a_sentence(machine: TestMachine, content: bytes) -> None:
    (machine.standin.parent / "token").write_bytes(content)
    before = machine.files()
    assert str(machine.standin.parent / "token") in machine.install(code=2)
    assert machine.files() == before
    (machine.standin.parent / "token").write_bytes(b"\xef\xbb\xbf" + TOKEN.encode() + b"\r\n")
    machine.install()
    assert machine.files()["/etc/grokbot/discord.token"] == (0o600, TOKEN.encode())


def test_a_webhook_for_failures_and_an_extra_stay_with_updates(machine: TestMachine) -> None:
    address = machine.standin.parent / "address"
    address.write_text("https://discord.invalid/api/webhooks/1/secret\n")
    told = machine.install("--failure-webhook", address, "--extra", "mcp")
    assert "grokbot[mcp] 0.1.0" in told
    assert "secret" not in told
    assert machine.files()["/etc/grokbot/failure.webhook"] == (0o600, address.read_bytes().strip())
    assert "OnFailure" in machine.at("/etc/systemd/system/grokbot.service.d/grokbot-on-failure.conf").read_text()
    assert "grokbot[mcp] 0.2.0" in machine.run("update", "--from", machine.wheel("0.2.0"))
    assert "grokbot[mcp,tracing] 0.2.0" in machine.run("update", "--from", machine.wheel("0.2.0"), "--extra", "tracing")
    assert machine.version() == "0.2.0-2"
    machine.run("uninstall", "--yes")
    assert not [path for path in machine.files() if path.startswith("/etc/systemd")]


@pytest.mark.parametrize("name", ["Two", "2", "grokbot", "a/b", "-x", "a" * 21])
def test_a_name_that_no_unit_or_user_can_have_is_refused(name: str) -> None:
    with pytest.raises(ServiceError):
        BotLayout(name)


def test_what_belongs_to_another_program_stays_and_is_named(machine: TestMachine) -> None:
    machine.at("/usr/local/bin").mkdir(parents=True)
    machine.at("/usr/local/bin/grokbot").symlink_to("/opt/pipx/grokbot")
    machine.at("/etc/grokbot").mkdir(parents=True)
    machine.at("/etc/grokbot/grokbot.toml").write_text("# mine\n")
    assert "/usr/local/bin/grokbot is another program's" in machine.install()
    machine.run("uninstall", "--yes", "--purge")
    files = machine.files()
    assert files == {"/usr/local/bin/grokbot": (0, "/opt/pipx/grokbot")}


def test_uninstalling_keeps_data_and_settings_and_an_installation_takes_them_up_again(machine: TestMachine) -> None:
    machine.install()
    machine.database("/var/lib/grokbot/grokbot.sqlite3", 0, "before")
    own = "/etc/systemd/system/grokbot.service.d/override.conf"  # by `systemctl edit`
    machine.at(own).parent.mkdir(exist_ok=True)
    machine.at(own).write_text("[Service]\nReadWritePaths=/backups\n")
    whole = machine.files()
    machine.calls()
    assert "--yes" in machine.run("uninstall", code=2)
    assert machine.files() == whole
    machine.run("uninstall", "--yes")
    assert machine.calls() == ["disable --now grokbot.service", "daemon-reload"]
    kept = {path for path in machine.files() if not path.startswith("/run")}
    assert kept == {path for path in whole if path.startswith(("/etc/grokbot/", "/var/lib/", own))}
    assert "Nothing to do" in machine.run("uninstall", "--yes")
    machine.run("install", "--from", machine.wheel("0.1.0"))
    assert machine.files() == whole
    machine.run("uninstall", "--yes", "--purge")
    assert not machine.at(own).parent.exists()


def test_status_says_how_each_bot_is_in_words_and_as_json(machine: TestMachine) -> None:
    assert "grokbot service install" in machine.run("status", code=69)
    machine.install()
    machine.install("--name", "two")
    (machine.standin / "grokbot@two.service").write_text("failed")
    told = machine.run("status", code=69)
    assert "Ready: 2 servers" in told
    assert "failed (exit-code)" in told
    assert "GROKBOT_API=unix:/run/grokbot-two/api.sock grokbot status" in told
    one = json.loads(machine.run("status", "--name", "", "--json"))
    assert (one["version"], one["bots"][0]["ready"], one["bots"][0]["enabled"]) == ("0.1.0", True, True)


def test_where_no_systemd_runs_everything_is_installed_and_nothing_is_started(machine: TestMachine) -> None:
    machine.at("/run/systemd/system").rmdir()
    assert "starts when it does" in machine.install()
    assert machine.calls() == ["enable grokbot.service"]
    assert machine.version() == "0.1.0"
