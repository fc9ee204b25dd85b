"""The settings section `privacy`: the notice at first use.

Not here: retention (`store` in sections.py), who has seen the notice (`store.privacy.privacy`).
"""

from __future__ import annotations

from pydantic import Field

from grokbot.settings.sections import Section

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


LINE = "🔒 This bot stores our chat and sends it to xAI: `/privacy notice`"


class PrivacySettings(Section):
    """The notice for people at their first use."""

    notice: str = Field(
        default=NOTICE,
        max_length=1_900,
        description="The privacy notice: shown privately at a person's first command and by `/privacy notice`, in "
        "Discord's Markdown; {kept} becomes how long conversations are kept. Empty: no notice, and no line either.",
    )
    line: str = Field(
        default=LINE,
        max_length=200,
        pattern=r"^[^\r\n]*$",
        description="One line in small print under the first answer that a person gets to a message. Empty: none.",
    )
