"""Where a release comes from: a wheel, a folder, a name, or the very program that is running, made into a wheel again.

grokbot is pure Python, so its installed files, or a clone's, are all that a wheel needs: no build, no network.
Not here: what is in a release (`release`).
"""

from __future__ import annotations

import hashlib
import tomllib
import zipfile
from base64 import urlsafe_b64encode
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grokbot
from grokbot.operation.service.layout import ServiceError
from grokbot.operation.service.packages import called
from grokbot.operation.service.release import Release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grokbot.operation.service.packages import Recipe

CLONE = Path(grokbot.__file__).resolve().parents[1]
"""The clone, if the program runs in one."""

OF_INSTALLERS = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"})
"""What installers write beside a distribution's own files."""

LOST = "The running grokbot does not know its own files, so no service can be made of it. Name a wheel with --from."
EPOCH = (2020, 2, 2, 0, 0, 0)
"""The time of every file: the same content makes the same wheel."""


def release_from(source: str | None, recipe: Recipe, work: Path) -> Release:
    """The release to install.

    Args:
        source: A wheel, a folder with a wheel or with grokbot's code, or a name such as grokbot==0.2.0. None: the
            program that is running.
        recipe: What builds and fetches.
        work: A folder for the wheel.

    Raises:
        ServiceError: There is no such release.
    """
    if source is None or _is_running(Path(source)):
        return Release.of(remade(distribution("grokbot"), work))
    path = Path(source).absolute()
    if path.is_file():
        return Release.of(path)
    if (path / "pyproject.toml").is_file():
        return _built(path, recipe, work)
    if path.is_dir():
        wheels = sorted(path.glob("grokbot-*.whl"))
        if len(wheels) != 1:
            raise ServiceError(f"{path} has {len(wheels) or 'no'} wheels of grokbot. Name one file.", usage=True)
        return Release.of(wheels[0])
    if "/" in source or not source.startswith("grokbot"):
        raise ServiceError(
            f"{source} does not exist. Name a wheel, a folder, or a package such as grokbot==0.2.0.", usage=True
        )
    return _fetched(source, recipe, work)


def remade(installed: Distribution, work: Path) -> Path:
    """The wheel from which a distribution was installed, or would be from the clone in which it runs.

    Raises:
        ServiceError: Its files are not known.
    """
    files = dict(_files(installed))
    info = f"grokbot-{installed.version}.dist-info"
    if f"{info}/WHEEL" not in files or "grokbot/__init__.py" not in files:
        raise ServiceError(LOST)
    path = work / f"grokbot-{installed.version}-py3-none-any.whl"
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name in sorted(files):
            data = files[name].read_bytes()
            wheel.writestr(_entry(name), data)
            digest = urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}")
        wheel.writestr(_entry(f"{info}/RECORD"), "\n".join([*record, f"{info}/RECORD,,", ""]))
    return path


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100644 << 16
    return entry


def _files(installed: Distribution) -> Iterator[tuple[str, Path]]:
    """The files of a wheel: their names in it, and where they are now."""
    data = f"grokbot-{installed.version}.data/data/"
    editable = (CLONE / "pyproject.toml").is_file() and '"editable":true' in (
        installed.read_text("direct_url.json") or ""
    ).replace(" ", "")
    for file in installed.files or ():
        name, where = str(file), Path(str(installed.locate_file(file)))
        above, share, rest = name.partition("share/man/")
        if name.endswith(".pyc") or file.name in OF_INSTALLERS:
            continue
        if name.startswith((f"grokbot-{installed.version}.dist-info/", "grokbot/")):
            yield name, where
        elif share and not above.strip("./") and not editable:
            yield data + share + rest, where
    if editable:
        yield from _of_clone(data)


def _of_clone(data: str) -> Iterator[tuple[str, Path]]:
    """What pyproject.toml lays down for the wheel."""
    made: Mapping[str, Any] = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    wheel = made["targets"]["wheel"]
    left_out = tuple(f"{name.strip('/')}/" for name in wheel["exclude"])
    for path in sorted((CLONE / "grokbot").rglob("*")):
        name = path.relative_to(CLONE).as_posix()
        if path.is_file() and "__pycache__" not in path.parts and not name.startswith(left_out):
            yield name, path
    for there, name in wheel["force-include"].items():
        yield name, CLONE / there
    for there, name in wheel["shared-data"].items():
        for path in sorted((CLONE / there).iterdir()):
            yield f"{data}{name}/{path.name}", path


def _is_running(path: Path) -> bool:
    return path.is_dir() and path.resolve() == CLONE and (CLONE / "pyproject.toml").is_file()


def _built(folder: Path, recipe: Recipe, work: Path) -> Release:
    """The wheel of other code than what is running. Its build needs hatchling."""
    if recipe.is_uv:
        offline = ("--no-index", "--find-links", str(recipe.wheels)) if recipe.wheels is not None else ()
        command = (recipe.installer[0], "build", "--quiet", "--wheel", *offline, "--out-dir", str(work), str(folder))
    else:
        offline = ("--no-index", "--find-links", str(recipe.wheels)) if recipe.wheels is not None else ()
        command = (*recipe.installer, "wheel", "--quiet", "--no-deps", *offline, "--wheel-dir", str(work), str(folder))
    called(command, f"{folder} could not be built.")
    return Release.of(next(work.glob("grokbot-*.whl")))


def _fetched(name: str, recipe: Recipe, work: Path) -> Release:
    """A release by its name, from where this machine takes packages."""
    target = work / "fetched"
    offline = ("--no-index", "--find-links", str(recipe.wheels)) if recipe.wheels is not None else ()
    command = (*recipe.installer, "install", "--quiet", "--no-deps", *offline, "--target", str(target), name)
    called(command, f"{name} could not be fetched.")
    found = next((each for each in Distribution.discover(path=[str(target)]) if each.name == "grokbot"), None)
    if found is None:
        raise ServiceError(f"{name} is not grokbot. Name a package such as grokbot==0.2.0.", usage=True)
    return Release.of(remade(found, work))
