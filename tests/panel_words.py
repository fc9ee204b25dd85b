"""What a message's components say, as JSON describes them: a panel has no content. For tests of every stand-in."""

from __future__ import annotations

from typing import Any

from grokbot.sandbox.discord_server.rules.protocol import walk

BUTTON, TEXT_DISPLAY = 2, 10
"""Discord's numbers of components."""


def panel_text(components: list[dict[str, Any]]) -> str:
    """All texts from top to bottom."""
    return "\n".join(part["content"] for part in walk(components) if part["type"] == TEXT_DISPLAY)


def panel_labels(components: list[dict[str, Any]]) -> list[str]:
    """What the buttons say."""
    return [part.get("label", "") for part in walk(components) if part["type"] == BUTTON]
