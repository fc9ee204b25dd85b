"""The route of a request, without ids: what a metric may name. Pure.

Not here: which routes share a limit (Discord's headers say so).
"""

from __future__ import annotations

WORDS = frozenset({
    "@me", "@original", "active", "applications", "archived", "attachments", "bot", "bulk-delete", "callback",
    "channels", "commands", "directory", "emojis", "followers", "gateway", "guilds", "interactions", "invites",
    "members", "messages", "oauth2", "permissions", "pins", "preview", "private", "prune", "public", "reactions",
    "refresh-urls", "regions", "roles", "search", "sessions", "start", "stickers", "thread-members", "threads",
    "typing", "users", "voice", "webhooks", "welcome-screen",
})  # fmt: skip
"""What may stand in a route as it is. Everything else is an id, a token or somebody's text."""

LONGEST = 9
"""Parts of a route; the longest that Discord has are shorter."""


def route_of(path: str) -> str:
    """`/channels/{id}/messages/{id}` for the path of a request, which begins below the API's version."""
    parts = path.partition("?")[0].strip("/").split("/")[:LONGEST]
    return "/" + "/".join(part if part in WORDS else "{id}" for part in parts)
