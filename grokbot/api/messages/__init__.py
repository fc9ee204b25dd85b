"""Converts our values to wire messages, and limits the contents of requests. Pure."""

from __future__ import annotations

from grokbot.api.messages import daemon, deltas, prompt_ide, text_limits

__all__ = ["daemon", "deltas", "prompt_ide", "text_limits"]
