"""Replies to moderators before and after an act. Pure.

Not here: lists and figures (`moderator_tables`), lines of the log channel (`log_text`), the sentences of errors
(`policy`, `engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.text import counted
from grokbot.discord_bot.notices.texts.command_text import moment, plain
from grokbot.policy.blocks import BlockKind
from grokbot.policy.budgets import Scope, described

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.policy.budgets import Limit
    from grokbot.policy.filters import Span

NOT_A_MODERATOR = "Only moderators can do this: members who may manage messages, or with a role from `/mod settings`."
MODERATES_ONLY_HERE = (
    "This affects the whole server, but you may manage messages in this channel only. Here you can lock, unlock, "
    "stop and purge the conversation."
)
ONLY_IN_SERVERS = "This works in servers only."
NAME_ONE = "Choose one of `user`, `role` or `channel`."
NAME_ONE_LIMITED = "Choose one of `whom`, `role` or `user`."
NOT_BLOCKED = "Not blocked."
NOT_PAUSED = "Answers are not paused in this server."
UNPAUSED = "Answering again in this server. Questions asked meanwhile are answered now."
LOCKED = "🔒 This conversation is locked: I do not answer in it until `/mod unlock`."
LOCKED_ALREADY = "This conversation is already locked."
UNLOCKED = "🔓 This conversation is unlocked."
NOT_LOCKED = "This conversation is not locked."
NOTHING_RUNS = "No answer is running there."
NOTHING_TO_PURGE = "I store nothing of that, so there is nothing to remove."
PURGE_NOTHING = "Nothing was removed."
SINCE_OF_WHOM = "`since` needs `user`: a conversation is removed whole."
NO_SUCH_PERSONA = "This server has no such persona. `/mod persona list` shows those that it has."
NO_SUCH_FILTER = "No such filter. `/mod filter list` shows their names."
NO_LOG = "Log channel switched off. `/mod audit` still shows what moderators do."
CANNOT_LOG = "I cannot post in that channel: I need View Channel and Send Messages there."
LIMIT_REMOVED = "📏 Limit removed."
NO_SUCH_LIMIT = "No such limit."
OWNER_SETS = "Only people who may manage the server can change who moderates."
NOT_EVERYBODY = "That is everyone: all members would be moderators. Choose other roles."
NOT_ME = "That is me. Use `/mod pause` to stop me from answering."
NO_MATCH = "The pattern is valid but matches nothing in this sample."
TOO_LARGE = "Too large for a file here. Choose a shorter time with `since`."

SHOWN_OF_SAMPLE = 600
"""Characters of a sample that are shown with the matches in it."""
REASON_SHOWN = 300


def subject(kind: BlockKind, subject_id: int) -> str:
    """The target of a block, in Discord's markup; pings nobody if mentions are off."""
    match kind:
        case BlockKind.USER:
            return f"<@{subject_id}>"
        case BlockKind.ROLE:
            return f"<@&{subject_id}>"
        case BlockKind.CHANNEL:
            return f"<#{subject_id}>"


def because(reason: str) -> str:
    """A reason at the end of a sentence; empty if there is none."""
    return f" Reason: {plain(reason, REASON_SHOWN)}" if reason.strip() else ""


def blocked(kind: BlockKind, subject_id: int, until: datetime | None, reason: str) -> str:
    """The reply after a block was set.

    Args:
        kind: A person, a role or a channel.
        subject_id: Its Discord id.
        until: UTC; None: permanently.
        reason: "": none.
    """
    lasts = "permanently" if until is None else f"until {moment(until)}"
    told = " I tell them once, without the reason, when they next write to me." if kind is BlockKind.USER else ""
    return f"🚫 {subject(kind, subject_id)} is blocked {lasts}.{told}{because(reason)}"


def unblocked(kind: BlockKind, subject_id: int) -> str:
    """The reply after a block was lifted."""
    return f"{subject(kind, subject_id)} is no longer blocked."


def paused(reason: str) -> str:
    """The reply after a pause was set: nothing is answered in the server."""
    return f"⏸️ Paused in this server until `/mod unpause`. Running answers were stopped.{because(reason)}"


def stopped(answers: int) -> str:
    """The reply after answers were stopped."""
    return f"⏹️ {counted(answers, 'answer')} stopped. The text so far is kept."


def purge_question(what: str, plan: Sequence[tuple[int, str, str]], *, others: int, may_manage: bool) -> str:
    """What a purge would delete.

    Args:
        what: The person or conversation, in Discord's markup.
        plan: How many of what: number, singular, plural.
        others: Further messages in Discord that would go.
        may_manage: Whether we may delete people's messages; if not, only our own go.
    """
    lines = [f"Remove {what} permanently? This would go:"]
    lines += [f"- {counted(number, one, many)}" for number, one, many in plan if number]
    lines.append(f"- {counted(others, 'message')} in Discord" if others else "- no messages in Discord")
    if others and not may_manage:
        lines.append("I cannot delete other people's messages here (I need Manage Messages), only mine.")
    return "\n".join(lines)


def purging(done: int, of: int) -> str:
    """While messages are being deleted in Discord."""
    return f"🧹 Deleted from storage. Deleting messages in Discord: {done:,} of {of:,}…"


def purged(responses: int, deleted: int, left: int) -> str:
    """The reply after a purge.

    Args:
        responses: How many were removed from the database.
        deleted: How many messages were deleted in Discord.
        left: How many could not be, or were gone already.
    """
    text = f"🧹 Removed: {counted(responses, 'message')} from storage, {counted(deleted, 'message')} in Discord."
    if left:
        text += f" {counted(left, 'message')} in Discord could not be deleted, or were already gone."
    return text


def filter_added(filter_id: str, found: int, sample: str | None) -> str:
    """The reply after a filter was added.

    Args:
        filter_id: Its short id.
        found: How often it matches the sample.
        sample: None: none was given.
    """
    tried = "" if sample is None else f" It matches {counted(found, 'place')} in your sample."
    return f"Filter `{filter_id}` is active.{tried}"


def persona_set(name: str, *, new: bool) -> str:
    """The reply after a persona was written."""
    if new:
        return (
            f"Persona **{plain(name, 80)}** added. `/chat` and `/set` offer it, `/mod settings` makes it the default."
        )
    return f"Persona **{plain(name, 80)}** edited. Conversations that have it keep its old words."


def persona_removed(name: str) -> str:
    """The reply after a persona was removed."""
    return f"Persona **{plain(name, 80)}** removed. Conversations that have it keep it."


def filter_removed(filter_id: str) -> str:
    """The reply after a filter was removed."""
    return f"Filter `{filter_id}` removed."


def tried(sample: str, spans: Sequence[Span]) -> str:
    """A sample with a pattern's matches in bold; only its beginning, if it is long."""
    if not spans:
        return NO_MATCH
    shown, at = [], 0
    for found in spans:
        if found.start >= SHOWN_OF_SAMPLE:
            break
        end = min(found.end, SHOWN_OF_SAMPLE)
        shown.append(_quiet(sample[at : found.start]))
        shown.append(f"**{_quiet(sample[found.start : end]) or '·'}**")
        at = end
    shown.append(_quiet(sample[at:SHOWN_OF_SAMPLE]) + ("…" if len(sample) > SHOWN_OF_SAMPLE else ""))
    return f"The pattern matches {counted(len(spans), 'place')}:\n> {''.join(shown)}"


def limit_set(limit: Limit) -> str:
    """The reply after a limit was set, which applies from the next turn on."""
    return f"📏 {limit_subject(limit)}: {described(limit)}, from the next turn on."


def limit_subject(limit: Limit) -> str:
    """Whose turns a limit counts, in Discord's markup."""
    match limit.scope:
        case Scope.EVERYWHERE:
            return "This bot everywhere"
        case Scope.SERVER:
            return "This server"
        case Scope.MEMBER:
            return "Each person"
        case Scope.ROLE:
            return f"Each person with <@&{limit.scope_id}>"
        case Scope.USER:
            return f"<@{limit.scope_id}>"


def logged_to(channel_id: int) -> str:
    """The reply after a log channel was chosen."""
    return (
        f"I now post to <#{channel_id}> what moderators do, what I refuse and what xAI declines, "
        "never what people write."
    )


def logs_to(channel_id: int | None, *, reached: bool) -> str:
    """Where events are posted. `reached`: whether we may write there, as far as known."""
    if channel_id is None:
        return "No log channel is set."
    lost = "" if reached else " I cannot post there: it is deleted or closed to me. Choose another."
    return f"The log channel is <#{channel_id}>.{lost}"


def unlisted(model: str) -> str:
    """The warning for a model that xAI does not list."""
    return (
        f"xAI does not list the model `{model.replace('`', '')}`. I set it anyway; if xAI does not know it, I cannot "
        "answer until you choose another."
    )


def _quiet(text: str) -> str:
    """A part of a sample, with spaces at its ends, escaped so that nothing in it is read as Markdown."""
    inner = plain(text, len(text) * 2 + 2)
    before = " " if text[:1].isspace() and inner else ""
    after = " " if text[-1:].isspace() and inner else ""
    return f"{before}{inner}{after}" or (" " if text else "")
