"""The section `xai` of the settings: how xAI is reached, and what is asked of it.

Not here: the other sections (sections.py); validating single values (validators.py).
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads the annotation
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from grokbot.settings import validators as checks
from grokbot.settings.sections import Live, Number, Secret, Section, Word

Sites = Annotated[tuple[str, ...], AfterValidator(checks.sites), BeforeValidator(checks.listed)]
Handles = Annotated[tuple[str, ...], AfterValidator(checks.handles), BeforeValidator(checks.listed)]


class XaiSettings(Section):
    """How xAI is reached, and what is asked of the model."""

    api_key: Live[Secret] = Field(description="The key for xAI's API, from the xAI console.")
    target: Annotated[str, AfterValidator(checks.target)] = Field(
        default="api.x.ai:443", description="Host and port of xAI's gRPC API."
    )
    insecure: bool = Field(
        default=False, description="Whether to connect without TLS; allowed only for a target on this machine."
    )
    model: Live[Word] = Field(default="grok-4.7", description="The model that answers, as xAI names it.")
    reasoning_effort: Live[
        Annotated[
            Literal["low", "medium", "high", "xhigh", "none"] | None,
            BeforeValidator(checks.unset_when_empty),
            BeforeValidator(checks.lowered),
        ]
    ] = Field(default="low", description="How long the model thinks before it answers; empty leaves it to the model.")
    search: Live[Annotated[tuple[Literal["web", "x", "code"], ...], BeforeValidator(checks.listed)]] = Field(
        default=("web", "x"),
        description="Where the model may search while it answers; with code it may also run programs at xAI. Each "
        "search and program costs 0.5 US cents. Empty: nowhere.",
    )
    search_turns: Live[Annotated[int, Field(ge=1, le=50), BeforeValidator(checks.not_a_switch)]] = Field(
        default=6,
        description="Rounds of searches in one answer at most; the model then answers with what it has found.",
    )
    search_sites: Live[Sites] = Field(
        default=(),
        description="Searches of the web find these sites only; at most five domains. Empty: any.",
        examples=["wikipedia.org,nasa.gov"],
    )
    search_excluded_sites: Live[Sites] = Field(
        default=(),
        description="Sites that searches of the web leave out, at most five; not together with search_sites.",
    )
    search_handles: Live[Handles] = Field(
        default=(),
        description="Searches of X find posts of these handles only, at most ten, without @. Empty: anybody's.",
        examples=["xai,nasa"],
    )
    search_excluded_handles: Live[Handles] = Field(
        default=(), description="Handles that searches of X leave out, at most ten; not together with search_handles."
    )
    search_from: Live[Annotated[date | None, BeforeValidator(checks.day)]] = Field(
        default=None,
        description="Searches of X find posts from this day on, as year-month-day; by default from any day.",
        examples=["2026-01-31"],
    )
    search_images: Live[bool] = Field(
        default=False,
        description="Whether the model looks at the pictures that a search finds; each costs tokens.",
    )
    images: Live[Annotated[tuple[Literal["command", "tool"], ...], BeforeValidator(checks.listed)]] = Field(
        default=("command", "tool"),
        description="Who may have images made: people with /imagine (command), the model in an answer (tool). Each "
        "costs some US cents. Empty: nobody.",
    )
    image_model: Live[Word] = Field(
        default="grok-imagine-image", description="The model that makes images with /imagine, as xAI names it."
    )
    timeout_seconds: Live[Number] = Field(
        default=1620.0,
        ge=1,
        le=86400,
        description="Seconds that one answer may take in all; xAI advises at least 900 for models that reason.",
    )
    idle_seconds: Live[Number] = Field(
        default=600.0,
        ge=1,
        le=86400,
        description="An answer ends, and keeps its text so far, if nothing arrives for this many seconds; "
        "models that reason may be silent for minutes.",
    )
    max_tokens: Live[Annotated[int, Field(ge=1), BeforeValidator(checks.not_a_switch)] | None] = Field(
        default=None, description="Tokens of one answer at most; by default the model decides.", examples=[4096]
    )
    temperature: Live[Annotated[float, Field(ge=0, le=2), BeforeValidator(checks.not_a_switch)] | None] = Field(
        default=None,
        description="How freely the model words its answers; by default the model decides.",
        examples=[0.7],
    )

    @field_validator("max_tokens", "temperature", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return checks.unset_when_empty(value)

    @field_validator("search", "images")
    @classmethod
    def _once_each(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))

    @field_validator("search_excluded_sites", "search_excluded_handles")
    @classmethod
    def _either_or(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if value and info.data.get(str(info.field_name).replace("excluded_", "")):
            raise ValueError("must be empty where those to search in are named: xAI takes one of the two")
        return value

    @field_validator("insecure")
    @classmethod
    def _plain_text_stays_here(cls, value: bool, info: ValidationInfo) -> bool:
        target = info.data.get("target")  # missing if it is invalid itself, which is then reported
        if value and target is not None and not checks.is_loopback_target(target):
            raise ValueError(
                "must be false for this xai.target: without TLS the key and all conversations are sent in plain text, "
                "which is allowed only to localhost, 127.0.0.0/8, [::1] and unix:"
            )
        return value
