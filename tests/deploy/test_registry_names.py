"""The check that no package registry is named in the repository: what it finds, and what it lets pass."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - ours


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    run("git", "init", "--quiet", cwd=tmp_path)
    (tmp_path / "clean.txt").write_text("uv takes packages from wherever the machine is told to\n")
    run("git", "add", ".", cwd=tmp_path)
    return tmp_path


def check(repository: Path) -> subprocess.CompletedProcess[str]:
    return run(str(ROOT / ".ci" / "no-registry-names"), cwd=repository)


def add(repository: Path, name: str, text: str) -> None:
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).write_text(text)
    assert run("git", "add", name, cwd=repository).returncode == 0


def test_a_repository_without_any_such_name_passes(repository: Path) -> None:
    done = check(repository)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("host", ["pypi{}org", "files.pythonhosted{}org", "NPMJS{}org", "index.crates{}io"])
def test_a_name_in_any_tracked_file_is_found_with_its_line(repository: Path, host: str) -> None:
    add(repository, "deep/list.txt", f"one\n--index-url https://{host.format('.')}/simple\n")
    done = check(repository)
    assert done.returncode == 1
    assert "deep/list.txt:2:" in done.stdout


@pytest.mark.parametrize("name", ["uv.lock", "deep/uv.lock"])
def test_a_committed_lock_file_is_found(repository: Path, name: str) -> None:
    add(repository, name, "version = 1\n")
    done = check(repository)
    assert done.returncode == 1
    assert "uv.lock is committed" in done.stderr


def test_outside_of_a_repository_the_check_fails(tmp_path: Path) -> None:
    assert check(tmp_path).returncode > 1
