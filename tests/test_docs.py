"""The documents: short enough, every link leads somewhere, everything generated in them is current."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from grokbot.docgen import messages, metrics_table, services
from grokbot.docgen.messages import Meanings, UnexplainedError, parts
from grokbot.docgen.said import Code, ErrorText
from grokbot.sandbox.discord_server import control
from grokbot.sandbox.stage import Stage
from grokbot.wire.grokbot import daemon_pb2
from grokbot.wire.prompt_ide import chat_pb2, stateless_chat_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
PAGES = (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
README_BYTES = 9_000

FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def slugs(page: Path) -> set[str]:
    """The anchors that a page's headings get."""
    headings = HEADING.findall(FENCED.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """Where a page points in this repository."""
    text = CODE.sub("", FENCED.sub("", page.read_text("utf-8")))
    return [target for target in LINK.findall(text) if not re.match(r"\w+:", target)]


def broken(page: Path) -> Iterator[str]:
    for target in links(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in slugs(file)):
            yield target


def reached(page: Path, seen: set[Path]) -> set[Path]:
    if page not in seen and page.suffix == ".md":
        seen.add(page)
        for target in links(page):
            reached((page.parent / target.partition("#")[0]).resolve() if target[0] != "#" else page, seen)
    return seen


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    assert list(broken(page)) == []


def test_a_broken_link_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One page\n[there](#one-page) [gone](no.md) [no heading](#two) [![shown](gone.svg)](page.md)\n"
        "`[code](x.md)` [away](https://example.org/)\n```\n# Two\n[code](y.md)\n```\n"
    )
    assert list(broken(page)) == ["no.md", "#two"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_in_backticks_exists(page: Path) -> None:
    paths = re.findall(r"`((?:grokbot|tests|docs|deploy|protos|\.ci)/[\w./]*)`", page.read_text("utf-8"))
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_belongs_to_a_list_item_is_indented_by_four_spaces(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"^ {1,3}(?:[-*] |\d+\. |```).*", text, re.MULTILINE) == [], "GitHub reads it, the site does not"


def test_every_page_is_reached_from_the_readme() -> None:
    assert reached(ROOT / "README.md", set()) == {page.resolve() for page in PAGES}


def test_the_readme_is_short_and_its_picture_has_a_description() -> None:
    readme = (ROOT / "README.md").read_bytes()
    assert len(readme) <= README_BYTES
    pictures = re.findall(r"!\[([^\]]*)\]", readme.decode())
    assert pictures
    assert all(len(description) > 40 for description in pictures)


def test_commands_to_try_come_after_the_clone_and_do_not_use_the_systems_pip() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert blocks[0].startswith("git clone ")
    commands = [line for block in blocks for line in block.splitlines()]
    assert not any(line.startswith(("pip ", "pip3 ", "python3 -m pip ", "uv ")) for line in commands)


def test_pictures_are_small_and_shown_somewhere() -> None:
    pictures = list((ROOT / "docs" / "pictures").glob("*.png"))
    shown = {(page.parent / target).resolve() for page in PAGES for target in links(page)}
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > 150_000 or picture not in shown] == []


def test_every_service_call_and_message_of_the_api_is_on_its_page() -> None:
    assert services.main(["--root", str(ROOT), "--check"]) == 0
    page = (ROOT / services.PAGE).read_text("utf-8")
    for file in (chat_pb2.DESCRIPTOR, stateless_chat_pb2.DESCRIPTOR, daemon_pb2.DESCRIPTOR):
        assert [name for name in file.message_types_by_name if f"message {name} {{" not in page] == []
        for service in file.services_by_name.values():
            assert f"\n## {service.full_name}\n" in page
            assert [call.name for call in service.methods if f"rpc {call.name}(" not in page] == []


def test_every_metric_alert_error_and_event_of_the_log_is_explained() -> None:
    for docgen in (messages, metrics_table):
        assert docgen.main(["--root", str(ROOT), "--check"]) == 0


def test_what_the_program_says_is_found_in_its_code_and_must_be_explained(tmp_path: Path) -> None:
    (tmp_path / "grokbot" / "policy").mkdir(parents=True)
    (tmp_path / "grokbot" / "policy" / "here.py").write_text("ELSEWHERE = 'Said from another module.'\n")
    (tmp_path / "grokbot" / "operation").mkdir()
    (tmp_path / "grokbot" / "operation" / "check.py").write_text("HINT = 'Look at the disk first.'\n")
    (tmp_path / "grokbot" / "room.py").write_text(
        "from grokbot.policy.here import ELSEWHERE\nHERE = Sentence('Said from {place} here.')\n"
        "def tell(event, number):\n    log.error(event, number)\n"
        "def fails(path):\n    log.info('all.well')\n    log.warning('disk.full path=%s', path)\n"
        "    tell('disk.gone n=%d', 1)\n"
        "    raise StoreError(f'The file {path} is gone.')\n    raise UserError(HERE.later(place=1))\n"
        "    raise UserError(ELSEWHERE)\n    raise RuntimeError('nobody reads this')\n"
    )
    code = Code(tmp_path)
    assert code.events() == {"disk.full": "warning", "disk.gone": "error"}
    assert list(code.sentences()) == [
        ErrorText("StoreError", "The file … is gone."),
        ErrorText("UserError", "Said from another module."),
        ErrorText("UserError", "Said from {place} here."),
    ]
    written = tmp_path / "meanings.toml"
    written.write_text(
        "[each]\nkinds = ['StoreError']\n[events]\n'disk.fled' = ''\n[sentences]\n'The file' = ''\n[kinds]\n"
    )
    with pytest.raises(UnexplainedError) as told:
        parts(code, Meanings(written))
    for gap in ("not explain events: disk.full", "explains what is gone: events: disk.fled", "kinds: UserError"):
        assert gap in str(told.value)


def test_the_sandboxs_page_has_what_serve_prints_and_what_control_answers() -> None:
    page = (ROOT / "docs" / "sandbox.md").read_text("utf-8")
    stage = SimpleNamespace(
        discord=SimpleNamespace(token="", api_url="", gateway_url=""), grok=SimpleNamespace(api_key="", target="")
    )
    printed = Stage.environment(cast("Any", stage))
    assert [name for name in printed if f"`{name}`" not in page] == []
    requests = re.findall(r"^ +(GET|POST) +(/sandbox/\S+)", control.__doc__ or "", re.MULTILINE)
    assert requests
    assert [path for method, path in requests if f"`{method} {path.replace('{id}', 'ID')}`" not in page] == []


def test_the_architecture_page_has_every_room_and_the_layers_that_are_checked() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = [path.parent.name for path in (ROOT / "grokbot").glob("*/__init__.py")]
    assert [room for room in rooms if f"\n| `{room}/` |" not in page] == []
    checked = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]
    below = [[name for name in layer.split(" | ") if ".process." not in name] for layer in checked["layers"]]
    layers = "".join(f"{' | '.join(layer).replace('grokbot.', '')}\n" for layer in below if layer)
    assert f"```\n{layers}```" in page


def recipes() -> Mapping[str, str]:
    """The commands of each recipe, by its name."""
    text = (ROOT / "justfile").read_text("utf-8")
    return dict(re.findall(r"^([a-z]+)[^\n:]*:[^\n=]*\n((?: {4}.*\n)*)", text, re.MULTILINE))


def test_ci_runs_recipes_that_exist_and_leaves_none_of_the_checks_out() -> None:
    run = (ROOT / ".ci" / "run").read_text("utf-8")
    used = set(re.findall(r"\bjust ([a-z]+)", run))
    assert used <= set(recipes())
    (check,) = re.findall(r"^check: (.*)$", (ROOT / "justfile").read_text("utf-8"), re.MULTILINE)
    assert {*check.split(), "test"} <= used


def test_every_recipe_is_in_the_contributing_guide() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [name for name in recipes() if name != "default" and f"just {name}" not in guide] == []


def test_the_license_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert project["license"] == "MIT"
    assert text.startswith("MIT License\n\nCopyright (c) 2026 the grokbot authors\n")
