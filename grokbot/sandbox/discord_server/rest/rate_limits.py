"""Rate limits of REST requests: which bucket, which headers, which 429.

Here: the documented headers and bodies ("Rate Limits"), and the hidden limits. Not here: the arithmetic
(limits.py).
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grokbot.sandbox.discord_server.rest.routes import Route
from grokbot.sandbox.discord_server.rules.limits import LimitBook, LimitVerdict
from grokbot.sandbox.discord_server.rules.protocol import Json
from grokbot.sandbox.discord_server.state.clock import made_at
from grokbot.sandbox.discord_server.state.world import World

_PATCH_CHANNEL, _PATCH_MESSAGE = "/channels/{channel_id}", "/channels/{channel_id}/messages/{message_id}"
_SEND, _EDIT = ("POST", "/channels/{channel_id}/messages"), ("PATCH", _PATCH_MESSAGE)
_OLD_EDIT = "Maximum number of edits to messages older than 1 hour reached. Try again later"


@dataclass(frozen=True, slots=True)
class Decision:
    """Headers for the answer and, if the request is refused, the 429's body."""

    headers: dict[str, str] = field(default_factory=dict)
    refused: Json | None = None


class Limiter:
    """The bot's buckets."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._book = LimitBook()
        self._routes: dict[str, str] = {hashed("messages"): "messages"}

    def in_use(self) -> list[tuple[str, str, LimitVerdict]]:
        """Route, resource id and state of every bucket that is not full."""
        found = self._book.in_use(self._world.clock.monotonic())
        return [(self._routes.get(name, name), major, verdict) for name, major, verdict in found]

    def decide(self, route: Route, path: Mapping[str, str], body: Any) -> Decision:
        """Allow or refuse a request: first by the global limit, then by its own, then by a hidden one.

        Args:
            route: Names the bucket.
            path: The values in the URL; a channel, server or webhook among them has its own buckets.
            body: The request's JSON, which hidden limits depend on.
        """
        now, rules = self._world.clock.monotonic(), self._world.rules
        if route.authorized:
            every = self._book.take(rules.everything, "everything", "", now)
            if every is not None and not every.allowed:
                return _refused(every, {"X-RateLimit-Global": "true"}, scope="global")
        rule = route.bucket(rules) if route.bucket is not None else None
        if rule is None:
            return Decision()
        name = bucket_hash(route)
        self._routes.setdefault(name, route.shared or f"{route.method} {route.template}")
        if rules.one_for_messages and (route.method, route.template) in (_SEND, _EDIT):
            rule, name = rules.send, hashed("messages")
        major = path.get("channel_id") or path.get("guild_id") or f"{path.get('application_id')}/{path.get('token')}"
        hidden = self._hidden(route, path, body, now)
        if hidden is not None and not hidden[0].allowed:
            plain = LimitVerdict(
                allowed=True, limit=rule.limit, remaining=rule.limit - 1, reset_after=1.0, retry_after=0.0
            )
            return _refused(hidden[0], self._headers(plain, name), **hidden[1])
        verdict = self._book.take(rule, name, major, now)
        if verdict is None:
            return Decision()
        headers = self._headers(verdict, name)
        return Decision(headers) if verdict.allowed else _refused(verdict, headers)

    def _hidden(
        self, route: Route, path: Mapping[str, str], body: Any, now: float
    ) -> tuple[LimitVerdict, dict[str, Any]] | None:
        rules, given = self._world.rules, body if isinstance(body, dict) else {}
        if route.method != "PATCH":
            return None
        channel_id = path.get("channel_id", "")
        if route.template == _PATCH_CHANNEL and "name" in given:
            channel = self._world.channels.get(int(channel_id)) if channel_id.isdigit() else None
            if channel is None or channel.name == given["name"]:
                return None
            verdict = self._book.take(rules.rename, "rename", channel_id, now)
            return None if verdict is None else (verdict, {})
        if route.template == _PATCH_MESSAGE and path["message_id"].isdigit():
            age = self._world.clock.wall() - made_at(int(path["message_id"]))
            if age > rules.old_after:
                verdict = self._book.take(rules.old_edit, "old_edit", channel_id, now)
                return None if verdict is None else (verdict, {"code": 30046, "text": _OLD_EDIT})
        return None

    def _headers(self, verdict: LimitVerdict, name: str) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(verdict.limit),
            "X-RateLimit-Remaining": str(verdict.remaining),
            "X-RateLimit-Reset": f"{self._world.clock.wall() + verdict.reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{verdict.reset_after:.3f}",
            "X-RateLimit-Bucket": name,
        }


def bucket_hash(route: Route) -> str:
    """The name of a route's bucket: the same for all its top-level resources."""
    return hashed(route.shared or f"{route.method} {route.template}")


def hashed(text: str) -> str:
    """An opaque name, like Discord's."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _refused(
    verdict: LimitVerdict, headers: dict[str, str], *, scope: str = "user", code: int | None = None, text: str = ""
) -> Decision:
    body: Json = {"message": text or "You are being rate limited.", "retry_after": verdict.retry_after}
    body["global"] = scope == "global"
    if code is not None:
        body["code"] = code
    extra = {"Retry-After": str(math.ceil(verdict.retry_after)), "X-RateLimit-Scope": scope}
    return Decision(headers | extra, body)
