"""Converts conversations and responses to messages of the prompt_ide SDK of 2024. Pure.

Not here: messages of our own service (`daemon`), calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from grokbot.conversation.errors import UserError
from grokbot.conversation.personas import FUN
from grokbot.conversation.response import Sender, State, TurnOptions
from grokbot.wire.prompt_ide import chat_pb2, sampler_public_pb2

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from grokbot.conversation.response import Conversation, Query, Response, Usage

HUMAN = "human"
MODEL = "model"
"""Any value but HUMAN means the model."""

NO_SUCH_PROMPT = "`system_prompt_name` must be empty or `fun`."


def timestamp(moment: datetime | None) -> Timestamp | None:
    """A time in UTC; None stays unset."""
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def response_message(response: Response, *, shared: bool = False, above: str | None = None) -> chat_pb2.Response:
    """One response, with its text so far.

    Args:
        response: The response.
        shared: Whether it ends a share page.
        above: The response that a branch's root continues.
    """
    query = response.queries[-1] if response.queries else None
    return chat_pb2.Response(
        response_id=response.id,
        message=response.message,
        sender=HUMAN if response.sender is Sender.HUMAN else MODEL,
        create_time=timestamp(response.created_at),
        parent_response_id=response.parent_id or above or "",
        manual=response.manual,
        partial=response.sender is Sender.MODEL and response.state is not State.DONE,
        shared=shared,
        query=query.text if query else "",
        query_type=query.kind if query else "",
    )


def conversation_message(
    conversation: Conversation,
    *,
    starred: bool = False,
    responses: Sequence[Response] = (),
    shared: Collection[str] = (),
) -> chat_pb2.Conversation:
    """One conversation, with the given responses.

    Args:
        conversation: The conversation.
        starred: Whether the caller starred it.
        responses: The responses to include; a list of conversations has none.
        shared: Ids of the responses that end share pages.
    """
    return chat_pb2.Conversation(
        conversation_id=conversation.id,
        title=conversation.title,
        create_time=timestamp(conversation.created_at),
        modify_time=timestamp(conversation.modified_at),
        responses=[response_message(each, shared=each.id in shared) for each in responses],
        starred=starred,
    )


def token(text: str) -> chat_pb2.AddResponseResponse:
    """A piece of an answer."""
    logit = sampler_public_pb2.Logit(string_token=text)
    piece = sampler_public_pb2.Token(final_logit=logit, token_type=sampler_public_pb2.Token.MODEL)
    return chat_pb2.AddResponseResponse(token=sampler_public_pb2.SampleTokensResponse(token=piece))


def query_action(query: Query) -> chat_pb2.AddResponseResponse:
    """A search by the model."""
    return chat_pb2.AddResponseResponse(query_action=chat_pb2.QueryAction(query=query.text, type=query.kind))


def budget(usage: Usage | None, max_tokens: int | None) -> chat_pb2.AddResponseResponse | None:
    """How much of its token budget an answer used; None if it had none: the original client divides by it."""
    if not max_tokens:
        return None
    spent = usage.completion_tokens + usage.reasoning_tokens if usage else 0
    found = sampler_public_pb2.TokenBudget(token_limit=max_tokens, tokens_spent=spent)
    return chat_pb2.AddResponseResponse(token=sampler_public_pb2.SampleTokensResponse(budget=found))


def requested_options(request: chat_pb2.AddResponseRequest) -> TurnOptions:
    """The options that a request sets for its turn.

    Raises:
        UserError: It names an unknown prompt.
    """
    return TurnOptions(
        model=request.model_name or None, persona=persona_of(request.system_prompt_name), raw=not request.use_grok
    )


def persona_of(system_prompt_name: str) -> str:
    """The persona of a prompt's name; "" for none.

    Raises:
        UserError: There is no such prompt.
    """
    if system_prompt_name not in ("", FUN):
        raise UserError(NO_SUCH_PROMPT)
    return system_prompt_name
