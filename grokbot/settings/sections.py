"""The sections of the settings: each setting's name, type, bounds, default and description.

Not here: the whole tree, and reading it (settings.py); validating single values (validators.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from grokbot.settings import validators as checks

SYSTEM_PROMPT = """\
You are Grok, and you answer people in Discord.

Answer in the language of the person who asks. Come to the point: a few sentences are usually enough, and a longer \
answer is welcome where the question needs it. Say so when you are not sure. When you searched, name your sources.

Write Discord's Markdown: bold, italics, lists, quotes, headings of one to three #, links, spoilers, and fenced code \
blocks that name their language. Discord shows no LaTeX, no HTML and no Markdown tables: write formulas as plain text \
or in a code block, and a comparison as a list or in a code block of at most 40 columns, so that it fits a phone."""
"""Without date and time: a changing prompt would defeat xAI's prompt cache (facts of xAI, "Prompt caching")."""


Secret = Annotated[SecretStr, AfterValidator(checks.bare_secret)]
Number = Annotated[float, BeforeValidator(checks.not_a_switch)]  # bounds on both sides also refuse nan and inf
File = Annotated[Path | None, BeforeValidator(checks.unset_when_empty), AfterValidator(checks.whole_path)]
Word = Annotated[str, Field(min_length=1)]

T = TypeVar("T")
LIVE = "live"
Live = Annotated[T, LIVE]
"""A setting that changes while the daemon runs, when it reads its settings again. All others need a restart."""


class Section(BaseModel):
    """Rules of every section: frozen, no unknown keys, no input in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, protected_namespaces=())


class DiscordSettings(Section):
    """How the bot connects to Discord, and how it answers there."""

    token: Secret = Field(description="The bot's token, from Discord's developer portal.")
    api_url: Annotated[str, AfterValidator(checks.api_url)] = Field(
        default="https://discord.com/api/v10",
        description="URL of Discord's REST API, or of a proxy; plain http:// only on this machine.",
    )
    gateway_url: Annotated[str | None, BeforeValidator(checks.unset_when_empty), AfterValidator(checks.gateway_url)] = (
        Field(
            default=None,
            description="URL of Discord's gateway; by default Discord names it. Plain ws:// only on this machine.",
            examples=["wss://gateway.discord.gg"],
        )
    )
    answer_direct_messages: Live[bool] = Field(default=True, description="Whether direct messages are answered.")
    user_install: bool = Field(
        default=False,
        description="Whether people may use the bot where it is not a member: those who have added it to their account "
        "get /ask and its menus in every server and direct message, at your cost. The developer portal has a switch "
        "for it too.",
    )
    user_install_allowed: Live[
        Annotated[tuple[Annotated[int, AfterValidator(checks.discord_id)], ...], BeforeValidator(checks.listed)]
    ] = Field(
        default=(),
        description="The user ids of those who may; empty: everybody who has added it to their account.",
        examples=[[123456789012345678]],
    )
    thread_archive_minutes: Live[Annotated[Literal[60, 1440, 4320, 10080], BeforeValidator(checks.whole)]] = Field(
        default=1440, description="Minutes of silence after which Discord archives a conversation's thread."
    )
    answer_messages: Live[Annotated[int, Field(ge=1, le=20), BeforeValidator(checks.not_a_switch)]] = Field(
        default=5, description="Messages of one answer at most; the rest of a longer one is attached as a file."
    )
    notice_after_seconds: Live[Number] = Field(
        default=30.0,
        ge=0,
        le=3600,
        description="An answer that took more seconds than this mentions the asker when it is done; 0: never.",
    )
    sync_commands: Annotated[Literal["auto", "never", "always"], BeforeValidator(checks.lowered)] = Field(
        default="auto", description="When the slash commands are registered; auto: when they have changed."
    )
    language: Live[Annotated[str, AfterValidator(checks.locale)]] = Field(
        default="en",
        description="The language of direct messages whose person gave no command yet: `en`, `de`, `es` or `ja`. "
        "Servers have their own (`/mod settings`), and what one person sees is in the language of their Discord.",
    )


class StoreSettings(Section):
    """Where conversations are kept."""

    url: Annotated[str, AfterValidator(checks.database_url)] = Field(
        description="The SQLite file, as a path or as sqlite+aiosqlite:///PATH; by default grokbot.sqlite3 in "
        "$STATE_DIRECTORY, or in ~/.local/state/grokbot.",
        examples=["/var/lib/grokbot/grokbot.sqlite3"],
    )
    retention_days: Live[Annotated[int, Field(ge=1, le=36_500), BeforeValidator(checks.not_a_switch)] | None] = Field(
        default=None,
        description="Days after its last change until a conversation is deleted, here and at xAI; by default never.",
        examples=[90],
    )
    keep_text: bool = Field(
        default=True,
        description="Whether the database keeps the text of stateful conversations. If not, it keeps only ids, and "
        "text is read from xAI and the thread when it is needed; after 30 days, or when xAI fails, it is gone.",
    )
    backup_every: Live[Annotated[int, Field(ge=0, le=8760), BeforeValidator(checks.not_a_switch)]] = Field(
        default=24, description="Hours between two backups that the bot makes by itself; 0: it makes none."
    )
    backup_keep: Live[Annotated[int, Field(ge=1, le=1000), BeforeValidator(checks.not_a_switch)]] = Field(
        default=7, description="How many of these backups are kept, the newest."
    )
    backup_dir: File = Field(
        default=None,
        description="Folder of these backups, and of those made before an update changes the tables; by default "
        "backups, beside the database.",
        examples=["/mnt/backups/grokbot"],
    )

    @field_validator("retention_days", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return checks.unset_when_empty(value)


class ConversationSettings(Section):
    """How a conversation begins."""

    mode: Live[Annotated[Literal["stateless", "stateful"], BeforeValidator(checks.lowered)]] = Field(
        default="stateless",
        description="stateless sends xAI the whole path each time; stateful sends what is new, and xAI stores the rest "
        "for 30 days.",
    )
    system_prompt: Live[str] = Field(
        default=SYSTEM_PROMPT, description="Instructions to the model at the start of each conversation; empty: none."
    )
    steering: Live[Annotated[Literal["asker", "everyone"], BeforeValidator(checks.lowered)]] = Field(
        default="asker",
        description="Who may stop, resample, switch and branch answers. asker: who asked, the conversation's owner and "
        "moderators; everyone: all who see them.",
    )
    personas_dir: Live[File] = Field(
        default=None,
        description="Folder of Markdown files with personas that people may choose; a file's name is the persona's. "
        "Read again when one changes.",
        examples=["/etc/grokbot/personas"],
    )
    context_messages: Live[int] = Field(
        default=10,
        ge=0,
        le=50,
        description="How many messages before a mention Grok is shown in other people's threads and in forum posts, "
        "without those of people who opted out; 0: none.",
    )
    channel_context_messages: Live[int] = Field(
        default=0, ge=0, le=50, description="The same for a mention in a channel, which opens a thread; 0: none."
    )
    titles: Live[bool] = Field(
        default=True,
        description="Whether Grok names each conversation by a small request: as its thread is opened, or if that "
        "would take longer than a second, after the first answer and in lists alone.",
    )


class WebSettings(Section):
    """Where share pages are served."""

    listen: Annotated[str, AfterValidator(checks.listen)] = Field(
        default="",
        description="Where the web server listens: host:port, or unix:/path for a socket; empty: it does not run.",
        examples=["127.0.0.1:8080"],
    )
    public_url: Annotated[str | None, BeforeValidator(checks.unset_when_empty), AfterValidator(checks.public_url)] = (
        Field(
            default=None,
            description="The web server's public URL, at your reverse proxy; with it, /share gives links. https://, or "
            "http:// on this machine only.",
            examples=["https://grok.example.org"],
        )
    )

    @field_validator("public_url")
    @classmethod
    def _somebody_answers_there(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("listen") == "":
            raise ValueError("needs web.listen too: without it no web server runs")
        return value


class ApiSettings(Section):
    """Where programs and the command line reach the daemon."""

    listen: Annotated[tuple[Annotated[str, AfterValidator(checks.api_listen)], ...], BeforeValidator(checks.listed)] = (
        Field(
            default=("unix",),
            description="Where the API listens: unix (the socket that the command line uses), unix:/path or "
            "host:port. Empty: nowhere.",
        )
    )
    tls_certificate: Live[File] = Field(
        default=None,
        validate_default=True,
        description="PEM file with the certificate chain for host:port.",
        examples=["/etc/grokbot/api.crt"],
    )
    tls_key: Live[File] = Field(
        default=None,
        validate_default=True,
        description="PEM file with the certificate's private key.",
        examples=["/etc/grokbot/api.key"],
    )
    owner_id: Live[
        Annotated[int, Field(ge=0), AfterValidator(checks.discord_id), BeforeValidator(checks.not_a_switch)]
    ] = Field(
        default=0,
        description="Your Discord id: conversations through the socket without a key are yours.",
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
                "must be set for this api.listen: without TLS keys and conversations are sent in plain text, which is "
                "allowed only on unix, localhost, 127.0.0.0/8 and [::1]"
            )
        return value

    @field_validator("tls_key")
    @classmethod
    def _both_or_none(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if "tls_certificate" in info.data and (value is None) != (info.data["tls_certificate"] is None):
            raise ValueError("must be set together with api.tls_certificate: both or neither")
        return value


class MonitoringSettings(Section):
    """Where programs watch the daemon."""

    listen: Annotated[str, AfterValidator(checks.monitoring_listen)] = Field(
        default="unix",
        description="Where `/metrics`, `/healthz` and `/readyz` are served: unix (monitoring.sock beside the API's "
        "socket), unix:/path or host:port; empty: nowhere. Whoever can connect can read them.",
    )
    traces: Annotated[str, AfterValidator(checks.collector)] = Field(
        default="",
        description="URL of an OpenTelemetry collector (OTLP over gRPC) that gets traces of turns, without texts and "
        "names; empty: what OTEL_EXPORTER_OTLP_ENDPOINT says, else nowhere. Needs grokbot[tracing].",
    )


class DaemonSettings(Section):
    """How the process runs and ends."""

    drain_seconds: Live[Number] = Field(
        default=20.0,
        ge=0,
        le=600,
        description="Seconds that running answers may go on after SIGTERM; systemd's TimeoutStopSec must be longer.",
    )
    log_level: Live[Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(checks.lowered)]] = Field(
        default="info", description="Events below this level are not logged."
    )
    log_format: Live[Annotated[Literal["auto", "terminal", "journal", "json"], BeforeValidator(checks.lowered)]] = (
        Field(
            default="auto",
            description="How events are logged: lines for people (terminal), entries of systemd's journal, or one JSON "
            "object a line. auto: journal if systemd reads the log, else terminal.",
        )
    )
