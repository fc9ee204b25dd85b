"""The wheel: what is in it, and that versions and reasons stand in one place."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the work tree as it is, built in an isolated environment."""
    uv = shutil.which("uv")
    assert uv is not None, "run the tests with `uv run pytest`"
    out = tmp_path_factory.mktemp("dist")
    command = [uv, "build", "--quiet", "--wheel", "--out-dir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)  # noqa: S603 - fixed words
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("*.whl")
    return built


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def read(wheel: Path, suffix: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(suffix))
        return archive.read(name).decode("utf-8")


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    on_disk = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "grokbot").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in names(wheel) if not re.match(r"[^/]*\.(dist-info|data)/", name)}
    assert packed == on_disk


def test_the_wheel_brings_the_man_page(wheel: Path) -> None:
    assert read(wheel, ".data/data/share/man/man1/grokbot.1") == (ROOT / "deploy/man/grokbot.1").read_text("utf-8")


def test_the_wheel_holds_migrations_generated_code_and_the_mark_of_types(wheel: Path) -> None:
    packed = names(wheel)
    assert "grokbot/py.typed" in packed
    assert any(re.fullmatch(r"grokbot/store/migrations/versions/\w+\.py", name) for name in packed)
    assert {"grokbot/wire/xai/chat_pb2.py", "grokbot/wire/xai/chat_pb2_grpc.py"} <= packed
    assert not any(name.startswith(("tests", "deploy", "protos")) for name in packed)


def test_the_wheel_brings_the_command_grokbot(wheel: Path) -> None:
    assert "grokbot = grokbot.cli:main" in read(wheel, "entry_points.txt")


def test_the_version_stands_in_one_place(wheel: Path) -> None:
    written = tomllib.loads(PROJECT)["project"]["version"]
    assert f"\nVersion: {written}\n" in read(wheel, ".dist-info/METADATA")
    assert version("grokbot") == written
    literal = re.compile(rf"""["']{re.escape(written)}["']""")
    copies = [path for path in (ROOT / "grokbot").rglob("*.py") if literal.search(path.read_text("utf-8"))]
    assert copies == [], "the version is read from the installed package's metadata"


def entries_without_reason(toml: str) -> list[str]:
    """Lines of the dependency lists that do not end in a comment of some words."""
    lists = re.findall(r"^(?:dependencies|dev|docs) = \[\n(.*?)^\]", toml, flags=re.MULTILINE | re.DOTALL)
    assert len(lists) == 3, "all lists are found"
    return [line.strip() for block in lists for line in block.splitlines() if not re.search(r'", +# \S+ \S+', line)]


def test_every_dependency_says_why_it_is_there() -> None:
    assert entries_without_reason(PROJECT) == []


def test_a_dependency_without_a_reason_would_be_found() -> None:
    assert '"click' in PROJECT
    without = re.sub(r'("click[^#\n]*)#[^\n]*', r"\1", PROJECT)
    (found,) = entries_without_reason(without)
    assert found.startswith('"click')
