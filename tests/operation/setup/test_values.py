"""What is pasted and typed, the text of the TOML file, and the files: by values."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from grokbot.operation.setup.answers import AnswerError, dollars_in, person_in, plain, price_lines
from grokbot.operation.setup.files import files_for
from grokbot.operation.setup.next_command import next_command
from grokbot.operation.setup.pasted import PasteError, key_in, token_in
from grokbot.operation.setup.toml_text import TomlTextError, with_values
from grokbot.operation.setup.trials import may_chat
from grokbot.policy.budgets import ListedModel, Prices
from grokbot.settings.example import example

TOKEN = "QUJDREVGR0hJSktMTU5PUFFSU1Q.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB"
KEY = "xai-" + "a1B2" * 20


@pytest.mark.parametrize(
    ("pasted", "notes"),
    [
        (TOKEN, 0),
        (f"{TOKEN}\r\n", 0),
        (f"  {TOKEN}\t", 1),
        (f"'{TOKEN}'", 1),
        (f"\u201c{TOKEN}\u201d", 1),
        (f"Bot {TOKEN}", 1),
        (f'GROKBOT_DISCORD__TOKEN="{TOKEN}"', 2),
        (f"export DISCORD_TOKEN={TOKEN}", 1),
        (f"discord.token = {TOKEN}", 1),
        (f"\ufeff{TOKEN}", 1),
        (f"\x1b[200~{TOKEN}\x1b[201~", 0),
    ],
)
def test_what_is_pasted_around_a_token_is_left_out_and_named(pasted: str, notes: int) -> None:
    found = token_in(pasted)
    assert (found.secret, len(found.notes)) == (TOKEN, notes)


@pytest.mark.parametrize(
    ("pasted", "what"),
    [
        ("", "Nothing"),
        (" \n", "Nothing"),
        ("abcdefghijklmnopqrstuvwxyz012345", "client secret"),
        ("'abcdefghijklmnopqrstuvwxyz012345'", "client secret"),
        ("1234567890123456789", "an id"),
        ("0123456789abcdef" * 4, "public key"),
        ("mfa.abcdefg", "a person's account"),
        (KEY, "key of xAI"),
        ("https://discord.com/developers", "an address"),
        (TOKEN.rpartition(".")[0], "only a part"),
        (f"{TOKEN[:30]}\n{TOKEN[30:]}", "line break in the middle"),
        (f"{TOKEN[:30]} {TOKEN[30:]}", "blank in the middle"),
        ("•" * 70, "dots that hide it"),
        ("\ufffd" * 70, "signs that no secret has"),
        (f'{TOKEN}"', "quote in it"),
    ],
)
def test_what_is_no_token_is_named_and_not_repeated(pasted: str, what: str) -> None:
    with pytest.raises(PasteError, match=what) as told:
        token_in(pasted)
    assert not pasted.strip() or pasted not in str(told.value)


@pytest.mark.parametrize(
    ("pasted", "what"),
    [
        (TOKEN, "token of Discord"),
        ("sk-ant-abc", "Anthropic"),
        ("sk-or-v1-abc", "OpenRouter"),
        ("sk-proj-abc", "OpenAI"),
        ("gsk_abc", "Groq"),
        ("AIzaSyabc", "Google"),
        ("ae1e1841-4326-4b36-a8a9-8a1a7237db11", "an id"),
        ("xai-...b14o", "shortened"),
        ("xai-ab\ncd", "line break"),
    ],
)
def test_what_is_no_key_of_xai_is_named(pasted: str, what: str) -> None:
    with pytest.raises(PasteError, match=what):
        key_in(pasted)
    assert key_in(f"Bearer {KEY}").secret == key_in(f"XAI_API_KEY={KEY}").secret == KEY


def test_amounts_and_people_are_read_as_people_write_them() -> None:
    assert [dollars_in(text) for text in ("5", "$0.50", "0,5", "0", "none", "2 USD")] == [5, 0.5, 0.5, 0, None, 2]
    assert [person_in(text) for text in ("<@123456789012345678>", "123456789012345678", "none")] == [
        123456789012345678,
        123456789012345678,
        0,
    ]
    for read, wrong in ((dollars_in, ("-1", "five", "nan", "1e5", "100001")), (person_in, ("alice", "12", "9" * 19))):
        for text in wrong:
            with pytest.raises(AnswerError):
                read(text)
    assert plain("a\x1b[2Jb\n") == "a [2Jb "


def test_each_model_has_its_prices_once() -> None:
    of = Prices(prompt=20_000, cached=5_000, answer=60_000)
    assert price_lines({"grok-9": ListedModel(of), "grok-latest": ListedModel(of, alias=True)}) == [
        "grok-9  $2.00 read, $6.00 written"
    ]


def test_a_key_without_rights_is_recognised() -> None:
    assert may_chat([])
    assert may_chat(["api-key:model:*", "api-key:endpoint:*"])
    assert may_chat(["api-key:endpoint:models", "api-key:endpoint:chat"])
    assert not may_chat(["api-key:model:*", "api-key:endpoint:image"])


# The text of the file

WANTED = {"xai.model": "grok-9", "limits.dollars_per_day": 2.5, "limits.member_dollars_per_day": None}


def test_only_the_lines_that_are_set_change() -> None:
    before = example()
    after = with_values(before, WANTED)
    changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]
    assert changed == [('#model = "grok-4.7"', 'model = "grok-9"'), ("#dollars_per_day = 5", "dollars_per_day = 2.5")]
    assert with_values(after, WANTED) == after
    assert with_values(after, {"limits.dollars_per_day": None}).count("\n#dollars_per_day = 2.5\n") == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[xai]\nmodel = "grok-9"\n'),
        ("[web] # mine\n", '[web] # mine\n\n[xai]\nmodel = "grok-9"\n'),
        ("[ xai ]\ninsecure = true\n", '[ xai ]\nmodel = "grok-9"\ninsecure = true\n'),
        ('[xai]\nmodel = "old"  # why\n[web]\n', '[xai]\nmodel = "grok-9"  # why\n[web]\n'),
        ('[web]\n#model = "x"\n[xai]\n', '[web]\n#model = "x"\n[xai]\nmodel = "grok-9"\n'),
    ],
)
def test_any_valid_file_keeps_what_else_it_says(before: str, after: str) -> None:
    assert with_values(before, {"xai.model": "grok-9"}) == after
    assert tomllib.loads(after)["xai"]["model"] == "grok-9"


@pytest.mark.parametrize("text", ['xai.model = "old"\n', 'xai = { model = "old" }\n', '[xai]\nmodel = """\nold"""\n'])
def test_what_only_a_person_can_change_is_left_alone(text: str) -> None:
    with pytest.raises(TomlTextError, match=r"xai\.model"):
        with_values(text, {"xai.model": "grok-9"})


# The files


def test_the_files_are_the_machines_for_root_and_the_persons_for_others(tmp_path: Path) -> None:
    home = {"HOME": "/home/alice"}
    assert files_for(None, home, root=True).config == Path("/etc/grokbot/grokbot.toml")
    assert files_for(None, home, root=False).config == Path("/home/alice/.config/grokbot/grokbot.toml")
    assert files_for(None, {**home, "XDG_CONFIG_HOME": "/c"}, root=False).folder == Path("/c/grokbot")
    assert files_for(tmp_path / "x.toml", home, root=True).folder == tmp_path


def test_the_files_are_written_whole_with_modes_and_what_fails_leaves_nothing(tmp_path: Path) -> None:
    files = files_for(tmp_path / "new" / "grokbot.toml", {}, root=False)
    assert files.text() is None
    files.write({"discord.token": TOKEN}, "[xai]\n")
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in files.folder.iterdir()}
    assert modes == {"discord.token": "0o600", "grokbot.toml": "0o644"}
    files.config.chmod(0o640)
    with pytest.raises(OSError, match="missing"):
        files.write({"discord.token": "other", "missing/xai.api_key": KEY}, "[web]\n")
    assert (files.folder / "discord.token").read_text() == f"{TOKEN}\n"
    assert {path.name for path in files.folder.iterdir()} == set(modes)
    files.write({}, "[web]\n")
    assert (files.text(), files.config.stat().st_mode & 0o777) == ("[web]\n", 0o640)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_takes_files_from_nobody_and_opens_the_machines_folder_whatever_its_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    etc = tmp_path / "etc" / "grokbot.toml"
    monkeypatch.setattr("grokbot.operation.setup.files.DEFAULT_CONFIG", etc)
    before = os.umask(0o077)
    try:
        files = files_for(None, {}, root=True)
        files.write({"discord.token": TOKEN}, "")
    finally:
        os.umask(before)
    assert files.folder.stat().st_mode & 0o777 == 0o755
    for path, mode in ((etc, 0o640), (files.folder / "discord.token", 0o644)):
        os.chown(path, 65534, 65534)
        path.chmod(mode)
    assert files.is_open("discord.token")
    files.write({"discord.token": TOKEN}, "[web]\n")
    assert not files.is_open("discord.token")
    found = {
        path.name: (path.stat().st_uid, path.stat().st_gid, oct(path.stat().st_mode)[-3:])
        for path in files.folder.iterdir()
    }
    assert found == {"grokbot.toml": (65534, 65534, "640"), "discord.token": (65534, 65534, "640")}


def test_the_next_command_is_one_that_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    in_clone = {"UV": str(tmp_path / ".uv" / "bin" / "uv"), "UV_RUN_RECURSION_DEPTH": "1"}
    assert next_command({}, None, root=False) == "grokbot run"
    assert next_command(in_clone, None, root=False) == ".uv/bin/uv run grokbot run"
    assert next_command({}, Path("/a b.toml"), root=True) == "grokbot run --config '/a b.toml'"
    monkeypatch.setattr("grokbot.operation.setup.next_command.UNIT_FOLDERS", (str(tmp_path),))
    assert next_command({}, None, root=True) == "grokbot service install"
    (tmp_path / "grokbot.service").touch()
    monkeypatch.setattr("grokbot.operation.setup.next_command.WANTED", tmp_path / "wanted")
    assert next_command({}, None, root=True) == "systemctl enable --now grokbot"
    (tmp_path / "wanted").symlink_to(tmp_path / "grokbot.service")
    assert next_command({}, None, root=True) == "systemctl restart grokbot"
    assert next_command({}, None, root=True, sealed=True) == "grokbot service install"
