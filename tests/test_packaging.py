"""The wheels: what is in each, that they run together, and that versions and reasons stand in one place."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

from grokbot.operation.service.release import Release
from grokbot.operation.service.source import remade

ROOT = Path(__file__).parents[1]
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


SANDBOX = ("grokbot/sandbox", "grokbot/sandbox_run")
"""What only the sandbox's wheel holds."""

REMADE = """
import sys
from importlib.metadata import distribution
from pathlib import Path
from grokbot.operation.service.release import Release
from grokbot.operation.service.source import remade
print(Release.of(remade(distribution("grokbot"), Path(sys.argv[1]))).digest)
"""

IMPORT_EVERYTHING = """
import importlib, pkgutil, grokbot
for module in pkgutil.walk_packages(grokbot.__path__, "grokbot."):
    if ".migrations" not in module.name:
        importlib.import_module(module.name)
"""


def run(*command: str | Path, code: int = 0) -> str:
    """Runs a command with no input; gives what it says."""
    done = subprocess.run(  # noqa: S603 - fixed words
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def uv() -> str:
    found = shutil.which("uv")
    assert found is not None, "run the tests with `uv run pytest`"
    return found


def built(source: Path, out: Path) -> Path:
    """The wheel of the work tree as it is, built in an isolated environment."""
    run(uv(), "build", "--quiet", "--wheel", "--out-dir", out, source)
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def sandbox_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(ROOT / "grokbot" / "sandbox", tmp_path_factory.mktemp("sandbox"))


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def read(wheel: Path, suffix: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(suffix))
        return archive.read(name).decode("utf-8")


def on_disk(folder: str) -> set[str]:
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(ROOT)) for path in found}


def packed(wheel: Path) -> set[str]:
    return {name for name in names(wheel) if not re.match(r"[^/]*\.(dist-info|data)/", name)}


def test_together_the_wheels_hold_every_file_of_the_package_once_and_nothing_else(
    wheel: Path, sandbox_wheel: Path
) -> None:
    sandbox = set[str]().union(*map(on_disk, SANDBOX))
    assert packed(sandbox_wheel) == sandbox
    project = tomllib.loads(PROJECT)["tool"]["hatch"]["build"]["targets"]["wheel"]
    shipped = set(project["force-include"].values())
    assert packed(wheel) == on_disk("grokbot") - sandbox | shipped


@pytest.mark.timeout(300)
def test_without_the_sandbox_a_sentence_says_how_to_get_it_and_with_it_the_sandbox_runs(
    wheel: Path, sandbox_wheel: Path, tmp_path: Path
) -> None:
    run(uv(), "venv", "--quiet", "--python", sys.executable, tmp_path)
    python, grokbot = tmp_path / "bin" / "python", tmp_path / "bin" / "grokbot"
    install = (uv(), "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python)
    run(*install, wheel)
    (packages,) = (tmp_path / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))  # but not the paths that stand in there
    run(python, "-I", "-c", IMPORT_EVERYTHING)
    for command in (("sandbox",), ("chat", "--sandbox", "hi")):
        told = run(grokbot, *command, code=2)
        assert told.count("\n") == 1
        assert "grokbot[sandbox]" in told
    run(*install, sandbox_wheel)
    assert "I was shown 1 question" in run(grokbot, "sandbox", "--terminal", "--say", "hi")
    (tmp_path / "again").mkdir()
    digest = run(python, "-I", "-c", REMADE, tmp_path / "again").strip()
    assert digest == Release.of(wheel).digest, "a service can be installed from what is installed, without the sandbox"
    where = run(python, "-I", "-c", "import grokbot.sandbox_run as it; print(it.__file__)")
    assert where.startswith(str(packages)), "it runs from the wheel"


def test_a_service_is_installed_from_the_same_wheel_that_the_clone_would_be_built_into(
    wheel: Path, tmp_path: Path
) -> None:
    assert Release.of(remade(distribution("grokbot"), tmp_path)).digest == Release.of(wheel).digest


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


def test_the_sandbox_has_the_same_version_and_each_needs_the_other_at_it(sandbox_wheel: Path) -> None:
    project = tomllib.loads(PROJECT)["project"]
    assert project["optional-dependencies"]["sandbox"] == [f"grokbot-sandbox=={project['version']}"]
    metadata = read(sandbox_wheel, ".dist-info/METADATA")
    assert f"\nVersion: {project['version']}\n" in metadata
    assert f"\nRequires-Dist: grokbot=={project['version']}\n" in metadata


def test_what_the_sandbox_needs_is_in_the_repositorys_environment_too() -> None:
    sandbox = tomllib.loads((ROOT / "grokbot" / "sandbox" / "pyproject.toml").read_text("utf-8"))
    here = tomllib.loads(PROJECT)
    known = {*here["project"]["dependencies"], *here["dependency-groups"]["dev"]}
    needed = {need for need in sandbox["project"]["dependencies"] if not need.startswith("grokbot==")}
    assert needed <= known


def entries_without_reason(toml: str) -> list[str]:
    """Lines of the dependency lists that do not end in a comment of some words."""
    lists = re.findall(r"^(?:dependencies|sandbox|mcp|dev|docs) = \[\n(.*?)^\]", toml, flags=re.MULTILINE | re.DOTALL)
    assert len(lists) in {1, 5}, "all lists are found"
    return [line.strip() for block in lists for line in block.splitlines() if not re.search(r'", +# \S+ \S+', line)]


def test_every_dependency_says_why_it_is_there() -> None:
    assert entries_without_reason(PROJECT) == []
    assert entries_without_reason((ROOT / "grokbot" / "sandbox" / "pyproject.toml").read_text("utf-8")) == []


def test_a_dependency_without_a_reason_would_be_found() -> None:
    assert '"click' in PROJECT
    without = re.sub(r'("click[^#\n]*)#[^\n]*', r"\1", PROJECT)
    (found,) = entries_without_reason(without)
    assert found.startswith('"click')
