"""Every setting there is: names, types, bounds, defaults, one sentence each. README's table is made from this file.

Read once, by the command line; each room receives its own section. Nobody else reads the environment.
Not here: reading files (settings_sources.py), the sentences about wrong values (settings_errors.py).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from grokbot import settings_checks as checks
from grokbot.settings_errors import SettingsProblem, how_to_set, sentence, shown, variable_of
from grokbot.settings_sources import given_values
from grokbot.whereabouts import socket_to_serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

    from grokbot.settings_sources import Given

SYSTEM_PROMPT = """\
You are Grok, and you answer people in Discord.

Answer in the language of the person who asks. Come to the point: a few sentences are usually enough, and a longer \
answer is welcome where the question needs it. Say so when you are not sure. When you searched, name your sources.

Write Discord's Markdown: bold, italics, lists, quotes, headings of one to three #, links, spoilers, and fenced code \
blocks that name their language. Discord shows no LaTeX, no HTML and no Markdown tables: write formulas as plain text \
or in a code block, and a comparison as a list or in a code block of at most 40 columns, so that it fits a phone."""
"""No date and no time in it: a prompt that changes would defeat xAI's prompt cache (facts of xAI, "Prompt caching")."""


UNIX = "unix"
"""In api.listen: the socket where the command line looks for it."""

NO_TOKEN = "none"  # noqa: S105 - it opens nothing
"""Discord's token where nobody goes to Discord."""

Secret = Annotated[SecretStr, AfterValidator(checks.bare_secret)]
Number = Annotated[float, BeforeValidator(checks.not_a_switch)]  # bounds on both sides refuse nan and inf too
File = Annotated[Path | None, BeforeValidator(checks.unset_when_empty), AfterValidator(checks.whole_path)]
Word = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """Rules of every section: it never changes, knows all its keys, and never repeats an input in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, protected_namespaces=())


class DiscordSettings(Section):
    """How the bot stands in Discord."""

    token: Secret = Field(description="The bot's token, from Discord's developer portal.")
    api_url: Annotated[str, AfterValidator(checks.api_url)] = Field(
        default="https://discord.com/api/v10",
        description="Where Discord's REST API is, or a proxy of it; plain http:// only on this machine.",
    )
    gateway_url: Annotated[str | None, BeforeValidator(checks.unset_when_empty), AfterValidator(checks.gateway_url)] = (
        Field(
            default=None,
            description="Where Discord's gateway is; left out, Discord is asked. Plain ws:// only on this machine.",
            examples=["wss://gateway.discord.gg"],
        )
    )
    answer_direct_messages: bool = Field(default=True, description="Whether direct messages are answered.")
    thread_archive_minutes: Annotated[Literal[60, 1440, 4320, 10080], BeforeValidator(checks.whole)] = Field(
        default=1440, description="Minutes of silence after which Discord archives a conversation's thread."
    )
    answer_messages: Annotated[int, Field(ge=1, le=20), BeforeValidator(checks.not_a_switch)] = Field(
        default=5, description="Most messages of one answer; a longer one goes on as an attached file."
    )
    notice_after_seconds: Number = Field(
        default=30.0,
        ge=0,
        le=3600,
        description="Seconds of an answer after which its end is told to the asker by a mention; 0: never.",
    )
    sync_commands: Annotated[Literal["auto", "never", "always"], BeforeValidator(checks.lowered)] = Field(
        default="auto", description="When the slash commands are registered: auto means when they have changed."
    )


class XaiSettings(Section):
    """How xAI is reached, and what is asked of the model."""

    api_key: Secret = Field(description="The key of xAI's API, from the xAI console.")
    target: Annotated[str, AfterValidator(checks.target)] = Field(
        default="api.x.ai:443", description="Host and port of xAI's gRPC API."
    )
    insecure: bool = Field(
        default=False, description="Whether to connect without TLS; allowed only for a target on this machine."
    )
    model: Word = Field(default="grok-4.7", description="The model that answers, by xAI's name for it.")
    reasoning_effort: Annotated[
        Literal["low", "medium", "high", "xhigh", "none"] | None,
        BeforeValidator(checks.unset_when_empty),
        BeforeValidator(checks.lowered),
    ] = Field(default="low", description="How long the model thinks before it answers; empty leaves it to the model.")
    search: Annotated[tuple[Literal["web", "x"], ...], BeforeValidator(checks.listed)] = Field(
        default=("web", "x"),
        description="Where the model may search while it answers; each search costs 0.5 US cents. Empty: nowhere.",
    )
    timeout_seconds: Number = Field(
        default=1620.0,
        ge=1,
        le=86400,
        description="Seconds one answer may take in all; xAI advises at least 900 for models that reason.",
    )
    max_tokens: Annotated[int, Field(ge=1), BeforeValidator(checks.not_a_switch)] | None = Field(
        default=None, description="Most tokens of one answer; left out, the model decides.", examples=[4096]
    )
    temperature: Annotated[float, Field(ge=0, le=2), BeforeValidator(checks.not_a_switch)] | None = Field(
        default=None, description="How freely the model words its answers; left out, the model decides.", examples=[0.7]
    )

    @field_validator("max_tokens", "temperature", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return checks.unset_when_empty(value)

    @field_validator("search")
    @classmethod
    def _once_each(cls, value: tuple[Literal["web", "x"], ...]) -> tuple[Literal["web", "x"], ...]:
        return tuple(dict.fromkeys(value))

    @field_validator("insecure")
    @classmethod
    def _plain_text_stays_here(cls, value: bool, info: ValidationInfo) -> bool:
        target = info.data.get("target")  # not there when it is wrong itself, and then that is what is told
        if value and target is not None and not checks.is_loopback_target(target):
            raise ValueError(
                "must be false for this xai.target: without TLS the key and every conversation would cross the network "
                "in plain text, so only localhost, 127.0.0.0/8, [::1] and unix: are allowed"
            )
        return value


class StoreSettings(Section):
    """Where conversations are kept."""

    url: Annotated[str, AfterValidator(checks.database_url)] = Field(
        description="The SQLite file, as a path or as sqlite+aiosqlite:///PATH; by default grokbot.sqlite3 in "
        "$STATE_DIRECTORY, or in ~/.local/state/grokbot.",
        examples=["/var/lib/grokbot/grokbot.sqlite3"],
    )


class ConversationSettings(Section):
    """How a conversation begins."""

    mode: Annotated[Literal["stateless", "stateful"], BeforeValidator(checks.lowered)] = Field(
        default="stateless",
        description="stateless sends xAI the whole path each time; stateful sends what is new, and xAI stores the rest "
        "for 30 days.",
    )
    system_prompt: str = Field(
        default=SYSTEM_PROMPT, description="What the model is told before each conversation; empty tells it nothing."
    )
    steering: Annotated[Literal["asker", "everyone"], BeforeValidator(checks.lowered)] = Field(
        default="asker",
        description="Who may stop, resample, switch and branch answers: asker also lets the conversation's owner and "
        "moderators; everyone lets whoever sees them.",
    )
    titles: bool = Field(
        default=True,
        description="Whether Grok names each conversation, and its thread, after the first answer; a small request.",
    )


class WebSettings(Section):
    """Where share pages are served."""

    listen: Annotated[str, AfterValidator(checks.listen)] = Field(
        default="",
        description="Where the web server listens: host:port, or unix:/path for a socket; empty: there is none.",
        examples=["127.0.0.1:8080"],
    )
    public_url: Annotated[str | None, BeforeValidator(checks.unset_when_empty), AfterValidator(checks.public_url)] = (
        Field(
            default=None,
            description="The address under which others reach it, through your reverse proxy: /share then gives "
            "links. https://, or http:// on this machine only.",
            examples=["https://grok.example.org"],
        )
    )

    @field_validator("public_url")
    @classmethod
    def _somebody_answers_there(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("listen") == "":
            raise ValueError("needs web.listen: nothing would answer there")
        return value


class ApiSettings(Section):
    """Where programs and the command line reach the daemon."""

    listen: Annotated[tuple[Annotated[str, AfterValidator(checks.api_listen)], ...], BeforeValidator(checks.listed)] = (
        Field(
            default=("unix",),
            description="Where the API listens: unix (the socket where the command line looks for it), unix:/path or "
            "host:port. Empty: nowhere.",
        )
    )
    tls_certificate: File = Field(
        default=None,
        validate_default=True,
        description="PEM file with the certificate for host:port, and those between it and the one that others know.",
        examples=["/etc/grokbot/api.crt"],
    )
    tls_key: File = Field(
        default=None,
        validate_default=True,
        description="PEM file with that certificate's private key.",
        examples=["/etc/grokbot/api.key"],
    )
    owner_id: Annotated[int, Field(ge=0), AfterValidator(checks.discord_id), BeforeValidator(checks.not_a_switch)] = (
        Field(
            default=0,
            description="Your id in Discord: what is begun and said through the socket without a key is yours.",
        )
    )

    @field_validator("listen")
    @classmethod
    def _once_each(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))

    @field_validator("tls_certificate")
    @classmethod
    def _plain_text_stays_here(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        listen: tuple[str, ...] = info.data.get("listen", ())
        if value is None and not all(checks.is_loopback_target(where) for where in listen if where != "unix"):
            raise ValueError(
                "must be set for this api.listen: without TLS keys and conversations would cross the network in plain "
                "text, so only unix, localhost, 127.0.0.0/8 and [::1] are allowed"
            )
        return value

    @field_validator("tls_key")
    @classmethod
    def _both_or_none(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if "tls_certificate" in info.data and (value is None) != (info.data["tls_certificate"] is None):
            raise ValueError("must be set exactly where api.tls_certificate is: one is nothing without the other")
        return value


class DaemonSettings(Section):
    """How the process runs and ends."""

    drain_seconds: Number = Field(
        default=20.0,
        ge=0,
        le=600,
        description="Seconds that running answers may go on after SIGTERM; systemd's TimeoutStopSec must be longer.",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(checks.lowered)] = Field(
        default="info", description="The least important events that are logged."
    )


class Settings(BaseSettings):
    """All settings, frozen. Made by `load`; constructed directly it takes its arguments and reads nothing."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    discord: DiscordSettings
    xai: XaiSettings
    store: StoreSettings
    conversation: ConversationSettings = ConversationSettings()
    web: WebSettings = WebSettings()
    api: ApiSettings = ApiSettings(listen=())
    """Made by hand it listens nowhere; `load` makes it listen where the documentation says."""
    daemon: DaemonSettings = DaemonSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings passes all of these by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see above
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only the arguments: `load` alone decides what else is read, and in which order."""
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as its documentation needs it: `field` has type, default and description, `schema` the bounds."""

    key: str
    field: FieldInfo
    schema: Mapping[str, Any]
    secret: bool

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return variable_of(self.key)


def all_settings() -> Iterator[Setting]:
    """Every setting there is, in the order of this file."""
    for section, outer in Settings.model_fields.items():
        model = outer.annotation
        if not (isinstance(model, type) and issubclass(model, Section)):
            raise TypeError(f"{section} is not a section")
        schemas = model.model_json_schema()["properties"]
        for name, field in model.model_fields.items():
            yield Setting(f"{section}.{name}", field, schemas[name], secret=field.annotation is SecretStr)


def load(
    config: Path | None = None,
    *,
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    discord: bool = True,
) -> Settings:
    """Read all settings once. `discord`: whether they are for a daemon that goes there, so that its token is needed.

    Strongest first: `overrides` (by dotted key; None counts as not given), `environ` (GROKBOT_SECTION__NAME), `.env` in
    the working directory, files of $CREDENTIALS_DIRECTORY, the TOML file `config` (without it /etc/grokbot/grokbot.toml
    where that is there). `environ` is the process's own where it is left out.

    Raises:
        SettingsProblem: something is missing, wrong, unknown or cannot be read. Its text is one line without secrets.
    """
    environ = os.environ if environ is None else environ
    secrets = {setting.key: setting.secret for setting in all_settings()}
    given = given_values(tuple(secrets), config=config, overrides=overrides or {}, environ=environ)
    tree: dict[str, dict[str, object]] = {section: {} for section in Settings.model_fields}
    for key, found in given.items():
        section, _, name = key.partition(".")
        tree[section][name] = found.value
    if "url" not in tree["store"]:
        tree["store"]["url"] = str(_default_database(environ))
    if not discord:
        tree["discord"] = {"token": NO_TOKEN}
    try:
        return _with_socket(Settings.model_validate(tree), environ)
    except ValidationError as error:
        problem = _problem(error, given, secrets)
    raise problem  # outside of the except: pydantic's exception holds every input, secrets too


def _default_database(environ: Mapping[str, str]) -> Path:
    """Where systemd says, else where the XDG base directories say. Both allow absolute paths only."""
    state = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if state:
        return Path(state) / "grokbot.sqlite3"
    xdg = environ.get("XDG_STATE_HOME", "")
    if xdg.startswith("/"):
        return Path(xdg) / "grokbot" / "grokbot.sqlite3"
    home = environ.get("HOME", "")
    if not home:
        raise SettingsProblem(
            "store.url",
            f"store.url has no default without $STATE_DIRECTORY and $HOME. {how_to_set('store.url', secret=False)}",
        )
    return Path(home) / ".local" / "state" / "grokbot" / "grokbot.sqlite3"


def _with_socket(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """With the whole path of the socket where api.listen only says that there is to be one."""
    if UNIX not in settings.api.listen:
        return settings
    path = socket_to_serve(environ)
    if path is None:
        raise SettingsProblem(
            "api.listen",
            "api.listen: there is no place for the socket without $RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR and $HOME. "
            f"{how_to_set('api.listen', secret=False)}",
        )
    listen = tuple(f"{UNIX}:{path}" if where == UNIX else where for where in settings.api.listen)
    return settings.model_copy(update={"api": settings.api.model_copy(update={"listen": listen})})


def _problem(error: ValidationError, given: Mapping[str, Given], secrets: Mapping[str, bool]) -> SettingsProblem:
    """The first wrong setting in one line."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"][:2])
    secret = secrets.get(key, True)
    how = how_to_set(key, secret=secret)
    if first["type"] == "missing":
        return SettingsProblem(key, f"{key} is not set. {how}")
    must, may_repeat = sentence(first)
    found = given.get(key)
    place = f" in {found.place}" if found else ""
    value = f", not {shown(first['input'])}" if may_repeat and not secret else ""
    return SettingsProblem(key, f"{key}{place} {must}{value}. {how}")
