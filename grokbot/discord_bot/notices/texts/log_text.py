"""The lines of a server's log channel: one per event, and a flood summed up. Pure.

Ids in Discord's markup and the moderators' own reasons; never text of a message or of an answer. Not here: posting
(`log_channel`), what moderators do (`audit_text`), the events themselves (`conversation.records.moderator_events`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, assert_never

from grokbot.conversation.records import SLOW, Acted, FilterHit, ModeratorWarning, Refused, SafetyRefused
from grokbot.conversation.text import Plural, Sentence, shortened
from grokbot.discord_bot.markdown import DISCORD_LIMIT
from grokbot.discord_bot.notices.texts.audit_text import acted
from grokbot.discord_bot.notices.texts.moderator_text import filter_name
from grokbot.policy.budgets import OPERATOR, Counted, Limit, Scope, warning
from grokbot.policy.filters import Action

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.conversation.records import Happened

LONGEST_LINE = 400
MOST_LINES = 10
"""In one message: more would hide each other, and the important ones are in the audit log."""

REFUSED = Sentence("🙅 {who} got no answer in {where}: {why}")
WHY: Mapping[str, Sentence] = {
    "blocked": Sentence("they are blocked"),
    "paused": Sentence("answers are paused"),
    "locked": Sentence("the conversation is locked"),
    "place": Sentence("Grok does not answer in this channel"),
    "role": Sentence("their roles do not allow it"),
    "filter": Sentence("a filter matched"),
    "limit": Sentence("a limit is reached"),
    "other": Sentence("another rule"),
}
DECLINED = Sentence("⚠️ xAI declined to answer in {where}: its usage guidelines do not allow it")
SLOW_FILTER = Sentence(
    "🐌 {filter} took too long in {where}, so the unchecked text was blocked. Please make its pattern simpler."
)
ON_QUESTIONS: Mapping[str, Sentence] = {
    Action.REFUSE: Sentence("🔎 {filter} blocked a question in {where}"),
    Action.STOP: Sentence("🔎 {filter} blocked a question in {where}"),
    Action.SPOILER: Sentence("🔎 {filter} matched a question in {where}, which was answered"),
    Action.TELL: Sentence("🔎 {filter} matched a question in {where}, which was answered"),
}
ON_ANSWERS: Mapping[str, Sentence] = {
    Action.REFUSE: Sentence("🔎 {filter} stopped an answer in {where}"),
    Action.STOP: Sentence("🔎 {filter} stopped an answer in {where}"),
    Action.SPOILER: Sentence("🔎 {filter} put a part of an answer in {where} behind a spoiler"),
    Action.TELL: Sentence("🔎 {filter} matched an answer in {where}, which was shown"),
}
A_FILTER = Sentence("A filter")
SOMEWHERE = Sentence("a place outside this server")
THE_SERVER = Sentence("This server")
LOOK = Sentence("look")
MORE = Plural("… and {n} more. See `/mod audit`.", "… and {n} more. See `/mod audit`.")

NONE_KNOWN: Mapping[str, str] = MappingProxyType({})


def line(event: Happened, *, links: Mapping[str, str] = NONE_KNOWN) -> str:
    """One event, in at most LONGEST_LINE characters and the language of the task.

    Args:
        event: What happened.
        links: Links to answers, by id.
    """
    match event:
        case Acted():
            told = acted(event.entry)
        case Refused():
            why = WHY.get(event.why, WHY["other"])
            told = REFUSED.format(who=f"<@{event.person_id}>", where=_where(event.channel_id), why=why)
        case SafetyRefused():
            told = DECLINED.format(where=_where(event.channel_id)) + _link(event.response_id, links)
        case FilterHit():
            name = filter_name(event.number, event.name) if event.number else str(A_FILTER)
            of_answer = ON_QUESTIONS if event.response_id is None else ON_ANSWERS
            said = SLOW_FILTER if event.action == SLOW else of_answer.get(event.action, of_answer[Action.TELL])
            told = said.format(filter=name, where=_where(event.channel_id)) + _link(event.response_id, links)
        case ModeratorWarning():
            told = f"📏 {_warning(event)}"
        case _:
            assert_never(event)
    flat = " ".join(told.split())
    return shortened(flat, LONGEST_LINE)


def batch(lines: Sequence[str], *, more: int = 0) -> str:
    """A message with as many lines as fit, and the number of the others, `more` included.

    Needs at least one line.
    """
    shown: list[str] = []
    room = DISCORD_LIMIT - len(MORE(len(lines) + more)) - 1
    for one in lines[:MOST_LINES]:
        if len(one) + 1 > room:
            break
        shown.append(one)
        room -= len(one) + 1
    left = len(lines) - len(shown) + more
    return "\n".join([*shown, *([MORE(left)] if left else [])])


def _warning(event: ModeratorWarning) -> str:
    limit = Limit(guild_id=OPERATOR, scope=Scope.MEMBER, counted=Counted(event.counted), amount=event.amount)
    return warning(limit, event.used, THE_SERVER if event.user_id is None else f"<@{event.user_id}>")


def _where(channel_id: int | None) -> str:
    return f"<#{channel_id}>" if channel_id else str(SOMEWHERE)


def _link(response_id: str | None, links: Mapping[str, str]) -> str:
    found = links.get(response_id or "")
    return f" · [{LOOK}]({found})" if found is not None else ""
