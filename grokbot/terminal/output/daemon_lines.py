"""What a daemon says of itself and of one conversation, as names and values. PURE.

Not here: printing them (`tables.lines`), the same for programs (`json_documents`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.terminal.output.formats import STAR, ago, in_a_line, local, money, number, size_of, span
from grokbot.terminal.output.json_documents import moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.wire.grokbot import daemon_pb2


def times(moment_: datetime | None, now: datetime) -> str:
    """A time, and how long ago it is."""
    return f"{local(moment_)} ({ago(moment_, now)})" if moment_ else ""


def cost(used: daemon_pb2.Usage) -> str:
    """What was spent, in dollars; "": not known."""
    return money(used.cost_ticks if used.HasField("cost_ticks") else None)


def info_lines(info: daemon_pb2.Info, now: datetime) -> Sequence[tuple[str, str]]:
    """A conversation's details, shown before its messages."""
    held = info.conversation
    used = info.usage
    tokens = f"{number(used.prompt_tokens)} in ({number(used.cached_prompt_tokens)} cached), "
    tokens += f"{number(used.completion_tokens)} out, {number(used.reasoning_tokens)} thought"
    return (
        ("Title", in_a_line(held.title) + (f" {STAR}" if held.starred else "")),
        ("Id", held.conversation_id),
        ("Owner", str(info.owner_id) if info.owner_id else ""),
        ("Where", f"Discord, channel {info.channel_id}" if info.channel_id else "not in Discord"),
        ("Model", ", ".join(filter(None, [info.model, info.effort and f"effort {info.effort}", info.mode]))),
        ("Persona", in_a_line(info.persona)),
        ("Temperature", f"{info.temperature:g}" if info.HasField("temperature") else ""),
        ("Length", f"at most {number(info.max_tokens)} tokens" if info.HasField("max_tokens") else ""),
        ("State", "locked" if info.locked else ""),
        ("Begun", times(moment(held, "create_time"), now)),
        ("Changed", times(moment(held, "modify_time"), now)),
        (
            "Responses",
            f"{number(info.responses)} by {info.people} {'person' if info.people == 1 else 'people'} and Grok",
        ),
        ("Branches", str(info.branches or "")),
        ("Shared", f"{info.shares} open {'page' if info.shares == 1 else 'pages'}" if info.shares else ""),
        ("At xAI", f"kept until {local(moment(info, 'kept_until'))}" if info.HasField("kept_until") else ""),
        ("Tokens", tokens if used.prompt_tokens or used.completion_tokens else ""),
        ("Searches", number(used.tool_calls) if used.tool_calls else ""),
        ("Time", f"{info.seconds:,.0f} s for all answers" if info.seconds else ""),
        ("Cost", cost(used)),
    )


def status_lines(now: daemon_pb2.Status, at: datetime) -> Sequence[tuple[str, str]]:
    """A daemon's status."""
    started = moment(now, "started_at")
    connected = (
        f"connected as {in_a_line(now.discord_name)}, {now.servers} {'server' if now.servers == 1 else 'servers'}"
    )
    pause = now.pause
    why = f": {in_a_line(pause.reason)}" if pause.reason else ""
    return (
        ("State", now.summary),
        *((_name(each.name), _part(each)) for each in now.parts),
        ("grokbot", now.version),
        ("Started", times(started, at)),
        ("Discord", connected if now.discord_connected else "not connected"),
        ("Model", f"{now.model}, {now.mode}"),
        (
            "Answering",
            f"{number(now.running)} now" if not pause.paused else f"paused since {local(moment(pause, 'since'))}{why}",
        ),
        ("Waiting", _left(now)),
        ("Conversations", number(now.conversations)),
        ("Size of database", size_of(now.database_bytes) if now.database_bytes else ""),
        ("Share pages", now.public_url or "none"),
        *([("Settings", in_a_line(now.settings_note))] if now.settings_note else []),
        *([("Backup", in_a_line(now.backup_note))] if now.backup_note else []),
        ("You are", _caller(now.caller)),
    )


def _name(part: str) -> str:
    """A part's name at the beginning of a line; xAI writes its own so."""
    return part if part[1:2].isupper() else part[:1].upper() + part[1:]


def _part(part: daemon_pb2.PartStatus) -> str:
    """How a part is, and what the daemon does about it."""
    if not part.trouble:
        return f"well for {span(part.seconds)}"
    return f"{part.trouble.removesuffix('.')}, for {span(part.seconds)}. {part.remedy}"


def _left(now: daemon_pb2.Status) -> str:
    """What people wait for; "": nothing, or it is not known."""
    waiting = f"{number(now.waiting)} {'message' if now.waiting == 1 else 'messages'}"
    unshown = f"{number(now.unshown)} {'answer' if now.unshown == 1 else 'answers'} not shown whole yet"
    return ", ".join((*([waiting] if now.waiting else []), *([unshown] if now.unshown else [])))


def _caller(caller: daemon_pb2.Caller) -> str:
    reach = "you see all conversations" if caller.everything else "you see your own conversations"
    return f"{in_a_line(caller.name)}{f' ({caller.owner_id})' if caller.owner_id else ''}; {reach}"
