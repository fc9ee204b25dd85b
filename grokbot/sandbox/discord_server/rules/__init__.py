"""What the loopback Discord enforces: forms, rate limits and refusals, as values. Pure."""

from __future__ import annotations

from grokbot.sandbox.discord_server.rules import errors, limits, permission_bits, protocol, rules, validation

__all__ = ["errors", "limits", "permission_bits", "protocol", "rules", "validation"]
