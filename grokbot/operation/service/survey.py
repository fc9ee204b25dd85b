"""What is on the machine now, read once before a plan is made. Changes nothing.

Not here: what follows from it (`plan`).
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.operation.service import layout as places
from grokbot.operation.service.layout import BotLayout, ServiceError
from grokbot.operation.service.release import EXTRAS, Release

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from grokbot.operation.service.machine import Machine, UnitState


WANTED = f"{places.UNITS}/multi-user.target.wants"
"""Where `systemctl enable` puts its links, also where no systemd runs."""


@dataclass(frozen=True, slots=True)
class InstalledVersion:
    """A complete folder of /opt/grokbot/versions."""

    folder: str
    release: Release
    extras: tuple[str, ...] = ()
    """The extras of grokbot that are installed with it, sorted."""
    works: bool = True
    """Whether its interpreter is still there: a new Debian takes the old one away."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan starts from. Paths are as systemd sees them."""

    versions: tuple[InstalledVersion, ...]
    """The newest first."""
    leftovers: tuple[str, ...]
    """Folders of versions whose installation was interrupted."""
    links: Mapping[str, str]
    """Targets of the links that are there."""
    texts: Mapping[str, str]
    """Files that are there and that a plan may write."""
    taken: frozenset[str]
    """Paths of links where somebody else's file is, which stays."""
    folders: frozenset[str]
    """Folders that are there and that uninstalling may take away."""
    secrets: Mapping[str, str]
    """Values of credentials in plain files, by their paths; for encrypted ones an empty text."""
    loose: frozenset[str]
    """Credentials that others than root can read."""
    bots: tuple[BotLayout, ...]
    """All bots that have credentials, the machine's first one first."""
    enabled: frozenset[str]
    """The units that start with the machine."""
    units: Mapping[str, UnitState]
    """By name, of all bots and of the one in question."""
    outdated: frozenset[str]
    """Units that run with credentials from before their last change."""
    systemd: int
    """The version of systemd."""
    runs: bool
    """Whether systemd runs this machine."""

    @property
    def current(self) -> InstalledVersion | None:
        """The version that is switched to."""
        return self.version_at(places.CURRENT)

    @property
    def previous(self) -> InstalledVersion | None:
        """The version before the last switch."""
        return self.version_at(places.PREVIOUS)

    @property
    def running(self) -> tuple[BotLayout, ...]:
        """The bots that run, or would after a restart of the machine."""
        return tuple(bot for bot in self.bots if bot.unit in self.enabled or self.units[bot.unit].active)

    def version_at(self, link: str) -> InstalledVersion | None:
        """The version that a link names."""
        return next((each for each in self.versions if each.folder == self.links.get(link)), None)


def survey(machine: Machine, layout: BotLayout) -> Facts:
    """Look at everything that concerns a bot and the versions of all."""
    versions, leftovers = _versions(machine)
    bots = _bots(machine)
    asked = dict.fromkeys((*bots, layout))
    folders = [places.drop_ins_for_all(unit) for unit in (places.MAIN_UNIT, places.TEMPLATE)]
    written = [
        f"{places.UNITS}/{places.MAIN_UNIT}",
        f"{places.UNITS}/{places.TEMPLATE}",
        f"{places.UNITS}/{places.FAILED_UNIT}",
        *(f"{folder}/{name}" for folder in folders for name in (places.GROWING, places.ON_FAILURE)),
        *(f"{bot.drop_ins}/{places.ENCRYPTED}" for bot in asked),
        layout.config,
    ]
    pages = [f"{places.MAN}/{page.name}" for page in _listed(machine.real(places.MAN))]
    links = [places.CURRENT, places.PREVIOUS, places.COMMAND, *pages]
    secrets = [layout.secret(key, encrypted=encrypted) for key in places.SECRETS for encrypted in (False, True)]
    secrets.append(places.WEBHOOK)
    units = {bot.unit: machine.systemd.state(bot.unit) for bot in asked}
    return Facts(
        versions=versions,
        leftovers=leftovers,
        links={path: _target(path, real) for path in links if (real := machine.real(path)).is_symlink()},
        texts={path: real.read_text("utf-8") for path in written if (real := machine.real(path)).is_file()},
        taken=frozenset(path for path in links if (real := machine.real(path)).exists() and not real.is_symlink()),
        secrets={path: _secret(real) for path in secrets if _is_there(real := machine.real(path))},
        loose=frozenset(path for path in secrets if _is_there(real := machine.real(path)) and _mode(real) & 0o077),
        folders=frozenset(path for path in _removable(asked) if machine.real(path).exists()),
        bots=bots,
        enabled=frozenset(bot.unit for bot in asked if machine.real(f"{WANTED}/{bot.unit}").is_symlink()),
        units=units,
        outdated=frozenset(bot.unit for bot in asked if _changed_since(machine, bot, units[bot.unit].since)),
        systemd=machine.systemd.version(),
        runs=machine.systemd.runs,
    )


def _target(path: str, real: Path) -> str:
    """Where a link leads, as systemd sees it. Ours are relative, so that they are right under any root."""
    target = str(real.readlink())
    return target if target.startswith("/") else os.path.normpath(f"{path}/../{target}")


def _changed_since(machine: Machine, bot: BotLayout, since: datetime | None) -> bool:
    """Whether a credential is newer, in whole seconds, in which systemd tells its times."""
    if since is None:
        return False
    paths = (machine.real(bot.secret(key, encrypted=sealed)) for key in places.SECRETS for sealed in (False, True))
    with suppress(PermissionError):
        return any(int(path.stat().st_mtime) > since.timestamp() for path in paths if path.is_file())
    return False


def _is_there(path: Path) -> bool:
    """Whether there is a file. Who may not look into its folder, which only root may, takes it for granted."""
    try:
        return path.is_file()
    except PermissionError:
        return True


def _mode(path: Path) -> int:
    with suppress(PermissionError):
        return path.stat().st_mode
    return 0


def _secret(path: Path) -> str:
    return "" if path.suffix == ".cred" or not os.access(path, os.R_OK) else path.read_text("utf-8").strip()


def _versions(machine: Machine) -> tuple[tuple[InstalledVersion, ...], tuple[str, ...]]:
    """The complete versions, and the folders of others."""
    complete, leftovers = [], []
    for folder in _listed(machine.real(places.VERSIONS)):
        path = f"{places.VERSIONS}/{folder.name}"
        wheels = sorted(folder.glob("grokbot-*.whl"))
        if wheels:
            extras = tuple((folder / EXTRAS).read_text("utf-8").split()) if (folder / EXTRAS).is_file() else ()
            version = InstalledVersion(path, Release.of(wheels[0]), extras, (folder / "bin" / "python").exists())
            complete.append((wheels[0].stat().st_mtime_ns, version))
        else:
            leftovers.append(path)
    complete.sort(key=lambda each: each[0], reverse=True)
    return tuple(version for _, version in complete), tuple(leftovers)


def _bots(machine: Machine) -> tuple[BotLayout, ...]:
    """The bots that have credentials: a TOML file alone is no bot."""
    names = [folder.name for folder in _listed(machine.real(places.ETC)) if folder.is_dir()]
    found = []
    for name in ("", *names):
        try:
            bot = BotLayout(name)
        except ServiceError:  # somebody's folder
            continue
        secrets = (bot.secret(key, encrypted=encrypted) for key in places.SECRETS for encrypted in (False, True))
        if any(_is_there(machine.real(path)) for path in secrets):
            found.append(bot)
    return tuple(found)


def _removable(bots: Iterable[BotLayout]) -> Iterator[str]:
    yield from (places.OPT, places.ETC, *map(places.drop_ins_for_all, (places.MAIN_UNIT, places.TEMPLATE)))
    for bot in bots:
        yield from (bot.state, bot.private_state, bot.drop_ins, bot.secrets)


def _listed(folder: Path) -> Sequence[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
