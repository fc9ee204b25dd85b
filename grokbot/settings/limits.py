"""The settings section `limits`: the operator's ceiling, and each person's default limit.

Not here: moderators' limits (`store.budgets.limits`), how limits combine (`policy.budgets.limits`).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from grokbot.settings import validators as checks
from grokbot.settings.sections import Live, Section

Limit = Annotated[int, Field(ge=0), BeforeValidator(checks.not_a_switch)] | None
Dollars = Annotated[float, Field(ge=0, le=100_000), BeforeValidator(checks.not_a_switch)] | None


class LimitsSettings(Section):
    """Limits for all together, which moderators cannot raise, and for each person who has no other limit.

    0 allows nothing; a limit that is not set does not hold.
    """

    dollars_per_day: Live[Dollars] = Field(
        default=None, description="US dollars that all answers together may cost in a day (UTC).", examples=[5.0]
    )
    dollars_per_month: Live[Dollars] = Field(
        default=None, description="US dollars that all answers together may cost in a month (UTC).", examples=[50.0]
    )
    tokens_per_day: Live[Limit] = Field(
        default=None, description="Tokens, read and written, of all answers in a day.", examples=[5_000_000]
    )
    tokens_per_month: Live[Limit] = Field(
        default=None, description="Tokens, read and written, of all answers in a month.", examples=[50_000_000]
    )
    turns_per_minute: Live[Limit] = Field(default=None, description="Turns that may begin in a minute.", examples=[60])
    answers_at_once: Live[Limit] = Field(default=None, description="Answers that may run at once.", examples=[50])
    member_dollars_per_day: Live[Dollars] = Field(
        default=None,
        description="As dollars_per_day, for each person in each server, and in direct messages; moderators can set "
        "another limit for their server.",
        examples=[0.5],
    )
    member_dollars_per_month: Live[Dollars] = Field(
        default=None, description="As dollars_per_month, for each person.", examples=[5.0]
    )
    member_tokens_per_day: Live[Limit] = Field(
        default=None, description="As tokens_per_day, for each person.", examples=[500_000]
    )
    member_tokens_per_month: Live[Limit] = Field(
        default=None, description="As tokens_per_month, for each person.", examples=[5_000_000]
    )
    member_turns_per_minute: Live[Limit] = Field(
        default=None, description="As turns_per_minute, for each person.", examples=[6]
    )
    member_answers_at_once: Live[Limit] = Field(
        default=None, description="As answers_at_once, for each person.", examples=[2]
    )

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return checks.unset_when_empty(value)
