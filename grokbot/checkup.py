"""What `grokbot check` tries: everything that the daemon needs, each with what to do where it fails.

Not here: reading the settings, exit codes (`cli`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from grokbot.conversation.errors import GrokbotError, GrokTrouble
from grokbot.discord_bot.connection import NO_INTENT, Unreachable
from grokbot.discord_bot.inspection import inspect
from grokbot.store import Store
from grokbot.xai.client import GrokClient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. `passed` is None for what works, but not as well as it could."""

    what: str
    passed: bool | None
    text: str


MARKS = {True: "[green]ok[/]", False: "[red]FAILED[/]", None: "[yellow]limited[/]"}


async def checked(settings: Settings) -> Sequence[Finding]:
    """Tries everything, one after the other; what fails hinders nothing else from being tried."""
    valid = Finding("Configuration", passed=True, text="complete and valid")
    return [valid, await _database(settings), *await _discord(settings), *await _xai(settings)]


def table(found: Sequence[Finding]) -> Table:
    """The findings as a person reads them."""
    drawn = Table(show_lines=False, header_style="bold")
    for column in ("Check", "Result", "What it says"):
        drawn.add_column(column, overflow="fold")
    for finding in found:
        drawn.add_row(finding.what, MARKS[finding.passed], escape(finding.text))
    return drawn


async def _database(settings: Settings) -> Finding:
    try:
        store = await Store.open(settings.store.url)
        try:
            await store.check_writable()
        finally:
            await store.close()
    except GrokbotError as error:
        return Finding("Database", passed=False, text=str(error))
    return Finding("Database", passed=True, text=f"{settings.store.url} is writable and up to date")


async def _discord(settings: Settings) -> Sequence[Finding]:
    try:
        application = await inspect(settings.discord)
    except (GrokbotError, Unreachable) as error:
        return [Finding("Discord token", passed=False, text=str(error))]
    intent = (
        Finding("Message content intent", passed=True, text="granted: people can chat freely in threads")
        if application.message_content
        else Finding("Message content intent", passed=None, text=NO_INTENT)
    )
    token = f"{application.name}; add it to a server with {application.invitation}"
    return [Finding("Discord token", passed=True, text=token), intent]


async def _xai(settings: Settings) -> Sequence[Finding]:
    grok = GrokClient(settings.xai, tries=1)
    try:
        return [await _key(grok), await _model(settings, grok)]
    finally:
        await grok.close()


async def _key(grok: GrokClient) -> Finding:
    try:
        key = await grok.key()
    except GrokTrouble as trouble:
        return Finding("xAI key", passed=False, text=f"{trouble} ({trouble.detail})")
    if key.api_key_blocked or key.team_blocked or key.disabled:
        return Finding(
            "xAI key", passed=False, text="The key or its team is blocked. Make a new one in the xAI console."
        )
    return Finding("xAI key", passed=True, text=f"{key.redacted_api_key} {key.name}".strip())


async def _model(settings: Settings, grok: GrokClient) -> Finding:
    try:
        names = await grok.model_names()
    except GrokTrouble as trouble:
        return Finding("Model", passed=False, text=f"{trouble} ({trouble.detail})")
    if settings.xai.model in names:
        return Finding("Model", passed=True, text=settings.xai.model)
    known = ", ".join(sorted(names))
    return Finding("Model", passed=False, text=f"xAI has no {settings.xai.model}. Set xai.model to one of: {known}")
