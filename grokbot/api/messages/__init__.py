"""Values of ours as messages of the wire, and limits of what a request holds. Pure."""

from __future__ import annotations

from grokbot.api.messages import daemon, deltas, prompt_ide, text_limits

__all__ = ["daemon", "deltas", "prompt_ide", "text_limits"]
