"""Pure: converts rows to values and back. JSON columns are read and written only here.

Not here: statements (`conversations.conversations`, `conversations.turns`, `conversations.message_places`), the columns
themselves (`conversations`).
"""

from __future__ import annotations

import heapq
import json
from dataclasses import asdict, fields
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from grokbot.conversation.parts import AttachedFile, AttachmentKind, Detail
from grokbot.conversation.records import Share
from grokbot.conversation.response import (
    Author,
    Conversation,
    MessageRef,
    Mode,
    Options,
    Query,
    Response,
    SearchLimits,
    Sender,
    State,
    Step,
    TitleBy,
    ToolCall,
    TurnOptions,
    Usage,
)
from grokbot.conversation.text.citations import Citation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

Row: TypeAlias = "Mapping[str, Any]"
"""Column names and values, as a result returns or an INSERT takes them."""

_OPTIONS = tuple(field.name for field in fields(Options))
_TURN_OPTIONS = tuple(field.name for field in fields(TurnOptions))
_ATTACHMENT = tuple(field.name for field in fields(AttachedFile))
_SHARE = tuple(field.name for field in fields(Share))
_USAGE = ("prompt_tokens", "cached_prompt_tokens", "completion_tokens", "reasoning_tokens", "tool_calls", "cost_ticks")
SUMMED = tuple(name for name in _USAGE if name != "cost_ticks")
"""Columns whose sum is 0 if empty; the sum of costs is None if xAI reported none."""


def storable(text: str) -> str:
    r"""The text without what databases cannot store: NUL and lone surrogates become U+FFFD.

    Both can arrive in JSON (as `\u0000`, `\ud800`); that must not lose an answer.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def row_of_conversation(conversation: Conversation) -> dict[str, Any]:
    """The row of `conversations`."""
    return {
        "id": conversation.id,
        "guild_id": conversation.guild_id,
        "channel_id": conversation.channel_id,
        "owner_id": conversation.owner_id,
        "title": storable(conversation.title),
        "title_by": conversation.title_by and conversation.title_by.value,
        "mode": conversation.mode.value,
        "model": conversation.model,
        "persona": conversation.persona,
        "options": options_text(conversation.options),
        "leaf_id": conversation.leaf_id,
        "branched_from": conversation.branched_from,
        "locked": conversation.locked,
        "created_at": conversation.created_at,
        "modified_at": conversation.modified_at,
    }


def conversation_of_row(row: Row) -> Conversation:
    """The value of a row of `conversations`."""
    title_by = row["title_by"] and TitleBy(row["title_by"])
    return Conversation(**{**row, "mode": Mode(row["mode"]), "title_by": title_by, "options": _options(row["options"])})


def row_of_response(response: Response) -> dict[str, Any]:
    """The row of `responses`."""
    return {
        "id": response.id,
        "conversation_id": response.conversation_id,
        "parent_id": response.parent_id,
        "sender": response.sender.value,
        "author_id": response.author and response.author.id,
        "author_name": response.author and storable(response.author.name),
        "message": storable(response.message),
        "reasoning": storable(response.reasoning),
        "encrypted_content": storable(response.encrypted_content),
        "steps": _json([_step_row(step) for step in response.steps]),
        "queries": _json([[query.kind, query.text] for query in response.queries]),
        "citations": _json([*response.citations, *([c.url, c.start, c.end] for c in response.cited)]),
        "state": response.state.value,
        "manual": response.manual,
        "failure": response.failure and storable(response.failure),
        "xai_id": response.xai_id,
        "stored_until": response.stored_until,
        "model": response.model,
        "created_at": response.created_at,
        "finished_at": response.finished_at,
        "instruction": storable(response.instruction),
        "erased": response.erased,
        "quoted_id": response.quoted_id,
        "compacted": response.compacted,
        "options": _turn_options_text(response.options),
        **_usage_row(response.usage),
    }


def response_of_row(row: Row) -> Response:
    """The value of a row of `responses`. One column holds both: addresses, and the places where the text cites them."""
    citations = _items(row["citations"])
    return Response(
        id=row["id"],
        conversation_id=row["conversation_id"],
        parent_id=row["parent_id"],
        sender=Sender(row["sender"]),
        state=State(row["state"]),
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        author=None if row["author_id"] is None else Author(row["author_id"], row["author_name"]),
        message=row["message"],
        reasoning=row["reasoning"],
        encrypted_content=row["encrypted_content"],
        steps=tuple(_step(step) for step in _items(row["steps"])),
        queries=tuple(Query(kind, text) for kind, text in _items(row["queries"])),
        citations=tuple(item for item in citations if isinstance(item, str)),
        cited=tuple(Citation(*item) for item in citations if isinstance(item, list)),
        manual=row["manual"],
        instruction=row["instruction"],
        erased=row["erased"],
        quoted_id=row["quoted_id"],
        compacted=row["compacted"],
        failure=row["failure"],
        xai_id=row["xai_id"],
        stored_until=row["stored_until"],
        model=row["model"],
        usage=None if row["prompt_tokens"] is None else Usage(**{name: row[name] for name in _USAGE}),
        options=_turn_options(row["options"]),
    )


def usage_of_sums(row: Row) -> Usage:
    """The usage of several answers, from a row with a sum for each usage column."""
    cost_ticks = None if row["cost_ticks"] is None else int(row["cost_ticks"])
    return Usage(**{name: int(row[name]) for name in SUMMED}, cost_ticks=cost_ticks)


def row_of_message(ref: MessageRef) -> dict[str, Any]:
    """The row of `discord_messages`."""
    return {
        "message_id": ref.message_id,
        "channel_id": ref.channel_id,
        "response_id": ref.response_id,
        "part": ref.part,
        "wording": ref.wording,
    }


def message_of_row(row: Row) -> MessageRef:
    """The value of a row of `discord_messages`."""
    return MessageRef(**row)


def row_of_attachment(attachment: AttachedFile) -> dict[str, Any]:
    """The row of `attachments`."""
    row = {name: getattr(attachment, name) for name in _ATTACHMENT}
    return row | {"name": storable(attachment.name), "kind": attachment.kind.value, "detail": attachment.detail.value}


def attachment_of_row(row: Row) -> AttachedFile:
    """The value of a row of `attachments`, with or without its data."""
    return AttachedFile(**{**row, "kind": AttachmentKind(row["kind"]), "detail": Detail(row["detail"])})


def row_of_share(share: Share) -> dict[str, Any]:
    """The row of `shares`."""
    return {name: getattr(share, name) for name in _SHARE}


def share_of_row(row: Row) -> Share:
    """The value of a row of `shares`."""
    return Share(**row)


def row_of_ledger(answer: Response, conversation: Row, user_id: int, at: datetime) -> dict[str, Any]:
    """The row of `usage_ledger`: what `answer` used, who asked for it, and where.

    Args:
        answer: The answer, ended.
        conversation: Its place: `guild_id` and `channel_id`.
        user_id: The account charged.
        at: UTC, when it ended.
    """
    return {
        "response_id": answer.id,
        "conversation_id": answer.conversation_id,
        "guild_id": conversation["guild_id"],
        "channel_id": conversation["channel_id"],
        "user_id": user_id,
        "model": answer.model,
        "state": answer.state.value,
        "at": at,
        **_usage_row(answer.usage),
    }


def forest_of(responses: Iterable[Response]) -> tuple[Response, ...]:
    """The responses of one conversation in creation order, with every parent before its children.

    A message that waited while another turn ran is older than the answer that it hangs under: creation order
    alone is not enough.
    """
    below: dict[str | None, list[Response]] = {}
    for response in responses:
        below.setdefault(response.parent_id, []).append(response)
    order: list[Response] = []
    ready = [(r.created_at, r.id, r) for r in below.get(None, ())]
    heapq.heapify(ready)
    while ready:
        _, _, response = heapq.heappop(ready)
        order.append(response)
        for child in below.get(response.id, ()):
            heapq.heappush(ready, (child.created_at, child.id, child))
    return tuple(order)


def _json(value: object) -> str:
    return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _items(text: str) -> Sequence[Any]:
    """A JSON list. Most are empty, and each response of a path has three of them."""
    return () if text == "[]" else cast("Sequence[Any]", json.loads(text))


def _usage_row(usage: Usage | None) -> dict[str, int | None]:
    return {name: None if usage is None else getattr(usage, name) for name in _USAGE}


def options_text(options: Options) -> str:
    """The column `options` of `conversations`."""
    fields: dict[str, Any] = {name: getattr(options, name) for name in _OPTIONS}  # defaults too: later ones may differ
    limits = fields["search_limits"] = asdict(options.search_limits)
    limits["since"] = limits["since"] and limits["since"].isoformat()
    return _json({**fields, "chosen": _chosen(options.chosen)})


def _options(text: str) -> Options:
    fields = json.loads(text)
    fields["search"] = tuple(fields["search"])
    fields["own"] = tuple(fields.get("own", ()))
    fields["chosen"] = TurnOptions(**fields.get("chosen", {}))
    fields["search_limits"] = _search_limits(fields.get("search_limits", {}))
    return Options(**fields)


def _search_limits(limits: dict[str, Any]) -> SearchLimits:
    fields: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in limits.items()}
    if fields.get("since"):
        fields["since"] = date.fromisoformat(fields["since"])
    return SearchLimits(**fields)


def _turn_options_text(options: TurnOptions) -> str:
    """Only the chosen options; "" if none, as for most."""
    chosen = _chosen(options)
    return _json(chosen) if chosen else ""


def _chosen(options: TurnOptions) -> dict[str, Any]:
    return {name: value for name in _TURN_OPTIONS if (value := getattr(options, name)) is not None}


def _turn_options(text: str) -> TurnOptions:
    return TurnOptions(**json.loads(text)) if text else TurnOptions()


def _step_row(step: Step) -> dict[str, Any]:
    fields: dict[str, Any] = {name: getattr(step, name) for name in ("role", "text", "reasoning", "encrypted_content")}
    fields["tool_calls"] = [[c.id, c.type, c.status, c.name, c.arguments, c.error] for c in step.tool_calls]
    return {name: value for name, value in fields.items() if value}


def _step(fields: dict[str, Any]) -> Step:
    calls = tuple(ToolCall(*call) for call in fields.pop("tool_calls", ()))
    return Step(role=fields.pop("role", ""), tool_calls=calls, **fields)
