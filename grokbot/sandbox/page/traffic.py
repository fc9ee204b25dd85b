"""Requests to Discord and to Grok as they happen, the limits' buckets, and what it all costs.

Here: numbers and short lines for the panel. Not here: the requests themselves (the servers).
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.response import TICKS_A_DOLLAR

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server import DiscordSandbox, RestCall
    from grokbot.sandbox.discord_server.rules.protocol import Json
    from grokbot.sandbox.grok_server import GrokSandbox, RecordedCall

KEPT = 300
"""Entries that the panel has."""

NOTE_MAX = 80
_PLACEHOLDER = re.compile(r"\{[^}]*\}")
_NUMBER = re.compile(r"(?<=/)\d{15,20}(?=/|$)")
_REFUSED = 400
_TOO_MANY = 429


@dataclass(slots=True)
class Entry:
    """One request; `changed` counts all changes of all entries, so that a page knows which it has not seen."""

    n: int
    changed: int
    shown: Json


class TrafficLog:
    """What went over both wires.

    Args:
        discord: The loopback Discord.
        grok: The loopback Grok; None where the real one is asked, whose requests nobody sees here.
    """

    def __init__(self, discord: DiscordSandbox, grok: GrokSandbox | None) -> None:
        self._discord, self._grok = discord, grok
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._open: dict[int, tuple[RecordedCall, Entry]] = {}
        self._seen = 0
        self._changes = self._number = 0
        self._requests = self._edits = self._refused = 0
        self._grok_calls = self._tokens_in = self._tokens_out = self._ticks = 0
        discord.http.on_call.append(self._note_request)
        if grok is None:
            note = "the real Grok is asked, and its requests do not pass here"
            at = discord.clock.wall()
            self._add({"at": at, "to": "grok", "what": "api.x.ai", "status": "real", "took": 0.0, "note": note})

    def since(self, change: int) -> tuple[list[Json], int]:
        """The entries that are new or changed since then, oldest first, and what to ask with next."""
        self._read_grok()
        return [entry.shown for entry in self._entries if entry.changed > change], self._changes

    def sums(self) -> Json:
        """What it came to."""
        self._read_grok()
        running = [call for call, _ in self._open.values()]
        ticks = self._ticks + sum(call.cost_ticks or 0 for call in running)
        return {
            "requests": self._requests,
            "edits": self._edits,
            "refused": self._refused,
            "grok": "real" if self._grok is None else "loopback",
            "grok_calls": self._grok_calls,
            "tokens_in": self._tokens_in + sum(call.prompt_tokens for call in running),
            "tokens_out": self._tokens_out + sum(call.tokens_sent for call in running),
            "cost": ticks / TICKS_A_DOLLAR,
        }

    def buckets(self) -> list[Json]:
        """Every bucket of Discord's that is not full."""
        return [
            {
                "name": _PLACEHOLDER.sub("…", name),
                "place": self._place(major),
                "limit": verdict.limit,
                "remaining": verdict.remaining,
                "resets": round(verdict.reset_after, 1),
            }
            for name, major, verdict in self._discord.http.limiter.in_use()
        ]

    def _note_request(self, call: RestCall) -> None:
        self._read_grok()  # what came before stands before it, though no panel was open then
        self._requests += 1
        self._edits += call.method == "PATCH"
        self._refused += call.status >= _REFUSED
        path = _PLACEHOLDER.sub("…", call.template) if call.template else _NUMBER.sub("…", call.path)
        clock = self._discord.clock
        shown = {
            "at": round(clock.wall() - (clock.monotonic() - call.at), 3),
            "to": "discord",
            "what": f"{call.method} {path}",
            "status": str(call.status) if call.status else "cut",
            "took": round(call.took, 3),
            "note": self._note_of(call),
        }
        self._add(shown)

    def _note_of(self, call: RestCall) -> str:
        channel = next((part for part in call.path.split("/")[2:3] if call.path.startswith("/channels/")), "")
        content = call.body.get("content") if isinstance(call.body, dict) else None
        said = content.replace("\n", " ") if isinstance(content, str) else ""
        parts = [self._place(channel), "rate limit" if call.status == _TOO_MANY else "", said]
        text = " · ".join(filter(None, parts))
        return text if len(text) <= NOTE_MAX else text[: NOTE_MAX - 1] + "…"

    def _place(self, channel_id: str) -> str:
        channel = self._discord.world.channels.get(int(channel_id)) if channel_id.isdigit() else None
        if channel is None:
            return ""
        return "direct messages" if channel.is_direct else channel.name if channel.is_thread else f"#{channel.name}"

    def _read_grok(self) -> None:
        """Takes in what happened at Grok since it was looked last."""
        if self._grok is None:
            return
        calls = self._grok.requests
        for call in calls[self._seen :]:
            self._grok_calls += 1
            self._open[id(call)] = (call, self._add(_shown(call, self._discord.clock.wall())))
        self._seen = len(calls)
        for key, (call, entry) in list(self._open.items()):
            shown = _shown(call, self._discord.clock.wall()) | {"at": entry.shown["at"], "n": entry.n}
            if shown != entry.shown:
                self._changes += 1
                entry.shown, entry.changed = shown, self._changes
            if call.ended is not None:
                self._tokens_in += call.prompt_tokens
                self._tokens_out += call.tokens_sent
                self._ticks += call.cost_ticks or 0
                del self._open[key]

    def _add(self, shown: Json) -> Entry:
        self._number += 1
        self._changes += 1
        entry = Entry(self._number, self._changes, shown | {"n": self._number})
        self._entries.append(entry)
        return entry


def _shown(call: RecordedCall, wall: float) -> Json:
    now = asyncio.get_running_loop().time()
    model = getattr(call.request, "model", "")
    tokens = f"{call.tokens_sent} tokens" if call.tokens_sent else ""
    status = "cancelled" if call.cancelled else call.status or "running"
    return {
        "at": round(wall - (now - call.started), 3),
        "to": "grok",
        "what": call.method,
        "status": status,
        "took": None if call.ended is None else round(call.ended - call.started, 3),
        "note": " · ".join(filter(None, [model, tokens])),
    }
