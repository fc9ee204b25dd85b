"""The pinned list: complete, with hashes, without download addresses; and the checks of it notice when it is not so."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LIST = (ROOT / "deploy" / "requirements.txt").read_text("utf-8")
ENTRY = re.compile(
    r"^([a-z0-9.-]+)==([^ ;]+)(?: ; [^\\\n]+)? \\\n((?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def pinned() -> dict[str, str]:
    return {name: version for name, version, _ in ENTRY.findall(LIST)}


def dependencies() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(line) for line in project["dependencies"]]


def test_the_list_is_nothing_but_exact_versions_with_hashes() -> None:
    assert ENTRY.sub("", LIST) == ""
    assert len(pinned()) > len(dependencies())


def test_every_dependency_is_pinned_in_its_range() -> None:
    versions = pinned()
    for dependency in dependencies():
        version = versions[canonicalize_name(dependency.name)]
        assert dependency.specifier.contains(version), f"{dependency} but {version}"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """As much of the project as `deploy/pin` needs."""
    assert shutil.which("uv") is not None, "run the tests with `uv run pytest`"
    for name in ("pyproject.toml", "grokbot/sandbox/pyproject.toml", "deploy/pin", "deploy/requirements.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def check(copy: Path) -> subprocess.CompletedProcess[str]:
    command = [str(copy / "deploy" / "pin"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)  # noqa: S603 - our script


def test_the_list_satisfies_the_project(copy: Path) -> None:
    done = check(copy)
    assert done.returncode == 0, done.stderr
    assert (copy / "deploy" / "requirements.txt").read_text() == LIST, "a check writes nothing"


def test_a_missing_package_is_noticed(copy: Path) -> None:
    entry = next(found for found in ENTRY.finditer(LIST) if found[1] == "regex")
    (copy / "deploy" / "requirements.txt").write_text(LIST.replace(entry[0], ""))
    done = check(copy)
    assert done.returncode == 1
    assert "run deploy/pin" in done.stderr


def test_a_version_outside_the_range_is_noticed(copy: Path) -> None:
    project = (copy / "pyproject.toml").read_text()
    (copy / "pyproject.toml").write_text(re.sub(r'"click>=[^"]*"', f'"click>=8,<{pinned()["click"]}"', project))
    assert check(copy).returncode == 1


@pytest.mark.parametrize("how_many", [1, 0])
def test_a_hash_that_belongs_to_no_download_is_noticed(copy: Path, how_many: int) -> None:
    entry = next(found for found in ENTRY.finditer(LIST) if found[1] == "click")
    wrong = re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, entry[0], count=how_many)
    (copy / "deploy" / "requirements.txt").write_text(LIST.replace(entry[0], wrong))
    done = check(copy)
    assert done.returncode == 1
    assert "click==" in done.stderr
