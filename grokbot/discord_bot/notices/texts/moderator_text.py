"""Replies to moderators before and after an act. Pure.

Not here: lists and figures (`moderator_tables`), lines of the log channel (`log_text`), the sentences of errors
(`policy`, `engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.text.sentences import Plural, Sentence
from grokbot.discord_bot.notices.texts.command_text import moment, plain
from grokbot.policy.blocks import BlockKind
from grokbot.policy.budgets import Scope, described

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.policy.budgets import Limit
    from grokbot.policy.filters import Filter, Span

NOT_A_MODERATOR = Sentence(
    "Only moderators can do this: members who may manage messages, or with a role from `/mod settings`."
)
MODERATES_ONLY_HERE = Sentence(
    "This affects the whole server, but you may manage messages in this channel only. Here you can lock, unlock, "
    "stop and purge the conversation."
)
ONLY_IN_SERVERS = Sentence("This works in servers only.")
NAME_ONE = Sentence("Choose one of `user`, `role` or `channel`.")
NAME_ONE_LIMITED = Sentence("Choose one of `whom`, `role` or `user`.")
NOT_BLOCKED = Sentence("Nothing to lift: this is not blocked.")
NOT_PAUSED = Sentence("Answers are not paused in this server.")
UNPAUSED = Sentence("Answering again in this server. Questions asked meanwhile are answered now.")
LOCKED = Sentence("🔒 This conversation is locked: I do not answer in it until `/mod unlock`.")
LOCKED_ALREADY = Sentence("This conversation is already locked.")
UNLOCKED = Sentence("🔓 This conversation is unlocked.")
NOT_LOCKED = Sentence("This conversation is not locked.")
NOTHING_RUNS = Sentence("No answer is running there.")
NOTHING_TO_PURGE = Sentence("I store nothing of that, so there is nothing to remove.")
PURGE_NOTHING = Sentence("Nothing was removed.")
SINCE_OF_WHOM = Sentence("`since` needs `user`: a conversation is removed whole.")
NO_SUCH_PERSONA = Sentence("This server has no such persona. `/mod persona list` shows those that it has.")
NO_SUCH_FILTER = Sentence("No such filter. `/mod filter list` shows all, with their numbers and names.")
NO_LOG = Sentence("Log channel switched off. `/mod audit` still shows what moderators do.")
CANNOT_LOG = Sentence("I cannot post in that channel: I need View Channel and Send Messages there.")
LIMIT_REMOVED = Sentence("📏 Limit removed.")
NO_SUCH_LIMIT = Sentence("There is no such limit. `/mod limits show` shows those that there are.")
OWNER_SETS = Sentence("Only people who may manage the server can change who moderates.")
NOT_EVERYBODY = Sentence("That is everyone: all members would be moderators. Choose other roles.")
NOT_ME = Sentence("That is me. Use `/mod pause` to stop me from answering.")
NO_MATCH = Sentence("The pattern is valid but matches nothing in this sample.")
TOO_LARGE = Sentence("Too large for a file here. Choose a shorter time with `since`.")

REASON = Sentence("Reason: {reason}")
BLOCKED = Sentence("🚫 {whom} is blocked permanently.")
BLOCKED_UNTIL = Sentence("🚫 {whom} is blocked until {until}.")
TOLD_ONCE = Sentence("I tell them once, without the reason, when they next write to me.")
UNBLOCKED = Sentence("{whom} is no longer blocked.")
PAUSED = Sentence("⏸️ Paused in this server until `/mod unpause`. Running answers were stopped.")
STOPPED = Plural("⏹️ {n} answer stopped. The text so far is kept.", "⏹️ {n} answers stopped. The text so far is kept.")
PURGE_QUESTION = Sentence("Remove {what} permanently? This would go:")
MESSAGES_IN_DISCORD = Plural("{n} message in Discord", "{n} messages in Discord")
NO_MESSAGES_IN_DISCORD = Sentence("no messages in Discord")
ONLY_MINE = Sentence("I cannot delete other people's messages here (I need Manage Messages), only mine.")
PURGING = Sentence("🧹 Deleted from storage. Deleting messages in Discord: {done:,} of {of:,}…")
PURGED = Sentence("🧹 Removed: {stored}, {shown}.")
MESSAGES_STORED = Plural("{n} message from storage", "{n} messages from storage")
MESSAGES_LEFT = Plural(
    "{n} message in Discord could not be deleted, or was already gone.",
    "{n} messages in Discord could not be deleted, or were already gone.",
)
NUMBERED_FILTER, NAMED_FILTER = Sentence("Filter #{number}"), Sentence("Filter #{number} “{name}”")
FILTER_ADDED = Sentence("🔎 {filter} is active.")
FILTERS_ADDED = Plural(
    "🔎 The list is active as {n} filter: {filters}.", "🔎 The list is active as {n} filters: {filters}."
)
FILTER_REMOVED = Sentence("🔎 {filter} is removed. What it hid in old answers stays hidden.")
MATCHES = Plural("The pattern matches {n} place:", "The pattern matches {n} places:")
PERSONA_ADDED = Sentence("Persona **{name}** added. `/chat` and `/set` offer it, `/mod settings` makes it the default.")
PERSONA_EDITED = Sentence("Persona **{name}** edited. Conversations that have it keep its old words.")
PERSONA_REMOVED = Sentence("Persona **{name}** removed. Conversations that have it keep it.")
LIMIT_SET = Sentence("📏 {whom}: {limit}, from the next turn on.")
EVERYWHERE, THIS_SERVER = Sentence("This bot everywhere"), Sentence("This server")
EACH_PERSON, EACH_WITH = Sentence("Each person"), Sentence("Each person with {role}")
LOGGED_TO = Sentence(
    "I now post to {channel} what moderators do, what I refuse and what xAI declines, never what people write."
)
NO_LOG_SET, LOGS_TO = Sentence("No log channel is set."), Sentence("The log channel is {channel}.")
LOG_LOST = Sentence("I cannot post there: it is deleted or closed to me. Choose another.")
UNLISTED = Sentence(
    "⚠️ xAI does not list the model `{model}`. I set it anyway; if xAI does not know it, I cannot answer until you "
    "choose another."
)

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
    return f" {REASON.format(reason=plain(reason, REASON_SHOWN))}" if reason.strip() else ""


def blocked(kind: BlockKind, subject_id: int, until: datetime | None, reason: str) -> str:
    """The reply after a block was set.

    Args:
        kind: A person, a role or a channel.
        subject_id: Its Discord id.
        until: UTC; None: permanently.
        reason: "": none.
    """
    whom = subject(kind, subject_id)
    text = BLOCKED.format(whom=whom) if until is None else BLOCKED_UNTIL.format(whom=whom, until=moment(until))
    told = f" {TOLD_ONCE}" if kind is BlockKind.USER else ""
    return f"{text}{told}{because(reason)}"


def unblocked(kind: BlockKind, subject_id: int) -> str:
    """The reply after a block was lifted."""
    return UNBLOCKED.format(whom=subject(kind, subject_id))


def paused(reason: str) -> str:
    """The reply after a pause was set: nothing is answered in the server."""
    return f"{PAUSED}{because(reason)}"


def stopped(answers: int) -> str:
    """The reply after answers were stopped."""
    return STOPPED(answers)


def purge_question(what: str, plan: Sequence[str], *, others: int, may_manage: bool) -> str:
    """What a purge would delete.

    Args:
        what: The person or conversation, in Discord's markup.
        plan: How many of what, in words.
        others: Further messages in Discord that would go.
        may_manage: Whether we may delete people's messages; if not, only our own go.
    """
    messages = MESSAGES_IN_DISCORD(others) if others else str(NO_MESSAGES_IN_DISCORD)
    lines = [PURGE_QUESTION.format(what=what), *(f"- {each}" for each in (*plan, messages))]
    if others and not may_manage:
        lines.append(str(ONLY_MINE))
    return "\n".join(lines)


def purging(done: int, of: int) -> str:
    """While messages are being deleted in Discord."""
    return PURGING.format(done=done, of=of)


def purged(responses: int, deleted: int, left: int) -> str:
    """The reply after a purge.

    Args:
        responses: How many were removed from the database.
        deleted: How many messages were deleted in Discord.
        left: How many could not be, or were gone already.
    """
    text = PURGED.format(stored=MESSAGES_STORED(responses), shown=MESSAGES_IN_DISCORD(deleted))
    return f"{text} {MESSAGES_LEFT(left)}" if left else text


def filter_name(number: int, name: str) -> str:
    """What moderators call a filter: its number, and its name if it has one."""
    return NAMED_FILTER.format(number=number, name=plain(name, 80)) if name else NUMBERED_FILTER.format(number=number)


def filter_added(filters: Sequence[Filter], sample: str, found: Sequence[Span]) -> str:
    """The reply after a filter, or a list of words, was added.

    Args:
        filters: The new ones.
        sample: "": none was given.
        found: What they match in it.
    """
    names = [filter_name(one.number, one.name) for one in filters]
    added = (
        FILTER_ADDED.format(filter=names[0]) if len(names) == 1 else FILTERS_ADDED(len(names), filters=", ".join(names))
    )
    return f"{added}\n{tried(sample, found)}" if sample else added


def persona_set(name: str, *, new: bool) -> str:
    """The reply after a persona was written."""
    return (PERSONA_ADDED if new else PERSONA_EDITED).format(name=plain(name, 80))


def persona_removed(name: str) -> str:
    """The reply after a persona was removed."""
    return PERSONA_REMOVED.format(name=plain(name, 80))


def filter_removed(one: Filter) -> str:
    """The reply after a filter was removed."""
    return FILTER_REMOVED.format(filter=filter_name(one.number, one.name))


def tried(sample: str, spans: Sequence[Span]) -> str:
    """A sample with a pattern's matches in bold; only its beginning, if it is long."""
    if not spans:
        return str(NO_MATCH)
    shown, at = [], 0
    for found in spans:
        if found.start >= SHOWN_OF_SAMPLE:
            break
        end = min(found.end, SHOWN_OF_SAMPLE)
        shown.append(_quiet(sample[at : found.start]))
        shown.append(f"**{_quiet(sample[found.start : end]) or '·'}**")
        at = end
    shown.append(_quiet(sample[at:SHOWN_OF_SAMPLE]) + ("…" if len(sample) > SHOWN_OF_SAMPLE else ""))
    return f"{MATCHES(len(spans))}\n> {''.join(shown)}"


def limit_set(limit: Limit) -> str:
    """The reply after a limit was set, which applies from the next turn on."""
    return LIMIT_SET.format(whom=limit_subject(limit), limit=described(limit))


def limit_subject(limit: Limit) -> str:
    """Whose turns a limit counts, in Discord's markup."""
    match limit.scope:
        case Scope.EVERYWHERE:
            return str(EVERYWHERE)
        case Scope.SERVER:
            return str(THIS_SERVER)
        case Scope.MEMBER:
            return str(EACH_PERSON)
        case Scope.ROLE:
            return EACH_WITH.format(role=f"<@&{limit.scope_id}>")
        case Scope.USER:
            return f"<@{limit.scope_id}>"


def logged_to(channel_id: int) -> str:
    """The reply after a log channel was chosen."""
    return LOGGED_TO.format(channel=f"<#{channel_id}>")


def logs_to(channel_id: int | None, *, reached: bool) -> str:
    """Where events are posted. `reached`: whether we may write there, as far as known."""
    if channel_id is None:
        return str(NO_LOG_SET)
    text = LOGS_TO.format(channel=f"<#{channel_id}>")
    return text if reached else f"{text} {LOG_LOST}"


def unlisted(model: str) -> str:
    """The warning for a model that xAI does not list."""
    return UNLISTED.format(model=model.replace("`", ""))


def _quiet(text: str) -> str:
    """A part of a sample, with spaces at its ends, escaped so that nothing in it is read as Markdown."""
    inner = plain(text, len(text) * 2 + 2)
    before = " " if text[:1].isspace() and inner else ""
    after = " " if text[-1:].isspace() and inner else ""
    return f"{before}{inner}{after}" or (" " if text else "")
