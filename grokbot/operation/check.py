"""The checks of `grokbot check`: all that the daemon needs, each with advice for when it fails.

Not here: reading the settings, exit codes (`cli`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from grokbot.conversation.errors import ConfigurationError, GrokbotError, GrokError, GrokFailure
from grokbot.discord_bot.bot import NO_INTENT, PORTAL, DiscordUnreachableError, inspect
from grokbot.discord_bot.commands.terms.setup_text import PERMISSIONS
from grokbot.engine.admission.personas import NO_FOLDER, personas_in
from grokbot.engine.budgets import KEY_REFUSED
from grokbot.store import IN_USE, Store
from grokbot.store.maintenance import BackupFolder
from grokbot.xai.client import GrokClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence

    from grokbot.discord_bot.bot import Application
    from grokbot.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. `passed` is None for something that works, but not fully."""

    what: str
    passed: bool | None
    text: str
    address: str = ""
    """A link to open or copy. It is shown below the table, which would break it into pieces."""


MARKS = {True: "[green]ok[/]", False: "[red]FAILED[/]", None: "[yellow]limited[/]"}

BLOCKED = "The key or its team is blocked. Unblock it in the xAI console, or create another key and set xai.api_key."
KEY_FIRST = "skipped: the key does not work"
ANOTHER_DATABASE = "Set store.url to a file in a folder that this user can write to, or correct the permissions."
ROOM_FOR_DATABASE = "Check the disk, and the permissions of the file that store.url names."
UNFORESEEN = "Unexpected answer. Check the addresses in the settings."
SERVERS_NAMED = 10
PERMITTED = "complete in all servers (the first 200 are looked at); /setup looks at single channels"
GIVE_PERMISSIONS = "Give them to the bot's role in the server's settings, or add it again by the link below."
FIX = "grokbot check --fix sets it."
REFUSED = "Discord refused the changes."
NOT_TAKEN = "Discord did not take it. Set it in the developer portal."
NO_POLICY = (
    "Nobody can read one, and Discord asks for it. Set web.listen and web.public_url: then the bot serves the policy "
    "that its settings make. Or publish what grokbot privacy-policy prints, and set privacy.policy_url."
)
PASTE_POLICY = (
    "{url} is not in the app's profile, which has {now}. Discord's API does not take it: paste it into Privacy Policy "
    "URL in the developer portal, at the link below."
)

REACH_DISCORD = "Check this machine's network, and discord.api_url if it is set."
REACH_XAI = "Nothing answers at xai.target, {target}. Check this machine's network, and xai.target if it is set."
ADVICE: Mapping[GrokFailure, str] = {
    GrokFailure.BAD_KEY: KEY_REFUSED,
    GrokFailure.OVERLOADED: REACH_XAI,
    GrokFailure.TIMEOUT: REACH_XAI,
    GrokFailure.NO_CREDIT: (
        "Your xAI credit is used up, or your spending limit is reached. Top up or raise it in the xAI console."
    ),
}
"""Advice for the operator on xAI errors, where it differs from what people in Discord read."""


async def checked(settings: Settings, *, fix: bool = False, database: bool = True) -> Sequence[Finding]:
    """Runs all checks, one after the other; a failed one does not stop the rest.

    Args:
        settings: All settings.
        fix: Whether to set the app's profile at Discord where it differs.
        database: Whether to look at the database, too.
    """
    valid = Finding("Configuration", passed=True, text="complete and valid")
    stored = await _tried("Database", _database(settings)) if database else []
    discord = await _tried("Discord token", _discord(settings, fix=fix))
    xai = await _tried("xAI key", _xai(settings))
    personas = await _tried("Personas", _personas(settings))
    return [valid, *stored, *discord, *xai, *personas]


def table(found: Sequence[Finding]) -> Table:
    """The findings as a person reads them."""
    drawn = Table(show_lines=True, header_style="bold")
    drawn.add_column("Check")
    drawn.add_column("Result", no_wrap=True)
    drawn.add_column("What it says", overflow="fold")
    for finding in found:
        drawn.add_row(escape(finding.what), MARKS[finding.passed], escape(finding.text))
    return drawn


async def _tried(what: str, findings: Awaitable[Sequence[Finding]]) -> Sequence[Finding]:
    """An unexpected exception is a finding too: the operator gets one line, not a traceback."""
    try:
        return await findings
    except Exception as error:  # noqa: BLE001 - whatever fails, the other checks must run and be shown
        kind = type(error)  # its text is not shown: a library may repeat its input there, even a token
        text = f"{UNFORESEEN} ({kind.__module__}.{kind.__qualname__})"
        return [Finding(what, passed=False, text=text)]


async def _database(settings: Settings) -> Sequence[Finding]:
    """Leaves a database that a daemon has open alone: two processes must not write, and least of all migrate."""
    try:
        store = await Store.open(settings.store.url, alone=True, backups=BackupFolder.of(settings.store))
        try:
            await store.file.check_writable()
        finally:
            await store.close()
    except GrokbotError as error:
        if str(error) == IN_USE:
            return [Finding("Database", passed=True, text=f"{settings.store.url} is used by a running grokbot")]
        advice = ANOTHER_DATABASE if isinstance(error, ConfigurationError) else ROOM_FOR_DATABASE
        return [Finding("Database", passed=False, text=f"{error} {advice} store.url is {settings.store.url}")]
    return [Finding("Database", passed=True, text=f"{settings.store.url} is writable and up to date")]


async def _discord(settings: Settings, *, fix: bool) -> Sequence[Finding]:
    try:
        application = await inspect(settings, fix=fix)
    except DiscordUnreachableError as error:
        return [Finding("Discord token", passed=False, text=f"{error}. {REACH_DISCORD}")]
    except GrokbotError as error:
        return [Finding("Discord token", passed=False, text=str(error))]
    intent = (
        Finding("Message content intent", passed=True, text="granted: people can chat freely in threads")
        if application.message_content
        else Finding("Message content intent", passed=None, text=NO_INTENT)
    )
    token = f"{application.name}; open the link below to add it to a server"
    return [
        Finding("Discord token", passed=True, text=token, address=application.invitation),
        intent,
        _permissions(application.servers),
        *_profile(application, fixed=fix),
        _policy(settings.policy_url, application),
    ]


def _permissions(servers: Mapping[str, Sequence[str]]) -> Finding:
    servers = {name: missing for name, missing in servers.items() if missing}
    if not servers:
        return Finding("Permissions", passed=True, text=PERMITTED)
    lines = [
        f"{name} lacks {', '.join(f'{PERMISSIONS[each][0]} ({PERMISSIONS[each][1]})' for each in missing)}."
        for name, missing in list(servers.items())[:SERVERS_NAMED]
    ]
    more = [f"And {len(servers) - SERVERS_NAMED} more servers."] if len(servers) > SERVERS_NAMED else []
    return Finding("Permissions", passed=None, text="\n".join([*lines, *more, GIVE_PERMISSIONS]))


def _profile(application: Application, *, fixed: bool) -> Sequence[Finding]:
    if application.refused:
        return [Finding("App profile", passed=False, text=f"{REFUSED} {application.refused}")]
    if not application.changes:
        return [Finding("App profile", passed=True, text="install link, description and tags are set")]
    left = {change.name for change in application.left}
    found = []
    for change in application.changes:
        text = f"{change.before} → {change.after}"
        if not fixed:
            found.append(Finding(change.name, passed=None, text=f"{text}\n{FIX}"))
        elif change.name in left:
            found.append(Finding(change.name, passed=False, text=f"{text}\n{NOT_TAKEN}"))
        else:
            found.append(Finding(change.name, passed=True, text=f"set: {text}"))
    return found


def _policy(policy_url: str | None, application: Application) -> Finding:
    if policy_url is None:
        return Finding("Privacy policy", passed=None, text=NO_POLICY)
    if application.policy_url != policy_url:
        text = PASTE_POLICY.format(url=policy_url, now=application.policy_url or "nothing")
        return Finding("Privacy policy", passed=None, text=text, address=PORTAL.format(application_id=application.id))
    return Finding("Privacy policy", passed=True, text=policy_url)


async def _personas(settings: Settings) -> Sequence[Finding]:
    path = settings.conversation.personas_dir
    if path is None:
        return []
    try:
        found, problems = await asyncio.to_thread(personas_in, path)
    except OSError:
        return [Finding("Personas", passed=False, text=NO_FOLDER)]
    wrong = [Finding("Personas", passed=False, text=f"{name}: {problem}") for name, problem in problems.items()]
    return [*wrong, Finding("Personas", passed=True, text=", ".join(found) or f"no .md files in {path}")]


async def _xai(settings: Settings) -> Sequence[Finding]:
    grok = GrokClient(settings.xai, tries=1)
    try:
        key = await _key(settings, grok)
        if key.passed is False:  # the model check would fail with the same words
            return [key, Finding("Model", passed=None, text=KEY_FIRST)]
        return [key, await _model(settings, grok)]
    finally:
        await grok.close()


async def _key(settings: Settings, grok: GrokClient) -> Finding:
    try:
        key = await grok.key()
    except GrokError as trouble:
        return _of_trouble("xAI key", settings, trouble)
    if key.api_key_blocked or key.team_blocked or key.disabled:
        return Finding("xAI key", passed=False, text=BLOCKED)
    return Finding("xAI key", passed=True, text=f"{key.redacted_api_key} {key.name}".strip())


async def _model(settings: Settings, grok: GrokClient) -> Finding:
    try:
        names = await grok.model_names()
    except GrokError as trouble:
        return _of_trouble("Model", settings, trouble)
    if settings.xai.model in names:
        return Finding("Model", passed=True, text=settings.xai.model)
    known = ", ".join(sorted(names))
    return Finding(
        "Model", passed=False, text=f"xAI has no model {settings.xai.model}. Set xai.model to one of: {known}"
    )


def _of_trouble(what: str, settings: Settings, trouble: GrokError) -> Finding:
    advice = ADVICE.get(trouble.kind, str(trouble)).format(target=settings.xai.target)
    return Finding(what, passed=False, text=f"{advice} ({trouble.detail})")
