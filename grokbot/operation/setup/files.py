"""The files that setup writes: a TOML file, and the two secrets beside it, each whole or not at all.

Not here: what stands in the TOML file (`toml_text`), reading the settings (`settings`).
"""

from __future__ import annotations

import os
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.settings.sources import DEFAULT_CONFIG, own_config

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_MODE = 0o600
CONFIG_MODE = 0o644


@dataclass(frozen=True, slots=True)
class ConfigFiles:
    """Where everything is. The secrets are in files of their own, named as their settings."""

    config: Path

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.config.parent

    def sealed(self, key: str) -> bool:
        """Whether a secret is kept encrypted, by `grokbot service install --encrypt`."""
        return os.access(self.folder / f"{key}.cred", os.F_OK)

    def exists(self) -> bool:
        """Whether there is a TOML file, or something in its way."""
        try:
            return self.config.exists()
        except OSError:  # a folder that this user cannot look into
            return True

    def is_open(self, key: str) -> bool:
        """Whether others can read a secret's file: others than its owner, and a group that was given it."""
        return bool(_mode(self.folder / key) & 0o007)

    def text(self) -> str | None:
        """What the TOML file holds; None: there is none.

        Raises:
            OSError, UnicodeDecodeError: It cannot be read.
        """
        try:
            return self.config.read_text("utf-8-sig")
        except FileNotFoundError:
            return None

    def write(self, secrets: Mapping[str, str], config: str) -> None:
        """Writes all of them, each by a new file that takes the old one's place. The TOML file is the last.

        Nothing is in its place before everything has been written, so that a full disk or Ctrl-C leaves all as it was.

        Args:
            secrets: By the dotted key; those that are not named stay as they are.
            config: The TOML file's new text.

        Raises:
            OSError: They cannot be written.
        """
        paths = {self.folder / key: f"{secret}\n" for key, secret in secrets.items()}
        wanted = [(path, text, SECRET_MODE | _mode(path) & 0o040) for path, text in paths.items()]
        wanted.append((self.config.resolve(), config, _mode(self.config) or CONFIG_MODE))
        if not self.folder.exists():
            self.folder.mkdir(parents=True, mode=0o700)
            if self.config == DEFAULT_CONFIG:
                self.folder.chmod(0o755)  # the service's user reads it, whatever root's umask is
        made: list[tuple[Path, Path]] = []
        try:
            made.extend((_written(path, text, mode), path) for path, text, mode in wanted)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C comes before all of it or after
            while made:
                made[0][0].replace(made[0][1])
                del made[0]
        finally:
            for new, _ in made:
                new.unlink()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def files_for(config: Path | None, environ: Mapping[str, str], *, root: bool) -> ConfigFiles:
    """The files of this machine's service for root, of the person for everybody else.

    Args:
        config: The TOML file that was named; None: none was.
        environ: The environment's variables.
        root: Whether root asks.
    """
    own = None if root else own_config(environ)
    return ConfigFiles((config or own or DEFAULT_CONFIG).absolute())


def _mode(path: Path) -> int:
    """A file's rights; 0 if there is none to be seen."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0


def _written(path: Path, text: str, mode: int) -> Path:
    """A new file beside the path with this text, safe on the disk."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600 from the beginning
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if path.exists() and os.geteuid() == 0:  # whoever could read it still can
                there = path.stat()
                os.fchown(file.fileno(), there.st_uid, there.st_gid)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)
