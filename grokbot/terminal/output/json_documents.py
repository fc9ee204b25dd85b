"""The output of `--json`: one document per command, with stable keys. Pure.

Times are ISO 8601 in UTC; ids are text, Discord's too, since many programs cannot represent them as numbers; missing
values are null. Money is `cost_ticks` (10^-10 USD, exact) and `cost_usd`.
Not here: tables for people (`tables`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from grokbot.terminal.output.formats import TICKS_A_DOLLAR, iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from google.protobuf.timestamp_pb2 import Timestamp

    from grokbot.wire.grokbot import daemon_pb2
    from grokbot.wire.prompt_ide import chat_pb2

Shape = dict[str, Any]

MILLION = 10**6


def moment(message: Any, field: str) -> datetime | None:
    """A time in a message; None if unset."""
    if not message.HasField(field):
        return None
    at: Timestamp = getattr(message, field)
    return at.ToDatetime(tzinfo=UTC)


def usage(taken: daemon_pb2.Usage) -> Shape:
    """Usage of answers."""
    ticks = taken.cost_ticks if taken.HasField("cost_ticks") else None
    return {
        "answers": taken.answers,
        "prompt_tokens": taken.prompt_tokens,
        "cached_prompt_tokens": taken.cached_prompt_tokens,
        "completion_tokens": taken.completion_tokens,
        "reasoning_tokens": taken.reasoning_tokens,
        "tool_calls": taken.tool_calls,
        "cost_ticks": ticks,
        "cost_usd": None if ticks is None else ticks / TICKS_A_DOLLAR,
    }


def conversation(one: chat_pb2.Conversation) -> Shape:
    """A conversation without its responses."""
    return {
        "id": one.conversation_id,
        "title": one.title or None,
        "starred": one.starred,
        "created_at": iso(moment(one, "create_time")),
        "modified_at": iso(moment(one, "modify_time")),
    }


def entry(one: daemon_pb2.Entry) -> Shape:
    """One list entry."""
    return {
        **conversation(one.conversation),
        "owner_id": _id(one.owner_id),
        "channel_id": _id(one.channel_id),
        "guild_id": _id(one.guild_id),
        "responses": one.responses,
        "first_words": one.first_words,
    }


def entries(listed: Iterable[daemon_pb2.Entry]) -> list[Shape]:
    """`grokbot conversations list`."""
    return [entry(one) for one in listed]


def response(one: chat_pb2.Response, path: frozenset[str]) -> Shape:
    """One response; `path` holds the ids from the root to the leaf."""
    return {
        "id": one.response_id,
        "parent_id": one.parent_response_id or None,
        "sender": "human" if one.sender == "human" else "model",
        "message": one.message,
        "created_at": iso(moment(one, "create_time")),
        "on_path": one.response_id in path,
        "manual": one.manual,
        "partial": one.partial,
        "shared": one.shared,
        "query": one.query or None,
        "query_type": one.query_type or None,
    }


def shown(info: daemon_pb2.Info, read: chat_pb2.Conversation, path: frozenset[str]) -> Shape:
    """The document of `grokbot conversations show`.

    Args:
        info: The daemon's data about the conversation.
        read: All its responses.
        path: Ids of the responses on the path.
    """
    return {
        **conversation(info.conversation),
        "owner_id": _id(info.owner_id),
        "channel_id": _id(info.channel_id),
        "guild_id": _id(info.guild_id),
        "mode": info.mode,
        "model": info.model,
        "persona": info.persona or None,
        "effort": info.effort or None,
        "temperature": info.temperature if info.HasField("temperature") else None,
        "max_tokens": info.max_tokens if info.HasField("max_tokens") else None,
        "seconds": info.seconds,
        "locked": info.locked,
        "leaf_id": info.leaf_response_id or None,
        "branched_from": info.branched_from or None,
        "people": info.people,
        "branches": info.branches,
        "shares": info.shares,
        "kept_until": iso(moment(info, "kept_until")),
        "usage": {key: value for key, value in usage(info.usage).items() if key != "answers"},  # nobody counts them
        "responses": [response(one, path) for one in read.responses],
    }


def answer(text: str, known: daemon_pb2.Answer) -> Shape:
    """An answer with what is known of it."""
    return {
        "conversation_id": known.conversation_id,
        "response_id": known.response_id,
        "message": text,
        "status": known.status,
        "model": known.model,
        "sources": list(known.citations),
        "reasoning": known.reasoning or None,
        "kept_until": iso(moment(known, "stored_until")),
        "usage": {key: value for key, value in usage(known.usage).items() if key != "answers"},
    }


def spent(by: str, answer: daemon_pb2.GetUsageResponse) -> Shape:
    """`grokbot usage`."""
    return {
        "by": by,
        "rows": [{"key": row.key or None, **usage(row.usage)} for row in answer.rows],
        "total": usage(answer.total),
    }


def model(one: daemon_pb2.Model) -> Shape:
    """A model. Prices are dollars for a million tokens."""
    prices = {
        f"{kind}_usd": getattr(one, f"{kind}_ticks") * MILLION / TICKS_A_DOLLAR
        if one.HasField(f"{kind}_ticks")  # type: ignore[arg-type] # a name that is put together
        else None
        for kind in ("prompt", "cached_prompt", "completion")
    }
    return {
        "name": one.name,
        "context": one.context or None,
        **prices,
        "sees": one.sees,
        "efforts": list(one.efforts),
    }


def key(one: daemon_pb2.Key) -> Shape:
    """A key without its secret."""
    return {
        "id": one.key_id,
        "owner_id": _id(one.owner_id),
        "name": one.name,
        "everything": one.everything,
        "created_at": iso(moment(one, "created_at")),
        "revoked_at": iso(moment(one, "revoked_at")),
        "used_at": iso(moment(one, "used_at")),
    }


def stuck(one: daemon_pb2.StuckAnswer) -> Shape:
    """`grokbot answers list`: one of them."""
    return {
        "response_id": one.response_id,
        "conversation_id": one.conversation_id,
        "kind": one.kind,
        "why": one.why,
        "since": iso(moment(one, "since")),
        "asker_id": _id(one.asker_id),
        "channel_id": _id(one.channel_id),
        "guild_id": _id(one.guild_id),
    }


def caught_up(found: daemon_pb2.CatchUpResponse) -> Shape:
    """`grokbot catch-up`."""
    return {
        "places": found.places,
        "messages": found.messages,
        "answered": found.answered,
        "not_allowed": found.not_allowed,
        "unread": found.unread,
    }


def pause(state: daemon_pb2.PauseState) -> Shape:
    """`grokbot pause`, `grokbot unpause`."""
    return {
        "paused": state.paused,
        "since": iso(moment(state, "since")) if state.paused else None,
        "by": _id(state.by),
        "reason": state.reason or None,
    }


def status(now: daemon_pb2.Status) -> Shape:
    """`grokbot status`."""
    return {
        "version": now.version,
        "started_at": iso(moment(now, "started_at")),
        "discord": {"connected": now.discord_connected, "name": now.discord_name or None, "servers": now.servers},
        "model": now.model,
        "mode": now.mode,
        "running": now.running,
        "conversations": now.conversations,
        "pause": pause(now.pause),
        "public_url": now.public_url or None,
        "settings_note": now.settings_note or None,
        "backup_note": now.backup_note or None,
        "summary": now.summary or None,
        "parts": [
            {"name": part.name, "well": not part.trouble, "trouble": part.trouble or None, "seconds": part.seconds}
            for part in now.parts
        ],
        "waiting": now.waiting if now.HasField("waiting") else None,
        "unshown": now.unshown if now.HasField("unshown") else None,
        "database_bytes": now.database_bytes if now.HasField("database_bytes") else None,
        "caller": {"owner_id": _id(now.caller.owner_id), "name": now.caller.name, "everything": now.caller.everything},
    }


def path_ids(leaf: str, by_id: Mapping[str, chat_pb2.Response]) -> tuple[str, ...]:
    """The ids from root to leaf."""
    path: list[str] = []
    while leaf in by_id and len(path) < len(by_id):
        path.append(leaf)
        leaf = by_id[leaf].parent_response_id
    return tuple(reversed(path))


def _id(number: int) -> str | None:
    return str(number) if number else None
