"""All settings as one frozen tree, and reading them. docs/configuration.md is generated from it.

Read once, by the command line; each package receives its own section. Nothing else reads the environment.
Not here: the settings themselves (sections.py), reading files (sources.py), error messages
(errors.py).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from grokbot.process.socket_path import LONGEST_PATH, MONITORING, socket_to_serve
from grokbot.settings.errors import SettingsError, how_to_set, sentence, shown, variable_of
from grokbot.settings.limits import LimitsSettings
from grokbot.settings.privacy import PrivacySettings
from grokbot.settings.sections import (
    LIVE,
    ApiSettings,
    ConversationSettings,
    DaemonSettings,
    DiscordSettings,
    MonitoringSettings,
    Section,
    StoreSettings,
    WebSettings,
)
from grokbot.settings.sources import given_values
from grokbot.settings.xai import XaiSettings  # noqa: TC001 - pydantic reads the annotation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

    from grokbot.settings.sources import FoundValue


UNIX = "unix"
"""In api.listen: the socket where the command line looks for it. In monitoring.listen: the one beside it."""

POLICY_PATH = "/privacy"
"""Where the web server has the policy."""

NO_TOKEN = "none"  # noqa: S105 - it opens nothing
"""Discord's token if the daemon does not connect to Discord."""


class Settings(BaseSettings):
    """All settings, frozen. Created by `load`; its constructor takes arguments and reads nothing."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    discord: DiscordSettings
    xai: XaiSettings
    store: StoreSettings
    conversation: ConversationSettings = ConversationSettings()
    web: WebSettings = WebSettings()
    api: ApiSettings = ApiSettings(listen=())
    """Made by hand it listens nowhere; `load` makes it listen where the documentation says."""
    monitoring: MonitoringSettings = MonitoringSettings(listen="")
    """As for `api`."""
    limits: LimitsSettings = LimitsSettings()
    privacy: PrivacySettings = PrivacySettings()
    daemon: DaemonSettings = DaemonSettings()

    @property
    def policy_url(self) -> str | None:
        """Where the public privacy policy is: the operator's own, or the one that the web server has; None: nowhere."""
        own, pages = self.privacy.policy_url, self.web.public_url
        return own if own is not None or pages is None else f"{pages}{POLICY_PATH}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings passes all of these by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see above
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use only the arguments: `load` alone decides what else to read, and in which order."""
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting for the documentation: `field` has type, default and description, `schema` the bounds."""

    key: str
    field: FieldInfo
    schema: Mapping[str, Any]
    secret: bool
    live: bool
    """Whether it changes while the daemon runs, when it reads its settings again."""

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return variable_of(self.key)


def all_settings() -> Iterator[Setting]:
    """All settings, in the order of this file."""
    for section, model in _sections():
        schemas = model.model_json_schema()["properties"]
        for name, field in model.model_fields.items():
            secret, live = _is_secret(field), LIVE in field.metadata
            yield Setting(f"{section}.{name}", field, schemas[name], secret=secret, live=live)


def _sections() -> Iterator[tuple[str, type[Section]]]:
    for section, outer in Settings.model_fields.items():
        model = outer.annotation
        if not (isinstance(model, type) and issubclass(model, Section)):
            raise TypeError(f"{section} is not a section")
        yield section, model


def _is_secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr


def load(
    config: Path | None = None,
    *,
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    discord: bool = True,
) -> Settings:
    """Read all settings once.

    In order of priority: `overrides`, `environ`, `.env` in the working directory, files of $CREDENTIALS_DIRECTORY,
    `discord.token` and `xai.api_key` beside the TOML file, TOML file.

    Args:
        config: The TOML file; without it ~/.config/grokbot/grokbot.toml or else /etc/grokbot/grokbot.toml, if one
            exists.
        overrides: Values by dotted key; None means not given.
        environ: Variables such as GROKBOT_SECTION__NAME; by default the process's own.
        discord: Whether the daemon connects to Discord and needs its token.

    Raises:
        SettingsError: a setting is missing, wrong, unknown or unreadable. Its text is one line without secrets.
    """
    environ = os.environ if environ is None else environ
    secrets = {
        f"{section}.{name}": _is_secret(field)
        for section, model in _sections()
        for name, field in model.model_fields.items()
    }
    given = given_values(secrets, config=config, overrides=overrides or {}, environ=environ)
    tree: dict[str, dict[str, object]] = {section: {} for section in Settings.model_fields}
    for key, found in given.items():
        section, _, name = key.partition(".")
        tree[section][name] = found.value
    if "url" not in tree["store"]:
        tree["store"]["url"] = str(_default_database(environ))
    if not discord:
        tree["discord"] = {"token": NO_TOKEN}
    try:
        return _with_monitoring(_with_socket(Settings.model_validate(tree), environ), environ)
    except ValidationError as error:
        problem = _problem(error, given, secrets)
    raise problem  # outside of the except: pydantic's exception contains every input, secrets too


def _default_database(environ: Mapping[str, str]) -> Path:
    """The default database path, from systemd, else from the XDG base directories. Both allow absolute paths only."""
    state = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if state:
        return Path(state) / "grokbot.sqlite3"
    xdg = environ.get("XDG_STATE_HOME", "")
    if xdg.startswith("/"):
        return Path(xdg) / "grokbot" / "grokbot.sqlite3"
    home = environ.get("HOME", "")
    if not home:
        raise SettingsError(
            "store.url",
            f"store.url has no default, because $STATE_DIRECTORY and $HOME are unset. "
            f"{how_to_set('store.url', secret=False)}",
        )
    return Path(home) / ".local" / "state" / "grokbot" / "grokbot.sqlite3"


def _with_socket(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """Settings with the socket's full path if api.listen only asks for the default socket."""
    if UNIX not in settings.api.listen:
        return settings
    path = socket_to_serve(environ)
    if path is None:
        raise SettingsError(
            "api.listen",
            "api.listen has no default, because $RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR and $HOME are unset. "
            f"{how_to_set('api.listen', secret=False)}",
        )
    listen = tuple(f"{UNIX}:{path}" if where == UNIX else where for where in settings.api.listen)
    return settings.model_copy(update={"api": settings.api.model_copy(update={"listen": listen})})


def _with_monitoring(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """Settings with the full path of the socket beside the API's, or of where that would be; if nowhere, with none.

    A path that is too long for a socket is none: what nobody asked for keeps no bot from its start.
    """
    if settings.monitoring.listen != UNIX:
        return settings
    prefix = f"{UNIX}:"
    sockets = (Path(where.removeprefix(prefix)) for where in settings.api.listen if where.startswith(prefix))
    beside = next(sockets, None) or socket_to_serve(environ)
    path = beside.parent / MONITORING if beside else None
    listen = f"{prefix}{path}" if path and len(os.fsencode(path)) <= LONGEST_PATH else ""
    return settings.model_copy(update={"monitoring": settings.monitoring.model_copy(update={"listen": listen})})


def _problem(error: ValidationError, given: Mapping[str, FoundValue], secrets: Mapping[str, bool]) -> SettingsError:
    """The first wrong setting, in one line."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"][:2])
    secret = secrets.get(key, True)
    how = how_to_set(key, secret=secret)
    if first["type"] == "missing":
        return SettingsError(key, f"{key} is not set. {how}")
    must, may_repeat = sentence(first)
    found = given.get(key)
    place = f" in {found.place}" if found else ""
    value = f", not {shown(first['input'])}" if may_repeat and not secret else ""
    return SettingsError(key, f"{key}{place} {must}{value}. {how}")
