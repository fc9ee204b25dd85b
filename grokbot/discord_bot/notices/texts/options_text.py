"""Options of conversations and what answers cost: choices, replies, and the figures of /info. Pure.

Not here: lists of conversations (`command_text`), limits for moderators (`moderator_tables`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.models import nearest_effort, options_of
from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.conversation.text import counted, shortened, written
from grokbot.discord_bot.notices.texts.command_text import MODES, moment, plain, relative
from grokbot.policy.budgets import Scope, described, dollars

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.conversation.personas import Persona
    from grokbot.conversation.records import AnswerInfo, Info
    from grokbot.conversation.response import Conversation, Query, Usage
    from grokbot.engine.budgets import Used
    from grokbot.policy.budgets import ListedModel

CHOICE_LENGTH = 100
"""Characters of a choice's name (Discord's documentation)."""

EFFORT_CHOICES: Mapping[str, str] = {
    "none": "none: no thinking, where a model allows that",
    "low": "low: quick and cheap",
    "medium": "medium",
    "high": "high: slower, better at hard questions",
    "xhigh": "xhigh: as long as it takes",
}

_KINDS: Mapping[str, str] = {"web": "web", "x": "X"}
_LONG_SECONDS = 120


def model_choice(name: str, listed: ListedModel | None) -> str:
    """A model in a list of choices: `grok-4.7 · 500k · $2.00/$6.00`, context and prices of a million tokens."""
    if listed is None:
        return shortened(name, CHOICE_LENGTH)
    context = [_thousands(listed.context)] if listed.context else []
    prices = [each * 10**6 / TICKS_A_DOLLAR for each in (listed.prices.prompt, listed.prices.answer)]
    facts = " · ".join([*context, "/".join(f"${each:,.2f}" for each in prices)])
    return f"{shortened(name, CHOICE_LENGTH - len(facts) - 3)} · {facts}"


def _thousands(tokens: int) -> str:
    return f"{tokens / 10**6:g}M" if tokens >= 10**6 else f"{tokens // 1_000}k"


def persona_choice(persona: Persona) -> str:
    """A persona in a list of choices."""
    return shortened(f"{persona.name}: {persona.description}" if persona.description else persona.name, CHOICE_LENGTH)


def effort_note(model: str, wanted: str | None) -> str:
    """What becomes of an effort that a model does not take; "" if it takes it."""
    known = options_of(model)
    if wanted is None or known is None or wanted in known.efforts:
        return ""
    if not known.efforts:
        return f"-# {plain(model, 120)} has no effort to choose, so none is sent."
    return f"-# {plain(model, 120)} does not take the effort {wanted}: {nearest_effort(model, wanted)} is used."


def options_shown(conversation: Conversation, note: str = "") -> str:
    """How a conversation's next answers are sampled.

    Args:
        conversation: With the options of its next turn.
        note: A line below.
    """
    return "\n".join(filter(None, ["**From the next answer on**", *_options(conversation), note]))


def _options(conversation: Conversation) -> list[str]:
    options = conversation.options
    effort = f" · effort {options.reasoning_effort}" if options.reasoning_effort is not None else ""
    return [
        f"Model: {plain(conversation.model, 120)}{effort}",
        *([f"Persona: {plain(conversation.persona, 40)}"] if conversation.persona else []),
        *([f"Temperature: {options.temperature:g}"] if options.temperature is not None else []),
        *([f"Length: at most {counted(options.max_tokens, 'token')}"] if options.max_tokens is not None else []),
    ]


def conversation_info(info: Info, used: Sequence[Used] = ()) -> str:
    """A conversation's facts and usage.

    Args:
        info: The conversation.
        used: The limits of the person who reads it.
    """
    conversation = info.conversation
    kept = f"until {moment(info.kept_until)}" if info.kept_until is not None else "no"
    lines = [
        f"**{plain(conversation.title or 'Without a title', 200)}**{' ⭐' if info.starred else ''}",
        *_options(conversation),
        f"Mode: {MODES[conversation.mode]}",
        *(["Where: not in Discord"] if conversation.channel_id is None else []),
        f"Kept at xAI: {kept}",
        f"Started {moment(conversation.created_at)}, last changed {relative(conversation.modified_at)}",
        f"Messages: {info.responses:,} with {counted(info.people, 'person', 'people')}",
        *([f"Attached: {_attached(info)}"] if info.pictures or info.files else []),
        *([f"Read besides: {counted(info.background, 'message')} before a mention"] if info.background else []),
        f"Variants of the last answer: {info.variants}",
        f"Tokens: {_tokens(info.tokens)}",
        f"Searches and other tools: {info.tokens.tool_calls:,}",
        f"Cost: {_cost(info.tokens)} · answers took {_seconds(info.seconds)}",
        f"Branches: {info.branches}",
        f"Open share pages: {info.shares}",
        *left_of(used),
    ]
    return "\n".join(lines)


def _attached(info: Info | AnswerInfo) -> str:
    counts = ((info.pictures, "picture"), (info.files, "file"))
    return ", ".join(counted(number, what) for number, what in counts if number)


def answer_info(info: AnswerInfo, used: Sequence[Used] = ()) -> str:
    """How an answer was sampled, and what it cost.

    Args:
        info: The answer.
        used: The limits of the person who reads it.
    """
    answer = info.answer
    lines = ["**About this answer**", *_options(info.conversation)]
    lines += [f"Shown to Grok: {_attached(info)}"] if info.pictures or info.files else []
    if answer.usage is None:
        lines.append("Tokens and cost: not reported" if answer.state.ended else "Tokens and cost: still being written")
    else:
        lines += [
            f"Tokens: {_tokens(answer.usage)}",
            f"Searches and other tools: {answer.usage.tool_calls:,}{_searched(answer.queries)}",
            f"Cost: {_cost(answer.usage)}",
        ]
    if answer.finished_at is not None and not answer.manual:
        lines[-1] += f" · took {_seconds((answer.finished_at - answer.created_at).total_seconds())}"
    return "\n".join([*lines, *left_of(used)])


def left_of(used: Sequence[Used]) -> list[str]:
    """What is left of a person's limits, on one line; nothing if none applies."""
    parts = [
        f"{_amount(max(0, one.limit.amount - one.used), money=one.limit.counted.unit == 'cost')} of "
        f"{described(one.limit)}{'' if one.limit.personal else ' for all here'}"
        for one in used
        if one.limit.scope is not Scope.EVERYWHERE
    ]
    return [f"-# Left for you: {' · '.join(parts)}"] if parts else []


def _amount(amount: int, *, money: bool) -> str:
    return dollars(amount) if money else f"{amount:,}"


def _tokens(usage: Usage) -> str:
    return (
        f"{usage.prompt_tokens:,} read ({usage.cached_prompt_tokens:,} of them from xAI's cache), "
        f"{usage.completion_tokens:,} written, {usage.reasoning_tokens:,} thought"
    )


def _cost(usage: Usage) -> str:
    return "unknown" if usage.cost_ticks is None else dollars(usage.cost_ticks)


def _searched(queries: Sequence[Query]) -> str:
    kinds = {name: sum(query.kind == kind for query in queries) for kind, name in _KINDS.items()}
    told = [f"{count} {name}" for name, count in kinds.items() if count]
    return f" ({', '.join(told)})" if told else ""


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _LONG_SECONDS else written(timedelta(seconds=round(seconds)), short=True)
