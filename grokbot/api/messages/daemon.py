"""Converts our values to the messages of grokbot.Daemon. Pure.

Not here: conversations and responses in the prompt_ide SDK's form (`prompt_ide`), calls.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from grokbot.api.messages.prompt_ide import conversation_message, timestamp
from grokbot.conversation.errors import UserError
from grokbot.conversation.models import EFFORTS, options_of
from grokbot.conversation.records import By
from grokbot.conversation.response import Mode, State, TurnOptions
from grokbot.conversation.response import Usage as Tokens
from grokbot.conversation.text.citations import sources_of, with_markers
from grokbot.wire.grokbot import daemon_pb2 as wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from google.protobuf.timestamp_pb2 import Timestamp

    from grokbot.conversation.records import ApiKey, Info, ListedConversation, Pause, Spent
    from grokbot.conversation.response import Response
    from grokbot.engine.library import StuckAnswer
    from grokbot.policy.actor import Actor
    from grokbot.policy.budgets import ListedModel
    from grokbot.process.health import PartHealth

NO_PERSONA = "none"
"""Asks for no persona, whatever the conversation's own is."""

HIGHEST_TEMPERATURE = 2.0

NO_MOMENT = "`{name}` must be a time between the years 1 and 9999."
NO_TEMPERATURE = "`temperature` must be from 0 to 2."
NO_MODE = "`mode` must be empty, `stateless` or `stateful`."
NO_LIMIT = "`max_tokens` must be at least 1."

BYS: Mapping[int, By] = {
    wire.GetUsageRequest.NOTHING: By.NOTHING,
    wire.GetUsageRequest.DAY: By.DAY,
    wire.GetUsageRequest.PERSON: By.PERSON,
    wire.GetUsageRequest.CHANNEL: By.CHANNEL,
    wire.GetUsageRequest.MODEL: By.MODEL,
    wire.GetUsageRequest.CONVERSATION: By.CONVERSATION,
}


def moment(stamp: Timestamp, name: str) -> datetime:
    """A time given by a caller, in UTC.

    Raises:
        UserError: It is not a valid time.
    """
    try:
        return stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise UserError(NO_MOMENT.format(name=name)) from None


def stuck_message(stuck: StuckAnswer) -> wire.StuckAnswer:
    """A stuck answer."""
    conversation = stuck.conversation
    return wire.StuckAnswer(
        response_id=stuck.response_id,
        conversation_id=conversation.id,
        kind=stuck.kind.value,
        why=stuck.why,
        since=timestamp(stuck.since),
        asker_id=max(0, stuck.asker_id or 0),
        channel_id=conversation.channel_id or 0,
        guild_id=conversation.guild_id or 0,
    )


def entry_message(entry: ListedConversation) -> wire.Entry:
    """One entry of a list."""
    conversation = entry.conversation
    return wire.Entry(
        conversation=conversation_message(conversation, starred=entry.starred),
        owner_id=conversation.owner_id,
        channel_id=conversation.channel_id or 0,
        guild_id=conversation.guild_id or 0,
        responses=entry.responses,
        first_words=entry.first_words,
    )


def info_message(info: Info) -> wire.Info:
    """A conversation's details and usage. Its usage has no count of answers."""
    conversation = info.conversation
    return wire.Info(
        conversation=conversation_message(conversation, starred=info.starred),
        owner_id=conversation.owner_id,
        channel_id=conversation.channel_id or 0,
        guild_id=conversation.guild_id or 0,
        mode=conversation.mode.value,
        model=conversation.model,
        persona=conversation.persona or "",
        locked=conversation.locked,
        leaf_response_id=conversation.leaf_id or "",
        branched_from=conversation.branched_from or "",
        responses=info.responses,
        people=info.people,
        branches=info.branches,
        shares=info.shares,
        usage=usage_message(info.tokens),
        kept_until=timestamp(info.kept_until),
        effort=conversation.options.reasoning_effort or "",
        temperature=conversation.options.temperature,
        max_tokens=conversation.options.max_tokens,
        seconds=info.seconds,
    )


def usage_message(tokens: Tokens | None, answers: int = 0) -> wire.Usage:
    """Usage, and the number of answers it is for."""
    tokens = tokens or Tokens()
    return wire.Usage(
        answers=answers,
        prompt_tokens=tokens.prompt_tokens,
        cached_prompt_tokens=tokens.cached_prompt_tokens,
        completion_tokens=tokens.completion_tokens,
        reasoning_tokens=tokens.reasoning_tokens,
        tool_calls=tokens.tool_calls,
        cost_ticks=tokens.cost_ticks,
    )


def model_message(name: str, listed: ListedModel | None) -> wire.Model:
    """A model that may be chosen; `listed`: as xAI lists it, if it does."""
    known = options_of(name)
    efforts = known.efforts if known is not None else EFFORTS
    if listed is None:
        return wire.Model(name=name, efforts=efforts)
    return wire.Model(
        name=name,
        context=listed.context,
        prompt_ticks=listed.prices.prompt,
        cached_prompt_ticks=listed.prices.cached,
        completion_ticks=listed.prices.answer,
        sees=listed.sees,
        efforts=efforts,
    )


def usage_rows(rows: Sequence[Spent], total: Spent) -> wire.GetUsageResponse:
    """Sums by group, and the total."""
    return wire.GetUsageResponse(
        rows=[wire.UsageRow(key=row.key, usage=usage_message(row.tokens, row.answers)) for row in rows],
        total=usage_message(total.tokens, total.answers),
    )


def key_message(key: ApiKey) -> wire.Key:
    """A key, without its secret."""
    return wire.Key(
        key_id=key.id,
        owner_id=key.owner_id,
        name=key.name,
        everything=key.everything,
        created_at=timestamp(key.created_at),
        revoked_at=timestamp(key.revoked_at),
        used_at=timestamp(key.used_at),
    )


def caller_message(caller: Actor) -> wire.Caller:
    """The caller."""
    return wire.Caller(owner_id=caller.id, name=caller.name, everything=caller.operator)


def part_message(health: PartHealth) -> wire.PartStatus:
    """How a part of the daemon is."""
    return wire.PartStatus(
        name=health.part,
        trouble=health.trouble,
        seconds=health.seconds,
        remedy=health.remedy,
    )


def pause_message(pause: Pause | None) -> wire.PauseState:
    """The active pause, or that there is none."""
    if pause is None:
        return wire.PauseState()
    return wire.PauseState(paused=True, since=timestamp(pause.since), by=pause.by, reason=pause.reason)


def stateful_options(request: wire.StatefulChatRequest) -> TurnOptions:
    """The options that a request sets for its turn.

    Raises:
        UserError: One is out of range.
    """
    temperature = request.temperature if request.HasField("temperature") else None
    max_tokens = request.max_tokens if request.HasField("max_tokens") else None
    if temperature is not None and not 0 <= temperature <= HIGHEST_TEMPERATURE:  # nan is out of range too
        raise UserError(NO_TEMPERATURE)
    if max_tokens is not None and max_tokens < 1:
        raise UserError(NO_LIMIT)
    return TurnOptions(model=request.model or None, temperature=temperature, max_tokens=max_tokens)


def asked_options(request: wire.AskRequest) -> TurnOptions:
    """The options that a request sets for its turn; the engine checks them."""
    return TurnOptions(
        model=request.model or None,
        persona="" if request.persona == NO_PERSONA else request.persona or None,
        temperature=request.temperature if request.HasField("temperature") else None,
        max_tokens=request.max_tokens if request.HasField("max_tokens") else None,
        effort=request.effort or None,
    )


def asked_mode(request: wire.AskRequest) -> Mode | None:
    """The mode that a request sets for a new conversation; None for none.

    Raises:
        UserError: There is no such mode.
    """
    try:
        return Mode(request.mode) if request.mode else None
    except ValueError:
        raise UserError(NO_MODE) from None


def answer_message(answer: Response, *, model: str = "", cut_short: bool = False) -> wire.Answer:
    """What is known of an ended answer beyond its text.

    Args:
        answer: The stored answer.
        model: The requested model, if xAI did not name one.
        cut_short: Whether a limit of length or time ended it.
    """
    sources = sources_of(with_markers(answer.message, answer.cited), answer.citations, answer.cited)
    return wire.Answer(
        response_id=answer.id,
        conversation_id=answer.conversation_id,
        model=answer.model or model,
        status="completed" if answer.state is State.DONE and not cut_short else "incomplete",
        usage=usage_message(answer.usage, 1),
        citations=sources,
        cited=[
            wire.Citation(number=sources.index(cited.url) + 1, url=cited.url, start=cited.start, end=cited.end)
            for cited in answer.cited
            if cited.url in sources and 0 <= cited.start <= cited.end <= len(answer.message)
        ],
        reasoning=answer.reasoning,
        stored_until=timestamp(answer.stored_until),
    )


def stateful_message(
    request: wire.StatefulChatRequest, answer: Response, *, model: str, complete: bool
) -> wire.StatefulChatResponse:
    """An answer as `stateful_chat` returns it.

    Args:
        request: The call; it tells what the answer continues, and whether to include the reasoning.
        answer: The stored answer.
        model: The requested model, if xAI did not name one.
        complete: Whether the answer was finished.
    """
    return wire.StatefulChatResponse(
        content=answer.message,
        response_id=answer.id,
        status="completed" if complete else "incomplete",
        model=answer.model or model,
        usage=usage_message(answer.usage, 1),
        stored_until=timestamp(answer.stored_until),
        continued_from=request.response_id,
        reasoning=answer.reasoning if request.include_reasoning else "",
        conversation_id=answer.conversation_id,
    )
