"""The state of the loopback Discord, how it changes, and how it looks as Discord's JSON.

Not here: reading requests (`rest`), actions of the bot or of people (`acts`, `people`).
"""

from __future__ import annotations

from grokbot.sandbox.discord_server.state import (
    clock,
    commands,
    interactions,
    mentions,
    message_content,
    model,
    payloads,
    permissions,
    resolved_data,
    world,
)

__all__ = [
    "clock",
    "commands",
    "interactions",
    "mentions",
    "message_content",
    "model",
    "payloads",
    "permissions",
    "resolved_data",
    "world",
]
