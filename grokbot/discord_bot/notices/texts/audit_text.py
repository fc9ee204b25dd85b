"""What moderators did, in sentences: for the audit log and the log channel. Pure.

People, roles and channels are in Discord's markup, times in each reader's own zone. Not here: other events and posting
(`log_text`, `log_channel`), keeping the log (`store`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.records import PROGRAM
from grokbot.conversation.text import Plural, Sentence, shortened
from grokbot.discord_bot.markdown import DISCORD_LIMIT
from grokbot.discord_bot.notices.texts.command_text import PAGE, moment, plain
from grokbot.discord_bot.notices.texts.moderator_text import filter_name
from grokbot.discord_bot.notices.texts.setting_text import SETTINGS, setting_value
from grokbot.policy.budgets import OPERATOR, Counted, Limit, Scope, described
from grokbot.policy.filters import Action, Where
from grokbot.policy.places import Spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grokbot.conversation.records import AuditEntry, AuditPage

REASON_SHOWN = 200

BY_OPERATOR = Sentence("The bot's operator")
THIS_SERVER = Sentence("this server")
IN_THIS_SERVER = Sentence("this server", "after “in”")
EACH_PERSON = Sentence("each person")
EACH_WITH = Sentence("each person with {role}")
SOME_CONVERSATION = Sentence("a conversation")
SOME_FILTER = Sentence("a filter")
WITH_REASON = Sentence("{act} · Reason: {reason}")
UNKNOWN_ACT = Sentence("📝 {who}: {act}")

BLOCKED = Sentence("🚫 {who} blocked {whom} permanently")
BLOCKED_UNTIL = Sentence("🚫 {who} blocked {whom} until {until}")
STOPPED = Plural("⏹️ {who} stopped {n} answer in {where}", "⏹️ {who} stopped {n} answers in {where}")
PURGED = Sentence("🧹 {who} removed {whom}: {went}")
PURGED_PERSON = Sentence("🧹 {who} removed everything of {whom}: {went}")
PURGED_SINCE = Sentence("🧹 {who} removed everything of {whom} since {since}: {went}")
WENT = Plural("{n} stored message", "{n} stored messages")
WENT_CONVERSATIONS = Plural("{n} whole conversation", "{n} whole conversations")
WENT_SHARES = Plural("{n} share page", "{n} share pages")
WENT_MESSAGES = Plural("{n} message in Discord", "{n} messages in Discord")
NOTHING_WENT = Sentence("nothing was left of it")
LIMITED = Sentence("📏 {who} set a limit for {whom}: {limit}")
LIMIT_REMOVED = Sentence("📏 {who} removed a limit for {whom}: {limit}")
SET = Sentence("⚙️ {who} set **{setting}** to {value}")
SET_IN = Sentence("⚙️ {who} set **{setting}** in {where} to {value}")
SET_BACK = Sentence("⚙️ {who} set **{setting}** back to the default")
SET_BACK_IN = Sentence("⚙️ {who} set **{setting}** in {where} back to the server's")
FILTER_ADDED = Sentence("🔎 {who} added {filter} for {texts}: {action}")
PLACES: Mapping[Spread, Sentence | Plural] = {
    Spread.EVERYWHERE: Sentence(
        "🗺️ {who} lets Grok answer in all channels · can start: {starters} · can join in: {also}"
    ),
    Spread.ONLY: Plural(
        "🗺️ {who} lets Grok answer in {n} channel only · can start: {starters} · can join in: {also}",
        "🗺️ {who} lets Grok answer in {n} channels only · can start: {starters} · can join in: {also}",
    ),
    Spread.ALL_BUT: Plural(
        "🗺️ {who} lets Grok answer in all channels except {n} · can start: {starters} · can join in: {also}",
        "🗺️ {who} lets Grok answer in all channels except {n} · can start: {starters} · can join in: {also}",
    ),
}
EVERYONE = Sentence("everyone")
ROLES = Plural("{n} role", "{n} roles")
TEXTS: Mapping[str, Sentence] = {
    Where.PROMPTS: Sentence("questions"),
    Where.ANSWERS: Sentence("answers"),
    Where.BOTH: Sentence("questions and answers"),
}
ACTIONS: Mapping[str, Sentence] = {
    Action.REFUSE: Sentence("a match is blocked"),
    Action.SPOILER: Sentence("a match is put behind a spoiler"),
    Action.STOP: Sentence("a match is blocked"),
    Action.TELL: Sentence("a match is only reported here"),
}
COUNTED: Mapping[Counted, Sentence] = {
    Counted.TURNS_A_MINUTE: Sentence("turns a minute"),
    Counted.ANSWERS_AT_ONCE: Sentence("answers at once"),
    Counted.TOKENS_A_DAY: Sentence("tokens a day"),
    Counted.TOKENS_A_MONTH: Sentence("tokens a month"),
    Counted.COST_A_DAY: Sentence("dollars a day"),
    Counted.COST_A_MONTH: Sentence("dollars a month"),
}


def acted(entry: AuditEntry) -> str:
    """One entry as a sentence; also one whose action or details this version does not know."""
    known = ACTS.get(entry.action)
    try:
        told = _unknown(entry) if known is None else known[1](entry) if callable(known[1]) else _simple(known[1], entry)
    except (KeyError, TypeError, ValueError):  # written by another version
        told = _unknown(entry)
    return WITH_REASON.format(act=told, reason=plain(entry.reason, REASON_SHOWN)) if entry.reason.strip() else told


NOTHING_NOTED = Sentence("Nothing in the audit log matches.")
AUDIT_LOG = Sentence("**Audit log**")
ENTRIES = Plural("{n} entry", "{n} entries")


def audit_listed(page: AuditPage, *, offset: int, size: int) -> str:
    """A page of the audit log.

    Args:
        page: The entries.
        offset: How many come before this page.
        size: How many a full page has.
    """
    if not page.entries:
        return str(NOTHING_NOTED)
    number, pages = offset // size + 1, -(-page.total // size)
    head = [str(AUDIT_LOG), ENTRIES(page.total), *([PAGE.format(page=number, pages=pages)] if pages > 1 else [])]
    lines = [" · ".join(head)]
    room = (DISCORD_LIMIT - len(lines[0])) // len(page.entries) - 1
    for entry in page.entries:
        time = f" · {moment(entry.at)}"
        lines.append(shortened(acted(entry), room - len(time)) + time)
    return "\n".join(lines)


def _who(entry: AuditEntry) -> str:
    return f"<@{entry.actor_id}>" if entry.actor_id != PROGRAM else str(BY_OPERATOR)


def _whom(entry: AuditEntry) -> str:
    """The person or thing that an act is about."""
    kind, _, name = entry.target.partition(":")
    channel_id = entry.details.get("channel")
    if kind in _MARKUP and name.isascii() and name.isdigit():
        return _MARKUP[kind].format(name)
    if kind == "persona":
        return f"**{plain(name, 80)}**"
    if kind == "conversation":
        return f"<#{channel_id}>" if isinstance(channel_id, int) and channel_id else str(SOME_CONVERSATION)
    if kind == "filter":
        number, called = _number(entry, "number"), str(entry.details.get("name") or "")
        return filter_name(number, called) if number else str(SOME_FILTER)
    return str(_ALL.get(entry.target) or plain(entry.target, 80))


_MARKUP: Mapping[str, str] = {"user": "<@{}>", "role": "<@&{}>", "channel": "<#{}>"}
_ALL: Mapping[str, Sentence] = {"": THIS_SERVER, Scope.SERVER: THIS_SERVER, Scope.MEMBER: EACH_PERSON}


def _simple(sentence: Sentence, entry: AuditEntry) -> str:
    return sentence.format(who=_who(entry), whom=_whom(entry))


def _block(entry: AuditEntry) -> str:
    until = entry.details.get("until")
    if not until:
        return _simple(BLOCKED, entry)
    return BLOCKED_UNTIL.format(who=_who(entry), whom=_whom(entry), until=_moment(until))


def _stop(entry: AuditEntry) -> str:
    where = _whom(entry) if entry.target else str(IN_THIS_SERVER)
    return STOPPED(_number(entry, "answers"), who=_who(entry), where=where)


def _purge(entry: AuditEntry) -> str:
    counts = (
        (WENT_CONVERSATIONS, "conversations"),
        (WENT, "responses"),
        (WENT_SHARES, "shares"),
        (WENT_MESSAGES, "messages"),
    )
    of_person = entry.target.startswith("user:")
    numbers = [(said, _number(entry, name)) for said, name in counts[not of_person :]]
    went = ", ".join(said(number) for said, number in numbers if number) or str(NOTHING_WENT)
    since = entry.details.get("since")
    if not of_person:
        return PURGED.format(who=_who(entry), whom=_whom(entry), went=went)
    if not since:
        return PURGED_PERSON.format(who=_who(entry), whom=_whom(entry), went=went)
    return PURGED_SINCE.format(who=_who(entry), whom=_whom(entry), went=went, since=_moment(since))


def _filter_added(entry: AuditEntry) -> str:
    texts, action = TEXTS[str(entry.details["where"])], ACTIONS[str(entry.details["action"])]
    return FILTER_ADDED.format(who=_who(entry), filter=_whom(entry), texts=texts, action=action)


def _limit(entry: AuditEntry) -> str:
    counted = Counted(str(entry.details["counted"]))
    whom = EACH_WITH.format(role=_whom(entry)) if entry.target.startswith("role:") else _whom(entry)
    if entry.action == "limit.remove":
        return LIMIT_REMOVED.format(who=_who(entry), whom=whom, limit=COUNTED[counted])
    limit = Limit(guild_id=OPERATOR, scope=Scope.MEMBER, counted=counted, amount=_number(entry, "amount"))
    return LIMITED.format(who=_who(entry), whom=whom, limit=described(limit))


def _setting(entry: AuditEntry) -> str:
    name, value = str(entry.details["name"]), entry.details.get("value")
    given = {"who": _who(entry), "where": _whom(entry), "setting": SETTINGS.get(name, plain(name, 40))}
    if value is None:
        return (SET_BACK_IN if entry.target else SET_BACK).format(**given)
    return (SET_IN if entry.target else SET).format(**given, value=setting_value(name, value))


def _channels(entry: AuditEntry) -> str:
    spread = Spread(str(entry.details["spread"]))
    starters, answerers = _number(entry, "starter_role_ids"), _number(entry, "answerer_role_ids")
    given = {
        "who": _who(entry),
        "starters": ROLES(starters) if starters else str(EVERYONE),
        "also": ROLES(answerers) if answerers else str(EVERYONE),
    }
    said = PLACES[spread]
    return said.format(**given) if isinstance(said, Sentence) else said(_number(entry, "channel_ids"), **given)


def _unknown(entry: AuditEntry) -> str:
    details = [f"{name} {value}" for name, value in entry.details.items() if value not in (None, "")]
    told = [entry.action.replace(".", " "), *([_whom(entry)] if entry.target else [])]
    act = " ".join([*told, *([f"({plain(', '.join(details), 160)})"] if details else [])])
    return UNKNOWN_ACT.format(who=_who(entry), act=act)


def _number(entry: AuditEntry, name: str) -> int:
    value = entry.details.get(name, 0)
    return value if isinstance(value, int) else 0


def _moment(value: object) -> str:
    """A time of the details, which are JSON."""
    return moment(datetime.fromisoformat(str(value)))


Told: TypeAlias = "Sentence | Callable[[AuditEntry], str]"
"""A sentence with the places {who} and {whom}, or what makes one from an entry."""

ACTS: Mapping[str, tuple[Sentence, Told]] = {
    "block": (Sentence("Blocked"), _block),
    "unblock": (Sentence("Unblocked"), Sentence("✅ {who} unblocked {whom}")),
    "pause": (Sentence("Paused"), Sentence("⏸️ {who} paused all answers in this server")),
    "unpause": (Sentence("Unpaused"), Sentence("▶️ {who} ended the pause of answers in this server")),
    "lock": (Sentence("Locked"), Sentence("🔒 {who} locked {whom}")),
    "unlock": (Sentence("Unlocked"), Sentence("🔓 {who} unlocked {whom}")),
    "stop": (Sentence("Stopped answers"), _stop),
    "purge": (Sentence("Removed messages"), _purge),
    "filter.add": (Sentence("Added a filter"), _filter_added),
    "filter.remove": (Sentence("Removed a filter"), Sentence("🔎 {who} removed {whom}")),
    "persona.add": (Sentence("Added a persona"), Sentence("🎭 {who} added the persona {whom}")),
    "persona.edit": (Sentence("Edited a persona"), Sentence("🎭 {who} edited the persona {whom}")),
    "persona.remove": (Sentence("Removed a persona"), Sentence("🎭 {who} removed the persona {whom}")),
    "limit.set": (Sentence("Set a limit"), _limit),
    "limit.remove": (Sentence("Removed a limit"), _limit),
    "setting": (Sentence("Changed a setting"), _setting),
    "channels": (Sentence("Changed channels or roles"), _channels),
}
"""Every action that the log knows, by its name there: what a filter calls it, and what is said of it."""
