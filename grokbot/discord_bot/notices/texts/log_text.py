"""The lines of a server's log channel: one per event, and a flood summed up. Pure.

Ids in Discord's markup and the moderators' own reasons; never text of a message or of an answer. Not here: posting
(`log_channel`), the events themselves (`conversation.records.moderator_events`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from grokbot.conversation.records import PROGRAM, Acted, FilterHit, ModeratorWarning, Refused, SafetyRefused
from grokbot.conversation.text import shortened
from grokbot.discord_bot.markdown import DISCORD_LIMIT
from grokbot.discord_bot.notices.texts.command_text import moment, plain
from grokbot.policy.budgets import Counted, counted_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.conversation.records import AuditEntry, Happened

LONGEST_LINE = 400
MOST_LINES = 10
"""In one message: more would hide each other, and the important ones are in the audit log."""

_MARKUP: Mapping[str, str] = {"user": "<@{}>", "role": "<@&{}>", "channel": "<#{}>"}
_WHY: Mapping[str, str] = {
    "blocked": "blocked",
    "paused": "answers are paused",
    "locked": "the conversation is locked",
    "place": "not allowed in this channel",
    "role": "their roles do not allow it",
    "filter": "a filter matched",
    "limit": "a limit was reached",
    "other": "another rule",
}
_SIGNS: Mapping[str, str] = {
    "block": "🚫",
    "unblock": "✅",
    "pause": "⏸️",
    "unpause": "▶️",
    "lock": "🔒",
    "unlock": "🔓",
    "stop": "⏹️",
    "purge": "🧹",
    "filter": "🔎",
    "limit": "📏",
    "setting": "⚙️",
    "channels": "🗺️",
}


def line(event: Happened) -> str:
    """One event, in at most LONGEST_LINE characters."""
    match event:
        case Acted():
            told = acted(event.entry)
        case Refused():
            told = (
                f"🙅 <@{event.person_id}> was not answered{_in(event.channel_id)}: {_WHY.get(event.why, _WHY['other'])}"
            )
        case SafetyRefused():
            told = f"⚠️ xAI declined to answer{_in(event.channel_id)} (its usage guidelines)."
        case FilterHit(action="slow"):
            told = (
                f"🐌 Filter `{event.filter_id}` took too long{_in(event.channel_id)}: "
                "the unchecked text was blocked. Please simplify its pattern."
            )
        case FilterHit():
            told = f"🔎 Filter `{event.filter_id}` matched{_in(event.channel_id)}: {event.action}."
        case ModeratorWarning():
            told = f"📏 {event.text}"
        case _:
            assert_never(event)
    flat = " ".join(told.split())
    return shortened(flat, LONGEST_LINE)


def acted(entry: AuditEntry) -> str:
    """One line of the audit log."""
    sign = _SIGNS.get(entry.action.partition(".")[0], "📝")
    who = "Automatic" if entry.actor_id == PROGRAM else f"<@{entry.actor_id}>"
    parts = [f"{sign} {who}: **{entry.action.replace('.', ' ')}**"]
    if entry.target:
        parts.append(target(entry.target))
    if told := _details(entry.details):
        parts.append(f"({told})")
    if entry.reason:
        parts.append(f"· {plain(entry.reason, 200)}")
    return " ".join(parts)


def _details(details: Mapping[str, object]) -> str:
    """A limit's details in words, money included; others name by name."""
    counted, amount = details.get("counted"), details.get("amount")
    if isinstance(counted, str) and counted in list(Counted):
        kind = Counted(counted)
        span = " ".join(kind.split("_")[1:])
        return f"{counted_in(amount, kind.unit)} {span}" if isinstance(amount, int) else kind.replace("_", " ")
    return ", ".join(f"{name} {_value(value)}" for name, value in details.items() if value not in (None, ""))


def target(text: str) -> str:
    """The person or thing that an act is about, in Discord's markup."""
    kind, _, name = text.partition(":")
    if kind in _MARKUP and name.isascii() and name.isdigit():
        return _MARKUP[kind].format(name)
    return f"`{text.replace('`', '')}`"


def batch(lines: Sequence[str], *, more: int = 0) -> str:
    """A message with as many lines as fit, and the number of the others, `more` included.

    Needs at least one line.
    """
    shown: list[str] = []
    room = DISCORD_LIMIT - len(_more(len(lines) + more)) - 1
    for one in lines[:MOST_LINES]:
        if len(one) + 1 > room:
            break
        shown.append(one)
        room -= len(one) + 1
    left = len(lines) - len(shown) + more
    return "\n".join([*shown, *([_more(left)] if left else [])])


def _more(number: int) -> str:
    return f"… and {number:,} more. See `/mod audit`."


def _in(channel_id: int | None) -> str:
    return f" in <#{channel_id}>" if channel_id else ""


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(str(value), 80)


def when(entry: AuditEntry) -> str:
    """The line of an audit entry with its time, for a list."""
    return f"{moment(entry.at)} {acted(entry)}"
