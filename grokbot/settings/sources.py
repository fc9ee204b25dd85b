"""Reads settings from all places: each becomes a list of values by dotted key.

Here: reading, and refusing unknown names. Not here: valid values (settings.py).
Every setting has exactly two levels, `section.name`, so a place is a flat mapping, and a wrong value can be traced.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_settings import BaseSettings, DotEnvSettingsSource, NestedSecretsSettingsSource

from grokbot.settings.errors import PREFIX, SettingsError, unknown, variable_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

OF_CLIENTS = frozenset({"GROKBOT_API", "GROKBOT_API_KEY"})
"""Variables that tell the command line and the SDK where a daemon is; not a daemon's settings."""

DEFAULT_CONFIG = Path("/etc/grokbot/grokbot.toml")
"""The machine's. Read if it exists, and no other file is given, and the person has no own one."""


@dataclass(frozen=True, slots=True, repr=False)  # no repr: the value may be a secret
class FoundValue:
    """One value and where it was found."""

    key: str
    value: object
    place: str


def own_config(environ: Mapping[str, str]) -> Path | None:
    """A person's own TOML file, whether it exists or not; None for nobody with a home."""
    xdg, home = environ.get("XDG_CONFIG_HOME", ""), environ.get("HOME", "")
    if xdg.startswith("/"):
        return Path(xdg) / "grokbot" / "grokbot.toml"
    return Path(home) / ".config" / "grokbot" / "grokbot.toml" if home.startswith("/") else None


def given_values(
    known: Mapping[str, bool], *, config: Path | None, overrides: Mapping[str, Any], environ: Mapping[str, str]
) -> dict[str, FoundValue]:
    """The value of each known key, from the place with the highest priority.

    In order of priority: overrides, environment, `.env` in the working directory, credentials, files of secrets beside
    the TOML file, TOML file.

    Args:
        known: The dotted keys of all settings, and whether each is a secret.
        config: The TOML file, or None for the person's own one or else the machine's.
        overrides: Values by dotted key; None means not given.
        environ: The environment's variables.

    Raises:
        SettingsError: a file is unreadable, or any place has an unknown name (even an overridden one).
    """
    own = own_config(environ)
    path = config or (own if own is not None and _exists(own) else DEFAULT_CONFIG)
    weakest_first = [
        *(_from_toml(known, path) if config is not None or _exists(path) else ()),
        *_from_secret_files([key for key, secret in known.items() if secret], path.parent),
        *_from_credentials(known, environ.get("CREDENTIALS_DIRECTORY")),
        *_from_variables(known, _dotenv(Path(".env")), "the file .env"),
        *_from_variables(known, environ, "the environment"),
        *_from_overrides(known, overrides),
    ]
    return {given.key: given for given in weakest_first}


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder that this user cannot look into
        return False


def _from_secret_files(secrets: Iterable[str], folder: Path) -> Iterator[FoundValue]:
    """Each secret from a file of its name, if this user may read it: others get it from systemd or are not to."""
    for key in secrets:
        try:
            text = (folder / key).read_text("utf-8-sig").strip()
        except (OSError, UnicodeDecodeError):
            continue
        yield FoundValue(key, text, str(folder / key))


def _from_overrides(known: Collection[str], overrides: Mapping[str, Any]) -> Iterator[FoundValue]:
    for key, value in overrides.items():
        if key not in known:
            raise unknown(key, known, "the command line")
        if value is not None:  # an option that was not given
            yield FoundValue(key, value, "the command line")


def _from_variables(known: Collection[str], variables: Mapping[str, str | None], place: str) -> Iterator[FoundValue]:
    keys = {variable_of(key): key for key in known}
    for name, value in variables.items():
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in OF_CLIENTS:
            continue
        if upper not in keys:
            raise unknown(upper, keys, place)
        if value is None:
            raise SettingsError(keys[upper], f"{upper} in {place} has no value. Write {upper}=… on one line.")
        yield FoundValue(keys[upper], value, f"{place} ({upper})")


def _dotenv(path: Path) -> Mapping[str, str | None]:
    """The lines of a `.env` file; empty if there is none. Names are in lower case."""
    try:
        return DotEnvSettingsSource(BaseSettings, env_file=path).env_vars
    except (OSError, UnicodeDecodeError) as error:
        problem = _unreadable(path, error)
    raise problem  # outside of the except: the cause may contain the file's bytes


def _from_credentials(known: Collection[str], directory: str | None) -> Iterator[FoundValue]:
    """Files in systemd's credentials directory, named by dotted key; white space around a value is dropped."""
    if not directory:
        return
    place = "the credentials"
    for name, value in _credentials(Path(directory)).items():
        if name not in known:
            raise unknown(name, known, place)
        yield FoundValue(name, value, place)


def _credentials(directory: Path) -> Mapping[str, str]:
    if not directory.is_dir():
        raise SettingsError("", f"$CREDENTIALS_DIRECTORY is set, but {directory} is not a directory.")
    try:
        return NestedSecretsSettingsSource.load_secrets(directory.resolve())
    except (OSError, UnicodeDecodeError) as error:
        problem = _unreadable(directory, error)
    raise problem


def _from_toml(known: Collection[str], path: Path) -> Iterator[FoundValue]:
    sections = {key.partition(".")[0] for key in known}
    for section, table in _toml(path).items():
        if section not in sections:
            raise unknown(f"[{section}]", [f"[{name}]" for name in sorted(sections)], str(path))
        if not isinstance(table, dict):
            raise SettingsError(section, f"{section} in {path} must be a section: [{section}] on a line of its own.")
        for name, value in table.items():
            key = f"{section}.{name}"
            if key not in known:
                raise unknown(key, known, str(path))
            yield FoundValue(key, value, str(path))


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))  # some editors put a mark of byte order before it
    except (OSError, UnicodeDecodeError) as error:
        problem = _unreadable(path, error)
    except tomllib.TOMLDecodeError as error:
        # Only the position is repeated: the rest of the message may quote the file, which may contain a secret.
        position = re.search(r"at (line \d+, column \d+|end of document)", str(error))
        problem = SettingsError("", f"{path} is not valid TOML{' at ' + position[1] if position else ''}.")
    raise problem


def _unreadable(path: Path, error: OSError | UnicodeDecodeError) -> SettingsError:
    reason = (error.strerror or "it failed").lower() if isinstance(error, OSError) else "it is not UTF-8 text"
    name = getattr(error, "filename", None) or path
    return SettingsError("", f"{name} cannot be read: {reason}.")
