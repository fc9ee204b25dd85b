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
        return (self.folder / f"{key}.cred").exists()

    def text(self) -> str | None:
        """What the TOML file holds; None: there is none.

        Raises:
            OSError, UnicodeDecodeError: It cannot be read.
        """
        try:
            return self.config.read_text("utf-8")
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
        wanted = [(self.folder / key, f"{secret}\n", SECRET_MODE) for key, secret in secrets.items()]
        mode = self.config.stat().st_mode & 0o777 if self.config.exists() else CONFIG_MODE
        wanted.append((self.config.resolve(), config, mode))
        private = 0o755 if self.config == DEFAULT_CONFIG else 0o700
        self.folder.mkdir(parents=True, exist_ok=True, mode=private)
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


def _written(path: Path, text: str, mode: int) -> Path:
    """A new file beside the path with this text, safe on the disk."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600 from the beginning
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)
