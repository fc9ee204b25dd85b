"""Options of conversations and what answers cost: choices, replies, and the figures of /info. Pure.

Not here: lists of conversations (`command_text`), limits for moderators (`moderator_tables`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.models import nearest_effort, options_of
from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.conversation.text import Plural, Sentence, shortened, written
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
    "none": Sentence("none: no thinking, where a model allows that"),
    "low": Sentence("low: quick and cheap"),
    "medium": Sentence("medium"),
    "high": Sentence("high: slower, better at hard questions"),
    "xhigh": Sentence("xhigh: as long as it takes"),
}

_NO_EFFORT = Sentence("-# {model} has no effort to choose, so none is sent.")
_OTHER_EFFORT = Sentence("-# {model} does not take the effort {wanted}: {used} is used.")
_FROM_NEXT = Sentence("**From the next answer on**")
_MODEL = Sentence("Model: {model}")
_MODEL_AND_EFFORT = Sentence("Model: {model} · effort {effort}")
_PERSONA = Sentence("Persona: {persona}")
_TEMPERATURE = Sentence("Temperature: {temperature}")
_LENGTH = Plural("Length: at most {n} token", "Length: at most {n} tokens")
_UNTITLED = Sentence("Without a title")
_MODE = Sentence("Mode: {mode}")
_NOT_IN_DISCORD = Sentence("Where: not in Discord")
_KEPT_UNTIL = Sentence("Kept at xAI: until {until}")
_STARTED = Sentence("Started {begun}, last changed {changed}")
_MESSAGES = Plural("Messages: {messages} with {n} person", "Messages: {messages} with {n} people")
_ATTACHED = Sentence("Attached: {what}")
_SHOWN = Sentence("Shown to Grok: {what}")
_PICTURES = Plural("{n} picture", "{n} pictures")
_FILES = Plural("{n} file", "{n} files")
_BACKGROUND = Plural("Read besides: {n} message before a mention", "Read besides: {n} messages before a mention")
_VARIANTS = Sentence("Variants of the last answer: {variants}")
_TOKENS = Sentence("Tokens: {read} read ({cached} of them from xAI's cache), {written} written, {thought} thought")
_TOOLS = Sentence("Searches and other tools: {calls}")
_TOOLS_BY_KIND = Sentence("Searches and other tools: {calls} ({kinds})")
_ON_THE_WEB = Plural("{n} web", "{n} web")
_ON_X = Plural("{n} X", "{n} X")
_COST_AND_TIME = Sentence("Cost: {cost} · answers took {time}")
_COST = Sentence("Cost: {cost}")
_TOOK = Sentence("{line} · took {time}")
_UNKNOWN = Sentence("unknown")
_BRANCHES = Sentence("Branches: {branches}")
_SHARES = Sentence("Open share pages: {shares}")
_ABOUT_ANSWER = Sentence("**About this answer**")
_NOT_REPORTED = Sentence("Tokens and cost: not reported")
_STILL_WRITTEN = Sentence("Tokens and cost: still being written")
_LEFT = Sentence("-# Left for you: {amounts}")
_OF_LIMIT = Sentence("{left} of {limit}")
_OF_LIMIT_FOR_ALL = Sentence("{left} of {limit} for all here")
_SECONDS = Plural("{n} s", "{n} s")

_KINDS: Mapping[str, Plural] = {"web": _ON_THE_WEB, "x": _ON_X}
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
        return _NO_EFFORT.format(model=plain(model, 120))
    return _OTHER_EFFORT.format(model=plain(model, 120), wanted=wanted, used=nearest_effort(model, wanted))


def options_shown(conversation: Conversation, note: str = "") -> str:
    """How a conversation's next answers are sampled.

    Args:
        conversation: With the options of its next turn.
        note: A line below.
    """
    return "\n".join(filter(None, [str(_FROM_NEXT), *_options(conversation), note]))


def _options(conversation: Conversation) -> list[str]:
    options = conversation.options
    model, effort = plain(conversation.model, 120), options.reasoning_effort
    temperature = options.temperature
    return [
        _MODEL.format(model=model) if effort is None else _MODEL_AND_EFFORT.format(model=model, effort=effort),
        *([_PERSONA.format(persona=plain(conversation.persona, 40))] if conversation.persona else []),
        *([_TEMPERATURE.format(temperature=f"{temperature:g}")] if temperature is not None else []),
        *([_LENGTH(options.max_tokens)] if options.max_tokens is not None else []),
    ]


def conversation_info(info: Info, used: Sequence[Used] = ()) -> str:
    """A conversation's facts and usage: first what it costs, and nothing that is not there.

    Args:
        info: The conversation.
        used: The limits of the person who reads it.
    """
    conversation, kept = info.conversation, info.kept_until
    lines = [
        f"**{plain(conversation.title or str(_UNTITLED), 200)}**{' ⭐' if info.starred else ''}",
        *_options(conversation),
        _COST_AND_TIME.format(cost=_cost(info.tokens), time=_seconds(info.seconds)),
        *left_of(used),
        _MESSAGES(info.people, messages=f"{info.responses:,}"),
        *([_ATTACHED.format(what=_attached(info))] if info.pictures or info.files else []),
        *([_BACKGROUND(info.background)] if info.background else []),
        _tokens(info.tokens),
        *([_TOOLS.format(calls=f"{info.tokens.tool_calls:,}")] if info.tokens.tool_calls else []),
        *([_VARIANTS.format(variants=info.variants)] if info.variants > 1 else []),
        *([_BRANCHES.format(branches=info.branches)] if info.branches else []),
        *([_SHARES.format(shares=info.shares)] if info.shares else []),
        *([str(_NOT_IN_DISCORD)] if conversation.channel_id is None else []),
        _MODE.format(mode=MODES[conversation.mode]),
        *([_KEPT_UNTIL.format(until=moment(kept))] if kept is not None else []),
        _STARTED.format(begun=moment(conversation.created_at), changed=relative(conversation.modified_at)),
    ]
    return "\n".join(lines)


def _attached(info: Info | AnswerInfo) -> str:
    counts = ((info.pictures, _PICTURES), (info.files, _FILES))
    return ", ".join(counted(number) for number, counted in counts if number)


def answer_info(info: AnswerInfo, used: Sequence[Used] = ()) -> str:
    """How an answer was sampled, and what it cost.

    Args:
        info: The answer.
        used: The limits of the person who reads it.
    """
    answer = info.answer
    lines = [str(_ABOUT_ANSWER), *_options(info.conversation)]
    lines += [_SHOWN.format(what=_attached(info))] if info.pictures or info.files else []
    if answer.usage is None:
        lines.append(str(_NOT_REPORTED if answer.state.ended else _STILL_WRITTEN))
    else:
        lines += [
            _tokens(answer.usage),
            _tools(answer.usage.tool_calls, answer.queries),
            _COST.format(cost=_cost(answer.usage)),
        ]
    if answer.finished_at is not None and not answer.manual:
        took = _seconds((answer.finished_at - answer.created_at).total_seconds())
        lines[-1] = _TOOK.format(line=lines[-1], time=took)
    return "\n".join([*lines, *left_of(used)])


def left_of(used: Sequence[Used]) -> list[str]:
    """What is left of a person's limits, on one line; nothing if none applies."""
    parts = [
        (_OF_LIMIT if one.limit.personal else _OF_LIMIT_FOR_ALL).format(
            left=_amount(max(0, one.limit.amount - one.used), money=one.limit.counted.unit == "cost"),
            limit=described(one.limit),
        )
        for one in used
        if one.limit.scope is not Scope.EVERYWHERE
    ]
    return [_LEFT.format(amounts=" · ".join(parts))] if parts else []


def _amount(amount: int, *, money: bool) -> str:
    return dollars(amount) if money else f"{amount:,}"


def _tokens(usage: Usage) -> str:
    return _TOKENS.format(
        read=f"{usage.prompt_tokens:,}",
        cached=f"{usage.cached_prompt_tokens:,}",
        written=f"{usage.completion_tokens:,}",
        thought=f"{usage.reasoning_tokens:,}",
    )


def _cost(usage: Usage) -> str:
    return str(_UNKNOWN) if usage.cost_ticks is None else dollars(usage.cost_ticks)


def _tools(calls: int, queries: Sequence[Query]) -> str:
    counts = [(sum(query.kind == kind for query in queries), counted) for kind, counted in _KINDS.items()]
    told = [counted(count) for count, counted in counts if count]
    return (_TOOLS_BY_KIND if told else _TOOLS).format(calls=f"{calls:,}", kinds=", ".join(told))


def _seconds(seconds: float) -> str:
    return (
        _SECONDS(round(seconds)) if seconds < _LONG_SECONDS else written(timedelta(seconds=round(seconds)), short=True)
    )
