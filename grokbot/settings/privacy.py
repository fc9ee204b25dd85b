"""The settings section `privacy`: the notice at first use, and the public policy.

Not here: retention (`store` in sections.py), who has seen the notice (`store.privacy.privacy`).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from grokbot.settings import validators as checks
from grokbot.settings.sections import Live, Section

KEPT = "{kept}"
"""Placeholder in a notice for how long conversations are kept, from `store.retention_days`."""

NOTICE = f"""\
**Before you start:** this bot's operator stores what you write to me, your name and my answers, so that conversations \
can continue, and sends them to xAI, whose model answers. They are kept {KEPT}. xAI keeps requests for up to 30 days. \
In a thread, everyone who can see it can read along, and what they write to me is treated the same. Where somebody \
calls me into a thread, I read and keep its last messages, too.

What you delete in Discord is deleted here and at xAI. `/privacy export` gives you everything stored about you, \
`/privacy delete` deletes it, `/privacy optout` stops me from reading what you write, `/privacy notice` shows this \
again."""


LINE = "🔒 This bot stores our chat and sends it to xAI · /privacy notice"


class PrivacySettings(Section):
    """The notice for people at their first use."""

    notice: Live[str] = Field(
        default=NOTICE,
        max_length=1_900,
        description="The privacy notice: shown privately at a person's first command and by `/privacy notice`, in "
        "Discord's Markdown; {kept} becomes how long conversations are kept. The default is in the reader's "
        "language. Empty: no notice, and no line either.",
    )
    line: Live[str] = Field(
        default=LINE,
        max_length=200,
        pattern=r"^[^\r\n]*$",
        description="One line in small print under the first answer that a person gets to a message; /privacy notice "
        "in it can be clicked. Empty: none.",
    )
    policy_url: Live[
        Annotated[str | None, BeforeValidator(checks.unset_when_empty), AfterValidator(checks.policy_url)]
    ] = Field(
        default=None,
        description="Address of your own privacy policy. By default the policy that the bot writes from these "
        "settings, at web.public_url/privacy.",
        examples=["https://example.org/grok-privacy"],
    )
    contact: Live[str] = Field(
        default="",
        max_length=300,
        description="Whom people ask about their data, for the policy: a name, an address, a server. Empty: whoever "
        "runs the bot.",
        examples=["Example Society, privacy@example.org"],
    )
    encryption: Live[str] = Field(
        default="",
        max_length=300,
        description="What the policy says about encryption at rest, which only you know. Empty: nothing.",
        examples=["The database is on an encrypted disk (LUKS)."],
    )
